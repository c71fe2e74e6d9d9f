"""pg_start_backup, pg_backup_start and their stops, with the WAL they write (do_pg_backup_start and _stop)."""

from __future__ import annotations

from dataclasses import dataclass

from simulator import backup
from simulator.archiver import drain
from simulator.cluster import BackupLabel, DataDirectory, RunningBackup
from simulator.commands import BackupStart, BackupStop
from simulator.events import (
    BackupAborted,
    BackupStarted,
    BackupStopped,
    BackupWaits,
    Files,
    Refused,
    SegmentSwitched,
)
from simulator.frozen import replace
from simulator.lsn import format_lsn, segment_of
from simulator.messages import error_lines, log_line, notice
from simulator.pg_wal import span_files
from simulator.psql import table
from simulator.records import BACKUP_END, CheckpointPlace
from simulator.world import PRIMARY, Client, Outcome, World
from simulator.writing import append_record, next_trigger, run_checkpoint, switch_segment


def start_backup(world: World, label: str, *, fast: bool, exclusive: bool, owner: str) -> Outcome:
    """Switch, checkpoint, remember the label.  `owner`: the session or client that the backup belongs to."""
    cluster = world.primary
    if cluster.data.settings.value("wal_level") == "minimal":
        return refused(world, "wal_level_backup")
    if len(label.encode()) > 1024:
        return refused(world, "label_too_long")
    if backup.running(cluster, "" if exclusive else owner) is not None:
        return refused(world, "exclusive_backup_running" if exclusive else "session_backup_running")
    trigger = next_trigger(cluster)
    outcome, _ = switch_segment(world, asks=False)
    if not outcome.world.primary.running:
        return replace(outcome, exit_code=2)
    # When the switch asks for a checkpoint, the backup's own request is there before it begins: one serves both.
    asked = " wal" if outcome.world.primary.data.wal_end >= trigger else ""
    kept = tuple([event for event in outcome.events if not isinstance(event, SegmentSwitched)])
    asked_for = run_checkpoint(outcome.world, ("immediate force wait" if fast else "force wait") + asked)
    outcome = replace(asked_for, events=kept + asked_for.events, log=outcome.log + asked_for.log)
    cluster = outcome.world.primary
    if not cluster.running:
        return outcome
    place = CheckpointPlace(cluster.data.control.redo_lsn, cluster.data.control.checkpoint_lsn, cluster.data.wal_end)
    cluster = backup.begin(cluster, place, label, session=owner, exclusive=exclusive)
    size = cluster.data.segment_size
    first = segment_of(place.redo, size)
    files = Files(span_files(cluster.data.timeline, first, first + 1), size)
    event = BackupStarted(label, place.redo, files, exclusive)
    return Outcome(
        outcome.world.with_primary(cluster),
        (*outcome.events, event),
        stdout=(format_lsn(place.redo),),
        log=outcome.log,
    )


def refused(world: World, code: str, facts: dict[str, object] | None = None) -> Outcome:
    """The server's ERROR, as psql shows it."""
    major = world.primary.data.facts.major
    lines = error_lines(code, major, facts)
    return Outcome(world, (Refused(code, lines[0]),), exit_code=1, stderr=lines)


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a stop did: the server side of it, its LSN, the backup, and whether it waits for the archive."""

    outcome: Outcome
    stop_lsn: int
    backup: RunningBackup
    waiting: bool

    @property
    def world(self) -> World:
        """The world afterwards."""
        return self.outcome.world


def stop_backup(world: World, owner: str, *, wait: bool) -> Stopped:
    """Backup-end record, switch, history file, then (if `wait`) the archive.  The backup must be running."""
    running = backup.running(world.primary, owner)
    assert running is not None, f"no backup of {owner!r} is running"
    outcome, stop_lsn = append_record(world, BACKUP_END)
    if outcome.world.primary.running:
        switched, _ = switch_segment(outcome.world)
        outcome = outcome.and_then(switched)
    if not outcome.world.primary.running:
        return Stopped(replace(outcome, exit_code=2), stop_lsn, running, waiting=False)
    cluster = outcome.world.primary
    current = backup.running(cluster, owner)
    assert current is not None
    cluster, history = backup.finish(cluster, current, stop_lsn)
    data = cluster.data
    first = segment_of(running.label.redo_lsn, data.segment_size)
    last = backup.stop_segment(data, stop_lsn)
    event = BackupStopped(stop_lsn, Files(span_files(data.timeline, first, last + 1), data.segment_size), history.name)
    archiving = cluster.live.limits.archiving
    waiting = wait and archiving and not _archived_at_once(outcome.world.with_primary(cluster), last)
    lines: tuple[str, ...] = ()
    if wait:
        code = "not_archiving" if not archiving else "waiting_for_archive" if waiting else "all_archived"
        lines = (notice(code, data.facts.major),)
    world = replace(
        outcome.world,
        primary=cluster,
        backup_ends=(*outcome.world.backup_ends, (running.label.redo_lsn, stop_lsn)),
    )
    outcome = replace(outcome, world=world, events=(*outcome.events, event), stderr=lines, exit_code=0)
    return Stopped(outcome, stop_lsn, running, waiting)


def _archived_at_once(world: World, last: int) -> bool:
    """Will the archiver's next turn take all that the stop function waits for?"""
    return _archived(drain(world).world.primary.data, last)


def archived_up_to(world: World, client: Client) -> bool:
    """Is the last segment of a stopped backup, and its history file, archived?"""
    data = world.primary.data
    return world.primary.running and _archived(data, backup.stop_segment(data, client.stop_lsn))


def _archived(data: DataDirectory, last: int) -> bool:
    waiting = any(other.status == "ready" and other.name.endswith(".backup") for other in data.pg_wal.others)
    return not waiting and not (data.pg_wal.ready & span_files(data.timeline, 0, last + 1))


def sql_start(world: World, command: BackupStart) -> Outcome:
    """SELECT pg_start_backup(…) or pg_backup_start(…)."""
    facts = world.primary.data.facts
    if command.function != facts.backup_start_function:
        return no_function(world, command)
    outcome = start_backup(
        world, command.label, fast=command.fast, exclusive=command.exclusive, owner=command.session or "psql"
    )
    if outcome.exit_code != 0:
        return outcome
    result = replace(outcome, stdout=table((command.function,), (outcome.stdout,)))
    if command.session or command.exclusive:
        return replace(result, world=_with_session(result.world, command.session))
    return result.and_then(abort(result.world, "psql"))


def _with_session(world: World, session: str) -> World:
    return replace(world, sessions=world.sessions | {session}) if session else world


def no_function(world: World, command: BackupStart | BackupStop) -> Outcome:
    """A function of another major's name: the error shows the statement and points at the call."""
    call = f"{command.function}({command.argument_types})"
    outcome = refused(world, "no_function", {"call": call})
    place = command.sql.lower().find(command.function)
    if place < 0:
        return outcome
    error, *hint = outcome.stderr
    prefix = "LINE 1: "
    lines = (error, prefix + command.sql, " " * (len(prefix) + place) + "^", *hint)
    return replace(outcome, stderr=lines)


def abort(world: World, session: str) -> Outcome:
    """A session ends: its non-exclusive backup is aborted (do_pg_abort_backup)."""
    running = backup.running(world.primary, session) if world.primary.running else None
    if running is None:
        return Outcome(world)
    world = world.with_primary(backup.forget(world.primary, running))
    facts = world.primary.data.facts
    line = log_line("backup_aborted", function=facts.backup_stop_function)
    return Outcome(world, (BackupAborted(running.label.label),), log=(line,))


def sql_stop(world: World, command: BackupStop) -> Outcome:
    """SELECT pg_stop_backup(…) or pg_backup_stop(…); when the archive is behind, the client waits."""
    facts = world.primary.data.facts
    if command.function != facts.backup_stop_function:
        return no_function(world, command)
    owner = "" if command.exclusive else command.session or "psql"
    if backup.running(world.primary, owner) is None:
        return refused(world, "exclusive_backup_not_in_progress" if command.exclusive else "backup_not_in_progress")
    stopped = stop_backup(world, owner, wait=command.wait_for_archive)
    if stopped.outcome.exit_code != 0:
        return stopped.outcome
    answer = _answer(stopped, command)
    if not stopped.waiting:
        return replace(stopped.outcome, world=_returned(stopped.world, stopped.backup.label, command), stdout=answer)
    client = Client(
        command.client or owner,
        command,
        "waiting",
        PRIMARY,
        stopped.backup.label,
        stop_lsn=stopped.stop_lsn,
        stdout=answer,
        stderr=stopped.outcome.stderr,
    )
    events = (*stopped.outcome.events, BackupWaits(client.name))
    return replace(stopped.outcome, world=stopped.world.with_client(client), events=events, exit_code=None)


def _returned(world: World, label: BackupLabel, command: BackupStop) -> World:
    """The label file is in the hands of whoever called the function; an exclusive backup's is not returned."""
    return world if command.exclusive else replace(world, last_label=label)


def _answer(stopped: Stopped, command: BackupStop) -> tuple[str, ...]:
    """One LSN for an exclusive stop, else LSN, label file and tablespace map file."""
    lsn = format_lsn(stopped.stop_lsn)
    if command.exclusive:
        return table((command.function,), ((lsn,),))
    data = stopped.world.primary.data
    label = backup.label_text(stopped.backup.label, data.segment_size)
    space = stopped.backup.tablespace_map
    if command.expanded:
        return table(("lsn", "labelfile", "spcmapfile"), ((lsn, label, space),))
    row = f'({lsn},"{label}",' + (f'"{space}")' if space else '"")')
    return table((command.function,), ((row,),))


def finish_wait(world: World, client: Client) -> Outcome:
    """A stop function that waited: it returns once its WAL is archived, else it goes on waiting."""
    if not archived_up_to(world, client):
        return Outcome(world, exit_code=None)
    line = notice("all_archived", world.primary.data.facts.major)
    assert isinstance(client.command, BackupStop)
    assert client.label is not None
    world = _returned(world, client.label, client.command)
    return Outcome(world.without_client(client.name), (), exit_code=0, stdout=client.stdout, stderr=(line,))
