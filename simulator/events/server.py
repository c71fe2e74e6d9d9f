"""Events of servers, settings, tables, disks and time."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.events.base import Event
from simulator.frozen import quick


@quick
@dataclass(frozen=True, slots=True)
class RowsChanged(Event):
    """A transaction committed."""

    database: str
    table: str
    rows: int
    commit_lsn: int


@quick
@dataclass(frozen=True, slots=True)
class DatabaseCreated(Event):
    """CREATE DATABASE."""

    database: str


@quick
@dataclass(frozen=True, slots=True)
class TablespaceCreated(Event):
    """CREATE TABLESPACE."""

    tablespace: str
    location: str


@quick
@dataclass(frozen=True, slots=True)
class SettingWritten(Event):
    """ALTER SYSTEM wrote postgresql.auto.conf; nothing is in force yet."""

    name: str
    value: str
    context: str


@quick
@dataclass(frozen=True, slots=True)
class SettingsReloaded(Event):
    """pg_reload_conf(); `pending`: parameters that wait for a restart."""

    changed: str
    pending: str


@quick
@dataclass(frozen=True, slots=True)
class ServerStarted(Event):
    """A server runs on a directory; `how`: clean, crash recovery, backup, archive recovery, standby."""

    directory: str
    how: str
    end_lsn: int


@quick
@dataclass(frozen=True, slots=True)
class ServerNotStarted(Event):
    """A start was refused; `reason` is the code of the message."""

    directory: str
    reason: str


@quick
@dataclass(frozen=True, slots=True)
class StandbyWaits(Event):
    """A standby asks its primary for WAL that is no longer there."""

    directory: str
    file: str


@quick
@dataclass(frozen=True, slots=True)
class StandbyRefused(Event):
    """A standby asks for a slot that is not there, or that no client may have any more."""

    directory: str
    slot: str


@quick
@dataclass(frozen=True, slots=True)
class StandbyStreams(Event):
    """A standby receives everything that is written."""

    directory: str
    to_lsn: int


@quick
@dataclass(frozen=True, slots=True)
class ServerStopped(Event):
    """A shutdown; `mode`: smart, fast or immediate."""

    directory: str
    mode: str


@quick
@dataclass(frozen=True, slots=True)
class ServerCrashed(Event):
    """All processes of the server died."""

    directory: str


@quick
@dataclass(frozen=True, slots=True)
class ArchiverOutlasted(Event):
    """A shutdown in which the archiver's last turn took longer (s) than pg_ctl waits."""

    seconds: float
    waited: float


@quick
@dataclass(frozen=True, slots=True)
class DiskFull(Event):
    """No room for the next WAL file."""

    file: str
    held_by: str
    disk_bytes: int


@quick
@dataclass(frozen=True, slots=True)
class ServerPanicked(Event):
    """PANIC: the server went down because it could not write WAL."""

    directory: str


@quick
@dataclass(frozen=True, slots=True)
class DiskResized(Event):
    """The file system of pg_wal has another size."""

    disk_bytes: int


@quick
@dataclass(frozen=True, slots=True)
class TimePassed(Event):
    """The clock moved on, up to the next moment at which something happens."""

    seconds: float
    written_bytes: int
    brings: str = ""
    """That moment: volume, checkpoint, switch, archived, segment (it is full, and a slow archiver takes it), or ''."""


@quick
@dataclass(frozen=True, slots=True)
class Answered(Event):
    """A command that changes nothing gave its answer."""

    what: str


@quick
@dataclass(frozen=True, slots=True)
class SessionClosed(Event):
    """A session ended with nothing to clean up."""

    session: str


@quick
@dataclass(frozen=True, slots=True)
class Refused(Event):
    """The server or the tool said no; `reason` is the code of its message (prose/refusals.toml)."""

    reason: str
    message: str
