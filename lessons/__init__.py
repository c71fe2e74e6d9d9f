"""Lessons: one claim, one picture that moves, one thing to do, three questions; and the table of methods."""
