"""Recorded backups, copies and restores, and what is done to the archive by hand."""

from __future__ import annotations

from simulator import backup, slots
from simulator.cluster import BackupLabel, RunningBackup
from simulator.frozen import replace
from simulator.lsn import format_lsn, is_segment_name, parse_lsn, parse_segment_name, timeline_history_name
from simulator.messages import notice
from simulator.pg_wal import OtherFile, PgWal, file_number, from_listing, on_timeline, span_files
from simulator.recovery.files import HistoryText, WalFile, WalFiles
from simulator.recovery.journal import ONLINE
from simulator.replay_recovery.observed import control_json
from simulator.replay_recovery.records import place_of
from simulator.replay_recovery.world import Backup, Json, Machine, World
from simulator.replay_recovery.writing import wrote

COMBINE_REFUSES = (
    'pg_combinebackup: error: backup at "$BACKUPS/{name}" is an incremental backup, but the first backup should be '
    "a full backup"
)
COMBINE_FULL = (
    'pg_combinebackup: error: backup at "$BACKUPS/{name}" is a full backup, but only the first backup should be '
    "a full backup"
)
COMBINE_TIMELINE = (
    'pg_combinebackup: error: backup at "$BACKUPS/{name}" starts on timeline {found}, but expected {expected}'
)
COMBINE_LSN = 'pg_combinebackup: error: backup at "$BACKUPS/{name}" starts at LSN {found}, but expected {expected}'


def start_backup(world: World, action: Json, label: str, *, exclusive: bool) -> World:
    """The start checkpoint and the label."""
    world = wrote(world, action)
    machine = world.machine(action["server"])
    row = [row for row in action["wal"] if row["r"] == ONLINE][-1]
    cluster = backup.begin(
        machine.cluster, place_of(row), label, session=str(action["backup"]), exclusive=exclusive
    )
    return world.with_machine(action["server"], machine.running(cluster))


def backup_start(world: World, action: Json) -> World:
    """pg_backup_start()."""
    return start_backup(world, action, action["label"], exclusive=action["exclusive"])


def backup_stop(world: World, action: Json) -> World:
    """pg_backup_stop(): the label that belongs into the copy."""
    name, session = action["server"], "" if action["exclusive"] else str(action["backup"])
    world, running = _finished(world, action, session)
    kept = world.backups.get(action["backup"])
    if kept is not None:
        place = kept.place.with_data(label=running.label)
        world = replace(world, backups={**world.backups, action["backup"]: replace(kept, place=place)})
    size = world.machine(name).place.data.segment_size
    return world.answer(backup_label=backup.label_text(running.label, size))


def _finished(world: World, action: Json, session: str) -> tuple[World, RunningBackup]:
    """The end record and the switch are written, and then the history file is."""
    name = action["server"]
    running = backup.running(world.machine(name).cluster, session)
    assert running is not None, f"the recording ends an unknown backup {session}"
    archiver_waits = _without_archiver(world, name)
    world = wrote(archiver_waits, action)
    machine = _with_archiver(world, world.machine(name), archiver_waits)
    cluster, _ = backup.finish(machine.cluster, running, parse_lsn(action["stop_lsn"]))
    world = world.with_machine(name, machine.running(cluster))
    from simulator.replay_recovery.writing import settled

    return settled(world, name), running
