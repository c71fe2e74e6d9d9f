"""Writing WAL, checkpoints, start and stop: what happens to pg_wal, in the server's order.

Every function takes a Cluster and exact positions (LSNs are ints) and returns the new Cluster; where the positions
come from is the caller's business: records.py for a command, the recording for a replayed trace.
"""

from __future__ import annotations

from typing import NamedTuple

from simulator import retention
from simulator.cluster import Cluster, DataDirectory, Server, Slot, WalLimits
from simulator.frozen import replace
from simulator.lsn import insert_position, previous_segment_of, segment_of
from simulator.pg_wal import (
    OtherFile,
    PgWal,
    Removal,
    file_name,
    file_number,
    finish_segments,
    newest_segment,
    on_timeline,
    remove_non_parent,
    remove_old_files,
    segment_number,
    span_files,
    timelines_of,
    with_files,
)
from simulator.ranges import EMPTY, Ranges
from simulator.records import CheckpointPlace
from simulator.recovery_settings import in_force


def write_to(cluster: Cluster, flush: int) -> Cluster:
    """XLogWrite: WAL is flushed up to `flush`; files appear when bytes are written into them."""
    if flush <= cluster.data.wal_end:
        return cluster
    return replace(cluster, data=flushed(cluster.data, flush, archiving=cluster.live.limits.archiving))


def flushed(data: DataDirectory, flush: int, *, archiving: bool) -> DataDirectory:
    """What XLogWrite leaves on disk; `flush` is beyond what was there."""
    pg_wal, crossed = _files_written(data, flush, archiving=archiving)
    return replace(data, pg_wal=pg_wal, wal_end=flush, crossed=crossed)


def _files_written(data: DataDirectory, flush: int, *, archiving: bool) -> tuple[PgWal, Ranges]:
    """pg_wal afterwards, and the files whose end a record crosses."""
    size, timeline, pg_wal = data.segment_size, data.control.timeline, data.pg_wal
    first, last, unfinished = data.wal_end // size, (flush - 1) // size, flush // size
    segments, ready = with_files(pg_wal.segments, timeline, first, last + 1), pg_wal.ready
    if archiving and first < unfinished:
        ready = finish_segments(ready, span_files(timeline, first, unfinished), archiving=archiving)
    if segments is not pg_wal.segments or ready is not pg_wal.ready:
        pg_wal = replace(pg_wal, segments=segments, ready=ready)
    return pg_wal, with_files(data.crossed, timeline, first, last) if first < last else data.crossed


class CheckpointDone(NamedTuple):
    """What a checkpoint did, for the log line and for the explanation (files are pg_wal's file numbers)."""

    place: CheckpointPlace
    added: int
    removal: Removal
    distance: int
    estimate: float
    horizon: int
    lost_slots: tuple[Slot, ...]
    first_horizon: int
    """The horizon while the lost slots still counted."""
    removed: int
    """Files deleted."""
    recycled: int
    """Files renamed."""


def oldest_slot_segment(data: DataDirectory, end: int) -> int | None:
    """XLogGetReplicationSlotMinimumLSN as a segment; a position at or after `end` counts as none."""
    positions = [s.restart_lsn for s in data.slots if s.restart_lsn is not None and not s.lost]
    oldest = min(positions, default=None)
    if oldest is None or (data.facts.slots_limit_before_keep and oldest >= end):
        return None
    return oldest // data.segment_size


def horizon(data: DataDirectory, limits: WalLimits, redo: int, end: int) -> int:
    """The segment before which a checkpoint at these positions removes everything."""
    size = data.segment_size
    return retention.horizon(
        data.facts,
        redo // size,
        end // size,
        oldest_slot_segment(data, end) if data.slots else None,
        limits.keep_segments,
        limits.slot_limit,
    )


def invalidate_slots(data: DataDirectory, before_segment: int) -> tuple[DataDirectory, tuple[Slot, ...]]:
    """InvalidateObsoleteReplicationSlots: slots that need a segment before the horizon are lost, and saved so."""
    oldest_kept = before_segment * data.segment_size
    lost: list[Slot] = []
    for slot in data.slots:
        if slot.restart_lsn is not None and not slot.lost and slot.restart_lsn < oldest_kept:
            lost.append(slot)
            if slot.temporary:  # its WAL sender is ended, and it goes with that
                data = data.without_slot(slot.name)
                continue
            ended = replace(slot, restart_lsn=None, saved_lsn=None, lost=True, revived=False, active=False)
            data = data.with_slot(ended)
    return data, tuple(lost)


def time_out_slots(data: DataDirectory, seconds: int, clock: float) -> tuple[DataDirectory, tuple[Slot, ...]]:
    """The same for slots that nobody has used for so long; one that holds no WAL is left alone."""
    lost: list[Slot] = []
    for slot in data.slots:
        idle = slot.idle_since is not None and clock - slot.idle_since >= seconds
        if idle and not slot.lost and not slot.active and slot.restart_lsn is not None:
            lost.append(replace(slot, timed_out=True))
            data = data.with_slot(replace(slot, lost=True, timed_out=True))
    return data, tuple(lost)


def preallocate(cluster: Cluster, end: int) -> tuple[Cluster, Ranges]:
    """PreallocXlogFiles: create the next segment when three quarters of the present one are used."""
    data = cluster.data
    pg_wal, made = _with_next(data.pg_wal, data.control.timeline, end, data.segment_size)
    return (cluster.with_data(pg_wal=pg_wal), made) if made else (cluster, EMPTY)


def _with_next(pg_wal: PgWal, timeline: int, end: int, size: int) -> tuple[PgWal, Ranges]:
    if not retention.preallocates(end, size):
        return pg_wal, EMPTY
    ahead = file_number(timeline, previous_segment_of(end, size) + 1)
    if ahead in pg_wal.segments:
        return pg_wal, EMPTY
    made = Ranges.span(ahead, ahead + 1)
    return replace(pg_wal, segments=pg_wal.segments | made), made


def without_preallocated(cluster: Cluster, end: int) -> Cluster:
    """Take back the file that `preallocate` made at `end`: there was no room for it."""
    data = cluster.data
    ahead = file_number(data.timeline, previous_segment_of(end, data.segment_size) + 1)
    segments = data.pg_wal.segments - Ranges.span(ahead, ahead + 1)
    return cluster.with_data(pg_wal=replace(data.pg_wal, segments=segments))


def checkpoint(
    cluster: Cluster,
    place: CheckpointPlace,
    *,
    online: bool = True,
    state: str = "in production",
    archive_recovery: bool = False,
    clock: float | None = None,
) -> tuple[Cluster, CheckpointDone]:
    """CreateCheckPoint from its record on: estimate, slots, horizon, removal, preallocation.

    `online`: false for a shutdown or end-of-recovery checkpoint, which never preallocates; `state`: what
    pg_control says afterwards; at the end of an archive recovery old files go whether they are archived or not.
    `clock`: the time (s) from which the next one is due; None where nobody asks for that.
    """
    data, server = cluster.data, cluster.live
    limits, size = server.limits, data.segment_size
    pg_wal, crossed, end = data.pg_wal, data.crossed, data.wal_end
    if place.end > end:
        end = place.end
        pg_wal, crossed = _files_written(data, end, archiving=limits.archiving)
    distance = place.redo - data.control.redo_lsn
    estimate = retention.update_estimate(server.estimate, distance)
    control = replace(data.control, state=state, checkpoint_lsn=place.record, redo_lsn=place.redo)
    data, lost, first_keep, keep_from = _kept_from(data, limits, place, clock)
    if limits.summarizing:
        keep_from = min(keep_from, oldest_unsummarized(data))
        data = replace(data, summarized=place.redo)
    highest = retention.recycle_limit(
        place.redo, estimate, limits.completion_target, size, limits.min_wal_segments, limits.max_wal_segments
    )
    removal = remove_old_files(
        pg_wal,
        control.timeline,
        size=size,
        before=keep_from,
        first_free=segment_of(place.end, size),
        limit=highest,
        recycle=limits.wal_recycle,
        archiving=limits.archiving and (not archive_recovery or data.settings.values["archive_mode"] == "always"),
    )
    pg_wal, added = removal.pg_wal, EMPTY
    if online:
        pg_wal, added = _with_next(pg_wal, control.timeline, place.end, size)
    data = replace(data, control=control, pg_wal=pg_wal, wal_end=end, crossed=crossed)
    removed, recycled = len(removal.removed), len(removal.recycled_to)
    done = CheckpointDone(
        place, len(added.runs), removal, distance, estimate, keep_from, lost, first_keep, removed, recycled
    )
    return Cluster(cluster.path, data, _server_after(server, done, data, clock)), done


def _kept_from(
    data: DataDirectory, limits: WalLimits, place: CheckpointPlace, clock: float | None
) -> tuple[DataDirectory, tuple[Slot, ...], int, int]:
    """The directory and the slots that are lost, and the horizon with and without these."""
    first = horizon(data, limits, place.redo, place.end)
    if not data.slots:
        return data, (), first, first
    data, lost = _slots_checked(data, first)
    if limits.idle_slot_seconds and clock is not None:
        data, idle = time_out_slots(data, limits.idle_slot_seconds, clock)
        lost += idle
    return data, lost, first, horizon(data, limits, place.redo, place.end) if lost else first


def _server_after(server: Server, done: CheckpointDone, data: DataDirectory, clock: float | None) -> Server:
    newest = server.last_removed
    if done.removed or done.recycled:
        newest = max(newest, newest_segment(done.removal.removed | done.removal.recycled_from))
    if clock is None:
        return replace(server, estimate=done.estimate, last_removed=newest)
    idle_from = insert_position(max(data.wal_end, server.inserted), data.segment_size)
    return replace(server, estimate=done.estimate, last_removed=newest, checkpointed_at=clock, idle_from=idle_from)


def oldest_unsummarized(data: DataDirectory) -> int:
    """GetOldestUnsummarizedLSN as a segment: a summary ends where a checkpoint begins, and for the present one the
    summarizer is woken only just before old files go; without any summary it is the oldest file.
    """
    if data.summarized or not data.pg_wal.segments.runs:
        return data.summarized // data.segment_size
    return min(segment_number(number) for number, _ in data.pg_wal.segments.runs)


def _summarized_at_start(data: DataDirectory) -> int:
    """A summarizer that starts looks at the oldest timeline in pg_wal: the last summary there ends at the fork."""
    timelines, segments = timelines_of(data.pg_wal.segments), data.pg_wal.segments
    if not data.summarized or not timelines or timelines[0] >= data.timeline:
        return data.summarized
    last = newest_segment(on_timeline(segments, timelines[0]))
    inside = any(file_number(each, last) in segments for each in timelines[1:])
    return min(data.summarized, (last if inside else last + 1) * data.segment_size)


def _slots_checked(data: DataDirectory, keep_from: int) -> tuple[DataDirectory, tuple[Slot, ...]]:
    """CheckPointReplicationSlots saves them; then those that need too much are lost."""
    data = replace(data, slots=tuple([replace(slot, saved_lsn=slot.restart_lsn) for slot in data.slots]))
    return invalidate_slots(data, keep_from) if data.facts.slot_loss else (data, ())


def _after_crash(slot: Slot) -> Slot:
    """As it was saved."""
    lost = slot.lost or (slot.revived and slot.saved_lsn is None)
    return replace(slot, restart_lsn=slot.saved_lsn, lost=lost, active=False)


def start_cleanly(data: DataDirectory, path: str) -> Cluster:
    """A server starts on a directory that was shut down: nothing is replayed, one file may be preallocated."""
    data = _settings_at_start(data)
    server = _new_server(data)
    if server.limits.summarizing:
        data = replace(data, summarized=data.control.redo_lsn)
    cluster, _ = preallocate(Cluster(path, data, server), data.wal_end)
    return cluster


def start_after_crash(
    data: DataDirectory,
    path: str,
    place: CheckpointPlace,
    left: int | None = None,
    *,
    archive_recovery: bool = False,
) -> tuple[Cluster, CheckpointDone]:
    """Crash recovery up to the end of the local WAL, then the end-of-recovery checkpoint at `place`.

    12 to 14 preallocate after that checkpoint and forget its estimate (the startup process makes it);
    15+ preallocate before it, and the checkpointer keeps the estimate.  `left`: the timeline that archive recovery
    has left, None for a recovery that stays on its own.
    """
    slots = tuple(_after_crash(slot) for slot in data.slots if not slot.temporary)
    data = _settings_at_start(replace(data, slots=slots, summarized=_summarized_at_start(data)))
    cluster = Cluster(path, data, _new_server(data))
    early, end_of_log = data.facts.checkpointer_in_recovery, data.wal_end
    if early:
        cluster, _ = preallocate(cluster, end_of_log)
    cluster, done = checkpoint(cluster, place, online=False, archive_recovery=archive_recovery)
    if not early and data.facts.preallocates_before_leaving:
        cluster, _ = preallocate(cluster, end_of_log)
    if left is not None:
        cluster = leave_timeline(cluster, left, end_of_log)
    if not early:
        cluster, _ = preallocate(cluster, end_of_log)
        cluster = cluster.with_server(estimate=0.0)
    return cluster, done


def leave_timeline(cluster: Cluster, left: int, end: int) -> Cluster:
    """CleanupAfterArchiveRecovery: what the old timeline has beyond the switch goes; its last becomes .partial."""
    data, limits, size = cluster.data, cluster.live.limits, cluster.data.segment_size
    pg_wal = remove_non_parent(data.pg_wal, data.timeline, end=end, size=size, recycle=limits.wal_recycle)
    last = Ranges.span(*(file_number(left, segment_of(end, size)) + more for more in (0, 1)))
    if end % size and limits.archiving and last & pg_wal.segments - pg_wal.ready - pg_wal.done:
        partial = OtherFile(file_name(last.first, size) + ".partial", "", "ready")
        pg_wal = pg_wal.without_segments(last).with_other(partial)
    return cluster.with_data(pg_wal=pg_wal)


def _settings_at_start(data: DataDirectory) -> DataDirectory:
    settings = data.settings.restarted()
    control = replace(data.control, state="in production", needed=in_force(settings))
    return replace(data, settings=settings, control=control)


def _new_server(data: DataDirectory) -> Server:
    return Server(limits=WalLimits.of(data.settings, data.facts, data.segment_size))
