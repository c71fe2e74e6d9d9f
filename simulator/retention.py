"""How long WAL stays: the rules of xlog.c as functions of integers, one function of the server each.

Segments are numbers, sizes given as `..._segments` are counts of segments, LSNs and estimates are bytes.
"""

from __future__ import annotations

from math import ceil

from simulator.versions import Version

NO_LIMIT = -1


def checkpoint_segments(max_wal_segments: int, completion_target: float) -> int:
    """CalculateCheckpointSegments: segments after which WAL volume asks for a checkpoint."""
    return max(1, int(max_wal_segments / (1.0 + completion_target)))


def checkpoint_needed(finished_segment: int, redo_segment: int, segments: int) -> bool:
    """XLogCheckpointNeeded: looked at when a segment has just been finished."""
    return finished_segment >= redo_segment + segments - 1


def update_estimate(estimate: float, distance: int) -> float:
    """UpdateCheckPointDistanceEstimate: up at once, down by a tenth (bytes)."""
    return float(distance) if estimate < distance else 0.90 * estimate + 0.10 * distance


def recycle_limit(
    redo: int, estimate: float, completion_target: float, segment_size: int, minimum: int, maximum: int
) -> int:
    """XLOGfileslop: the last segment number that a removable file may be renamed to.

    `minimum`, `maximum`: min_wal_size and max_wal_size in segments; the maximum wins.
    """
    redo_segment = redo // segment_size
    wanted = ceil((redo + (1.0 + completion_target) * estimate * 1.10) / segment_size)
    return min(max(wanted, redo_segment + minimum - 1), redo_segment + maximum - 1)


def keep_log_seg(
    facts: Version, end_segment: int, slot_segment: int | None, keep_segments: int, slot_limit: int
) -> int:
    """KeepLogSeg: the first segment to keep, before the redo point is considered.

    `end_segment`: of the end of the checkpoint record; `slot_segment`: of the oldest restart_lsn, None when
    no slot reserves WAL; `keep_segments`: wal_keep_size (wal_keep_segments); `slot_limit`:
    max_slot_wal_keep_size in segments or NO_LIMIT.
    """
    keep = end_segment
    if not facts.slots_limit_before_keep:
        if keep_segments > 0:
            keep = max(1, end_segment - keep_segments)
        return keep if slot_segment is None else min(keep, slot_segment)
    if slot_segment is not None and slot_segment < end_segment:
        keep = slot_segment
        if slot_limit != NO_LIMIT:
            keep = max(keep, end_segment - slot_limit)
    if keep_segments > 0 and end_segment - keep < keep_segments:
        keep = max(1, end_segment - keep_segments)
    return keep


def horizon(
    facts: Version,
    redo_segment: int,
    end_segment: int,
    slot_segment: int | None,
    keep_segments: int,
    slot_limit: int,
) -> int:
    """The segment before which everything may go: never after the redo point."""
    return min(redo_segment, keep_log_seg(facts, end_segment, slot_segment, keep_segments, slot_limit))


def preallocates(end: int, segment_size: int) -> bool:
    """PreallocXlogFiles: more than three quarters of the segment are used."""
    return (end - 1) % segment_size >= int(0.75 * segment_size)


def wal_availability(
    facts: Version,
    restart_segment: int,
    write: int,
    segment_size: int,
    last_removed: int,
    *,
    keep_segments: int,
    slot_limit: int,
    max_wal_segments: int,
) -> str:
    """GetWALAvailability: wal_status of a slot that reserves WAL ('reserved', 'extended', …)."""
    current = write // segment_size
    oldest_kept = keep_log_seg(facts, current, restart_segment, keep_segments, slot_limit)
    if restart_segment >= oldest_kept:
        usual = max(1, current - (max_wal_segments + 1)) if current > max_wal_segments + 1 else 1
        return "reserved" if restart_segment >= usual else "extended"
    return "unreserved" if restart_segment > last_removed else "lost"


def safe_wal_size(
    restart_segment: int, write: int, segment_size: int, keep_segments: int, slot_limit: int
) -> int | None:
    """pg_replication_slots.safe_wal_size (bytes, may be negative); None without a limit."""
    if slot_limit == NO_LIMIT:
        return None
    return (restart_segment + max(slot_limit, keep_segments) + 1) * segment_size - write
