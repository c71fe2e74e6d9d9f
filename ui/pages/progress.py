"""Progress: the door of the page."""

from __future__ import annotations


def show() -> None:
    """Draw the page."""
    from ui.study import progress

    progress.show()
