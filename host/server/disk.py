"""The file tree follows a running server: WAL files at once, the tables' files at checkpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from host import tree
from host.content import Damaged
from host.server import layout
from host.server.files import ControlFile, SlotFile, WalFile
from host.server.instance import Instance
from host.tree import Dir, File, Node
from simulator import frozen
from simulator.cluster import Slot
from simulator.lsn import XLOG_BLCKSZ, insert_position, segment_of
from simulator.pg_wal import file_name, file_number, segment_number, span_files
from simulator.ranges import Ranges
from simulator.records import RUNNING_XACTS as RUNNING_BYTES
from simulator.records import SWITCH as SWITCH_BYTES
from simulator.records import insert
from simulator.recovery.files import ControlFile as Recovering
from simulator.recovery.journal import (
    ABORT,
    CHECKPOINTS,
    COMMIT,
    END_OF_RECOVERY,
    ONLINE,
    REDO,
    RUNNING,
    SWITCH,
    Journal,
    Record,
)

if TYPE_CHECKING:
    from host.catalog.model import Database
    from host.catalog.objects import Table
    from host.machine import Host

_TIMELINE = file_number(1, 0)


def journalled(journal: Journal, instance: Instance, start: int, end: int, records: Sequence[Record]) -> Journal:
    """The journal with all WAL from `start` to `end`: these records, and 'other' ones in the gaps between them."""
    data = instance.cluster.data
    size = data.segment_size
    found: list[Record] = []
    at = start
    for record in (*records, Record(end, end)):
        for low, high in _pieces(insert_position(at, size), record.start, data.control.redo_lsn, size):
            found.append(_between(low, high, record, instance))
        if record.end > record.start:
            found.append(_told(record, instance))
        at = record.end if record.kind != SWITCH else -(-record.end // size) * size
    return journal.written(instance.branch, found)


def _between(low: int, high: int, before: Record, instance: Instance) -> Record:
    """A piece of WAL that nobody named, before a record: of its transaction, or the list that a checkpoint makes."""
    data = instance.cluster.data
    if before.kind == ONLINE and insert(low, RUNNING_BYTES, data.segment_size).end == high == before.start:
        return Record(low, high, RUNNING, timeline=data.timeline, next_xid=instance.next_xid)
    ends = before.kind in (COMMIT, ABORT)
    return Record(low, high, timeline=data.timeline, xid=before.xid if ends else 0)


def _told(record: Record, instance: Instance) -> Record:
    """A record with what only those need who read WAL."""
    record = replace(record, timeline=instance.cluster.data.timeline)
    if record.kind in CHECKPOINTS:
        record = replace(record, next_xid=instance.next_xid, next_oid=instance.catalog.next_oid)
    if record.kind == RUNNING:
        return replace(record, next_xid=instance.next_xid)
    if record.kind in (*CHECKPOINTS, REDO, END_OF_RECOVERY):
        return replace(record, wal_level=str(instance.settings.value("wal_level")))
    return record


def switch_record(at: int, end: int, size: int) -> tuple[Record, ...]:
    """The record of a switch inserted at `at`, when it wrote one (`end`: of the WAL afterwards)."""
    if end <= at:
        return ()
    placed = insert(at, SWITCH_BYTES, size)
    return (Record(placed.start, placed.end, SWITCH),)


def _pieces(low: int, high: int, redo: int, size: int) -> Iterator[tuple[int, int]]:
    """A stretch of WAL of no interest, cut where segments begin and at the redo point, where a reader may begin."""
    while low < high:
        edge = (low // size + 1) * size
        end = min(high, edge, redo if low < redo else high)
        yield low, end
        low = insert_position(end, size)


def marks_seen(host: Host, instance: Instance) -> Instance:
    """The server as its archive_status says: what somebody has removed there is neither .ready nor .done."""
    written, size = instance.written, instance.cluster.data.segment_size
    status = tree.find(host.root, f"{instance.pgdata}/pg_wal/archive_status")
    if instance.recovery is not None or not isinstance(status, Dir):
        return instance
    marks = len(written.ready) + len(written.done) + sum(bool(other.status) for other in written.others)
    if len(status.entries) >= marks:
        return instance
    ready, done = (
        _unmarked(files, ending, status, size) for files, ending in ((written.ready, "ready"), (written.done, "done"))
    )
    pg_wal = instance.cluster.data.pg_wal
    cluster = instance.cluster.with_data(
        pg_wal=frozen.replace(pg_wal, ready=pg_wal.ready - ready, done=pg_wal.done - done)
    )
    written = frozen.replace(written, ready=written.ready - ready, done=written.done - done)
    return frozen.replace(instance, cluster=cluster, written=written)


def _unmarked(files: Ranges, ending: str, status: Dir, size: int) -> Ranges:
    """Those of these files whose mark is not there."""
    gone = [number for number in files if f"{file_name(number, size)}.{ending}" not in status.entries]
    return Ranges.of(gone)


def flush_standing(host: Host, instance: Instance) -> Host:
    """A server in recovery writes no WAL of its own: what it has received is in the tree already."""
    top = tree.find(host.root, instance.pgdata)
    if isinstance(top, Dir):
        host = host.with_root(tree.put(host.root, instance.pgdata, _with_slots(host, instance, top)))
        host = _with_marks(host, instance)
    return host.with_instance(instance)


def _with_marks(host: Host, instance: Instance) -> Host:
    """archive_status of a standby that archives (archive_mode = always)."""
    path = tree.resolve(host.root, f"{instance.pgdata}/pg_wal/archive_status")
    status = tree.find(host.root, path)
    wanted = instance.cluster.data.pg_wal.status_listing(instance.cluster.data.segment_size)
    if not isinstance(status, Dir) or set(status.entries) == set(wanted):
        return host
    marks = {name: status.entries.get(name) or File("", mtime=host.clock) for name in wanted}
    return host.with_root(tree.put(host.root, path, replace(status, entries=MappingProxyType(marks))))


def flush(host: Host, instance: Instance) -> Host:
    """The host with this instance in it, and what it changed in pg_wal, pg_control and pg_replslot written.

    In a directory that somebody has deleted nothing is written: such a server goes on for a while.
    """
    if instance.recovery is not None:
        return flush_standing(host, instance)
    instance = _idle_slots(host, instance)
    root = _with_pg_wal(host, instance)
    top = tree.find(root, instance.pgdata)
    if isinstance(top, Dir):
        top = _with_slots(host, instance, _with_control(host, instance, top))
        root = tree.put(root, instance.pgdata, top)
    data = instance.cluster.data
    return host.with_root(root).with_instance(frozen.replace(instance, written=data.pg_wal, flushed=data.wal_end))


def _with_pg_wal(host: Host, instance: Instance) -> Dir:
    """The tree with the files that came and went since pg_wal was last written."""
    path = tree.resolve(host.root, f"{instance.pgdata}/pg_wal")
    here = tree.find(host.root, path)
    if not isinstance(here, Dir):
        return host.root
    data, before = instance.cluster.data, instance.written
    now, size = data.pg_wal, data.segment_size
    if now is before and data.wal_end == instance.flushed:
        return host.root
    gone = [file_name(number, size) for number in before.segments - now.segments]
    names = {other.name for other in now.others}
    gone += [other.name for other in before.others if other.name not in names]
    touched = span_files(
        data.timeline, segment_of(instance.flushed, size), segment_of(max(data.wal_end - 1, 0), size) + 1
    )
    fresh = {
        file_name(number, size): _overwritten(here, segment_file(host, instance, number), instance.flushed, number)
        for number in (now.segments - before.segments) | (touched & now.segments)
        if data.wal_end != instance.flushed or number not in before.segments
    }
    fresh |= _renamed(here, before.segments - now.segments, fresh, size, data.wal_end)
    fresh |= {other.name: File(other.text, mtime=host.clock) for other in now.others if other not in before.others}
    status = here.entries.get("archive_status")
    changed = here.without(*gone) if gone else here
    if isinstance(status, Dir) and (now.ready, now.done, now.others) != (before.ready, before.done, before.others):
        old = status.entries
        marks = {name: old.get(name) or File("", mtime=host.clock) for name in now.status_listing(size)}
        changed = changed.with_entry("archive_status", replace(status, entries=MappingProxyType(marks)))
    return tree.put(host.root, path, changed.with_entries(fresh))


def _overwritten(here: Dir, file: File, flushed: int, number: int) -> File:
    """A segment's file after more WAL was written into it, behind the page where `flushed` is.

    A file that somebody removed, emptied or wrote over keeps its fault before that page: XLogFileInit makes one anew
    that holds zeros there, and without its first page nobody can read it.
    """
    content = file.content
    assert isinstance(content, WalFile), "it was made as a segment's file"
    start, size = segment_number(number) * content.segment_size, content.segment_size
    if not start + XLOG_BLCKSZ <= flushed < start + size:
        return file
    old = here.entries.get(file_name(number, size))
    held = old.content if isinstance(old, File) else None
    if isinstance(held, WalFile):
        return file
    fault = held.start if isinstance(held, Damaged) and isinstance(held.inner, WalFile) else 0
    page = flushed // XLOG_BLCKSZ * XLOG_BLCKSZ - start
    return replace(file, content=Damaged(content, fault, page)) if fault < page else file


def _renamed(here: Dir, gone: Ranges, fresh: Mapping[str, File], size: int, end: int) -> dict[str, File]:
    """Files that were recycled: under a name ahead of the pen, with their old bytes."""
    ahead = sorted(name for name, file in fresh.items() if isinstance(file.content, WalFile) and _is_ahead(file, end))
    old = (here.entries.get(file_name(number, size)) for number in gone)
    return {name: file for name, file in zip(ahead, old, strict=False) if isinstance(file, File)}


def _is_ahead(file: File, end: int) -> bool:
    content = file.content
    return isinstance(content, WalFile) and content.segment * content.segment_size >= end


def segment_file(host: Host, instance: Instance, number: int) -> File:
    """The file of a segment as it is now; one that is ahead of the pen holds nothing valid."""
    data = instance.cluster.data
    segment, size = segment_number(number), data.segment_size
    upto = min(max(data.wal_end, segment * size), (segment + 1) * size)
    return File(
        WalFile(number // _TIMELINE, segment, instance.branch, upto, size, major=instance.major), mtime=host.clock
    )


def _with_control(host: Host, instance: Instance, top: Dir) -> Dir:
    shared = top.entries.get("global")
    if not isinstance(shared, Dir) or "pg_control" not in shared.entries:
        return top
    control, there = control_of(instance), shared.entries["pg_control"]
    if isinstance(there, File) and isinstance(there.content, ControlFile):
        control = replace(control, time=there.content.time)
        if there.content == control:
            return top
    control = replace(control, time=host.clock)
    return top.with_entry("global", shared.with_entry("pg_control", File(control, mtime=host.clock)))


def _idle_slots(host: Host, instance: Instance) -> Instance:
    """Each slot with the time since when nobody has used it."""
    slots = instance.cluster.data.slots
    if all(slot.active == (slot.idle_since is None) for slot in slots):
        return instance
    timed = tuple(frozen.replace(slot, idle_since=_idle_since(slot, host.clock)) for slot in slots)
    return frozen.replace(instance, cluster=instance.cluster.with_data(slots=timed))


def _idle_since(slot: Slot, now: float) -> float | None:
    if slot.active:
        return None
    return now if slot.idle_since is None else slot.idle_since


def _with_slots(host: Host, instance: Instance, top: Dir) -> Dir:
    """pg_replslot: a directory a slot with its state as last saved (restart_lsn goes to disk at checkpoints)."""
    slots = top.entries.get("pg_replslot")
    if not isinstance(slots, Dir):
        return top
    kept = [slot for slot in instance.cluster.data.slots if not slot.temporary]
    wanted = {
        slot.name: SlotFile(replace(slot, restart_lsn=slot.saved_lsn, active=False, idle_since=None)) for slot in kept
    }
    if {name: _state(node) for name, node in slots.entries.items()} == wanted:
        return top
    made = {
        name: Dir(MappingProxyType({"state": File(state, mtime=host.clock)}), mtime=host.clock)
        for name, state in wanted.items()
    }
    return top.with_entry("pg_replslot", replace(slots, entries=MappingProxyType(made)))


def _state(node: Node) -> object:
    state = node.entries.get("state") if isinstance(node, Dir) else None
    return state.content if isinstance(state, File) else None


def control_of(instance: Instance) -> ControlFile:
    """pg_control of a running server."""
    data, settings = instance.cluster.data, instance.settings
    control = data.control
    return ControlFile(
        major=instance.major,
        system_identifier=data.system_identifier,
        segment_size=data.segment_size,
        state=control.state,
        checkpoint=control.checkpoint_lsn,
        redo=control.redo_lsn,
        timeline=control.timeline,
        prev_timeline=control.previous if isinstance(control, Recovering) else control.timeline,
        checksums=bool(settings.data_checksums),
        next_xid=instance.next_xid,
        next_oid=instance.catalog.next_oid,
        checkpoint_time=instance.checkpoint_time,
        wal_level=str(settings.value("wal_level")),
        max_connections=int(settings.value("max_connections")),
        max_worker_processes=int(settings.value("max_worker_processes")),
        max_wal_senders=int(settings.value("max_wal_senders")),
        max_prepared_xacts=int(settings.value("max_prepared_transactions")),
        max_locks_per_xact=int(settings.value("max_locks_per_transaction")),
        full_page_writes=instance.checkpoint_full_page_writes,
        wal_log_hints=bool(settings.value("wal_log_hints")),
        track_commit_timestamp=bool(settings.value("track_commit_timestamp")),
    )


def checkpointed(instance: Instance, now: float) -> Instance:
    """The server when a checkpoint is done: what pg_control says of it (UpdateFullPageWrites runs before its redo)."""
    writes = bool(instance.settings.value("full_page_writes"))
    return frozen.replace(instance, checkpoint_time=now, checkpoint_full_page_writes=writes)


def write_tables(host: Host, instance: Instance) -> tuple[Host, Instance]:
    """A checkpoint writes the tables' files, in base/ and in the tablespaces."""
    if instance.checkpointed is instance.catalog:
        return host, instance
    top = tree.find(host.root, instance.pgdata)
    if isinstance(top, Dir):
        top = layout.with_data(top, instance.facts, instance.catalog, instance.checkpointed, host.clock)
        root = tree.put(host.root, instance.pgdata, top)
        for space in instance.catalog.tablespaces.values():
            root = layout.with_tablespace(root, instance.facts, instance.catalog, space, host.clock)
        host = host.with_root(root)
    return host, frozen.replace(instance, checkpointed=instance.catalog)


def lost_file(host: Host, instance: Instance, database: Database, table: Table) -> str:
    """The path of a table's file, as messages show it, when a checkpoint wrote it and it is gone; else ''."""
    written = instance.checkpointed.databases.get(database.name) if instance.checkpointed else None
    known = written.relations.get((table.schema, table.name)) if written and written.oid == database.oid else None
    if known is None or known.oid != table.oid:
        return ""
    path = f"{layout.place_of(instance.facts, instance.catalog, table.tablespace)}/{database.oid}/{table.oid}"
    return "" if tree.find(host.root, f"{instance.pgdata}/{path}") is not None else path
