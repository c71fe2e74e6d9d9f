"""A pure, deterministic model of a PostgreSQL server's WAL, archive and backups.

No clock, no randomness, no I/O (but for one loader of scenario files): the same command on the same
world always gives the same world, the same events and the same observation.
"""
