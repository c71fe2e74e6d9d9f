"""The low-level backup functions on a running server, for SQL and for pg_basebackup."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host import tree
from host.network import at_server
from host.server import archiving, clock, disk, logs, standbys, work
from simulator import backup, low_level
from simulator.cluster import BackupLabel, RunningBackup, Tablespace
from simulator.lsn import insert_position, previous_segment_of
from simulator.messages import notice
from simulator.pg_wal import file_number, span_files
from simulator.recovery.files import ControlFile
from simulator.recovery.journal import BACKUP_END, Record
from simulator.versions import since
from simulator.world import World

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.instance import Instance


NOTICE_AFTER, WARNING_AFTER = 6, 60
"""Seconds after which a stop function says that it waits, and warns; each later warning comes after twice as many."""
PATIENCE = 120.0
"""Seconds after which somebody presses Ctrl-C."""
_OFTEN, _SELDOM = 10, 5.0
_STILL_WAITING = {
    major: (
        "WARNING:  still waiting for all required WAL segments to be archived ({seconds} seconds elapsed)",
        (
            f"HINT:  Check that your {name} is executing properly.  You can safely cancel this backup, "
            "but the database backup will not be usable without all the WAL segments."
        ),
    )
    for major, name in ((12, "archive_command"), (17, '"archive_command"'))
}


@dataclass(frozen=True, slots=True)
class Refused:
    """The server's ERROR with its HINT, as lines ('ERROR:  …')."""

    lines: tuple[str, ...]
    host: Host | None = None
    """Where a backup that cannot be ended is forgotten."""


@dataclass(frozen=True, slots=True)
class Started:
    """A backup has begun."""

    host: Host
    start_lsn: int
    label: BackupLabel


@dataclass(frozen=True, slots=True)
class Stopped:
    """A backup has ended; `waiting`: its WAL is not archived yet, and the caller waits (`unarchived`, `waited`)."""

    host: Host
    stop_lsn: int
    label_text: str
    tablespace_map: str
    notices: tuple[str, ...]
    waiting: bool


@at_server
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


_WITHOUT_PAGES = (
    "ERROR:  WAL generated with {off} was replayed {when}",
    (
        "HINT:  This means that the backup being taken on the standby is corrupt and should not be used. "
        "Enable {name} and run CHECKPOINT on the {primary}, and then try an online backup again."
    ),
)
_WORDS = {
    12: {"off": "full_page_writes=off", "name": "full_page_writes", "primary": "master"},
    14: {"off": "full_page_writes=off", "name": "full_page_writes", "primary": "primary"},
    17: {"off": '"full_page_writes=off"', "name": '"full_page_writes"', "primary": "primary"},
}


_PROMOTED = (
    "ERROR:  the standby was promoted during online backup",
    (
        "HINT:  This means that the backup being taken is corrupt and should not be used. "
        "Try taking another online backup."
    ),
)


def _without_pages(instance: Instance, when: str, start: int, *, known: bool = True) -> Refused | None:
    """A standby cannot copy what may be torn: full_page_writes was off at its checkpoint, or behind that (`start`)."""
    assert instance.startup is not None, "it is in recovery"
    if known and instance.startup.fpw_disabled < start:
        return None
    words = since(instance.major, _WORDS)
    return Refused(tuple(line.format(when=when, **words) for line in _WITHOUT_PAGES))


def _start_on_standby(host: Host, instance: Instance, label: str, owner: str) -> Started | Refused:
    """No WAL can be written there: a restartpoint takes the checkpoint's place."""
    host = standbys.restartpoint(host, instance.port)
    instance = work.running(host, instance.port)
    control = instance.cluster.data.control
    assert isinstance(control, ControlFile), "a server in recovery has its own pg_control"
    if no := _without_pages(instance, "since last restartpoint", control.redo_lsn, known=control.full_page_writes):
        return no
    facts = BackupLabel(control.redo_lsn, control.checkpoint_lsn, control.timeline, backup.STREAMED, label, "standby")
    spaces = backup.tablespace_map_text(instance.cluster.data)
    begun = RunningBackup(owner, facts, spaces)
    cluster = instance.cluster.with_server(backups=(*instance.cluster.live.backups, begun))
    return Started(host.with_instance(replace(instance, cluster=cluster)), control.redo_lsn, facts)


def _stop_on_standby(host: Host, instance: Instance, started: RunningBackup, wait: bool) -> Stopped | Refused:
    """It ends at minRecoveryPoint, with no record, no switch and no history file; all that is for a primary."""
    control = instance.cluster.data.control
    assert isinstance(control, ControlFile), "a server in recovery has its own pg_control"
    if no := _without_pages(instance, "during online backup", started.label.redo_lsn):
        return no
    text = stamped(host, backup.label_text(started.label, instance.cluster.data.segment_size))
    host = host.with_instance(replace(instance, cluster=backup.forget(instance.cluster, started)))
    waiting = wait and unarchived(host, instance.port, control.min_recovery)
    notices = _notices(host, instance.port, wait, waiting)
    return Stopped(host, control.min_recovery, text, started.tablespace_map, notices, waiting)


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


@at_server
def stop(host: Host, port: int, *, owner: str, wait: bool) -> Stopped | Refused:
    """pg_backup_stop; owner '' is the exclusive backup."""
    instance = work.running(host, port)
    started = backup.running(instance.cluster, owner)
    if started is None:
        code = "backup_not_in_progress" if owner else "exclusive_backup_not_in_progress"
        return Refused(low_level.refused(work.world_of(host, instance), code).stderr)
    if instance.recovery is not None:
        return _stop_on_standby(host, instance, started, wait)
    if started.label.source == "standby":
        forgotten = replace(instance, cluster=backup.forget(instance.cluster, started))
        return Refused(_PROMOTED, host.with_instance(forgotten))
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
    waiting = wait and unarchived(host, port, stopped.stop_lsn)
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


def unarchived(host: Host, port: int, stop_lsn: int) -> bool:
    """Some WAL of a backup that stopped there is not archived yet (XLogArchiveIsBusy)."""
    instance = work.running(archiving.turn(host, port), port)
    data = instance.cluster.data
    if not archiving.archives(instance):
        return False
    if instance.recovery is not None:
        timeline = instance.recovery.replay_timeline
        last = file_number(timeline, previous_segment_of(stop_lsn, data.segment_size))
        return last in data.pg_wal.segments - data.pg_wal.done
    waiting = any(other.status == "ready" and other.name.endswith(".backup") for other in data.pg_wal.others)
    last = backup.stop_segment(data, stop_lsn)
    return waiting or bool(data.pg_wal.ready & span_files(data.timeline, 0, last + 1))


def _notices(host: Host, port: int, wait: bool, waiting: bool) -> tuple[str, ...]:
    instance = work.running(host, port)
    if not wait or waiting:
        return ()
    return (notice("all_archived" if archiving.archives(instance) else "not_archiving", instance.major),)


@at_server
def waited(host: Host, port: int, before: float, now: float) -> tuple[Host, tuple[str, ...]]:
    """What a stop function says while it waits for the archive, between these seconds of its waiting."""
    instance = work.running(host, port)
    warns, warnings = WARNING_AFTER, []
    while warns <= now:
        if warns > before:
            warnings += [line.format(seconds=warns) for line in since(instance.major, _STILL_WAITING)]
        warns *= 2
    first = (notice("waiting_for_archive", instance.major),) if before < NOTICE_AFTER <= now else ()
    return logs.say(host, instance, tuple(warnings)), (*first, *warnings)


def next_look(seconds: float) -> float:
    """A stop function that has waited so long looks again after so many seconds: every second, later not so often."""
    return 1.0 if seconds < _OFTEN else _SELDOM


@at_server
def abort(host: Host, port: int, pid: int) -> Host:
    """A session ends without having stopped its backup (do_pg_abort_backup)."""
    instance = host.instance(port)
    if instance is None or not instance.cluster.running or backup.running(instance.cluster, str(pid)) is None:
        return host
    return work.done(host, instance, low_level.abort(work.world_of(host, instance), str(pid)))
