"""Days of writing in milliseconds: checkpoints at a steady rate, each in constant time whatever its volume.

pg_wal at a steady rate is one run of segments, so a checkpoint is a handful of integers.  The rules are those of
retention.py, the same functions that `wal.checkpoint` calls; a property test holds the two together.

The rules know distances only: when a checkpoint has done exactly what the one before it did, a whole number of
segments further on, every later one does the same.  From there on rows are a multiplication, until the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.cluster import WalLimits
from simulator.retention import horizon, preallocates, recycle_limit, update_estimate
from simulator.versions import Version

RECORDS = 176
"""WAL between redo point and end of a checkpoint that does nothing else: running-xacts and checkpoint record."""
FIRST_RECORD = 0x28
"""Offset of the first record in a segment."""

Row = tuple[float, int, int, int, int, int, int, int, float]
"""Clock (s), redo LSN, end LSN, horizon, oldest and newest file, removed, recycled, estimate (bytes)."""
Shift = tuple[int, ...]
"""What one steady checkpoint adds to redo, end, horizon, oldest and newest."""


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


@dataclass(frozen=True, slots=True)
class Columns:
    """The same as rows, a column each: what a curve is drawn from."""

    done_at: NDArray[np.float64]
    redo: NDArray[np.int64]
    end: NDArray[np.int64]
    horizon: NDArray[np.int64]
    oldest: NDArray[np.int64]
    newest: NDArray[np.int64]
    removed: NDArray[np.int64]
    recycled: NDArray[np.int64]
    estimate: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sweep:
    """All checkpoints: those worked out one by one, and how often the last of them repeats, shifted."""

    head: tuple[Row, ...]
    shift: Shift
    repeats: int
    clock: _Clock

    def __len__(self) -> int:
        return len(self.head) + self.repeats

    def __getitem__(self, index: int) -> Row:
        """The row of one checkpoint; negative indexes count from the end."""
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(index)
        times = at - len(self.head) + 1
        if times <= 0:
            return self.head[at]
        redo, end, before, oldest, newest = (
            one + times * more for one, more in zip(self.head[-1][1:6], self.shift, strict=True)
        )
        *_, removed, recycled, estimate = self.head[-1]
        return (self.clock.done_at(redo), redo, end, before, oldest, newest, removed, recycled, estimate)

    def __iter__(self) -> Iterator[Row]:
        return (self[index] for index in range(len(self)))

    def columns(self) -> Columns:
        """Every row as arrays."""
        if not self.head:
            none, nothing = np.empty(0, np.int64), np.empty(0, np.float64)
            return Columns(nothing, none, none, none, none, none, none, none, nothing)
        first = [np.array(column) for column in zip(*self.head, strict=True)]
        times = np.arange(1, self.repeats + 1, dtype=np.int64)
        more = [first[1 + index][-1] + times * step for index, step in enumerate(self.shift)] if self.shift else []
        if more:
            more = [self.clock.done_at(more[0]), *more, *(np.full(self.repeats, last) for last in self.head[-1][6:])]
            first = [np.concatenate(pair) for pair in zip(first, more, strict=True)]
        return Columns(*first)


@dataclass(frozen=True, slots=True)
class _Clock:
    """When a checkpoint that WAL volume asked for is complete."""

    origin: int
    rate: float
    spread: float

    def done_at(self, redo: int) -> float:
        """Its clock (s); takes an array of redo points as well."""
        return (redo - FIRST_RECORD - self.origin) / self.rate + self.spread


def checkpoints(load: Load, start: Start, seconds: float, *, one_by_one: bool = False) -> Sweep:
    """Every checkpoint that completes within `seconds`, in order.

    A checkpoint is asked for by volume or by time, is spread over checkpoint_completion_target of the interval
    (CheckpointWriteDelay), and removes files when its record is written.  `one_by_one` leaves out the short cut.
    """
    asks, target, timeout = load.limits.checkpoint_segments, load.limits.completion_target, load.checkpoint_timeout
    spread = min(target * timeout, target * asks * load.segment_size / load.rate)
    clock = _Clock(start.redo, load.rate, spread)
    rows, steady = _work_out(load, start, seconds, clock, one_by_one=one_by_one)
    if not steady:
        return Sweep(tuple(rows), (), 0, clock)
    shift = tuple(int(now - then) for now, then in zip(rows[-1][1:6], rows[-2][1:6], strict=True))
    redo = rows[-1][1]
    repeats = max(0, int((seconds - rows[-1][0]) * load.rate / shift[0]) + 1)
    while repeats and clock.done_at(redo + repeats * shift[0]) > seconds:
        repeats -= 1
    return Sweep(tuple(rows), shift, repeats, clock)


def _by_time_or_late(load: Load, clock: _Clock, asked: float, last_asked: float, done_at: float) -> tuple[float, int]:
    """Clock and position of a checkpoint that the timeout asks for, or that had to wait for the last one."""
    asked = max(min(asked, last_asked + load.checkpoint_timeout), done_at)
    position = clock.origin + int(asked * clock.rate)
    into = position % load.segment_size
    return asked, position + (FIRST_RECORD - into if into < FIRST_RECORD else 0)


def _clearly(spread: float, interval: float, timeout: float) -> bool:
    """Is a checkpoint over before the next is asked for, and that before the timeout, whatever rounding does?"""
    return spread < 0.999999 * interval and interval < 0.999999 * timeout


def _work_out(
    load: Load, start: Start, seconds: float, clock_of: _Clock, *, one_by_one: bool
) -> tuple[list[Row], bool]:
    """Row after row, until time is up (False) or a row repeats the one before it, shifted (True)."""
    facts, limits, size, rate = load.facts, load.limits, load.segment_size, load.rate
    asks, timeout, spread = limits.checkpoint_segments, load.checkpoint_timeout, clock_of.spread
    target, recycles = limits.completion_target, limits.wal_recycle
    keep, slot_limit, slot = limits.keep_segments, limits.slot_limit, load.slot_segment
    minimum, maximum = limits.min_wal_segments, limits.max_wal_segments
    redo, estimate, oldest, newest = start.redo, start.estimate, start.oldest, start.newest
    origin, clock, done_at = redo, 0.0, 0.0
    rows: list[Row] = []
    did: object = None
    while True:
        # The segment whose end asks for a checkpoint, or the timeout; not before the last one is complete.
        position = (redo // size + asks) * size + FIRST_RECORD
        asked = (position - FIRST_RECORD - origin) / rate
        by_volume = asked <= clock + timeout and asked >= done_at
        if not by_volume:
            asked, position = _by_time_or_late(load, clock_of, asked, clock, done_at)
        clock, done_at = asked, asked + spread
        if done_at > seconds:
            return rows, False
        distance = position - redo
        estimate = update_estimate(estimate, distance)
        redo = position
        end = redo + int(spread * rate) + RECORDS
        last = (end - 1) // size
        if newest < last:
            newest = last
        segment, upto = redo // size, end // size
        before = horizon(facts, segment, upto, slot, keep, slot_limit)
        if slot is not None and slot < before:
            slot = None  # the slot is lost, and the horizon is worked out again without it
            before = horizon(facts, segment, upto, slot, keep, slot_limit)
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
        does = (by_volume, distance, estimate, before - segment, oldest - segment, newest - segment, recycled)
        if does == did and by_volume and slot is None and not one_by_one and _clearly(spread, distance / rate, timeout):
            return rows, True
        did = does
