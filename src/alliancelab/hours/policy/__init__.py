"""What counts: policies as data, the counting by them, and when they will be met."""
