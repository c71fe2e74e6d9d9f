"""Challenges in the browser: the path, an attempt beside the terminal, and what a visitor has reached."""
