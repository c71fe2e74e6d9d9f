"""What the stage draws of one world: runs of segments with their states, flags, the horizon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator import needs, retention, slots
from simulator.cluster import Cluster
from simulator.lsn import parse_segment_name, segment_of
from simulator.pg_wal import on_timeline, timelines_of
from simulator.ranges import EMPTY, Ranges
from simulator.world import World

# The states of ui/stage/states.js.
CURRENT, BACKUP, KEEP, SLOT, READY, DONE, FUTURE, LOST, GOES, DIFFERS, ABSENT = (1 << bit for bit in range(11))
# Is there, and has no other state: for `layered` alone.
PRESENT = 1 << 11
_FOREVER = 1 << 60

Runs = list[list[int]]


def folded(files: Ranges) -> Ranges:
    """Segment numbers of files, whatever their timeline: the ruler has one scale."""
    found = EMPTY
    for timeline in timelines_of(files):
        found |= on_timeline(files, timeline)
    return found


def layered(layers: Iterable[tuple[Ranges, int]], shown: int = PRESENT | LOST) -> Runs:
    """Lay sets of segments over each other; gives [from, to, states] where one of the `shown` states is set."""
    edges: dict[int, int] = {}
    for segments, bit in layers:
        for low, high in segments.runs:
            edges[low] = edges.get(low, 0) ^ bit
            edges[high] = edges.get(high, 0) ^ bit
    runs: Runs = []
    bits, start = 0, 0
    for edge in sorted(edges):
        if bits & shown and edge > start:
            state = bits & ~PRESENT
            if runs and runs[-1][1] == start and runs[-1][2] == state:
                runs[-1][1] = edge
            else:
                runs.append([start, edge, state])
        bits ^= edges[edge]
        start = edge
    return runs


@dataclass(frozen=True, slots=True)
class Horizon:
    """The segment before which everything goes if a checkpoint happens now, and who holds it there."""

    segment: int
    held_by: str


def horizon(cluster: Cluster) -> Horizon | None:
    """Ask KeepLogSeg with the present position as the redo point of the next checkpoint; None while nothing runs."""
    if not cluster.running:
        return None
    data, limits = cluster.data, cluster.live.limits
    here = segment_of(cluster.insert_end, data.segment_size)
    reserved = {
        slot.name: segment_of(slot.restart_lsn, data.segment_size)
        for slot in data.slots
        if slot.restart_lsn is not None and not slot.lost
    }
    oldest = min(reserved.values(), default=None)

    def kept(slot_segment: int | None, keep: int) -> int:
        return retention.horizon(data.facts, here, here, slot_segment, keep, limits.slot_limit)

    segment = kept(oldest, limits.keep_segments)
    if segment == here:
        return Horizon(segment, "redo")
    if oldest is not None and kept(oldest, 0) == segment:
        return Horizon(segment, "slot:" + min(reserved, key=lambda name: reserved[name]))
    return Horizon(segment, data.facts.wal_keep_parameter)


def wal_lane(world: World, edge: Horizon | None, lost: Ranges) -> Runs:
    """pg_wal of the primary."""
    cluster = world.primary
    data = cluster.data
    size, pg_wal = data.segment_size, data.pg_wal
    present = folded(pg_wal.segments)
    here = segment_of(cluster.insert_end if cluster.running else data.wal_end, size)
    future = present & Ranges.span(here + 1, _FOREVER)
    written = present - future
    ready, done = folded(pg_wal.ready) & present, folded(pg_wal.done) & present
    layers = [(present, PRESENT), (future, FUTURE), (ready, READY), (done - ready, DONE), (lost - present, LOST)]
    if cluster.running and edge is not None:
        limits = cluster.live.limits
        needed = EMPTY
        for need in needs.needs(world):
            if need.kind != "standby":
                needed |= folded(need.files)
        kept = Ranges.span(here - limits.keep_segments, here) if limits.keep_segments > 0 else EMPTY
        slot_edge = min(
            (segment_of(s.restart_lsn, size) for s in data.slots if s.restart_lsn is not None and not s.lost),
            default=None,
        )
        held = Ranges.span(max(slot_edge, edge.segment), here) if slot_edge is not None else EMPTY
        goes = written & Ranges.span(0, edge.segment)
        if limits.archiving:
            goes &= done - ready
        layers += [
            (written & Ranges.span(here, here + 1), CURRENT),
            (written & needed, BACKUP),
            (written & kept, KEEP),
            (written & held, SLOT),
            (goes, GOES),
        ]
    return layered(layers)


def archive_lane(world: World) -> Runs:
    """The archive directory, and the file that archive_command fails on at present."""
    archive = world.archive
    stored = folded(archive.segments)
    failing = EMPTY
    if archive.last_failed and world.primary.running:
        try:
            _, segment = parse_segment_name(archive.last_failed, world.primary.data.segment_size)
            failing = Ranges.span(segment, segment + 1)
        except ValueError:
            failing = EMPTY  # a history file: it has no place on the ruler
    return layered([(stored, DONE), (failing - stored, READY)], DONE | READY)


def flags(world: World, fallen: Mapping[str, int]) -> list[dict[str, Any]]:
    """Slots and standbys, each where the WAL that it needs begins."""
    cluster = world.primary
    data = cluster.data
    found: list[dict[str, Any]] = []
    if cluster.running:
        for row in slots.rows(data, cluster.live.limits, cluster.live.last_removed, data.wal_end):
            lsn = row.restart_lsn if row.restart_lsn is not None else fallen.get(row.name)
            at = None if lsn is None else position(lsn, data.segment_size)
            found.append({"k": "slot", "n": row.name, "at": at, "t": row.wal_status or ""})
    for standby in world.standbys:
        at = position(standby.replay_lsn, data.segment_size)
        found.append({"k": "standby", "n": standby.path, "at": at, "t": "✕" if standby.lost else ""})
    return found


def position(lsn: int, segment_size: int) -> float:
    """An LSN as a place on the ruler, in segments."""
    return round(lsn / segment_size, 2)


def behind(world: World, lsn: int) -> Ranges:
    """What an invalidated slot has lost: from where it stood to the oldest segment that is still there."""
    data = world.primary.data
    present = folded(data.pg_wal.segments)
    return Ranges.span(segment_of(lsn, data.segment_size), present.first) if present else EMPTY


def as_lists(files: Ranges) -> list[list[int]]:
    """Runs of segment numbers as JSON has them."""
    return [[low, high] for low, high in folded(files).runs]


def show(world: World, lost: Ranges, brackets: Sequence[dict[str, Any]], fallen: Mapping[str, int]) -> dict[str, Any]:
    """The part of a frame that a world alone decides."""
    cluster = world.primary
    data = cluster.data
    edge = horizon(cluster)
    end = cluster.insert_end if cluster.running else data.wal_end
    return {
        "w": wal_lane(world, edge, lost),
        "a": archive_lane(world),
        "b": list(brackets),
        "f": flags(world, fallen),
        "redo": position(data.control.redo_lsn, data.segment_size),
        "ins": position(end, data.segment_size) if cluster.running else None,
        "hz": edge.segment if edge else None,
        "by": edge.held_by if edge else None,
        "tli": data.timeline,
        "clock": world.clock or None,
    }
