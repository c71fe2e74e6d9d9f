"""Standbys: they follow what their primary writes, show up in its pg_stat_replication, and are promoted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.server import disk, restoring, work
from host.server.files import ControlFile
from host.server.instance import Instance, Session
from host.server.starting import Postmaster, Start
from simulator.recovery import server as startup
from simulator.recovery.server import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.machine import Host
    from simulator.recovery.state import Recovery, Sources

RECEIVER = "walreceiver"


def attach(host: Host, port: int) -> Host:
    """A standby that streams has a WAL sender at its primary, which holds its slot."""
    instance = work.running(host, port)
    recovery = instance.recovery
    if recovery is None:
        return host
    upstream = host.instance(recovery.upstream)
    if upstream is None or not recovery.streaming:
        return _detached(host, instance)
    name = str(instance.settings.value("cluster_name")) or RECEIVER
    pid = instance.pid + 5
    session = Session(pid, "postgres", "", name, "walsender", opened=host.clock, state="active", held=True)
    upstream = upstream.with_session(session)
    slot = upstream.cluster.data.slot(str(instance.settings.value("primary_slot_name")))
    if slot is not None and not slot.lost:
        moved = replace(slot, restart_lsn=recovery.replay_lsn, active=True)
        upstream = replace(upstream, cluster=replace(upstream.cluster, data=upstream.cluster.data.with_slot(moved)))
    return disk.flush(host, upstream)


def _detached(host: Host, instance: Instance) -> Host:
    for other in host.instances:
        if other.session(instance.pid + 5) is not None:
            host = host.with_instance(other.without_session(instance.pid + 5))
    return host


def follow(host: Host, port: int) -> Host:
    """After a server has written: the standbys that stream from it take it."""
    for instance in host.instances:
        if instance.startup is None or instance.recovery is None or instance.recovery.paused:
            continue
        if restoring.upstream_port(host, instance.settings, instance.port) == port:
            host = act(host, instance.port, startup.catch_up)
    return host


def act(host: Host, port: int, what: Callable[[Recovery, Sources], Outcome]) -> Host:
    """Something is done to a server in recovery: pg_promote(), resume, another look for WAL."""
    from host.server.replaying import taken_over

    instance = work.running(host, port)
    assert instance.startup is not None, "only a server in recovery is asked this"
    master = master_of(host, instance)
    restore = restoring.Restoring(master)
    outcome = what(instance.startup, restore.sources(host))
    done = taken_over(replace(master, host=replace(restore.host, clock=host.clock)), outcome, instance)
    return done.host


def master_of(host: Host, instance: Instance) -> Postmaster:
    """The postmaster of a server that runs already."""
    from host import tree
    from host.tree import File

    node = tree.find(host.root, f"{instance.pgdata}/global/pg_control")
    control = node.content if isinstance(node, File) else None
    assert isinstance(control, ControlFile), "a running server has its control file"
    start = Start(instance.pgdata, instance.options, instance.log_path)
    settings = instance.settings
    return Postmaster(
        host, start, instance.pgdata, instance.facts, control, settings, (), instance.pid, instance.build_release
    )
