"""How fast WAL is written, how long a backup takes, and how large the disk is: what was seen, or what somebody says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inspection.facts import Disk, Rate, ServerFacts

COPY_RATE = 100 * (1 << 20)
"""Bytes a second that a backup copies when nobody says otherwise; an assumption, and shown as one."""
_AMOUNT = re.compile(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?)(?:i?b)?(?:/s|/sec|ps)?\s*", re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
MOST = 1 << 60
SHORTEST_LOOK = 0.5
"""Two looks at the write position closer than this (seconds) tell nothing."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What no server can tell.  None: not said."""

    wal_rate: float | None = None
    copy_rate: float = COPY_RATE
    free_bytes: int | None = None


def amount(text: str) -> int | None:
    """'100GB', '2 MB/s', '512k': bytes (a second); None when it is no such thing, or nothing."""
    match = _AMOUNT.fullmatch(text)
    found = int(float(match[1]) * _UNITS[match[2].lower()]) if match else 0
    return min(found, MOST) or None


def rate_of(facts: ServerFacts, assumed: Assumptions) -> Rate | None:
    """The writing rate: as given, else between two looks, else since the statistics were reset; None: not known."""
    if assumed.wal_rate:
        return Rate(assumed.wal_rate, "given")
    looks = sorted(facts.looks)
    if len(looks) > 1:
        (first, begin), (last, end) = looks[0], looks[-1]
        seconds = (last - first).total_seconds()
        if seconds >= SHORTEST_LOOK and end >= begin:
            return Rate((end - begin) / seconds, "looks", seconds)
    return None if facts.standby else _since_reset(facts)


def _since_reset(facts: ServerFacts) -> Rate | None:
    archiver = facts.archiver
    archived = archiver.archived_count * facts.segment_size if archiver and archiver.archived_count else None
    sources = (
        ("pg_stat_wal", facts.wal_bytes, facts.wal_stats_reset),
        ("archiver", archived, archiver.stats_reset if archiver else None),
    )
    for source, written, since in sources:
        if written is None or since is None or facts.seen_at is None:
            continue
        seconds = (facts.seen_at - since).total_seconds()
        if seconds > 0:
            return Rate(written / seconds, source, seconds)
    return None


def disk_of(facts: ServerFacts, assumed: Assumptions) -> Disk | None:
    """The disk that somebody named, else the one of df."""
    return Disk(None, assumed.free_bytes) if assumed.free_bytes is not None else facts.disk
