"""'Your own server': facts from a read-only session or from pasted output, a report, and conditions for the Theatre."""
