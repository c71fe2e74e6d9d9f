r"""How much one typed line may still do: what would run for ever comes to an end, the same end each time.

The count is of work, never of time, and it is one for the line and all that the line starts: scripts, xargs, `\\!` of
psql, archive_command.  It is set anew when a line begins, so a line's answer depends on the line and its host alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MOST_COMMANDS = 20_000
"""So many commands of the shell's own one line may run."""
PROGRAM = 20
"""A program counts as so many of them."""
TOOL = 80
"""One of PostgreSQL's, which reads options, connects and asks."""
HEAVY = 200
"""One that goes through a whole catalogue or directory, or starts a server."""
STATEMENT = 3
"""One SQL statement."""


class Effort:
    """What is left of it."""

    __slots__ = ("left",)

    def __init__(self, left: int = MOST_COMMANDS) -> None:
        self.left = left

    def spend(self, count: int) -> bool:
        """Take some away; False when nothing was left."""
        self.left -= count
        return self.left >= 0


_LINE: ContextVar[Effort | None] = ContextVar("effort of the line", default=None)


def of_line() -> Effort:
    """That of the line which runs now; outside of any line a new one."""
    return _LINE.get() or Effort()


@contextmanager
def line() -> Iterator[Effort]:
    """A line begins."""
    token = _LINE.set(Effort())
    try:
        yield of_line()
    finally:
        _LINE.reset(token)
