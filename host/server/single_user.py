"""`postgres --single … < /dev/null`: a crashed server recovers, finds no query, and shuts down cleanly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.content import text_of
from host.server import recovering, stopping
from host.server.starting import NotStarted, Start
from host.tree import PathError, remove

if TYPE_CHECKING:
    from host.machine import Host

_LOG = "/tmp/.single_user.log"  # noqa: S108
_PORT = "59999"
_OF_POSTMASTER = (
    "starting PostgreSQL",
    "listening on",
    "database system is ready",
    "received fast shutdown",
    "aborting any active",
    "background worker",
    "shutting down",
    "database system is shut down",
    "database system was shut down",
)
"""Lines of the postmaster, or of a level that a process without one does not log."""


@dataclass(frozen=True, slots=True)
class Single:
    """What it left, and what it said on standard error."""

    host: Host
    exit: int
    stderr: str


def recovered(host: Host, pgdata: str) -> Single:
    """Crash recovery and a clean shutdown, in one process."""
    started = recovering.start(host, Start(pgdata, (("port", _PORT), ("listen_addresses", "")), _LOG))
    if isinstance(started, NotStarted):
        said = started.said or _log(started.host)
        return Single(host, started.exit or 1, said)
    after = stopping.stop(started.host, started.port, "fast")
    said = "".join(line + "\n" for line in _log(after).splitlines() if not any(word in line for word in _OF_POSTMASTER))
    return Single(after.with_root(remove(after.root, _LOG)), 0, said)


def _log(host: Host) -> str:
    try:
        return text_of(host.read(_LOG))
    except PathError:
        return ""
