"""Your own server: the door of the page. What is behind it loads NumPy, and no other page should wait for that."""

from __future__ import annotations


def show() -> None:
    """Draw the page."""
    from ui import own_server

    own_server.show()
