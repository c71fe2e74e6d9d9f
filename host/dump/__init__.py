"""pg_dump and pg_dumpall: from a catalogue to text or an archive."""
