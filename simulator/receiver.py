"""Streaming: the WAL receiver of pg_basebackup -Xs, and standbys.  They read pg_wal through a WAL sender."""

from __future__ import annotations

from simulator import slots
from simulator.basebackup_output import stream_ended
from simulator.cluster import Cluster
from simulator.commands import PgBasebackup
from simulator.events import Event, StandbyRefused, StandbyStreams, StandbyWaits, WalReceived
from simulator.frozen import replace
from simulator.lsn import previous_segment_of, segment_name, segment_of
from simulator.pg_wal import span_files
from simulator.world import Client, Standby, World


def receive(world: World, client: Client) -> tuple[Client, tuple[Event, ...], World]:
    """The receiver takes everything up to the present position, or fails at the first segment that is gone."""
    data, size = world.primary.data, world.primary.data.segment_size
    slot = data.slot(client.slot) if client.slot else None
    if client.slot and (slot is None or (slot.lost and not slot.active)):
        lines = client.stderr + stream_ended(data.facts, "admin_terminated", {})
        return replace(client, phase="failed", stderr=lines, failure="admin_terminated"), (), world
    if client.received_to >= data.wal_end:
        return client, (), world
    first = segment_of(client.received_to, size)
    wanted = span_files(data.timeline, first, (data.wal_end - 1) // size + 1)
    gone = wanted - data.pg_wal.segments
    if gone.runs:
        file = segment_name(data.timeline, gone.first - span_files(data.timeline, 0, 1).first, size)
        lines = client.stderr + stream_ended(data.facts, "wal_removed", {"file": file})
        return replace(client, phase="failed", stderr=lines, failure="wal_removed"), (), world
    moved = replace(client, received_to=data.wal_end, received=client.received | wanted)
    return moved, (WalReceived(data.wal_end),), world


def receive_all(world: World) -> tuple[World, tuple[Event, ...]]:
    """Every receiver that is not held goes on, and every standby."""
    if not (world.clients or world.standbys) or not world.primary.running:
        return world, ()
    events: list[Event] = []
    for client in world.clients:
        command = client.command
        if not isinstance(command, PgBasebackup) or command.wal_method != "stream":
            continue
        if client.phase == "copying" and not client.held:
            moved, found, world = receive(world, client)
            world, events = world.with_client(moved), [*events, *found]
    for standby in world.standbys:
        moved_standby, found = _stream(world, standby)
        kept = tuple(moved_standby if other.path == standby.path else other for other in world.standbys)
        world, events = _confirm(replace(world, standbys=kept), moved_standby), [*events, *found]
    return world, tuple(events)


def _slot_name(world: World, standby: Standby) -> str:
    place = world.place(standby.path)
    return str(place.data.settings.value("primary_slot_name")) if isinstance(place, Cluster) else ""


def _confirm(world: World, standby: Standby) -> World:
    """A standby with primary_slot_name reports what it has flushed, and its slot moves on."""
    data = world.primary.data
    slot = data.slot(_slot_name(world, standby))
    if slot is None or standby.lost:
        return world
    moved = slots.taken_up(data, slot, max(standby.replay_lsn, slot.restart_lsn or 0))
    return world if moved == slot else world.with_primary(replace(world.primary, data=data.with_slot(moved)))


def _refused_slot(world: World, standby: Standby) -> str:
    """Its primary_slot_name if that is not there, or if no client may have it any more; else ''."""
    name, data = _slot_name(world, standby), world.primary.data
    slot = data.slot(name) if name else None
    return "" if not name or (slot is not None and not slots.is_refused(data, slot)) else name


def _stream(world: World, standby: Standby) -> tuple[Standby, tuple[Event, ...]]:
    data, size = world.primary.data, world.primary.data.segment_size
    if refused := _refused_slot(world, standby):
        return replace(standby, lost=True), () if standby.lost else (StandbyRefused(standby.path, refused),)
    if standby.replay_lsn >= data.wal_end:
        return (replace(standby, lost=False) if standby.lost else standby), ()
    wanted = span_files(data.timeline, segment_of(standby.replay_lsn, size), (data.wal_end - 1) // size + 1)
    gone = wanted - data.pg_wal.segments
    if gone:
        if standby.lost:
            return standby, ()
        file = segment_name(data.timeline, gone.first - span_files(data.timeline, 0, 1).first, size)
        return replace(standby, lost=True), (StandbyWaits(standby.path, file),)
    return replace(standby, replay_lsn=data.wal_end, lost=False), (StandbyStreams(standby.path, data.wal_end),)


def stop_streaming(world: World, path: str) -> World:
    """A standby goes down: it streams no more, and what it has received stays in its pg_wal."""
    standby = next((standby for standby in world.standbys if standby.path == path), None)
    if standby is None:
        return world
    data, size = world.cluster(path).data, world.cluster(path).data.segment_size
    end = max(standby.replay_lsn, data.wal_end)
    got = span_files(data.timeline, segment_of(data.wal_end, size), previous_segment_of(end, size) + 1)
    cluster = world.cluster(path).with_data(
        wal_end=end,
        pg_wal=replace(data.pg_wal, segments=data.pg_wal.segments | got),
        control=replace(data.control, state="shut down in recovery"),
    )
    kept = tuple(other for other in world.standbys if other.path != path)
    return replace(world.with_place(path, cluster), standbys=kept)
