"""pg_basebackup: what the server sends, what the client makes of it, what it says."""
