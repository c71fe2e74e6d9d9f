"""Prose in Japanese and English, beside the code that it explains."""
