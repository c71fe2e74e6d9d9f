"""Can this backup be restored, from which WAL, and if not, which segments are missing?  Computed, never declared."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.cluster import DataDirectory
from simulator.events import Files
from simulator.frozen import replace
from simulator.lsn import previous_segment_of, segment_of
from simulator.pg_wal import span_files
from simulator.ranges import EMPTY, Ranges
from simulator.world import Dump, TarBackup, World


@dataclass(frozen=True, slots=True)
class Restorability:
    """The answer for one backup."""

    path: str
    restorable: bool
    reason: str
    """complete, from_archive, logical; or nothing_there, no_checkpoint_record, wal_missing, not_stopped, torn."""
    needed: Files
    missing: Files
    from_archive: Files
    """Segments that only the archive can deliver: restore_command is needed."""
    reaches_lsn: int = 0
    """The position at which the restored server is consistent."""


def unpacked(backup: TarBackup) -> DataDirectory:
    """A tar backup unpacked as the manual says: pg_wal.tar into pg_wal."""
    if backup.pg_wal_tar is None:
        return backup.data
    return replace(backup.data, pg_wal=backup.pg_wal_tar)


def restorability(world: World, path: str) -> Restorability:
    """Judge what is at a path, using the archive of the world where the directory's own WAL is not enough."""
    place = world.place(path)
    none = Files(EMPTY, world.primary.data.segment_size)
    if place is None:
        return Restorability(path, False, "nothing_there", none, none, none)
    if isinstance(place, Dump):
        return Restorability(path, True, "logical", none, none, none)
    data = unpacked(place) if isinstance(place, TarBackup) else place.data
    return judge(world, path, data)


def backup_end(world: World, data: DataDirectory) -> int | None:
    """Where recovery of this directory is consistent; None when its backup was never stopped."""
    if data.label is None:
        return data.pages.consistent_at
    return next((stop for redo, stop in world.backup_ends if redo == data.label.redo_lsn), None)


def judge(world: World, path: str, data: DataDirectory) -> Restorability:
    """The rules of StartupXLOG, asked of a directory that nobody has started yet."""
    size = data.segment_size
    none = Files(EMPTY, size)
    redo, checkpoint = start_point(data)
    end = backup_end(world, data)
    if end is None:
        first = Files(span_files(data.timeline, segment_of(redo, size), segment_of(redo, size) + 1), size)
        return Restorability(path, False, "not_stopped", first, none, none)
    needed = needed_files(data, redo, end)
    archive = world.archive.segments
    own = whole_segments(data)
    if data.wal_end < end:  # the copy's last segment was still being written: what the backup's end needs is not in it
        own &= span_files(data.timeline, 0, segment_of(data.wal_end, size))
    missing, from_archive = needed - own - archive, (needed - own) & archive
    record = span_files(data.timeline, segment_of(checkpoint, size), segment_of(checkpoint, size) + 1)
    if record - whole_segments(data) - archive:
        reason = "no_checkpoint_record"
    elif missing:
        reason = "wal_missing"
    elif redo > data.pages.redo_from:
        reason = "torn"
    else:
        reason = "from_archive" if from_archive else "complete"
    good = reason in ("complete", "from_archive")
    return Restorability(path, good, reason, Files(needed, size), Files(missing, size), Files(from_archive, size), end)


def start_point(data: DataDirectory) -> tuple[int, int]:
    """read_backup_label: redo point and checkpoint record from the label, else from pg_control."""
    if data.label is not None:
        return data.label.redo_lsn, data.label.checkpoint_lsn
    return data.control.redo_lsn, data.control.checkpoint_lsn


def needed_files(data: DataDirectory, redo: int, end: int) -> Ranges:
    """Segments from the redo point to the position that must be reached (at least the one with the redo point)."""
    size = data.segment_size
    first = segment_of(redo, size)
    return span_files(data.timeline, first, max(previous_segment_of(end, size), first) + 1)


def whole_segments(data: DataDirectory) -> Ranges:
    """Segments in the directory's own pg_wal that hold valid WAL (not recycled ones ahead)."""
    last = previous_segment_of(data.wal_end, data.segment_size)
    return (data.pg_wal.segments & span_files(data.timeline, 0, last + 1)) - data.damaged
