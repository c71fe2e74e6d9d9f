"""The terminal: the door of the page. What is behind it loads the simulated host: no other page should wait for it."""

from __future__ import annotations


def show() -> None:
    """Draw the page."""
    from ui.terminal import page

    page.show()
