"""One module a migration; a published one never changes."""
