"""A simulated host: files, a shell, PostgreSQL's tools and servers, all of it frozen values."""
