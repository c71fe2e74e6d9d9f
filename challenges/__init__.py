"""Challenges, one a YAML file: data only.  `levels/` reads and plays them."""
