"""How far pg_basebackup is, and how it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from host.basebackup.writing import Made
from host.content import Content
from host.machine import Host
from host.options.checks.pg_basebackup import BasebackupOptions
from host.server import work
from host.server.instance import Instance

TOOL = "pg_basebackup"


class Failed(Exception):
    """The tool ends with this; `lines` are for stderr, whole."""

    def __init__(self, run: Run, *lines: str, status: int = 1) -> None:
        super().__init__(*lines)
        self.run, self.lines, self.status = run, lines, status


class Waits(Exception):
    """The server waits until the WAL of the backup, up to `stop_lsn`, is archived; then `go_on`."""

    def __init__(self, run: Run, stop_lsn: int, go_on: Callable[[Run], Run]) -> None:
        super().__init__("it waits for the archive")
        self.run, self.stop_lsn, self.go_on = run, stop_lsn, go_on


class Copies(Exception):
    """The files are on their way for so many seconds; then `go_on`."""

    def __init__(self, run: Run, seconds: float, go_on: Callable[[Run], Run]) -> None:
        super().__init__("it copies files")
        self.run, self.seconds, self.go_on = run, seconds, go_on


@dataclass(frozen=True)
class Run:
    """How far the program is."""

    host: Host
    wanted: BasebackupOptions
    port: int
    pid: int
    """Of its replication connection."""
    made: Made = field(default_factory=Made)
    stderr: str = ""
    stdout: Content = ""
    limit: float | None = None
    """Seconds after which a `timeout` around it interrupts it."""
    interrupted: bool = False
    slot: str = ""
    """A temporary slot that its second connection holds."""

    @property
    def instance(self) -> Instance:
        """The server."""
        return work.running(self.host, self.port)

    def say(self, line: str) -> Run:
        """One line of its own, with its name before it."""
        return replace(self, stderr=f"{self.stderr}{TOOL}: {line}\n")

    def info(self, line: str) -> Run:
        """A line that only -v shows."""
        return self.say(line) if self.wanted.verbose else self

    def raw(self, text: str) -> Run:
        """Text as it is: notices of the server, progress."""
        return replace(self, stderr=self.stderr + text)


def fail(run: Run, message: str, status: int = 1) -> Failed:
    """The tool's error."""
    return Failed(run, f"{TOOL}: error: {message}", status=status)
