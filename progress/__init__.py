"""What learners answered, and when what is due again: one database, one place that writes it."""
