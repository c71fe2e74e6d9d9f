"""Days of writing in milliseconds: checkpoints at a steady rate, each in constant time whatever its volume.

pg_wal at a steady rate is one run of segments, so a checkpoint is a handful of integers.  The rules are those of
retention.py, the same functions that `wal.checkpoint` calls; a property test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.cluster import WalLimits
from simulator.retention import horizon, preallocates, recycle_limit, update_estimate
from simulator.versions import Version

RECORDS = 176
"""WAL between redo point and end of a checkpoint that does nothing else: running-xacts and checkpoint record."""
FIRST_RECORD = 0x28
"""Offset of the first record in a segment."""

Row = tuple[float, int, int, int, int, int, int, int, float]
"""Clock (s), redo LSN, end LSN, horizon, oldest and newest file, removed, recycled, estimate (bytes)."""


@dataclass(frozen=True, slots=True)
class Load:
    """A steady load on a server: rate in bytes a second, timeout in seconds, `slot_segment` of an idle slot or None."""

    facts: Version
    limits: WalLimits
    segment_size: int
    rate: float
    checkpoint_timeout: float
    slot_segment: int | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Where the experiment begins: redo point, estimate, oldest and newest segment file in pg_wal."""

    redo: int
    estimate: float
    oldest: int
    newest: int


def checkpoints(load: Load, start: Start, seconds: float) -> list[Row]:
    """Every checkpoint that completes within `seconds`, in order.

    A checkpoint is asked for by volume or by time, is spread over checkpoint_completion_target of the interval
    (CheckpointWriteDelay), and removes files when its record is written.
    """
    facts, limits, size, rate = load.facts, load.limits, load.segment_size, load.rate
    asks, target, timeout = limits.checkpoint_segments, limits.completion_target, load.checkpoint_timeout
    keep, slot_limit, slot = limits.keep_segments, limits.slot_limit, load.slot_segment
    minimum, maximum, recycles = limits.min_wal_segments, limits.max_wal_segments, limits.wal_recycle
    redo, estimate, oldest, newest = start.redo, start.estimate, start.oldest, start.newest
    origin, clock, done_at = redo, 0.0, 0.0
    spread = min(target * timeout, target * asks * size / rate)
    rows: list[Row] = []
    while True:
        # The segment whose end asks for a checkpoint, or the timeout; not before the last one is complete.
        position = (redo // size + asks) * size + FIRST_RECORD
        asked = (position - FIRST_RECORD - origin) / rate
        if asked > clock + timeout or asked < done_at:
            asked = clock + timeout if asked > clock + timeout else asked
            asked = done_at if asked < done_at else asked
            position = origin + int(asked * rate)
            if position % size < FIRST_RECORD:
                position += FIRST_RECORD - position % size
        clock, done_at = asked, asked + spread
        if done_at > seconds:
            return rows
        estimate = update_estimate(estimate, position - redo)
        redo = position
        end = redo + int(spread * rate) + RECORDS
        last = (end - 1) // size
        if newest < last:
            newest = last
        before = horizon(facts, redo // size, end // size, slot, keep, slot_limit)
        if slot is not None and slot < before:
            slot = None  # the slot is lost, and the horizon is worked out again without it
            before = horizon(facts, redo // size, end // size, slot, keep, slot_limit)
        gone = before - oldest if before > oldest else 0
        recycled = 0
        if recycles and gone:
            recycled = recycle_limit(redo, estimate, target, size, minimum, maximum) - newest
            recycled = 0 if recycled < 0 else gone if recycled > gone else recycled
        oldest += gone
        newest += recycled
        if newest == last and preallocates(end, size):
            newest += 1
        rows.append((done_at, redo, end, before, oldest, newest, gone - recycled, recycled, estimate))
