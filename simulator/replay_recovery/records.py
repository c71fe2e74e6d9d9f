"""Recorded WAL as records of the journal, each commit with the rows it leads to."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from simulator.frozen import replace
from simulator.lsn import parse_lsn
from simulator.records import CheckpointPlace, byte_position, insert
from simulator.recovery import journal
from simulator.recovery.journal import Record
from simulator.replay_recovery.world import Change, Json, Rows, World

_KINDS = frozenset(
    {
        journal.COMMIT,
        journal.ABORT,
        journal.RESTORE_POINT,
        journal.BACKUP_END,
        journal.SWITCH,
        journal.ONLINE,
        journal.SHUTDOWN,
        journal.END_OF_RECOVERY,
    }
)


def record_of(row: Json, timeline: int, previous: int, kind_of_event: str = "") -> Record:
    """One recorded record (or a run of them); what fills the WAL in a 'bulk' is messages, which refer to no page."""
    kind = row["r"] if row["r"] in _KINDS else journal.OTHER
    quiet = row["r"] == "checkpoint_redo" or kind_of_event == "bulk"
    reference = row.get("redo") or row.get("start")
    return Record(
        start=parse_lsn(row["s"]),
        end=parse_lsn(row["e"]),
        kind=kind,
        xid=row.get("xid", 0),
        time=row.get("t", 0),
        name=row.get("name", ""),
        redo=parse_lsn(reference) if reference else 0,
        timeline=timeline,
        previous=previous,
        last=parse_lsn(row["ls"]) if "ls" in row else -1,
        blocks=0 if quiet else -1,
    )


def records_of(row: Json, timeline: int, previous: int, size: int, kind_of_event: str = "") -> list[Record]:
    """One recorded entry; a run of records of one length is told apart, for replay may stop between two of them."""
    whole = record_of(row, timeline, previous, kind_of_event)
    count = row.get("n", 1)
    if count == 1:
        return [whole]
    length = byte_position(whole.end, size) - byte_position(whole.last_start, size)
    places, at = [], whole.start
    for _ in range(count):
        places.append(insert(at, length, size))
        at = places[-1].end
    if (places[0].start, places[-1].start, at) != (whole.start, whole.last_start, whole.end):
        return [whole]
    return [dataclasses.replace(whole, start=place.start, end=place.end, last=-1) for place in places]


def _told_apart(record: Record, redo: set[int]) -> list[Record]:
    """A checkpoint may begin between two records of a run; replay then begins there."""
    inside = next((at for at in redo if record.start < at <= record.last), 0)
    if not inside:
        return [record]
    return [dataclasses.replace(record, end=inside, last=-1), dataclasses.replace(record, start=inside)]


def place_of(row: Json) -> CheckpointPlace:
    """The positions of a recorded checkpoint."""
    return CheckpointPlace(parse_lsn(row["redo"]), parse_lsn(row["s"]), parse_lsn(row["e"]))


def end_of(rows: list[Json], size: int) -> int:
    """Where the recorded WAL ends: a switch fills its segment."""
    last = rows[-1]
    end = parse_lsn(last["e"])
    return end + -end % size if last["r"] == journal.SWITCH else end


def journaled(world: World, name: str, action: Json, *, previous: int | None = None) -> World:
    """Put the event's records into the journal."""
    rows, kind = action.get("wal", []), action.get("kind", "")
    if not rows:
        return world
    machine, timeline = world.machine(name), action["tli"]
    before = timeline if previous is None else previous
    made = [
        record
        for row in rows
        for record in records_of(row, timeline, before if row["r"] == journal.SHUTDOWN else timeline, world.size, kind)
    ]
    redo = {parse_lsn(row["redo"]) for row in rows if "redo" in row}
    made = [part for record in made for part in _told_apart(record, redo)]
    state = world.journal.state_at(machine.place.branch, made[0].start)
    tables: Rows = dict(state) if isinstance(state, dict) else {}
    pending = machine.pending
    done = list(_with_states(made, tables, pending))
    finished = {record.xid for record in made if record.kind in (journal.COMMIT, journal.ABORT)}
    machine = replace(machine, pending=tuple(row for row in pending if row[0] not in finished))
    world = replace(world, journal=world.journal.written(machine.place.branch, done))
    return world.with_machine(name, machine)


def _with_states(made: list[Record], tables: Rows, pending: tuple[Change, ...]) -> Iterator[Record]:
    for record in made:
        if record.kind != journal.COMMIT:
            yield record
            continue
        changes = [(table, more) for xid, table, more in pending if xid == record.xid]
        dropped = any(more is None for _, more in changes)
        for table, more in changes:
            tables = {**tables, table: tables.get(table, 0) + (more or 0)}
            if more is None:
                tables = {other: rows for other, rows in tables.items() if other != table}
        yield dataclasses.replace(record, state=tables, drops_files=dropped)
