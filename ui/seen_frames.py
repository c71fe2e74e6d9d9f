"""What the stage draws of one observation: the same from the model and from a real server, so that only facts differ.

An observation shows files, their archive status, positions and slots.  Who needs a segment, and what the next
checkpoint will do with it, is not seen and not drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from simulator.lsn import parse_segment_name, segment_of
from simulator.observation import Observation
from simulator.pg_wal import PgWal, timelines_of
from simulator.ranges import EMPTY, Ranges
from ui.frames import ABSENT, CURRENT, DIFFERS, DONE, FUTURE, PRESENT, READY, folded, layered, position

FOREVER = 1 << 60
NOTHING = PgWal()


@dataclass(frozen=True, slots=True)
class Marks:
    """Segments that one run has and the other has not, or has in another state."""

    here: Ranges = EMPTY
    missing: Ranges = EMPTY


@dataclass(frozen=True, slots=True)
class Apart:
    """The marks of one strip."""

    wal: Marks = Marks()
    archive: Marks = Marks()


SAME = Apart()


def apart(mine: Observation, other: Observation, fields: frozenset[str]) -> Apart:
    """What the strip of `mine` shows otherwise than that of `other`; only in the fields that differ."""
    wal = _marks(mine.pg_wal, other.pg_wal) if fields & {"pg_wal", "archive_status"} else Marks()
    archive = _marks(mine.archive, other.archive) if "archive" in fields else Marks()
    return Apart(wal, archive)


def _marks(mine: PgWal | None, other: PgWal | None) -> Marks:
    one, two = mine or NOTHING, other or NOTHING
    here, there = folded(one.segments), folded(two.segments)
    status = EMPTY
    for ours, theirs in ((one.ready, two.ready), (one.done, two.done)):
        status |= (folded(ours) - folded(theirs)) | (folded(theirs) - folded(ours))
    return Marks(here & ((here - there) | status), there - here)


def shows(observations: Iterable[Observation], marks: Iterable[Apart]) -> Iterator[dict[str, Any]]:
    """A frame for each; a server that is down does not tell its position, so the last one it told stands."""
    here = 0
    for seen, apart_ in zip(observations, marks, strict=True):
        if seen.running and seen.wal_lsn is not None:
            here = segment_of(seen.wal_lsn, seen.segment_size)
        yield show(seen, here, apart_)


def show(seen: Observation, here: int, marks: Apart = SAME) -> dict[str, Any]:
    """The part of a frame that an observation decides; `here`: the segment last known to be written."""
    size = seen.segment_size
    running = seen.running and seen.wal_lsn is not None
    newest = max(timelines_of(seen.pg_wal.segments), default=1) if seen.pg_wal else 1
    return {
        "w": _wal_lane(seen.pg_wal or NOTHING, here, running, marks.wal),
        "a": _archive_lane(seen, marks.archive),
        "b": [],
        "f": _slots(seen),
        "redo": None if seen.redo_lsn is None else position(seen.redo_lsn, size),
        "ins": position(seen.wal_lsn, size) if running and seen.wal_lsn is not None else None,
        "tli": newest,
    }


def _wal_lane(pg_wal: PgWal, here: int, running: bool, marks: Marks) -> list[list[int]]:
    present = folded(pg_wal.segments)
    ready, done = folded(pg_wal.ready) & present, folded(pg_wal.done) & present
    # What has a status was written, whatever position a stopped server told last.
    future = (present & Ranges.span(here + 1, FOREVER)) - ready - done
    current = present & Ranges.span(here, here + 1) if running else EMPTY
    layers = [(present, PRESENT), (future, FUTURE), (current, CURRENT), (ready, READY), (done - ready, DONE)]
    return layered([*layers, (marks.here, DIFFERS), (marks.missing, ABSENT)], PRESENT | ABSENT)


def _archive_lane(seen: Observation, marks: Marks) -> list[list[int]]:
    stored = folded(seen.archive.segments) if seen.archive else EMPTY
    failing = EMPTY
    if seen.failing_file and seen.running:
        try:
            _, segment = parse_segment_name(seen.failing_file, seen.segment_size)
            failing = Ranges.span(segment, segment + 1) - stored
        except ValueError:
            failing = EMPTY  # a history file: it has no place on the ruler
    layers = [(stored, DONE), (failing, READY), (marks.here, DIFFERS), (marks.missing - failing, ABSENT)]
    return layered(layers, DONE | READY | ABSENT)


def _slots(seen: Observation) -> list[dict[str, Any]]:
    return [
        {
            "k": "slot",
            "n": row.name,
            "at": None if row.restart_lsn is None else position(row.restart_lsn, seen.segment_size),
            "t": row.wal_status or "",
        }
        for row in seen.slots or ()
    ]
