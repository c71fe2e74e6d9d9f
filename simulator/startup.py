"""Starting servers: pg_ctl, crash recovery, and the start of a copy (StartupXLOG in outline)."""

from __future__ import annotations

from simulator import wal
from simulator.archive_forms import restore_form
from simulator.archiver import drain_copy
from simulator.backup import EXCLUSIVE
from simulator.cluster import Cluster, DataDirectory, Server, WalLimits
from simulator.commands import PgCtl
from simulator.events import Event, ServerNotStarted, ServerStarted
from simulator.frozen import replace
from simulator.lsn import format_lsn, segment_of, timeline_history_name
from simulator.messages import lines_of, log_line
from simulator.pg_wal import OtherFile, PgWal, file_number, on_timeline, span_files
from simulator.ranges import EMPTY, Ranges
from simulator.records import shutdown_checkpoint
from simulator.recovery_settings import needed, recovery_errors
from simulator.restorable import backup_end, start_point, whole_segments
from simulator.settings_start import startup_errors
from simulator.stopping import never_ends, outlasted, stop, waits_for_sessions
from simulator.tool_messages import tell
from simulator.world import ARCHIVE, PRIMARY, Outcome, Standby, World
from simulator.writing import (
    checkpoint_events,
    checkpoint_log,
    preallocation_fails,
    room_until,
    slot_log,
)


def pg_ctl(world: World, command: PgCtl) -> Outcome:
    """pg_ctl start, stop or restart."""
    place = world.place(command.directory)
    if not isinstance(place, Cluster):
        line = tell("ctl_no_directory", path=command.directory)
        if place is not None or _is_directory(world, command.directory):
            line = tell("ctl_no_cluster", path=command.directory)
        return Outcome(world, (ServerNotStarted(command.directory, "not_a_cluster"),), exit_code=1, stderr=(line,))
    if command.action == "start":
        return (
            _already(world, command.directory, "already_running") if place.running else start(world, command.directory)
        )
    if not place.running:
        lines: tuple[str, ...] = (tell("ctl_no_pid_file", path=command.directory), tell("ctl_is_it_running"))
        if place.data.pid_file:  # left behind by a crash
            no_process = (tell("ctl_no_process"),)
            lines = no_process if command.action == "stop" else _SEEMS_GONE
        elif command.action == "restart":
            lines = (*lines, tell("ctl_tries_anyway"))
        stopped = Outcome(world, (ServerNotStarted(command.directory, "not_running"),), exit_code=1, stderr=lines)
        return stopped if command.action == "stop" else stopped.and_then(start(world, command.directory))
    if command.mode == "smart" and waits_for_sessions(world, command.directory):
        return never_ends(world)
    outcome = stop(world, command.directory, command.mode)
    if command.action == "restart" and not outlasted(outcome):
        return outcome.and_then(start(outcome.world, command.directory))
    return outcome


def _is_directory(world: World, path: str) -> bool:
    """The archive, or what has something in it."""
    return path == ARCHIVE or any(at.startswith(path + "/") for at, _ in world.places)


_MIGHT_BE_RUNNING = tell("ctl_might_be_running")
_SEEMS_GONE = (tell("ctl_seems_gone"), tell("ctl_starting_anyway"))


def _already(world: World, path: str, code: str) -> Outcome:
    lines = (
        _MIGHT_BE_RUNNING,
        tell("ctl_not_started"),
        tell("ctl_examine_log"),
    )
    said = (tell("ctl_start_stopped"),)
    return Outcome(world, (ServerNotStarted(path, code),), exit_code=1, stdout=said, stderr=lines)


def start(world: World, path: str) -> Outcome:
    """pg_ctl start: what kind of start it is, whether it can be, and what it does to pg_wal."""
    data = world.cluster(path).data
    if not data.pid_file:
        return _start(world, path, data)
    owners = (place for _, place in world.places if isinstance(place, Cluster) and place.running)
    if any(owner.data.started == data.started for owner in owners):
        log = lines_of("lock_file", data.facts.major, directory=path)
        return replace(_already(world, path, "copied_pid_file"), log=log)
    data = replace(data, pid_file=False)
    outcome = _start(world.with_place(path, replace(world.cluster(path), data=data)), path, data)
    return replace(outcome, stderr=(_MIGHT_BE_RUNNING, *outcome.stderr))


def _start(world: World, path: str, data: DataDirectory) -> Outcome:
    errors = startup_errors(data.settings)
    if errors:
        return _not_started(world, path, "startup_settings", errors)
    settings = data.settings.restarted()
    data = replace(data, settings=settings, control=replace(data.control, needed=needed(data)))
    kept = [slot for slot in data.slots if not slot.temporary]
    if kept and settings.value("wal_level") == "minimal":
        log = lines_of("slot_under_minimal", data.facts.major, slot=kept[0].name)
        return _not_started(world, path, "slot_under_minimal", log)
    restore_command = str(settings.value("restore_command"))
    signal = next((name for name in ("standby.signal", "recovery.signal") if name in data.signals), "")
    if signal == "recovery.signal" and not restore_command:
        return _not_started(world, path, "no_restore_command", lines_of("no_restore_command", data.facts.major))
    if data.label is None and data.control.state == "shut down" and not signal:
        return _clean(world, path, data)
    reads = restore_form(restore_command) != "fail"
    return _recover(world, path, data, signal, use_archive=bool(signal and restore_command and reads))


def _not_started(world: World, path: str, code: str, log: tuple[str, ...]) -> Outcome:
    lines = (tell("ctl_not_started"), tell("ctl_examine_log"))
    event = ServerNotStarted(path, code)
    return Outcome(
        world,
        (event,),
        exit_code=1,
        stdout=(tell("ctl_start_stopped"),),
        stderr=lines,
        log=log,
    )


def _started(
    world: World, path: str, cluster: Cluster, how: str, log: tuple[str, ...], events: tuple[Event, ...] = ()
) -> Outcome:
    cluster = cluster.with_server(
        checkpointed_at=world.clock,
        switched_at=world.clock,
        switched_to=cluster.insert_lsn,
        idle_from=cluster.insert_lsn,
    )
    cluster = cluster.with_data(started=world.starts + 1)
    world = replace(world.with_place(path, cluster), starts=world.starts + 1)
    if path == PRIMARY:  # what older files in its place never saw did not happen; and it has a new socket
        seen = tuple(commit for commit in world.commits if commit.end_lsn <= cluster.data.wal_end)
        world = replace(world, commits=seen, socket_left=False)
        if how != "clean":  # statistics do not survive a recovery
            fresh = replace(world.archive, archived_count=0, last_archived="", failed_count=0, last_failed="")
            world = replace(world, archive=fresh)
    event = ServerStarted(path, how, cluster.data.wal_end)
    said, log = ("waiting for server to start.... done", "server started"), (*log, log_line("ready"))
    outcome = Outcome(world, (*events, event), stdout=said, log=log)
    if path == PRIMARY:
        return outcome
    return replace(outcome.and_then(drain_copy(world, path)), exit_code=0)


def _clean(world: World, path: str, data: DataDirectory) -> Outcome:
    checkpoint = segment_of(data.control.checkpoint_lsn, data.segment_size)
    if file_number(data.timeline, checkpoint) not in data.pg_wal.segments - data.damaged:
        lines = lines_of("no_valid_checkpoint", data.facts.major, lsn=format_lsn(data.control.checkpoint_lsn))
        return _not_started(world, path, "no_valid_checkpoint", lines)
    if path == PRIMARY and preallocation_fails(world.with_primary(Cluster(path, data)), data.wal_end):
        return _not_started(world, path, "disk_full", lines_of("disk_full_start", data.facts.major))
    cluster = wal.start_cleanly(data, path)
    return _started(world, path, cluster, "clean", (log_line("was_shut_down"),))


def _recover(world: World, path: str, data: DataDirectory, signal: str, *, use_archive: bool) -> Outcome:
    """Replay from the label's (or pg_control's) checkpoint through all WAL that can be had without a gap."""
    size, major = data.segment_size, data.facts.major
    redo, checkpoint = start_point(data)
    here = whole_segments(data)
    archived = world.archive.segments if use_archive else EMPTY
    have = here | archived
    found = file_number(data.timeline, segment_of(checkpoint, size)) in have
    if not found and signal != "standby.signal":
        code = "no_required_checkpoint" if data.label else "no_valid_checkpoint"
        return _not_started(world, path, code, lines_of(code, major, directory=path, lsn=format_lsn(checkpoint)))
    if signal and (errors := recovery_errors(data)):
        return _not_started(world, path, "recovery_settings", errors)
    if not found:
        return _standby(world, path, data, redo)
    own = here - archived  # restore_command comes before pg_wal
    end = _replay_end(data, on_timeline(have, data.timeline), segment_of(redo, size), own)
    if end % size == 0 and file_number(data.timeline, end // size - 1) in data.crossed | world.archive.crossed:
        end -= _CUT
    must_reach = backup_end(world, data)
    if signal == "standby.signal":
        return _standby(world, path, replace(data, wal_end=max(end, data.wal_end)), end)
    exclusive = data.label is not None and data.label.method == EXCLUSIVE
    asks = bool(signal) or (data.label is not None and not exclusive)  # backupEndRequired or ArchiveRecoveryRequested
    if asks and (must_reach is None or end < must_reach):
        code = "wal_ends_inconsistent"
        if data.label is not None:
            code = "wal_ends_exclusive" if exclusive else "wal_ends_early"
        return _not_started(world, path, code, lines_of(code, major))
    how = "crash recovery" if data.label is None else "backup"
    replayed = span_files(data.timeline, segment_of(redo, size), (end - 1) // size + 1)
    data = replace(data, pg_wal=_restored(data.pg_wal, replayed & archived), wal_end=end)
    if signal == "recovery.signal":
        newest = newest_timeline(data, world.archive.others if use_archive else ())
        return _after_replay(world, path, _new_timeline(data, newest + 1), "archive recovery", data.timeline)
    return _after_replay(world, path, data, how)


def _restored(pg_wal: PgWal, files: Ranges) -> PgWal:
    """KeepFileRestoredFromArchive: in pg_wal under their names, and never to be archived again."""
    return replace(pg_wal, segments=pg_wal.segments | files, ready=pg_wal.ready - files, done=pg_wal.done | files)


_CUT = 4096
"""A record that crosses the end of the last segment is not whole: WAL ends before it, by half a page on the average."""


def _replay_end(data: DataDirectory, have: Ranges, first: int, own: Ranges) -> int:
    """The end of the WAL that follows `first` without a gap."""
    size = data.segment_size
    run = next((high for low, high in have.runs if low <= first < high), first)
    end = run * size
    mine = on_timeline(own, data.timeline)
    if mine and mine.last == run - 1:
        end = min(end, data.wal_end)
    return max(end, first * size)


def newest_timeline(data: DataDirectory, archived: tuple[OtherFile, ...]) -> int:
    """FindNewestTimeLine: the newest of which there is a history file, here or in the archive."""
    names = (other.name for other in (*data.pg_wal.others, *archived))
    found = (int(name[:8], 16) for name in names if name.endswith(".history"))
    return max(data.timeline, *found, data.timeline)


def _new_timeline(data: DataDirectory, new: int) -> DataDirectory:
    """The end of archive recovery: a history file, and the last segment copied to the new timeline."""
    old = data.timeline
    text = f"{old}\t{format_lsn(data.wal_end)}\tno recovery target specified\n"
    history = OtherFile(
        timeline_history_name(new), text, "ready" if data.settings.value("archive_mode") != "off" else ""
    )
    first = span_files(
        new, segment_of(data.wal_end, data.segment_size), segment_of(data.wal_end, data.segment_size) + 1
    )
    pg_wal = replace(data.pg_wal, segments=data.pg_wal.segments | first).with_other(history)
    return replace(data, pg_wal=pg_wal, control=replace(data.control, timeline=new), signals=frozenset())


def _after_replay(world: World, path: str, data: DataDirectory, how: str, left: int | None = None) -> Outcome:
    """End-of-recovery checkpoint; the label becomes backup_label.old.  `left`: the timeline that was left."""
    place = shutdown_checkpoint(data.wal_end, data.segment_size)
    before = Cluster(path, data)
    if path == PRIMARY and no_room_to_recover(world.with_primary(before), place.end):
        return _not_started(world, path, "disk_full", lines_of("disk_full_recovery", data.facts.major))
    renamed = data.label is not None or data.label_renamed
    if data.label is not None:
        data = replace(data, label=None, tablespace_map=None)
    data = replace(
        data,
        label_renamed=renamed,
        control=replace(data.control, redo_lsn=min(data.control.redo_lsn, place.redo)),
    )
    labelled = before.data.label is not None
    cluster, done = wal.start_after_crash(data, path, place, left, archive_recovery=left is not None or labelled)
    asks = data.facts.checkpointer_in_recovery or how == "archive recovery"
    cause = "end-of-recovery immediate wait" if asks else "end-of-recovery immediate"
    probe = replace(before, server=cluster.server)
    events = tuple(checkpoint_events(probe, cluster, done, cause))
    code = {
        "crash recovery": "crash_recovery",
        "backup": "backup_recovery",
        "archive recovery": "archive_recovery",
    }[how]
    log = (*lines_of(code, data.facts.major), *slot_log(cluster, done), *checkpoint_log(done, cause))
    return _started(world, path, cluster, how, log, events)


def no_room_to_recover(world: World, end: int) -> bool:
    """Recovery needs room for its checkpoint record; 15+ preallocates even before it."""
    data = world.primary.data
    early = data.facts.checkpointer_in_recovery and preallocation_fails(world, data.wal_end)
    return early or end > room_until(world)


def _standby(world: World, path: str, data: DataDirectory, replayed: int) -> Outcome:
    """A server in recovery that will stream from the primary from `replayed` on."""
    standby = Standby(path, max(replayed, 0))
    others = tuple(other for other in world.standbys if other.path != path)
    server = Server(limits=WalLimits.of(data.settings, data.facts, data.segment_size))
    data = replace(
        data,
        label=None,
        label_renamed=data.label is not None,
        control=replace(data.control, state="in archive recovery"),
        started=world.starts + 1,
    )
    placed = world.with_place(path, Cluster(path, data, server))
    world = replace(placed, standbys=(*others, standby), starts=data.started)
    event = ServerStarted(path, "standby", replayed)
    said = ("waiting for server to start.... done", "server started")
    return Outcome(world, (event,), stdout=said, log=(log_line("entering_standby"),))
