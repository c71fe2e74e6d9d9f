"""psql: its scanner, its meta-commands and its tables, on top of host.sql."""
