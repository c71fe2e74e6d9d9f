"""The low-level backup functions on a running server, for SQL and for pg_basebackup."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host import tree
from host.server import archiving, clock, disk, work
from simulator import backup, low_level
from simulator.cluster import BackupLabel, RunningBackup, Tablespace
from simulator.lsn import insert_position
from simulator.messages import notice
from simulator.pg_wal import span_files
from simulator.recovery.journal import BACKUP_END, Record
from simulator.world import World

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.instance import Instance


@dataclass(frozen=True, slots=True)
class Refused:
    """The server's ERROR with its HINT, as lines ('ERROR:  …')."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Started:
    """A backup has begun."""

    host: Host
    start_lsn: int
    label: BackupLabel


@dataclass(frozen=True, slots=True)
class Stopped:
    """A backup has ended; `waiting`: its WAL is not archived, and cannot be at present."""

    host: Host
    stop_lsn: int
    label_text: str
    tablespace_map: str
    notices: tuple[str, ...]
    waiting: bool


def start(host: Host, port: int, label: str, *, fast: bool, exclusive: bool, owner: str) -> Started | Refused:
    """pg_backup_start for a session (`owner`: its pid as text), or exclusively."""
    host = _with_tablespaces(host, port)
    instance = work.running(host, port)
    if instance.recovery is not None:
        return _start_on_standby(host, instance, label, owner)
    outcome = low_level.start_backup(work.world_of(host, instance), label, fast=fast, exclusive=exclusive, owner=owner)
    if outcome.exit_code:
        return Refused(outcome.stderr)
    host = work.done(host, instance, outcome, work.checkpoint_records(instance, outcome))
    started = backup.running(work.running(host, port).cluster, "" if exclusive else owner)
    assert started is not None, "the model has just started this backup"
    if exclusive:
        host = _write_label(host, port, started)
    return Started(host, started.label.redo_lsn, started.label)


def _start_on_standby(host: Host, instance: Instance, label: str, owner: str) -> Started:
    """No WAL can be written there: the backup begins at the last restartpoint."""
    control = instance.cluster.data.control
    facts = BackupLabel(control.redo_lsn, control.checkpoint_lsn, control.timeline, backup.STREAMED, label, "standby")
    spaces = backup.tablespace_map_text(instance.cluster.data)
    begun = RunningBackup(owner, facts, spaces)
    cluster = instance.cluster.with_server(backups=(*instance.cluster.live.backups, begun))
    return Started(host.with_instance(replace(instance, cluster=cluster)), control.redo_lsn, facts)


def _stop_on_standby(host: Host, instance: Instance, started: RunningBackup) -> Stopped:
    """It ends where the standby's replay is: minRecoveryPoint."""
    assert instance.recovery is not None, "only a standby stops a backup like this"
    text = stamped(host, backup.label_text(started.label, instance.cluster.data.segment_size))
    host = host.with_instance(replace(instance, cluster=backup.forget(instance.cluster, started)))
    notices = (notice("not_archiving", instance.major),)
    return Stopped(host, instance.recovery.replay_lsn, text, started.tablespace_map, notices, waiting=False)


def _with_tablespaces(host: Host, port: int) -> Host:
    """The model's data directory gets the tablespaces of the catalogue, for tablespace_map."""
    instance = work.running(host, port)
    spaces = tuple(
        Tablespace(one.oid, one.name, one.location) for one in instance.catalog.tablespaces.values() if one.location
    )
    if spaces == instance.cluster.data.tablespaces:
        return host
    return host.with_instance(replace(instance, cluster=instance.cluster.with_data(tablespaces=spaces)))


def _write_label(host: Host, port: int, started: RunningBackup) -> Host:
    """An exclusive backup leaves its files in the data directory."""
    instance = work.running(host, port)
    size = instance.cluster.data.segment_size
    files = {"backup_label": stamped(host, backup.label_text(started.label, size))}
    if started.tablespace_map:
        files["tablespace_map"] = started.tablespace_map
    for name, text in files.items():
        host = host.write(f"{instance.pgdata}/{name}", text)
    return host


def stamped(host: Host, text: str) -> str:
    """A label or history file with its times filled in."""
    return text.replace(backup.TIME, clock.plain(host.clock))


def stop(host: Host, port: int, *, owner: str, wait: bool) -> Stopped | Refused:
    """pg_backup_stop; owner '' is the exclusive backup."""
    instance = work.running(host, port)
    started = backup.running(instance.cluster, owner)
    if started is None:
        code = "backup_not_in_progress" if owner else "exclusive_backup_not_in_progress"
        return Refused(low_level.refused(work.world_of(host, instance), code).stderr)
    if instance.recovery is not None:
        return _stop_on_standby(host, instance, started)
    at, size = instance.cluster.insert_lsn, instance.cluster.data.segment_size
    stopped = low_level.stop_backup(work.world_of(host, instance), owner, wait=False)
    if stopped.outcome.exit_code:
        raise work.ServerGone(host, stopped.outcome.stderr)
    records = (
        Record(at, stopped.stop_lsn, BACKUP_END, redo=started.label.redo_lsn),
        *disk.switch_record(insert_position(stopped.stop_lsn, size), stopped.world.primary.data.wal_end, size),
    )
    outcome = replace(stopped.outcome, world=_stamped_history(host, stopped.world))
    host = work.done(host, instance, outcome, records)
    if not owner:
        host = _without_label(host, instance.pgdata)
    waiting = wait and _unarchived(host, port, stopped.stop_lsn)
    text = stamped(host, backup.label_text(started.label, size))
    return Stopped(host, stopped.stop_lsn, text, started.tablespace_map, _notices(host, port, wait, waiting), waiting)


def _stamped_history(host: Host, world: World) -> World:
    cluster = world.primary
    pg_wal = cluster.data.pg_wal
    others = tuple(replace(other, text=stamped(host, other.text)) for other in pg_wal.others)
    return world.with_primary(cluster.with_data(pg_wal=replace(pg_wal, others=others)))


def _without_label(host: Host, pgdata: str) -> Host:
    for name in ("backup_label", "tablespace_map"):
        if tree.find(host.root, f"{pgdata}/{name}") is not None:
            host = host.with_root(tree.remove(host.root, f"{pgdata}/{name}"))
    return host


def _unarchived(host: Host, port: int, stop_lsn: int) -> bool:
    instance = work.running(archiving.turn(host, port), port)
    data = instance.cluster.data
    if not instance.cluster.live.limits.archiving:
        return False
    waiting = any(other.status == "ready" and other.name.endswith(".backup") for other in data.pg_wal.others)
    last = backup.stop_segment(data, stop_lsn)
    return waiting or bool(data.pg_wal.ready & span_files(data.timeline, 0, last + 1))


def _notices(host: Host, port: int, wait: bool, waiting: bool) -> tuple[str, ...]:
    instance = work.running(host, port)
    if not wait:
        return ()
    if not instance.cluster.live.limits.archiving:
        return (notice("not_archiving", instance.major),)
    return (notice("waiting_for_archive" if waiting else "all_archived", instance.major),)


def abort(host: Host, port: int, pid: int) -> Host:
    """A session ends without having stopped its backup (do_pg_abort_backup)."""
    instance = host.instance(port)
    if instance is None or not instance.cluster.running or backup.running(instance.cluster, str(pid)) is None:
        return host
    return work.done(host, instance, low_level.abort(work.world_of(host, instance), str(pid)))
