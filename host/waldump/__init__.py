"""pg_waldump: which WAL files it finds, and the records in them as lines."""
