"""What happened: frozen facts.  Their prose in Japanese and English stands in prose/events.toml, keyed by class name.

Fields called `files` are pg_wal file numbers with their segment size, `..._lsn` are positions, `..._bytes` sizes;
`facts()` turns them into the words that the prose's placeholders take.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from simulator.lsn import GB, KB, MB, format_lsn
from simulator.pg_wal import file_name
from simulator.ranges import Ranges


@dataclass(frozen=True, slots=True)
class Files:
    """Some segment files: numbers and the segment size that gives them names."""

    numbers: Ranges
    segment_size: int

    def __bool__(self) -> bool:
        return bool(self.numbers)

    def __str__(self) -> str:
        """First, or first to last and how many."""
        if not self.numbers:
            return "-"
        first = file_name(self.numbers.first, self.segment_size)
        if len(self.numbers) == 1:
            return first
        dots = "–" if len(self.numbers.runs) == 1 else "…"
        return f"{first} {dots} {file_name(self.numbers.last, self.segment_size)} ({len(self.numbers)})"


def size_words(size: int) -> str:
    """A number of bytes as PostgreSQL writes sizes: the largest unit that divides it, else one decimal."""
    for unit, name in ((GB, "GB"), (MB, "MB"), (KB, "kB")):
        if size >= unit:
            return f"{size // unit} {name}" if size % unit == 0 else f"{size / unit:.1f} {name}"
    return f"{size} B"


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""

    @property
    def code(self) -> str:
        """The key of the prose."""
        return type(self).__name__

    def facts(self) -> dict[str, str]:
        """Placeholders of the prose: field name to text."""
        return {field.name: _words(field.name, getattr(self, field.name)) for field in fields(self)}


def _words(name: str, value: object) -> str:
    if isinstance(value, int) and name.endswith("_lsn"):
        return format_lsn(value)
    if isinstance(value, int) and name.endswith("_bytes"):
        return size_words(value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


@dataclass(frozen=True, slots=True)
class WalWritten(Event):
    """WAL went from one position to another."""

    from_lsn: int
    to_lsn: int
    written_bytes: int


@dataclass(frozen=True, slots=True)
class SegmentsFinished(Event):
    """Segments are full, and are marked .ready when archiving is on."""

    files: Files
    archiving: bool


@dataclass(frozen=True, slots=True)
class SegmentSwitched(Event):
    """pg_switch_wal, a backup or archive_timeout closed a segment early."""

    files: Files
    result_lsn: int


@dataclass(frozen=True, slots=True)
class NothingToSwitch(Event):
    """A switch at a segment start does nothing."""

    result_lsn: int


@dataclass(frozen=True, slots=True)
class CheckpointCompleted(Event):
    """A checkpoint is done; counters as in the server's log."""

    cause: str
    redo_lsn: int
    end_lsn: int
    added: int
    removed: int
    recycled: int
    distance_bytes: int
    estimate_bytes: int
    horizon: Files
    held_by: str


@dataclass(frozen=True, slots=True)
class SegmentsRemoved(Event):
    """Files before the horizon were deleted."""

    files: Files


@dataclass(frozen=True, slots=True)
class SegmentsRecycled(Event):
    """Files before the horizon were renamed to wait ahead of the pen."""

    files: Files
    new_files: Files


@dataclass(frozen=True, slots=True)
class SegmentsKeptForArchive(Event):
    """Files before the horizon stay, because they are not archived yet."""

    files: Files


@dataclass(frozen=True, slots=True)
class SegmentsKept(Event):
    """Files older than the redo point stay: wal_keep_size or a slot holds them."""

    files: Files
    held_by: str


@dataclass(frozen=True, slots=True)
class SegmentPreallocated(Event):
    """A file was made ahead of need."""

    files: Files


@dataclass(frozen=True, slots=True)
class SegmentsArchived(Event):
    """archive_command took files; they are .done."""

    files: str
    count: int


@dataclass(frozen=True, slots=True)
class ArchiveFailed(Event):
    """archive_command failed; the file stays .ready and everything behind it waits."""

    file: str
    waiting: int


@dataclass(frozen=True, slots=True)
class ArchiveMended(Event):
    """archive_command works from now on."""


@dataclass(frozen=True, slots=True)
class ArchiveBroken(Event):
    """archive_command fails from now on (for some files, when `files` is not '')."""

    files: str


@dataclass(frozen=True, slots=True)
class ArchiveSlow(Event):
    """archive_command takes so long for each file."""

    seconds: float


@dataclass(frozen=True, slots=True)
class WalLost(Event):
    """Segments that something still needs are gone from pg_wal; `in_archive`: are they in the archive?"""

    files: Files
    needed_by: str
    in_archive: bool


@dataclass(frozen=True, slots=True)
class SlotCreated(Event):
    """A physical slot; `reserves`: it holds WAL from restart_lsn on."""

    slot: str
    reserves: bool
    restart_lsn: int


@dataclass(frozen=True, slots=True)
class SlotAdvanced(Event):
    """A slot's restart_lsn moved on."""

    slot: str
    to_lsn: int


@dataclass(frozen=True, slots=True)
class SlotDropped(Event):
    """A slot is gone, and with it its hold on WAL."""

    slot: str


@dataclass(frozen=True, slots=True)
class SlotLost(Event):
    """A checkpoint invalidated a slot that would have kept too much."""

    slot: str
    restart_lsn: int


@dataclass(frozen=True, slots=True)
class BackupStarted(Event):
    """The start function (or BASE_BACKUP) made its checkpoint."""

    label: str
    redo_lsn: int
    files: Files
    exclusive: bool


@dataclass(frozen=True, slots=True)
class BackupStopped(Event):
    """The stop function wrote its record and switched."""

    stop_lsn: int
    files: Files
    history: str


@dataclass(frozen=True, slots=True)
class BackupWaits(Event):
    """The stop function waits until its WAL is archived."""

    client: str


@dataclass(frozen=True, slots=True)
class BackupAborted(Event):
    """The session of a non-exclusive backup ended before stop."""

    label: str


@dataclass(frozen=True, slots=True)
class CopyingStarted(Event):
    """pg_basebackup begins to copy the data files."""

    directory: str
    wal_method: str


@dataclass(frozen=True, slots=True)
class WalSent(Event):
    """fetch: the server adds these segments from pg_wal at the end of the backup."""

    files: Files


@dataclass(frozen=True, slots=True)
class WalReceived(Event):
    """stream: the second connection has received WAL up to here."""

    to_lsn: int


@dataclass(frozen=True, slots=True)
class BasebackupDone(Event):
    """pg_basebackup ended well."""

    directory: str
    files: Files


@dataclass(frozen=True, slots=True)
class BasebackupFailed(Event):
    """pg_basebackup failed; the directory it had made is removed."""

    directory: str
    code_of_failure: str


@dataclass(frozen=True, slots=True)
class ReceiverHeld(Event):
    """The WAL receiver of pg_basebackup stands still, or goes on."""

    held: bool


@dataclass(frozen=True, slots=True)
class CopyMade(Event):
    """A directory was copied; `kind`: cold, hot (server running, no backup mode), online (between start and stop), wal."""

    source: str
    destination: str
    kind: str


@dataclass(frozen=True, slots=True)
class FilesRemoved(Event):
    """Somebody removed a directory."""

    path: str


@dataclass(frozen=True, slots=True)
class SegmentsDeletedByHand(Event):
    """Somebody removed files in pg_wal."""

    files: Files
    needed: bool


@dataclass(frozen=True, slots=True)
class FileWritten(Event):
    """A signal file or a line of configuration was written into a stopped directory."""

    path: str


@dataclass(frozen=True, slots=True)
class DumpTaken(Event):
    """A logical dump shows the database as it was when the dump began."""

    file: str
    format: str
    rows: int
    at_lsn: int


@dataclass(frozen=True, slots=True)
class DumpRestored(Event):
    """A dump was replayed as SQL."""

    file: str
    database: str
    rows: int


@dataclass(frozen=True, slots=True)
class RowsChanged(Event):
    """A transaction committed."""

    database: str
    table: str
    rows: int
    commit_lsn: int


@dataclass(frozen=True, slots=True)
class DatabaseCreated(Event):
    """CREATE DATABASE."""

    database: str


@dataclass(frozen=True, slots=True)
class TablespaceCreated(Event):
    """CREATE TABLESPACE."""

    tablespace: str
    location: str


@dataclass(frozen=True, slots=True)
class RestorePointMade(Event):
    """A named restore point stands in the WAL."""

    name: str
    end_lsn: int


@dataclass(frozen=True, slots=True)
class SettingWritten(Event):
    """ALTER SYSTEM wrote postgresql.auto.conf; nothing is in force yet."""

    name: str
    value: str
    context: str


@dataclass(frozen=True, slots=True)
class SettingsReloaded(Event):
    """pg_reload_conf(); `pending`: parameters that wait for a restart."""

    changed: str
    pending: str


@dataclass(frozen=True, slots=True)
class ServerStarted(Event):
    """A server runs on a directory; `how`: clean, crash recovery, backup, archive recovery, standby."""

    directory: str
    how: str
    end_lsn: int


@dataclass(frozen=True, slots=True)
class ServerNotStarted(Event):
    """A start was refused; `reason` is the code of the message."""

    directory: str
    reason: str


@dataclass(frozen=True, slots=True)
class StandbyWaits(Event):
    """A standby asks its primary for WAL that is no longer there."""

    directory: str
    file: str


@dataclass(frozen=True, slots=True)
class StandbyStreams(Event):
    """A standby receives everything that is written."""

    directory: str
    to_lsn: int


@dataclass(frozen=True, slots=True)
class ServerStopped(Event):
    """A shutdown; `mode`: smart, fast or immediate."""

    directory: str
    mode: str


@dataclass(frozen=True, slots=True)
class ServerCrashed(Event):
    """All processes of the server died."""

    directory: str


@dataclass(frozen=True, slots=True)
class DiskFull(Event):
    """No room for the next WAL file."""

    file: str
    held_by: str
    disk_bytes: int


@dataclass(frozen=True, slots=True)
class ServerPanicked(Event):
    """PANIC: the server went down because it could not write WAL."""

    directory: str


@dataclass(frozen=True, slots=True)
class DiskResized(Event):
    """The file system of pg_wal has another size."""

    disk_bytes: int


@dataclass(frozen=True, slots=True)
class TimePassed(Event):
    """The clock moved on."""

    seconds: float
    written_bytes: int


@dataclass(frozen=True, slots=True)
class Answered(Event):
    """A command that changes nothing gave its answer."""

    what: str


@dataclass(frozen=True, slots=True)
class SessionClosed(Event):
    """A session ended with nothing to clean up."""

    session: str


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """The server or the tool said no; `reason` is the code of its message (prose/refusals.toml)."""

    reason: str
    message: str
