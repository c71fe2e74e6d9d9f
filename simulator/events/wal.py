"""Events of WAL: written, kept, removed, recycled, archived, lost; slots."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.events.base import Event, Files
from simulator.frozen import quick


@quick
@dataclass(frozen=True, slots=True)
class WalWritten(Event):
    """WAL went from one position to another."""

    from_lsn: int
    to_lsn: int
    written_bytes: int


@quick
@dataclass(frozen=True, slots=True)
class SegmentsFinished(Event):
    """Segments are full, and are marked .ready when archiving is on."""

    files: Files
    archiving: bool


@quick
@dataclass(frozen=True, slots=True)
class SegmentSwitched(Event):
    """pg_switch_wal, a backup or archive_timeout closed a segment early."""

    files: Files
    result_lsn: int


@quick
@dataclass(frozen=True, slots=True)
class NothingToSwitch(Event):
    """A switch at a segment start does nothing."""

    result_lsn: int


@quick
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


@quick
@dataclass(frozen=True, slots=True)
class SegmentsRemoved(Event):
    """Files before the horizon were deleted."""

    files: Files


@quick
@dataclass(frozen=True, slots=True)
class SegmentsRecycled(Event):
    """Files before the horizon were renamed to wait ahead of the pen."""

    files: Files
    new_files: Files


@quick
@dataclass(frozen=True, slots=True)
class SegmentsKeptForArchive(Event):
    """Files before the horizon stay, because they are not archived yet."""

    files: Files


@quick
@dataclass(frozen=True, slots=True)
class SegmentsKept(Event):
    """Files older than the redo point stay: wal_keep_size or a slot holds them."""

    files: Files
    held_by: str


@quick
@dataclass(frozen=True, slots=True)
class SegmentPreallocated(Event):
    """A file was made ahead of need."""

    files: Files


@quick
@dataclass(frozen=True, slots=True)
class SegmentsArchived(Event):
    """archive_command took files; they are .done."""

    files: str
    count: int


@quick
@dataclass(frozen=True, slots=True)
class ArchiveFailed(Event):
    """archive_command failed; the file stays .ready and everything behind it waits."""

    file: str
    waiting: int


@quick
@dataclass(frozen=True, slots=True)
class ArchiveMended(Event):
    """archive_command works from now on."""


@quick
@dataclass(frozen=True, slots=True)
class ArchiveBroken(Event):
    """archive_command fails from now on (for some files, when `files` is not '')."""

    files: str


@quick
@dataclass(frozen=True, slots=True)
class ArchiveSlow(Event):
    """archive_command takes so long for each file."""

    seconds: float


@quick
@dataclass(frozen=True, slots=True)
class WalLost(Event):
    """Segments that something still needs are gone from pg_wal; `in_archive`: are they in the archive?"""

    files: Files
    needed_by: str
    in_archive: bool


@quick
@dataclass(frozen=True, slots=True)
class SlotCreated(Event):
    """A physical slot; `reserves`: it holds WAL from restart_lsn on."""

    slot: str
    reserves: bool
    restart_lsn: int


@quick
@dataclass(frozen=True, slots=True)
class SlotAdvanced(Event):
    """A slot's restart_lsn moved on."""

    slot: str
    to_lsn: int


@quick
@dataclass(frozen=True, slots=True)
class SlotDropped(Event):
    """A slot is gone, and with it its hold on WAL."""

    slot: str


@quick
@dataclass(frozen=True, slots=True)
class SlotLost(Event):
    """A checkpoint invalidated a slot that would have kept too much."""

    slot: str
    restart_lsn: int


@quick
@dataclass(frozen=True, slots=True)
class SegmentsDeletedByHand(Event):
    """Somebody removed files in pg_wal."""

    files: Files
    needed: bool


@quick
@dataclass(frozen=True, slots=True)
class RestorePointMade(Event):
    """A named restore point stands in the WAL."""

    name: str
    end_lsn: int
