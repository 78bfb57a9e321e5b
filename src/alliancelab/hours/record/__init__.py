"""What was said, by whom, and in which order: signatures, chained events, the rules, the ledger, an audit of it."""
