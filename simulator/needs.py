"""Who needs which WAL: running backups, slots, standbys.  What is needed and gone from pg_wal is lost."""

from __future__ import annotations

from typing import NamedTuple

from simulator.cluster import DataDirectory
from simulator.commands import PgBasebackup
from simulator.events import Event, Files, WalLost
from simulator.lsn import segment_of
from simulator.pg_wal import file_number, span_files
from simulator.ranges import EMPTY, Ranges
from simulator.world import World


class Need(NamedTuple):
    """Somebody needs the segments from `files.first` on."""

    who: str
    kind: str
    """fetch, stream, none (pg_basebackup -X), low-level, slot or standby."""
    files: Ranges
    """Segment files needed so far, up to the one being written."""
    archive_helps: bool
    """Can the archive deliver what pg_wal has no more?"""


def needs(world: World) -> tuple[Need, ...]:
    """Everybody's needs at this moment; none when the primary is down."""
    cluster = world.primary
    if cluster.server is None or not (world.clients or world.standbys or cluster.server.backups):
        return ()
    data = cluster.data
    found: list[Need] = []
    for client in world.clients:
        if client.phase == "copying" and isinstance(client.command, PgBasebackup) and client.label:
            method = client.command.wal_method
            begin = client.received_to if method == "stream" else client.label.redo_lsn
            files = _written_since(data, begin)
            found.append(Need(client.command.directory, method, files, archive_helps=method == "none"))
    for backup in cluster.server.backups:
        owned = world.client(backup.session) is not None
        if not owned and (backup.session or data.label is not None):
            files = _written_since(data, backup.label.redo_lsn)
            found.append(Need(backup.label.label, "low-level", files, archive_helps=True))
    for standby in world.standbys:
        if not standby.lost:
            found.append(Need(standby.path, "standby", _written_since(data, standby.replay_lsn), archive_helps=False))
    return tuple(found)


def _written_since(data: DataDirectory, lsn: int) -> Ranges:
    size = data.segment_size
    return span_files(data.control.timeline, lsn // size, data.wal_end // size + 1)


def missing(world: World, need: Need) -> Ranges:
    """Segments of a need that are neither in pg_wal nor (where that helps) in the archive."""
    data = world.primary.data
    gone = need.files - data.pg_wal.segments
    if not gone.runs:
        return EMPTY
    gone = gone.clip(0, file_number(data.timeline, segment_of(data.wal_end, data.segment_size)))
    return gone - world.archive.segments if need.archive_helps else gone


def losses(before: World, after: World) -> tuple[Event, ...]:
    """WalLost events for what was still there before a step and is gone after it."""
    gone = [(need, files) for need in needs(after) if (files := missing(after, need)).runs]
    if not gone:
        return ()
    known = {need.who: missing(before, need) for need in needs(before)}
    found: list[Event] = []
    for need, files in gone:
        fresh = files - known.get(need.who, EMPTY)
        if fresh:
            in_archive = not (fresh - after.archive.segments)
            found.append(WalLost(Files(fresh, after.primary.data.segment_size), need.who, in_archive))
    return tuple(found)
