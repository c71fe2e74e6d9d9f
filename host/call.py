"""How a program is called and what comes of it: the one form of every command on the host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from host.content import Content, joined
from host.effort import COPIED, spend

if TYPE_CHECKING:
    from host.machine import Host


@dataclass(frozen=True, slots=True)
class Call:
    """A program is started: argv[0] is its name; host.cwd, host.env and host.user are where and who."""

    host: Host
    argv: tuple[str, ...]
    stdin: Content = ""
    env: dict[str, str] = field(default_factory=dict)
    """Variables set for this call alone (`PGPORT=5433 psql`), beyond host.env."""

    @property
    def name(self) -> str:
        """The program's name, without its directory."""
        return self.argv[0].rpartition("/")[2]

    def variable(self, name: str, default: str = "") -> str:
        """An environment variable as the program sees it."""
        return self.env.get(name, self.host.env.get(name, default))


@dataclass(frozen=True, slots=True)
class Done:
    """A program has ended: the host after it, its exit status (128 + n when signal n ended it), what it printed."""

    host: Host
    exit: int = 0
    stdout: Content = ""
    stderr: str = ""
    signal: int = 0
    """The signal that ended the shell which ran it (`kill -9 $$`); 0: it ended by itself, whatever its status."""

    def then(self, later: Done) -> Done:
        """What both printed, one after the other; the later host and exit status count."""
        spend((len(self.stderr) + (len(self.stdout) if isinstance(self.stdout, str) else 0)) // COPIED)
        return replace(later, stdout=joined((self.stdout, later.stdout)), stderr=self.stderr + later.stderr)


@dataclass(frozen=True, slots=True)
class Asleep(Done):
    """A program that waits: until then others may run (`host` and the texts are what it did so far).

    The shell moves the clock to `until` and lets it go on with the host of that moment.  A program called from a
    program goes on at once (`host.shell.finished`).
    """

    until: float = 0.0
    go_on: Callable[[Host], Done] = field(kw_only=True)
    given_up: Callable[[Host], Host] = field(default=lambda host: host, kw_only=True)
    """What a signal that ends it leaves: its connections are closed."""


Program = Callable[[Call], Done]
