"""Questions as cards for Anki: what stands on each side, and the pictures that they show."""
