"""The list of lessons: the door of the page.  What is behind it loads the simulated host."""

from __future__ import annotations


def show() -> None:
    """Draw the page."""
    from ui.study import lessons

    lessons.show()
