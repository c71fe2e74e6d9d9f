r"""How much one typed line may still do: what would run for ever comes to an end, the same end each time.

The count is of work, never of time, and it is one for the line and all that the line starts: scripts, xargs, `\\!` of
psql, archive_command.  It is set anew when a line begins, so a line's answer depends on the line and its host alone.

A step is what takes about a microsecond of processor time on the machine that docs/performance.md was written on
(`make bench` measures how much a step takes).  The prices below were measured there, and say so much, never less.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MOST_STEPS = 55_000
"""So much work one line may do: it is at its end within a tenth of a second."""
MOST_BESIDE = 25_000
"""So much more may be done, while the line lets time pass, by what goes on by the clock: archivers, standbys."""

COMMAND = 8
"""A command of the shell's own."""
ROUND = 1
"""Once round a loop."""
SUBSHELL = 12
"""A shell of its own: `( … )`, a part of a pipe, `$( … )`."""
PROGRAM = 40
"""A program that is started."""
TOOL = 60
"""One of PostgreSQL's, beside the options that it knows."""
OPTION = 2
"""An option that a tool knows: it asks for each."""
WORD = 2
"""A word that an expansion makes."""
PARSED = 3
"""A word, quote or expansion of a command that is parsed; the command itself is four of them."""
LETTERS = 20
"""So many letters that a program looks at one by one are a step."""
READ = 200
"""So many letters that a program takes as its input are a step."""
COPIED = 2_000
"""So many letters that are only copied are a step."""

LOOKUP = 6
"""A path that is looked up."""
CHANGE = 10
"""A file or directory that is written, which makes every directory above it anew."""
LISTED = 20
"""So many entries of a directory that is made anew are a step."""
ENTRY = 1
"""An entry of a directory that a program walks through."""
COPY = 4
"""An entry that it copies, or describes on a line of its own."""
LINE = 2
"""A line of text that a program goes through."""
EDIT = 6
"""A line that a program changes, compares with others or prints by a form."""

HASHED = 2
"""So many rounds of a hash are a step."""
CONNECTION = 120
"""A client that connects to a server and leaves it again."""
STATEMENT = 60
"""One SQL statement, beside its letters."""
SQL_LETTERS = 5
"""So many letters of SQL are a step: the lexer reads them."""
QUERY = 80
"""One that is planned, or changes rows."""
TOKEN = 6
"""A word or sign of SQL that the grammar reads."""
NODE = 3
"""A part of an expression, which is looked at once for all rows."""
NODES = 8
"""So many of them are a step at each row."""
ROW = 3
"""A row that is looked at."""
CELL = 1
"""A value of a row that is kept or printed."""
ALIGNED = 4
"""So many times as much takes a value that is printed in a column as wide as its widest."""
OBJECT = 8
"""An object of a database that is described or dumped."""
SEGMENT = 15
"""A segment that WAL fills."""
WAL = 150
"""What a server writes to WAL, with all that follows from it in the directory."""
COMMIT = 120
"""A transaction that commits."""
DUMP = 1_000
"""A dump, beside its objects."""
START = 1_500
"""A server that starts."""
BACKUP = 1_500
"""A base backup, beside its files."""


STOPPED = (
    f"the dojo stops here: one line does at most {MOST_STEPS:,} steps of work"
    f" (about {COMMAND} for a command of the shell, {PROGRAM} for a program, some hundreds for one of PostgreSQL's,"
    f" {ROW} for a row).  Let it do less: fewer rounds or rows, or several lines one after the other.\n"
)
"""Said on standard error."""
STOPPED_STATEMENT = f"the dojo stops here: one line does at most {MOST_STEPS:,} steps of work"
STOPPED_HINT = "Let it go through fewer rows, or do it in several lines."


class ShellError(Exception):
    """Something that ends the line, with what is said about it."""

    def __init__(self, says: str, status: int = 1) -> None:
        super().__init__(says)
        self.says, self.status = says, status


class Effort:
    """What is left of it."""

    __slots__ = ("beside", "left", "most")

    def __init__(self, most: float = MOST_STEPS) -> None:
        self.left = self.most = most
        self.beside: Effort | None = None
        """What is left for what goes on by the clock meanwhile."""

    def spend(self, count: int) -> bool:
        """Take some away; False when nothing was left."""
        self.left -= count
        return self.left >= 0

    @property
    def spent(self) -> float:
        """How much was taken."""
        return self.most - self.left


_LINE: ContextVar[Effort | None] = ContextVar("effort of the line", default=None)


def of_line() -> Effort:
    """That of the line which runs now; outside of any line there is no end of it."""
    return _LINE.get() or Effort(float("inf"))


class line:  # noqa: N801 - used as a word of the language, `with effort.line()`
    """A line begins.

    The collector of cyclic garbage waits for its end: a pass over all that the process holds can take as long as a line
    may, and would fall on whichever line happens to be the one.
    """

    def __init__(self, most: float = MOST_STEPS) -> None:
        self.made = Effort(most)

    def __enter__(self) -> Effort:
        self.token = _LINE.set(self.made)
        self.collects = gc.isenabled()
        gc.disable()
        return self.made

    def __exit__(self, *_: object) -> None:
        _LINE.reset(self.token)
        if self.collects:
            gc.enable()


@contextmanager
def beside() -> Iterator[None]:
    """What is done now is not the line's doing: it is taken from an account of its own, one for the whole line."""
    outer = _LINE.get()
    if outer is not None and outer.beside is None:
        outer.beside = Effort(MOST_BESIDE)
        outer.beside.beside = outer.beside
    token = _LINE.set(outer.beside if outer is not None else None)
    try:
        yield
    finally:
        _LINE.reset(token)


def is_over() -> bool:
    """The line has done all that it may: a program that has said so ends."""
    return of_line().left < 0


def spend(count: int, left: Effort | None = None) -> None:
    """Work of the line that runs now; raises ShellError when it goes on without end."""
    account = left or _LINE.get()
    if account is not None and not account.spend(count):
        raise ShellError(STOPPED, 130)
