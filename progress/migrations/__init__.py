"""Every step from an older store to the newest."""
