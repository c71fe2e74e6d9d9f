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
STATEMENT = 2
"""One SQL statement."""
LETTERS = 500
"""So many letters that a program reads count as one command."""
WORDS = 10
"""So many words that an expansion makes."""


STOPPED = (
    f"the dojo stops here: one line runs at most {MOST_COMMANDS} commands"
    f" (a program counts as {PROGRAM}, one of PostgreSQL's as {TOOL} or {HEAVY})\n"
)


class ShellError(Exception):
    """Something that ends the line, with what is said about it."""

    def __init__(self, says: str, status: int = 1) -> None:
        super().__init__(says)
        self.says, self.status = says, status


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


def spend(count: int, left: Effort | None = None) -> None:
    """Work of the line that runs now; raises ShellError when it goes on without end."""
    if not (left or of_line()).spend(count):
        raise ShellError(STOPPED, 130)
