"""pg_restore: from an archive to a listing, a script, or statements for a server."""
