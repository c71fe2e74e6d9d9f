"""The SQL of the simulated server: statements in, replies out; sqlglot reads them, the catalogue answers."""
