"""Recordings of the real command line tools, replayed on a simulated host and compared field by field."""
