"""Stopping servers: what a shutdown of each mode does to the archive and to pg_wal, and what a kill leaves."""

from __future__ import annotations

from simulator import wal
from simulator.archiver import drained_at_shutdown, last_turn
from simulator.basebackup_output import server_gone
from simulator.cluster import Pages
from simulator.commands import BackupStop
from simulator.copying import without_unfinished
from simulator.events import ArchiverOutlasted, Event, Refused, ServerStopped
from simulator.frozen import replace
from simulator.messages import lines_of, log_line
from simulator.receiver import stop_streaming
from simulator.records import shutdown_checkpoint
from simulator.tool_messages import tell
from simulator.world import PRIMARY, Archive, Client, Outcome, World
from simulator.writing import checkpoint_events, checkpoint_log, disk_full, room_until, switch_segment


def stop(world: World, path: str, mode: str) -> Outcome:
    """Fast and smart: disconnect, switch (archiving), shutdown checkpoint, last archiver run; immediate: none of it."""
    cluster = world.cluster(path)
    if mode == "immediate":
        event: Event = ServerStopped(path, mode)
        return replace(
            kill(world, path),
            events=(event,),
            stdout=("waiting for server to shut down.... done", "server stopped"),
        )
    outcome = Outcome(_disconnect(stop_streaming(world, path), path))
    if any(standby.path == path for standby in world.standbys):
        return _stopped(outcome.world, path, mode, log_line("fast_shutdown"))  # no checkpoint in recovery
    cluster = outcome.world.cluster(path)
    if path == PRIMARY and cluster.live.limits.archiving:
        switched, _ = switch_segment(outcome.world, asks=False)
        outcome = outcome.and_then(switched)
        cluster = outcome.world.cluster(path)
        if not cluster.running:
            return outcome
    place = shutdown_checkpoint(cluster.insert_lsn, cluster.data.segment_size)
    if path == PRIMARY and place.end > room_until(outcome.world):
        return outcome.and_then(_full_at_shutdown(outcome.world))
    after, done = wal.checkpoint(cluster, place, online=False, state="shut down")
    events = tuple(checkpoint_events(cluster, after, done, "shutdown immediate"))
    log = (log_line("fast_shutdown"), *checkpoint_log(done, "shutdown immediate"))
    outcome = outcome.and_then(Outcome(outcome.world.with_place(path, after), events, log=log))
    if path == PRIMARY and drained_at_shutdown(after):
        counted = outcome.world.archive
        outcome = outcome.and_then(last_turn(outcome.world))
        if not after.data.facts.archiver_counts_last_turn:
            outcome = replace(outcome, world=_uncounted(outcome.world, counted))
    after = outcome.world.cluster(path)
    pages = Pages(after.data.control.redo_lsn, after.data.control.checkpoint_lsn)
    data = replace(after.data, pages=pages, slots=tuple(s for s in after.data.slots if not s.temporary))
    stopped = _stopped(outcome.world.with_place(path, replace(after, data=data)), path, mode)
    return outcome.and_then(_given_up(stopped, mode) if outlasted(outcome) else stopped)


def waits_for_sessions(world: World, path: str) -> bool:
    """A smart shutdown lets sessions end by themselves; WAL senders are none."""
    waiting = any(isinstance(client.command, BackupStop) for client in world.clients)
    return path == PRIMARY and (bool(world.sessions) or waiting)


def never_ends(world: World) -> Outcome:
    """Nobody here closes a session while pg_ctl waits, so that it gives up; the server takes no new connections."""
    lines = (tell("ctl_gives_up"), tell("ctl_gives_up_hint"), tell("ctl_gives_up_hint_2"))
    event = Refused("smart_waits", lines[0])
    return Outcome(world, (event,), exit_code=1, stdout=(tell("ctl_stop_failed"),), stderr=lines)


def outlasted(outcome: Outcome) -> bool:
    """Did pg_ctl give up before the archiver was through?"""
    return any(isinstance(event, ArchiverOutlasted) for event in outcome.events)


def _given_up(stopped: Outcome, mode: str) -> Outcome:
    """Pg_ctl has waited long enough; the server goes down all the same."""
    lines = [tell("ctl_gives_up")]
    lines += [tell("ctl_gives_up_hint"), tell("ctl_gives_up_hint_2")] if mode == "smart" else []
    return replace(stopped, exit_code=1, stdout=(tell("ctl_stop_failed"),), stderr=tuple(lines))


def _stopped(world: World, path: str, mode: str, *log: str) -> Outcome:
    down = world.with_place(path, replace(world.cluster(path), server=None))
    said = ("waiting for server to shut down.... done", "server stopped")
    return Outcome(down, (ServerStopped(path, mode),), stdout=said, log=(*log, log_line("shut_down")))


def _full_at_shutdown(world: World) -> Outcome:
    """The shutdown checkpoint's record found no room: PANIC, and pg_ctl says that the server stopped."""
    outcome = disk_full(world)
    cluster = outcome.world.primary
    control = replace(cluster.data.control, state="shutting down")
    down = outcome.world.with_primary(cluster.with_data(control=control))
    log = lines_of("disk_full_shutdown", cluster.data.facts.major)
    said = ("waiting for server to shut down.... done", "server stopped")
    return Outcome(down, outcome.events, stdout=said, log=log)


def _disconnect(world: World, path: str) -> World:
    """Sessions and WAL senders end; non-exclusive backups and running base backups end with them."""
    if path != PRIMARY:
        return _let_slot_go(world, path)
    cluster = world.primary
    data = replace(cluster.data, slots=tuple(replace(s, active=False) for s in cluster.data.slots))
    label_kept = data.label is not None
    if label_kept:
        data = replace(data, label=None, label_renamed=True, tablespace_map=None)
    cluster = replace(cluster, data=data).with_server(backups=())
    world = without_unfinished(world.with_primary(cluster))
    clients = _broken_clients(world, orderly=True)
    return replace(world, clients=clients, sessions=frozenset())


def _uncounted(world: World, before: Archive) -> World:
    """The statistics were written before the archiver's last turn."""
    archive = replace(
        world.archive,
        archived_count=before.archived_count,
        last_archived=before.last_archived,
        failed_count=before.failed_count,
        last_failed=before.last_failed,
    )
    return replace(world, archive=archive)


def _let_slot_go(world: World, path: str) -> World:
    """A standby goes: nobody uses its slot on the primary any more."""
    primary, name = world.primary, str(world.cluster(path).data.settings.value("primary_slot_name"))
    kept = tuple(replace(s, active=s.active and s.name != name) for s in primary.data.slots)
    world = world.with_primary(primary.with_data(slots=kept))
    return replace(world, standbys=tuple(s for s in world.standbys if s.path != path))


def _broken_clients(world: World, *, orderly: bool) -> tuple[Client, ...]:
    """Who was connected: a base backup has failed, a psql that waited is gone."""
    kept = (client for client in world.clients if not isinstance(client.command, BackupStop))
    return tuple(_broken(client, orderly=orderly) for client in kept)


def _broken(client: Client, *, orderly: bool) -> Client:
    """Both connections of a base backup end; a WAL receiver is the first to notice, and told of an orderly end.

    Unless it stands still: then the copy is, and the WAL sender waits for the receiver until wal_sender_timeout.
    """
    if client.phase in ("failed", "reading"):
        return client
    lines = server_gone(client.command, orderly=orderly, copy_first=client.held)
    return replace(client, phase="failed", failure="server_gone", stderr=(*client.stderr, *lines))


def kill(world: World, path: str, *, label_stays: bool = False) -> Outcome:
    """All processes are gone at once; unflushed WAL and positions in memory are lost."""
    streamed = any(standby.path == path for standby in world.standbys)
    world = stop_streaming(world, path)
    if streamed and path != PRIMARY:
        world = _let_slot_go(world, path)
    cluster = world.cluster(path)
    data = cluster.data
    pages = Pages(min(data.pages.redo_from, data.control.redo_lsn), data.control.checkpoint_lsn)
    if data.label is not None and not label_stays:
        data = replace(data, label=None, label_renamed=True, tablespace_map=None)
    world = world.with_place(path, replace(cluster, server=None, data=replace(data, pages=pages)))
    if path == PRIMARY:
        archive = replace(world.archive, done_at=None)  # the archiver's command dies with it
        world = without_unfinished(world)
        clients = _broken_clients(world, orderly=False)
        world = replace(world, archive=archive, clients=clients, sessions=frozenset())
    return Outcome(world)
