"""What a running server does with WAL: commits, checkpoints, switches; the model's rules on an Instance.

Every function takes the Host and the port of a server that runs, and returns the Host in which it is done: WAL is
written, the archiver had its turn, files and log follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from host.catalog.model import Catalog
from host.effort import COMMIT as COMMITS
from host.effort import SEGMENT, WAL, spend
from host.network import at_server
from host.server import archiving, authentication, clock, disk, logs, reporting, summaries
from host.server.instance import Instance
from simulator import writing
from simulator.cluster import Control, WalLimits
from simulator.events import CheckpointCompleted
from simulator.frozen import replace
from simulator.records import (
    CHECKPOINT_REDO,
    COMMIT,
    FPW_CHANGE,
    RESTORE_POINT,
    CheckpointPlace,
    insert,
    online_checkpoint,
)
from simulator.recovery.files import own_timeline
from simulator.recovery.journal import ABORT, ONLINE, REDO, RUNNING, Record
from simulator.recovery.journal import COMMIT as COMMITTED
from simulator.recovery.journal import RESTORE_POINT as POINT
from simulator.settings import ServerSettings
from simulator.world import Outcome, World

if TYPE_CHECKING:
    from host.machine import Host


class ServerGone(Exception):
    """The server went down while it did this (a full disk); `host` is what is left."""

    def __init__(self, host: Host, lines: tuple[str, ...]) -> None:
        super().__init__("the server went down")
        self.host, self.lines = host, lines


def running(host: Host, port: int) -> Instance:
    """The server on a port; raises KeyError when there is none."""
    found = host.instance(port)
    if found is None:
        raise KeyError(port)
    return found


def world_of(host: Host, instance: Instance) -> World:
    """The server as the model's functions take it."""
    cluster = disk.marks_seen(host, instance).cluster
    return World(cluster, clock=host.clock, disk_bytes=archiving.wal_disk(host, instance.pgdata))


def done(host: Host, instance: Instance, outcome: Outcome, records: Sequence[Record] = ()) -> Host:
    """The host after the model's function has worked on a server; raises ServerGone when that ended it."""
    spend(WAL)
    cluster = outcome.world.primary
    before, held = instance.cluster.insert_end, (host.instance(instance.port) or instance).catalog
    records = _with_checkpoints(instance, outcome, records)
    host = replace(host, journal=disk.journalled(host.journal, instance, before, cluster.data.wal_end, records))
    instance = replace(disk.marks_seen(host, instance), cluster=cluster)
    if not cluster.running:
        from host.server.stopping import crashed

        up = clock.plain(instance.checkpoint_time)
        host = logs.say(host, instance, (line.replace("<TIME>", up) for line in outcome.log))
        if any(isinstance(event, CheckpointCompleted) for event in outcome.events):
            host, instance = disk.write_tables(host, replace(instance, catalog=held))  # it was done before
        host = disk.flush(host, instance)  # with all WAL that could be written
        raise ServerGone(crashed(host, instance), outcome.stderr)
    checkpoints = [event for event in outcome.events if isinstance(event, CheckpointCompleted)]
    if checkpoints:
        cluster = cluster.with_data(control=own_timeline(cluster.data.control))
        counts = instance.checkpoints
        for event in checkpoints:
            counts = counts.with_one(event.cause)
        instance = replace(instance, cluster=cluster, checkpoints=counts)
        host, instance = disk.write_tables(host, disk.checkpointed(instance, host.clock))
        host, instance = summaries.written(host, instance)
    host = logs.say(host, instance, outcome.log)
    host = archiving.turn(disk.flush(host, instance), instance.port)
    from host.server import standbys

    return standbys.follow(host, instance.port)


def _with_checkpoints(instance: Instance, outcome: Outcome, records: Sequence[Record]) -> tuple[Record, ...]:
    """The records of a piece of work, with those of the checkpoints that its volume asked for on the way."""
    data, known = outcome.world.primary.data, {record.end for record in records}
    found: list[Record] = []
    for event in outcome.events:
        if not isinstance(event, CheckpointCompleted) or event.end_lsn in known:
            continue
        place = online_checkpoint(instance.facts, event.redo_lsn, data.segment_size)
        marked = instance.facts.checkpoint_redo_record
        found.append(
            Record(place.redo, place.redo + CHECKPOINT_REDO if marked else place.record, REDO if marked else RUNNING)
        )
        found.append(_online(instance.settings, place, data.control))
    return tuple(sorted((*records, *found), key=lambda record: record.start)) if found else tuple(records)


def _online(settings: ServerSettings, place: CheckpointPlace, control: Control) -> Record:
    writes, timeline = bool(settings.value("full_page_writes")), control.timeline
    return Record(place.record, place.end, ONLINE, redo=place.redo, previous=timeline, full_page_writes=writes)


@at_server
def commit(host: Host, port: int, catalog: Catalog, wal_bytes: int, xid: int) -> Host:
    """A transaction commits: its WAL, then the commit record that makes `catalog` what everybody sees."""
    instance = running(host, port)
    world = world_of(host, instance)
    size = instance.cluster.data.segment_size
    spend(COMMITS + SEGMENT * (wal_bytes // size))
    outcome, _ = writing.append_record(world, max(wal_bytes, 8))
    cluster = outcome.world.primary
    if cluster.running:
        record = insert(cluster.insert_lsn, COMMIT, size)
        outcome = outcome.and_then(writing.write_until(outcome.world, record.end))
        made = Record(record.start, record.end, COMMITTED, xid=xid, time=_micros(host), state=catalog)
    changed = replace(instance, catalog=catalog, next_xid=max(instance.next_xid, xid + 1))
    records = (made,) if cluster.running and outcome.world.primary.running else ()
    return done(host, changed, outcome, records)


@at_server
def abort(host: Host, port: int, xid: int) -> Host:
    """A transaction that has written rolls back: an abort record."""
    instance = running(host, port)
    record = insert(instance.cluster.insert_lsn, COMMIT, instance.cluster.data.segment_size)
    outcome = writing.write_until(world_of(host, instance), record.end)
    made = Record(record.start, record.end, ABORT, xid=xid, time=_micros(host))
    return done(host, replace(instance, next_xid=max(instance.next_xid, xid + 1)), outcome, (made,))


def _micros(host: Host) -> int:
    return clock.journalled(host.clock)


@at_server
def write_wal(host: Host, port: int, size: int) -> Host:
    """WAL of that many bytes that changes no table (other people's work, a logical message)."""
    instance = running(host, port)
    spend(SEGMENT * (size // instance.cluster.data.segment_size))
    outcome, _ = writing.append_record(world_of(host, instance), size)
    return done(host, instance, outcome)


@at_server
def checkpoint(host: Host, port: int, cause: str = "immediate force wait") -> Host:
    """CHECKPOINT, or one that something else asks for."""
    instance = running(host, port)
    outcome = writing.run_checkpoint(world_of(host, instance), cause)
    return done(host, instance, outcome, checkpoint_records(instance, outcome))


def checkpoint_records(instance: Instance, outcome: Outcome) -> tuple[Record, ...]:
    """The checkpoint records that an outcome wrote, for the journal."""
    cluster = outcome.world.primary
    if not any(isinstance(event, CheckpointCompleted) for event in outcome.events):
        return ()
    control = cluster.data.control
    found = []
    if control.redo_lsn != control.checkpoint_lsn and cluster.data.facts.checkpoint_redo_record:
        found.append(Record(control.redo_lsn, control.redo_lsn + CHECKPOINT_REDO, REDO))
    end = cluster.data.wal_end
    found.append(_online(instance.settings, CheckpointPlace(control.redo_lsn, control.checkpoint_lsn, end), control))
    return tuple(found)


@at_server
def switch_wal(host: Host, port: int) -> tuple[Host, int]:
    """pg_switch_wal(): the host, and the LSN it returns."""
    instance = running(host, port)
    at = instance.cluster.insert_lsn
    outcome, lsn = writing.switch_segment(world_of(host, instance))
    end = outcome.world.primary.data.wal_end
    records = disk.switch_record(at, end, instance.cluster.data.segment_size)
    return done(host, instance, outcome, records), lsn


@at_server
def restore_point(host: Host, port: int, name: str) -> tuple[Host, int]:
    """pg_create_restore_point(name): the host, and the LSN of the record's end."""
    instance = running(host, port)
    record = insert(instance.cluster.insert_lsn, RESTORE_POINT, instance.cluster.data.segment_size)
    outcome = writing.write_until(world_of(host, instance), record.end)
    made = Record(record.start, record.end, POINT, name=name, time=_micros(host))
    return done(host, instance, outcome, (made,)), record.end


@at_server
def reload(host: Host, port: int) -> Host:
    """pg_reload_conf() or SIGHUP: the files are read anew."""
    from host.server import asked
    from host.server.settings import reread

    instance = running(host, port)
    settings, log = reread(host, instance)
    limits = WalLimits.of(settings, instance.facts, instance.cluster.data.segment_size)
    cluster = instance.cluster.with_data(settings=settings).with_server(limits=limits)
    rules, more = authentication.reread(host, instance.pgdata, instance.pgdata, instance.major)
    hba = instance.hba if rules is None else rules
    before, instance = instance.settings, replace(instance, cluster=cluster, hba=hba)
    host = archiving.reloaded(disk.flush(logs.say(host, instance, (*log, *more)), instance), port)
    changed = reporting.full_page_writes(instance, was=bool(before.value("full_page_writes")))
    if changed is not None and instance.recovery is None:
        host = _changed(host, port, changed)
    return asked.reloaded(host, port, before)


def _changed(host: Host, port: int, record: Record) -> Host:
    """UpdateFullPageWrites by the checkpointer."""
    instance = running(host, port)
    place = insert(instance.cluster.insert_lsn, FPW_CHANGE, instance.cluster.data.segment_size)
    outcome = writing.write_until(world_of(host, instance), place.end)
    return done(host, instance, outcome, (reporting.placed(record, place),))
