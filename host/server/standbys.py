"""Standbys: they follow what their primary writes, show up in its pg_stat_replication, and are promoted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host import tree
from host.network import at_server
from host.server import disk, logs, primary, restoring, work
from host.server.files import ControlFile
from host.server.instance import Instance, Session
from host.server.starting import Postmaster, Start
from host.tree import File
from simulator.recovery import server as startup
from simulator.recovery.request import request_of
from simulator.recovery.restartpoint import restartpoint as recovery_restartpoint
from simulator.recovery.server import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.machine import Host
    from simulator.recovery.state import Recovery, Sources


def attach(host: Host, port: int) -> Host:
    """A standby that streams has a WAL sender at its primary, which holds its slot."""
    instance = work.running(host, port)
    recovery = instance.recovery
    if recovery is None:
        return host
    upstream = host.instance(recovery.upstream)
    if upstream is None or not recovery.streaming:
        return detached(host, instance)
    pid = instance.pid + primary.SENDER_AFTER
    seen = primary.look(host, instance.settings, port)
    kept = upstream.session(pid)
    session = Session(
        pid, seen.user, "", seen.application, "walsender", seen.client or "[local]", state="active", held=True
    )
    session = replace(session, opened=kept.opened if kept is not None else host.clock)
    upstream = upstream.with_session(session)
    slot = upstream.cluster.data.slot(str(instance.settings.value("primary_slot_name")))
    if slot is not None and not slot.lost:
        moved = replace(slot, restart_lsn=recovery.has, active=True)
        upstream = replace(upstream, cluster=replace(upstream.cluster, data=upstream.cluster.data.with_slot(moved)))
    return disk.flush(host, upstream)


def detached(host: Host, instance: Instance) -> Host:
    """Its WAL sender has ended, wherever that was, and let go of its slot."""
    sender = instance.pid + primary.SENDER_AFTER
    for other in host.instances:
        if other.session(sender) is None:
            continue
        upstream, data = other.without_session(sender), other.cluster.data
        slot = data.slot(str(instance.settings.value("primary_slot_name")))
        if slot is not None and slot.active:
            data = data.with_slot(replace(slot, active=False, idle_since=host.clock))
            upstream = replace(upstream, cluster=replace(upstream.cluster, data=data))
        host = host.with_instance(upstream)
    return host


def follow(host: Host, port: int) -> Host:
    """After a server has written: the standbys that stream from it take it."""
    for instance in host.instances:
        if instance.startup is None or instance.recovery is None:
            continue
        if instance.recovery.paused and not instance.startup.receiving:
            continue
        if restoring.upstream_port(host, instance.settings, instance.port) == port:
            host = act(host, instance.port, startup.paused if instance.recovery.paused else startup.catch_up)
    return host


def act(host: Host, port: int, what: Callable[[Recovery, Sources], Outcome], *, looks: bool = False) -> Host:
    """Something is done to a server in recovery: pg_promote(), resume, another look for WAL (`looks`).

    What it has received or replayed then, it sends on to standbys of its own.
    """
    before = work.running(host, port).recovery
    host = _acted(host, port, what, looks=looks)
    after = host.instance(port)
    if after is None or before is None:
        return host
    moved = after.recovery is None or after.recovery.has != before.has
    return follow(host, port) if moved else host


@at_server
def _acted(host: Host, port: int, what: Callable[[Recovery, Sources], Outcome], *, looks: bool = False) -> Host:
    from host.server.replaying import taken_over

    instance = work.running(host, port)
    assert instance.startup is not None, "only a server in recovery is asked this"
    if not isinstance(_control(host, instance), ControlFile):
        return host  # somebody has deleted its directory: it goes on for a while, and does nothing
    master = master_of(host, instance)
    restore = restoring.Restoring(master)
    outcome = what(_as_it_is(instance, instance.startup), restore.sources(host))
    done = taken_over(replace(master, host=replace(restore.host, clock=host.clock)), outcome, instance, looks=looks)
    return done.host


def _as_it_is(instance: Instance, recovery: Recovery) -> Recovery:
    """The startup process with what others did since: the archiver, slots, and settings that a reload has changed."""
    data = replace(instance.cluster.data, wal_end=recovery.place.data.wal_end)
    now = request_of(data.signals, data.settings, restoring.moment)
    request = replace(recovery.request, conninfo=now.conninfo, restore_command=now.restore_command, delay=now.delay)
    return replace(recovery, request=request, place=replace(recovery.place, data=data))


def restartpoint(host: Host, port: int, cause: str = "immediate force wait") -> Host:
    """CHECKPOINT on a server in recovery, and what a backup there begins with (CreateRestartPoint)."""
    host = _with_restartpoint(host, port, cause, recovery_restartpoint)
    instance = work.running(host, port)
    return host.with_instance(replace(instance, cluster=instance.cluster.with_server(checkpointed_at=host.clock)))


def shut_down(host: Host, port: int) -> Host:
    """A restartpoint, and pg_control says that the server was shut down in recovery."""
    return _with_restartpoint(host, port, "shutdown immediate", startup.shut_down)


def _with_restartpoint(host: Host, port: int, cause: str, make: Callable[[Recovery], Recovery]) -> Host:
    instance = work.running(host, port)
    result: Result = "paused" if instance.recovery is not None and instance.recovery.paused else "waiting"

    def made(recovery: Recovery, _sources: Sources) -> Outcome:
        after = make(replace(recovery, log=()))
        log = _lines(recovery, after, cause) if instance.settings.value("log_checkpoints") else ()
        return Outcome(result, replace(after, log=()), log)

    before = instance.cluster.data.control.redo_lsn
    host = act(host, port, made)
    host, instance = disk.write_tables(host, work.running(host, port))
    host = host.with_instance(instance)
    if instance.cluster.data.control.redo_lsn == before:
        return host
    control = master_of(host, instance).control
    host, said = restoring.executed(host, instance.pgdata, "archive_cleanup_command", instance.settings, control)
    bare = [line.removeprefix(logs.BARE) for line in said if line.startswith(logs.BARE)]
    host = logs.write(host, instance.log_path, bare)
    return logs.say(host, instance, (line for line in said if not line.startswith(logs.BARE)))


def _lines(before: Recovery, after: Recovery, cause: str) -> tuple[str, ...]:
    """LogCheckpointStart and LogCheckpointEnd; nothing when there was no newer checkpoint to restart from."""
    if not after.log:
        return ()
    gone = len(before.place.data.pg_wal.segments - after.place.data.pg_wal.segments)
    distance = (after.place.control.redo_lsn - before.place.control.redo_lsn) // 1024
    complete = (
        f"LOG:  restartpoint complete: wrote ... buffers (...); 0 WAL file(s) added, {gone} removed, 0 recycled; ...; "
        f"distance={distance} kB, estimate={int(after.estimate) // 1024} kB"
    )
    return (f"LOG:  restartpoint starting: {cause}", complete, *after.log)


def _control(host: Host, instance: Instance) -> object:
    node = tree.find(host.root, f"{instance.pgdata}/global/pg_control")
    return node.content if isinstance(node, File) else None


def master_of(host: Host, instance: Instance) -> Postmaster:
    """The postmaster of a server that runs already."""
    control = _control(host, instance)
    assert isinstance(control, ControlFile), "a running server has its control file"
    start = Start(instance.pgdata, instance.options, instance.log_path)
    settings = instance.settings
    return Postmaster(
        host, start, instance.pgdata, instance.facts, control, settings, (), instance.pid, instance.build_release
    )
