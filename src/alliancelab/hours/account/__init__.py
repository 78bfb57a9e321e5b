"""What people do with the record: log, import, send to be signed, sign, look back."""
