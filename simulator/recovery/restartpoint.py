"""Restartpoints: the checkpoints of a server in recovery (CreateRestartPoint)."""

from __future__ import annotations

from simulator import retention, wal
from simulator.cluster import Cluster, Server, WalLimits
from simulator.frozen import replace
from simulator.lsn import segment_of
from simulator.pg_wal import newest_segment, remove_old_files
from simulator.recovery.consistency import flushed
from simulator.recovery.state import Recovery, lsn
from simulator.timestamps import shown


def restartpoint(recovery: Recovery, *, shutdown: bool = False) -> Recovery:
    """At the last replayed checkpoint, if that is newer than pg_control's."""
    record, control = recovery.last_checkpoint, recovery.place.control
    state = "shut down in recovery" if shutdown else control.state
    if record is None or record.redo <= control.redo_lsn:
        recovery = flushed(recovery)
        return recovery.with_control(state=state)
    distance = record.redo - control.redo_lsn
    recovery = _written(recovery)
    control = recovery.place.control
    minimum, timeline = control.min_recovery, control.min_recovery_timeline
    if minimum < record.end:
        minimum, timeline = record.end, record.timeline
    recovery = recovery.with_control(
        state=state,
        checkpoint_lsn=record.start,
        redo_lsn=record.redo,
        timeline=record.timeline,
        previous=record.previous,
        full_page_writes=record.full_page_writes,
        min_recovery=minimum,
        min_recovery_timeline=timeline,
    )
    recovery = replace(recovery, estimate=retention.update_estimate(recovery.estimate, distance), minimum=minimum)
    recovery = _clean(recovery, record.redo)
    recovery = recovery.say("restartpoint", redo=lsn(record.redo))
    if recovery.completed is None:
        return recovery
    return recovery.say("restartpoint_time", time=shown(recovery.completed))


def _written(recovery: Recovery) -> Recovery:
    """CheckPointBuffers: a page that is newer than the minimum recovery point moves it to what is replayed now."""
    return flushed(recovery) if recovery.dirty > recovery.place.control.min_recovery else recovery


def _clean(recovery: Recovery, redo: int) -> Recovery:
    """RemoveOldXlogFiles and PreallocXlogFiles; without a WAL receiver 14+ makes no new names."""
    data, size = recovery.place.data, recovery.size
    limits = WalLimits.of(data.settings, data.facts, size)
    end = max(recovery.replayed, recovery.received[1])
    keep_from = wal.horizon(data, limits, redo, end)
    if limits.summarizing:
        keep_from = min(keep_from, wal.oldest_unsummarized(data))
    names = recovery.receiving or not data.facts.names_need_receiver
    removal = remove_old_files(
        data.pg_wal,
        recovery.replayed_timeline,
        size=size,
        before=keep_from,
        first_free=segment_of(end, size),
        limit=retention.recycle_limit(
            redo,
            recovery.estimate,
            limits.completion_target,
            size,
            limits.min_wal_segments,
            limits.max_wal_segments,
        ),
        recycle=limits.wal_recycle and names,
        archiving=recovery.request.always,
    )
    gone = removal.removed | removal.recycled_from
    pg_wal = removal.pg_wal
    if names:
        control = replace(data.control, timeline=recovery.replayed_timeline)
        cluster = Cluster("", replace(data, pg_wal=pg_wal, control=control), Server(limits))
        cluster, _ = wal.preallocate(cluster, end)
        pg_wal = cluster.data.pg_wal
    place = recovery.place.with_data(pg_wal=pg_wal)
    return replace(recovery, place=place, last_removed=max(recovery.last_removed, newest_segment(gone)))
