"""What fills the disk first: everybody who keeps WAL, how much of it, and until when there is room."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inspection.backups import Asked
from inspection.facts import ServerFacts, Slot
from inspection.findings_archive import archive_state
from inspection.model import YEAR, Growth, growth, unlimited, volume_rate
from inspection.words import Filler
from simulator.cluster import WalLimits
from simulator.lsn import parse_segment_name
from simulator.sweep import FIRST_RECORD, Load, Start

UNSEEN_POSITION = 1 << 44
"""Where the questions about sizes are asked when the write position was not seen."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """The load that everything is asked under, and where it begins."""

    load: Load
    start: Start
    room_segments: int | None
    known_rate: bool
    position: int | None


def fillers(asked: Asked) -> tuple[Filler, ...]:
    """Who keeps WAL, in the order in which the disk gets full: what happens now first."""
    scene = _scene(asked)
    if scene is None:
        return ()
    facts = asked.facts
    found = [_usual(scene)]
    found += [_slot(scene, slot) for slot in facts.slots or () if slot.restart_lsn is not None and not slot.lost]
    state = archive_state(facts)
    if state in {"failing", "nowhere", "works"}:
        found.append(_archive(scene, facts, happening=state != "works"))
    return tuple(sorted(found, key=_order))


def _order(filler: Filler) -> tuple[bool, bool, float, int]:
    seconds = filler.full_seconds
    return not filler.happening, seconds is None, seconds or 0.0, -(filler.held_bytes or 0)


def _scene(asked: Asked) -> _Scene | None:
    facts, limits = asked.facts, asked.limits
    timeout = facts.value("checkpoint_timeout")
    if limits is None or timeout is None:
        return None
    size = facts.segment_size
    load = asked.load
    known = load is not None
    if load is None:
        load = Load(facts.version, limits, size, volume_rate(limits, size, float(timeout)), float(timeout))
    room = asked.free_bytes // size if asked.free_bytes is not None and known else None
    return _Scene(load, _start(facts, size), room, known, facts.lsn)


def _start(facts: ServerFacts, size: int) -> Start:
    position = facts.lsn if facts.lsn is not None else UNSEEN_POSITION
    redo = facts.redo_lsn if facts.redo_lsn is not None and facts.lsn is not None else position
    redo = max(redo, redo // size * size + FIRST_RECORD)
    current = position // size
    oldest = newest = None
    if facts.pg_wal is not None and facts.lsn is not None:
        oldest, newest = _segment(facts.pg_wal.oldest, size), _segment(facts.pg_wal.newest, size)
    first = min(current, redo // size)
    return Start(redo, 0.0, min(first, oldest if oldest is not None else first), max(current, newest or current))


def _segment(name: str | None, size: int) -> int | None:
    try:
        return parse_segment_name(name or "", size)[1]
    except ValueError:
        return None


def _usual(scene: _Scene) -> Filler:
    """Checkpoints and wal_keep_size alone: what pg_wal grows to when nothing is wrong."""
    grown = _grown(scene, scene.load, scene.start)
    keeps = scene.load.limits.keep_segments > scene.load.limits.checkpoint_segments
    most = grown.peak_segments * scene.load.segment_size
    name = scene.load.facts.wal_keep_parameter if keeps else "max_wal_size"
    return Filler("usual", name, True, None, most, _seconds(scene, grown))


def _slot(scene: _Scene, slot: Slot) -> Filler:
    assert slot.restart_lsn is not None, "the caller asks for slots that keep something"
    size = scene.load.segment_size
    held = None if scene.position is None else max(0, scene.position - slot.restart_lsn)
    segment = min(slot.restart_lsn // size, scene.start.redo // size) if held is not None else scene.start.oldest
    load = replace(scene.load, slot_segment=segment)
    begin = replace(scene.start, oldest=min(segment, scene.start.oldest)) if held is not None else scene.start
    grown = _grown(scene, load, begin)
    endless = _endless(load.limits)
    most = None if endless else grown.peak_segments * size
    return Filler("slot", slot.name, slot.active is False, held, most, _seconds(scene, grown))


def _archive(scene: _Scene, facts: ServerFacts, *, happening: bool) -> Filler:
    """Nothing is removed that is not archived; there is no limit to that."""
    size = scene.load.segment_size
    first = _segment(facts.oldest_ready, size)
    if first is None or scene.position is None:
        first = scene.start.redo // size
    load = replace(scene.load, limits=unlimited(scene.load.limits), slot_segment=min(first, scene.start.redo // size))
    grown = _grown(scene, load, replace(scene.start, oldest=min(scene.start.oldest, first)))
    held = facts.ready_files * size if facts.ready_files is not None else None
    return Filler("archive", "archive_command", happening, held, None, _seconds(scene, grown))


def _grown(scene: _Scene, load: Load, start: Start) -> Growth:
    """The most is that of a load under which checkpoints come by volume; the moment is that of the real one."""
    busy = replace(load, rate=max(load.rate, volume_rate(load.limits, load.segment_size, load.checkpoint_timeout)))
    most = growth(busy, start, None).peak_segments
    room = scene.room_segments
    within = most - (start.newest - start.oldest + 1) <= room if room is not None else True
    if _endless(load.limits) and load.slot_segment is not None:
        within = room is None or load.rate * YEAR < room * load.segment_size
    return Growth(most, None if within else growth(load, start, room).full_at)


def _endless(limits: WalLimits) -> bool:
    return limits.slot_limit == unlimited(limits).slot_limit


def _seconds(scene: _Scene, grown: Growth) -> float | None:
    return grown.full_at if scene.known_rate else None
