"""Events of backups: started, copied, stopped, dumped, restored."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.events.base import Event, Files
from simulator.frozen import quick


@quick
@dataclass(frozen=True, slots=True)
class BackupStarted(Event):
    """The start function (or BASE_BACKUP) made its checkpoint."""

    label: str
    redo_lsn: int
    files: Files
    exclusive: bool


@quick
@dataclass(frozen=True, slots=True)
class BackupStopped(Event):
    """The stop function wrote its record and switched."""

    stop_lsn: int
    files: Files
    history: str


@quick
@dataclass(frozen=True, slots=True)
class BackupWaits(Event):
    """The stop function waits until its WAL is archived."""

    client: str


@quick
@dataclass(frozen=True, slots=True)
class BackupAborted(Event):
    """The session of a non-exclusive backup ended before stop."""

    label: str


@quick
@dataclass(frozen=True, slots=True)
class CopyingStarted(Event):
    """pg_basebackup begins to copy the data files."""

    directory: str
    wal_method: str


@quick
@dataclass(frozen=True, slots=True)
class WalSent(Event):
    """fetch: the server adds these segments from pg_wal at the end of the backup."""

    files: Files


@quick
@dataclass(frozen=True, slots=True)
class WalReceived(Event):
    """stream: the second connection has received WAL up to here."""

    to_lsn: int


@quick
@dataclass(frozen=True, slots=True)
class BasebackupDone(Event):
    """pg_basebackup ended well."""

    directory: str
    files: Files


@quick
@dataclass(frozen=True, slots=True)
class BasebackupFailed(Event):
    """pg_basebackup failed; the directory it had made is removed."""

    directory: str
    code_of_failure: str


@quick
@dataclass(frozen=True, slots=True)
class ReceiverHeld(Event):
    """The WAL receiver of pg_basebackup stands still, or goes on."""

    held: bool


@quick
@dataclass(frozen=True, slots=True)
class CopyMade(Event):
    """Files were copied; `kind`: cold, hot (server running, no backup mode), online (start to stop), wal, file."""

    source: str
    destination: str
    kind: str


@quick
@dataclass(frozen=True, slots=True)
class FilesRemoved(Event):
    """Somebody removed a directory."""

    path: str


@quick
@dataclass(frozen=True, slots=True)
class FileWritten(Event):
    """A signal file or a line of configuration was written into a stopped directory."""

    path: str


@quick
@dataclass(frozen=True, slots=True)
class DumpTaken(Event):
    """A logical dump shows the database as it was when the dump began."""

    file: str
    format: str
    rows: int
    at_lsn: int


@quick
@dataclass(frozen=True, slots=True)
class DumpRestored(Event):
    """A dump was replayed as SQL."""

    file: str
    database: str
    rows: int
