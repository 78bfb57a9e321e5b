"""What a programme certifies, and what a stranger needs to verify it."""
