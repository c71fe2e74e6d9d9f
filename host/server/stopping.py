"""Servers that end: pg_ctl stop in its three modes, a kill, a crash."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host import tree
from host.network import at_server
from host.server import archiving, disk, logs, work
from host.weather import sessions_elsewhere
from simulator import wal, writing
from simulator.cluster import Cluster
from simulator.records import shutdown_checkpoint
from simulator.recovery.files import own_timeline
from simulator.recovery.journal import SHUTDOWN, Record

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.instance import Instance

_RECEIVER_ENDED = ("FATAL:  terminating walreceiver process due to administrator command",)


@at_server
def stop(host: Host, port: int, mode: str) -> Host:
    """A server is shut down; whom a smart shutdown waits for is the caller's business (`ask`)."""
    instance = work.running(host, port)
    if not instance.shutting_down or mode != "smart":
        host = logs.say(host, instance, (f"LOG:  received {mode} shutdown request",))
    if mode == "immediate":
        return _gone(logs.say(host, instance, ("LOG:  database system is shut down",)), instance, clean=True)
    if mode == "fast":
        host = logs.say(host, instance, ("LOG:  aborting any active transactions",))
    for session in instance.sessions:
        host = _without_backup(host, port, session.pid)
    instance = work.running(host, port)
    if instance.recovery is not None:
        return _down_in_recovery(host, instance)
    host = logs.say(host, instance, (*_launcher_exits(instance), "LOG:  shutting down"))
    if instance.cluster.live.limits.archiving:
        at = instance.cluster.insert_lsn
        outcome, _ = writing.switch_segment(work.world_of(host, instance), asks=False)
        host = work.done(
            host,
            instance,
            outcome,
            disk.switch_record(at, outcome.world.primary.data.wal_end, instance.cluster.data.segment_size),
        )
    host = _shutdown_checkpoint(host, work.running(host, port))
    from host.server import standbys

    host = standbys.follow(archiving.last_turn(host, port), port)
    instance = work.running(host, port)
    host = logs.say(host, instance, ("LOG:  database system is shut down",))
    return _gone(host, instance, clean=True, orderly=True)


@at_server
def ask(host: Host, port: int) -> Host:
    """A smart shutdown: nobody is let in any more, and the server goes on until its last client has left."""
    instance = work.running(host, port)
    if not instance.shutting_down:
        host = logs.say(host, instance, ("LOG:  received smart shutdown request",))
        instance = replace(instance, shutting_down=True)
    return left(host.with_instance(instance), port)


def left(host: Host, port: int) -> Host:
    """A client has left: a server that waited for the last one goes down; may raise work.ServerGone."""
    instance = host.instance(port)
    if instance is None or not instance.shutting_down or held_up(host, instance):
        return host
    return stop(host, port, "smart")


def held_up(host: Host, instance: Instance) -> bool:
    """Does a smart shutdown wait: for a client, or (until 14) for the end of an exclusive backup?"""
    clients = any(one.kind == "client backend" for one in instance.sessions)
    exclusive = any(not backup.session for backup in instance.cluster.live.backups)
    return clients or exclusive or bool(sessions_elsewhere(host.weather))


def _launcher_exits(instance: Instance) -> tuple[str, ...]:
    pid = instance.pid + 6
    return (f'LOG:  background worker "logical replication launcher" (PID {pid}) exited with exit code 1',)


def _without_backup(host: Host, port: int, pid: int) -> Host:
    from host.server.connect import close

    return close(host, port, pid)


def _shutdown_checkpoint(host: Host, instance: Instance) -> Host:
    cluster = instance.cluster
    place = shutdown_checkpoint(cluster.insert_lsn, cluster.data.segment_size)
    after, done = wal.checkpoint(cluster, place, online=False, state="shut down")
    kept = tuple(slot for slot in after.data.slots if not slot.temporary)
    after = after.with_data(control=own_timeline(after.data.control), slots=kept)
    log = writing.checkpoint_log(done, "shutdown immediate") if instance.settings.value("log_checkpoints") else ()
    writes, timeline = bool(instance.settings.value("full_page_writes")), cluster.data.timeline
    record = Record(place.record, place.end, SHUTDOWN, redo=place.redo, previous=timeline, full_page_writes=writes)
    host = replace(host, journal=disk.journalled(host.journal, instance, cluster.insert_end, place.end, (record,)))
    host, instance = disk.write_tables(host, disk.checkpointed(replace(instance, cluster=after), host.clock))
    return disk.flush(logs.say(host, instance, log), instance)


def _down_in_recovery(host: Host, instance: Instance) -> Host:
    """The WAL receiver is ended first; then a restartpoint takes the checkpoint's place."""
    from host.server import standbys

    receiver = _RECEIVER_ENDED if instance.recovery is not None and instance.recovery.streaming else ()
    host = logs.say(host, instance, (*receiver, "LOG:  shutting down"))
    host = standbys.shut_down(host, instance.port)
    instance = work.running(host, instance.port)
    host = logs.say(host, instance, ("LOG:  database system is shut down",))
    return _gone(host, instance, clean=True)


def crashed(host: Host, instance: Instance) -> Host:
    """A server ended itself (PANIC): its files are as they were at that moment."""
    dead: Cluster = instance.cluster
    return _gone(host, replace(instance, cluster=dead), clean=True)


@at_server
def kill(host: Host, port: int) -> Host:
    """SIGKILL to every process, or the power fails: postmaster.pid and the socket stay behind."""
    return _gone(host, work.running(host, port), clean=False)


def _gone(host: Host, instance: Instance, *, clean: bool, orderly: bool = False) -> Host:
    """The instance is no more; a postmaster that ends in order takes its lock files with it.

    `orderly`: its WAL senders had time to send everything.
    """
    from host.server import receivers, standbys

    host = standbys.detached(host, instance)
    host = replace(host, instances=tuple(one for one in host.instances if one.port != instance.port))
    if clean:
        host = _unlocked(host, instance)
    return receivers.forsaken(host, instance, orderly=orderly)


def _unlocked(host: Host, instance: Instance) -> Host:
    if instance.facts.exclusive_backup and instance.recovery is None:
        host = _cancelled_backup(host, instance)
    socket = f"{instance.socket_dir}/.s.PGSQL.{instance.port}"
    for path in (f"{instance.pgdata}/postmaster.pid", socket, f"{socket}.lock"):
        if tree.find(host.root, path, follow=False) is not None:
            host = host.with_root(tree.remove(host.root, path))
    return host


def _cancelled_backup(host: Host, instance: Instance) -> Host:
    """CancelBackup (until 14): the label of an exclusive backup is put aside; the next start needs no recovery."""
    top = tree.find(host.root, instance.pgdata)
    if not isinstance(top, tree.Dir) or "backup_label" not in top.entries:
        return host
    for name in ("backup_label", "tablespace_map"):
        node = top.entries.get(name)
        if node is not None:
            top = top.without(name).with_entry(f"{name}.old", node)
    host = host.with_root(tree.put(host.root, instance.pgdata, top))
    detail = 'DETAIL:  File "backup_label" was renamed to "backup_label.old".'
    return logs.say(host, instance, ("LOG:  online backup mode canceled", detail))
