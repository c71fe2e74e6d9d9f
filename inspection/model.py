"""What the model says about a server's settings: the same retention rules that the scenarios run on.

Segments are numbers, amounts are bytes between two LSNs: whatever was written, checkpoints included.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import partial

from simulator.cluster import WalLimits
from simulator.lsn import XLOG_BLCKSZ
from simulator.retention import NO_LIMIT, horizon
from simulator.sweep import FIRST_RECORD, Load, Start, Sweep, checkpoints
from simulator.versions import Version

FIRST_NEEDED = 1 << 20
"""Where the questions are asked; far enough from the beginning for `max(1, ...)` not to matter."""
FURTHEST = 1 << 32
YEAR = 365 * 86400.0
"""Nobody plans further ahead here."""
ENOUGH_CHECKPOINTS = 12
"""After so many the rhythm of a steady load is there."""


@dataclass(frozen=True, slots=True)
class Typical:
    """When and after how much WAL a steady load takes the first segment that a backup needs."""

    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Growth:
    """How large pg_wal gets, and when it has grown by more than there is room for."""

    peak_segments: int
    full_at: float | None


def segments_kept(facts: Version, limits: WalLimits, *, slot: bool) -> int | None:
    """How many segments further on a checkpoint may come and still keep the first needed one; None: any number."""

    def takes_it(further: int) -> bool:
        here = FIRST_NEEDED + further
        held = FIRST_NEEDED if slot else None
        return horizon(facts, here, here, held, limits.keep_segments, limits.slot_limit) > FIRST_NEEDED

    first_loss = bisect_left(range(1, FURTHEST), True, key=takes_it) + 1
    return None if first_loss >= FURTHEST else first_loss - 1


def safe_for_fetch(facts: Version, limits: WalLimits, size: int) -> int:
    """WAL that may be written from a backup's start to its end, whatever checkpoints come, the stop's switch included.

    The stop writes records and begins the next segment; they need a page and a segment of what is kept.  0: nothing
    is guaranteed.
    """
    kept = segments_kept(facts, limits, slot=False) or 0
    return max(0, kept * size - FIRST_RECORD - XLOG_BLCKSZ)


def safe_for_slot(facts: Version, limits: WalLimits, size: int) -> int | None:
    """How far a slot's reader may fall behind, wherever in a segment it stands; None: without limit."""
    kept = segments_kept(facts, limits, slot=True)
    return None if kept is None else kept * size


def typical_for_fetch(load: Load) -> Typical | None:
    """A backup starts with its checkpoint, then the load goes on as usual; None: not within a year."""
    start = Start(FIRST_NEEDED * load.segment_size + FIRST_RECORD, 0.0, FIRST_NEEDED, FIRST_NEEDED)
    # A slow load loses it at the first timed checkpoint behind what is kept, a fast one some volume later.
    for further in (2, 3 * load.limits.checkpoint_segments + 3):
        volume = (load.limits.keep_segments + further) * load.segment_size
        rows = checkpoints(load, start, min(YEAR, volume / load.rate + 3 * load.checkpoint_timeout))
        at = bisect_left(range(len(rows)), True, key=partial(_takes_it, rows))
        if at < len(rows):
            done_at, _, end, *_ = rows[at]
            return Typical(end - start.redo, done_at)
    return None


def _takes_it(rows: Sweep, index: int) -> bool:
    return rows[index][3] > FIRST_NEEDED


def volume_rate(limits: WalLimits, size: int, timeout: float) -> float:
    """A rate at which checkpoints come by volume: for questions about sizes when the real one is not known."""
    return 4 * limits.checkpoint_segments * size / timeout


def growth(load: Load, start: Start, room_segments: int | None) -> Growth:
    """Let a steady load run: the most files that pg_wal ever holds, and when they are more than there is room for."""
    limits, size = load.limits, load.segment_size
    # Checkpoints within one and the same segment change nothing here, however many a slow load sees.
    load = replace(load, checkpoint_timeout=max(load.checkpoint_timeout, size / load.rate))
    behind = 0 if load.slot_segment is None else max(0, start.newest - load.slot_segment)
    rounds = limits.keep_segments + max(0, limits.slot_limit) + ENOUGH_CHECKPOINTS * limits.checkpoint_segments
    volume = (max(rounds, behind) + 2 * (room_segments or 0)) * size
    seconds = min(YEAR, volume / load.rate + ENOUGH_CHECKPOINTS * load.checkpoint_timeout)
    rows = checkpoints(load, start, seconds)
    begin = start.newest - start.oldest + 1
    peak, full_at = begin, None
    oldest, newest = start.oldest, start.newest
    for row in _telling(rows):
        # Just before this checkpoint removes anything, everything since the last removal is there.
        here = max(newest, (row[2] - 1) // size) - oldest + 1
        peak = max(peak, here)
        if room_segments is not None and full_at is None and here - begin > room_segments:
            full_at = max(0.0, row[0] - (here - begin - room_segments) * size / load.rate)
        oldest, newest = row[4], row[5]
    return Growth(peak, full_at)


def _telling(rows: Sweep) -> list[tuple[float, int, int, int, int, int, int, int, float]]:
    """The rows one by one, and a few of those that only repeat."""
    return [rows[index] for index in range(min(len(rows), len(rows.head) + 2))]


def unlimited(limits: WalLimits) -> WalLimits:
    """The same without max_slot_wal_keep_size: what the archiver has not taken is kept like that."""
    return replace(limits, slot_limit=NO_LIMIT)
