"""What reading a command line leads to: the options as given, or the end of the tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from host.call import Done
from host.tree import NO_ENTRY, PathError

if TYPE_CHECKING:
    from host.machine import Build, Host

S = TypeVar("S")


def _no_files(path: str) -> str:
    raise PathError(path, NO_ENTRY)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The tool ends before it has done anything: a fault in its command line, or --help and --version (exit 0)."""

    exit: int
    stderr: str = ""
    stdout: str = ""

    def done(self, host: Host) -> Done:
        """The same as the end of a program; the host is as it was."""
        return Done(host, self.exit, self.stdout, self.stderr)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command line as getopt_long reads it; what the words mean is for host/options/checks/ to say."""

    tool: str
    build: Build
    given: tuple[tuple[str, str | None], ...] = ()
    """Options in order: name (Option.name) and argument."""
    operands: tuple[str, ...] = ()
    fault: Refusal | None = None
    """getopt stopped here.  The tool has looked at the options before it first, and may have stopped at one of them."""
    env: Mapping[str, str] = field(default_factory=dict)
    """The environment that the tool sees."""
    user: str = "postgres"
    """Operating-system user: the name of the role when none is given."""
    words: tuple[str, ...] = ()
    """Everything after the program's name, as typed."""
    read_file: Callable[[str], str] = field(default=_no_files, compare=False)
    """The text of a file ('-' is standard input), for the options that name one; raises PathError."""

    def has(self, name: str) -> bool:
        """Whether an option is given."""
        return name in [given for given, _ in self.given]

    def last(self, name: str, default: str = "") -> str:
        """The argument of the last time it is given."""
        values = self.all(name)
        return values[-1] if values else default

    def all(self, name: str) -> tuple[str, ...]:
        """The arguments of all times it is given, in order."""
        return tuple(value or "" for given, value in self.given if given == name)

    def count(self, name: str) -> int:
        """How often it is given."""
        return sum(given == name for given, _ in self.given)


class Stop(Exception):
    """Inside a tool's checks: it ends here.  Never leaves host/options."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.stderr)
        self.refusal = refusal


def refusing(check: Callable[[Parsed], S]) -> Callable[[Parsed], S | Refusal]:
    """A tool's checks as a function that returns its Refusal."""

    def checked(parsed: Parsed) -> S | Refusal:
        try:
            return check(parsed)
        except Stop as stop:
            return stop.refusal

    checked.__doc__, checked.__name__ = check.__doc__, check.__name__
    return checked
