"""Recovery on the host: the model's startup process (simulator/recovery) on a directory of the file tree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host import tree
from host.server import (
    after_replay,
    archiving,
    clock,
    directory,
    disk,
    labels,
    logs,
    primary,
    recovering,
    reporting,
    restoring,
    standbys,
    telling,
    tidying,
)
from host.server.instance import Instance, Recovering
from host.server.recovering import Started, new_instance
from host.server.starting import NotStarted, Postmaster
from simulator.cluster import Cluster, DataDirectory
from simulator.messages import lines_of
from simulator.pg_wal import file_number
from simulator.records import (
    CHECKPOINT_REDO,
    CheckpointPlace,
    end_of_recovery,
    insert,
    online_checkpoint,
    shutdown_checkpoint,
)
from simulator.recovery import server as startup
from simulator.recovery.beginning import begin
from simulator.recovery.ending import Ended, go_on
from simulator.recovery.files import Place
from simulator.recovery.journal import END_OF_RECOVERY, ONLINE, REDO, SHUTDOWN, Record
from simulator.recovery.request import Request, request_of
from simulator.recovery.server import Outcome
from simulator.recovery.state import Recovery
from simulator.recovery.texts import told
from simulator.recovery_settings import recovery_errors
from simulator.startup import no_room_to_recover
from simulator.world import PRIMARY, World
from simulator.writing import preallocation_fails

if TYPE_CHECKING:
    from host.machine import Host


_AFTER_REDO = ("selected new timeline", "archive recovery complete", "checkpoint starting", "ready to accept conn")
_COMPLETE = (
    "LOG:  checkpoint complete: wrote ... buffers (...); 0 WAL file(s) added, 0 removed, 0 recycled; ...; "
    "distance=0 kB, estimate=0 kB"
)


def recover(master: Postmaster, found: directory.Labels) -> Started | NotStarted:
    """The startup process from its first line to its end, or to where it waits."""
    host, refused = tidying.before(master, found)
    master = replace(master, host=host)
    if refused:
        return _ended_early(master, refused)
    host, created = tidying.missing_directories(master.host, master.path, summaries=master.facts.summarize_wal)
    master = replace(master, host=host, created=created)
    place = _place(master, found)
    redo = place.data.label.redo_lsn if place.data.label else master.control.redo
    first = file_number(master.control.timeline, redo // master.control.segment_size)
    master = replace(master, has_first=first in place.data.pg_wal.segments)
    sources = restoring.Restoring(master)
    request = request_of(place.data.signals, master.settings, restoring.moment)
    if scanned := tidying.not_scanned(host, master.path):
        return _not_begun(master, place, request, scanned)
    if request.asked:
        lacking = recovery_errors(place.data)
        begun = begin(place, request, sources.sources(host)) if lacking else None
        if begun is not None and not begun.failed and begun.checkpoint is not None:
            return _lacks_room(replace(master, host=replace(sources.host, clock=host.clock)), begun, lacking)
    outcome = startup.start(place, request, sources.sources(host))
    host = replace(sources.host, clock=host.clock)
    return taken_over(replace(master, host=host), outcome, None)


def _not_begun(master: Postmaster, place: Place, request: Request, lines: tuple[str, ...]) -> NotStarted:
    """The startup process knows where to begin, and ends before it does."""
    if not request.asked and place.data.label is None:
        return _ended_early(master, lines)
    sources = restoring.Restoring(master)
    begun = begin(place, request, sources.sources(master.host))
    return _died(replace(master, host=replace(sources.host, clock=master.host.clock)), begun, lines)


def _ended_early(master: Postmaster, lines: tuple[str, ...]) -> NotStarted:
    state = [telling.dated(line, master.control) for line in told(master.control.state, master.facts.major)]
    return _startup_died(master, (*state, *lines))


def _lacks_room(master: Postmaster, begun: Recovery, lines: tuple[str, ...]) -> NotStarted:
    """CheckRequiredParameterValues: settings lower than on the server that wrote the WAL."""
    return _died(replace(master, host=tidying.label_used(master.host, master.path)), begun, lines)


def _died(master: Postmaster, begun: Recovery, lines: tuple[str, ...]) -> NotStarted:
    died = startup.Outcome("exited", replace(begun, log=(*begun.log, *lines)), (*begun.log, *lines), exit_code=1)
    return _startup_died(master, telling.lines(master, died))


def _startup_died(master: Postmaster, said: tuple[str, ...]) -> NotStarted:
    """The startup process has ended with these words, and the postmaster ends with it."""
    major = master.facts.major
    end = [*told("died_early", major), *told("down", major)]
    return _down(master, (*said, end[0], *telling.terminating(major), *end[1:]), 1)


def _place(master: Postmaster, found: directory.Labels) -> Place:
    """The directory as the model takes it."""
    host, control = master.host, master.control
    pg_wal, files = directory.wal_listing(host, master.path, control.segment_size)
    data = directory.data_directory(master.facts, master.settings, control, pg_wal, control.redo)
    label = labels.read(found.backup_label) if found.backup_label is not None else None
    signals = {"standby.signal": found.standby_signal, "recovery.signal": found.recovery_signal}
    data = replace(
        data,
        label=label,
        tablespace_map=found.tablespace_map,
        signals=frozenset(name for name, there in signals.items() if there),
        slots=recovering.slots_in(host, master.path),
        settings=replace(master.settings, data_directory=master.start.pgdata),
    )
    incremental = found.backup_label is not None and labels.INCREMENTAL in found.backup_label
    held = files.get(control.timeline, control.checkpoint // control.segment_size)
    return Place(data, files, held.branch, incremental)


def taken_over(
    master: Postmaster, outcome: Outcome, before: Instance | None, *, looks: bool = True
) -> Started | NotStarted:
    """What came of it, in the tree and in the log; `before`: the instance that was in recovery until now.

    `looks`: it has just looked for its primary.
    """
    host = tidying.written_back(master.host, master.path, outcome.place, outcome.recovery)
    master = replace(master, host=host)
    log = telling.lines(master, outcome, before.startup if before else None)
    if outcome.result == "exited":
        return _down(master, log, outcome.exit_code or 0)
    if outcome.result == "clean":
        return _clean(master, outcome, log)
    if outcome.result == "ended":
        assert outcome.ended is not None, "a recovery that has ended says where"
        if not outcome.ended.promoted and (fault := tidying.checkpoint_fault(host, master.path)):
            return _no_checkpoint(master, outcome.ended, log, fault)
        return _writes_again(master, outcome.ended, log, before)
    return _stands(master, outcome, log, before, looks=looks)


def _down(master: Postmaster, log: tuple[str, ...], status: int) -> NotStarted:
    """The server has ended: its lock files go."""
    host = logs.write(master.host, master.start.log_path, _lines(master, log))
    socket = f"{master.socket_dir}/.s.PGSQL.{master.port}"
    for path in (f"{master.path}/postmaster.pid", socket, f"{socket}.lock"):
        if tree.find(host.root, path, follow=False) is not None:
            host = host.with_root(tree.remove(host.root, path))
    for dead in [one for one in host.instances if one.pgdata == master.path]:
        host = standbys.detached(host, dead)
    host = replace(host, instances=tuple(one for one in host.instances if one.pgdata != master.path))
    return NotStarted(host, status, "")


def _lines(master: Postmaster, log: tuple[str, ...]) -> list[str]:
    """With prefix; what restore_command itself wrote stands bare."""
    pid = master.pid
    lines = (line.replace("<PID>", str(pid + 1)) for line in log)
    return [
        line.removeprefix(logs.BARE) if line.startswith(logs.BARE) else logs.stamp(master.host, line, pid)
        for line in lines
    ]


def _say(master: Postmaster, log: tuple[str, ...]) -> Postmaster:
    return replace(master, host=logs.write(master.host, master.start.log_path, _lines(master, log)))


def _branch(master: Postmaster, parent: str, at: int, timeline: int) -> tuple[Host, str]:
    """A server that begins to write is a writer of its own."""
    name = f"{master.control.system_identifier}/{timeline}/{master.pid}.{len(master.host.journal.branches)}"
    return replace(master.host, journal=master.host.journal.forked(name, parent, at, timeline)), name


def _clean(master: Postmaster, outcome: Outcome, log: tuple[str, ...]) -> Started | NotStarted:
    """Nothing was to be replayed."""
    from simulator import wal

    recovery = outcome.recovery
    record = recovery.checkpoint
    assert record is not None, "a clean start has found its checkpoint"
    if preallocation_fails(_room(master, replace(outcome.place.data, wal_end=record.end)), record.end):
        return _full(master, log)
    host, branch = _branch(master, recovery.read_branch, record.end, record.timeline)
    master = _say(replace(master, host=host), tuple(line for line in log if "ready to accept" not in line))
    cluster = wal.start_cleanly(replace(outcome.place.data, wal_end=record.end), PRIMARY)
    host, instance = reporting.reported(master.host, new_instance(master, cluster, branch), outcome.place.control)
    return recovering.ready(host, instance)


def _room(master: Postmaster, data: DataDirectory) -> World:
    """The directory as the model's rules about a full disk take it."""
    return World(Cluster(PRIMARY, data), disk_bytes=archiving.wal_disk(master.host, master.path))


def _full(master: Postmaster, log: tuple[str, ...]) -> NotStarted:
    """XLogFileInit finds no room for the checkpoint that ends recovery: what was replayed stays replayed."""
    end = lines_of("disk_full_recovery", master.facts.major)
    end = end[next(n for n, line in enumerate(end) if line.startswith(("FATAL", "PANIC"))) :]
    return _down(master, (*log[: _redo_done(log)], *end), 1)


def _redo_done(log: tuple[str, ...]) -> int:
    """Where the lines begin that a recovery says after its redo."""
    return next((n for n, line in enumerate(log) if any(words in line for words in _AFTER_REDO)), len(log))


def _writes_again(
    master: Postmaster, ended: Ended, log: tuple[str, ...], before: Instance | None
) -> Started | NotStarted:
    """The end-of-recovery checkpoint (or record), the new timeline's first files, and a server that writes."""
    size = master.control.segment_size
    place, record_end, records = _places(ended, size, clock.journalled(master.host.clock))
    data = replace(ended.recovery.place.data, wal_end=ended.end)
    if no_room_to_recover(_room(master, data), place.end):
        return _full(master, log)
    if after_replay.ends_transactions(master.host.journal, ended):
        master = replace(master, host=tidying.with_statuses(master.host, master.path))
    if gone := tidying.untrimmed(master.host, master.path, master.control):
        return _startup_died(master, (*log[: _redo_done(log)], *gone))
    cluster, _files = go_on(ended, PRIMARY, place, record_end)
    host, branch = _branch(master, ended.branch, ended.end, ended.timeline)
    master = replace(master, host=host)
    instance = new_instance(master, cluster, branch)
    catalog, xid = after_replay.catalog(master, instance, ended)
    instance = replace(instance, catalog=catalog, checkpointed=None, next_xid=max(instance.next_xid, xid))
    if before is not None:
        cluster = instance.cluster.with_server(backups=before.cluster.live.backups)
        instance = replace(instance, pid=before.pid, sessions=before.sessions, archiver=before.archiver, hba=before.hba)
        instance = replace(instance, cluster=cluster)
        master = replace(master, host=standbys.detached(master.host, before))
    journal = disk.journalled(master.host.journal, instance, ended.end, cluster.data.wal_end, records)
    master = replace(master, host=replace(master.host, journal=journal))
    host, more = restoring.executed(master.host, master.path, "recovery_end_command", master.settings, master.control)
    master = _say(replace(master, host=host), _before_ready(_with_checkpoint(master, ended, log), more))
    host, instance = disk.write_tables(master.host, disk.checkpointed(instance, master.host.clock))
    host, instance = reporting.reported(host, instance, replace(ended.recovery.place.control, full_page_writes=True))
    host = disk.flush(host, replace(instance, flushed=ended.end - 1))
    return Started(archiving.turn(host, instance.port), instance.port)


def _no_checkpoint(master: Postmaster, ended: Ended, log: tuple[str, ...], fault: str) -> NotStarted:
    """The checkpoint at the end of a recovery fails, and the startup process with it."""
    starting = (f"LOG:  checkpoint starting: {ended.words}",) if master.settings.value("log_checkpoints") else ()
    hint = "HINT:  Consult recent messages in the server log for details."
    before = tuple(line for line in log if "ready to accept connections" not in line)
    return _startup_died(master, (*before, *starting, fault, "FATAL:  checkpoint request failed", hint))


def _places(ended: Ended, size: int, now: int) -> tuple[CheckpointPlace, int, tuple[Record, ...]]:
    """Where the records at the end of a recovery land."""
    start = insert(ended.end, 0, size).end
    if not ended.promoted:
        place = shutdown_checkpoint(start, size)
        previous = ended.recovery.replayed_timeline
        record = Record(place.record, place.end, SHUTDOWN, redo=place.redo, timeline=ended.timeline, previous=previous)
        return place, ended.end, (record,)
    facts = ended.recovery.place.data.facts
    first = end_of_recovery(facts, start, size)
    place = online_checkpoint(facts, first.end, size)
    left = ended.recovery.replayed_timeline
    marked = (Record(place.redo, place.redo + CHECKPOINT_REDO, REDO),) if facts.checkpoint_redo_record else ()
    found = (
        Record(first.start, first.end, END_OF_RECOVERY, time=now, timeline=ended.timeline, previous=left),
        *marked,
        Record(place.record, place.end, ONLINE, redo=place.redo, timeline=ended.timeline, previous=ended.timeline),
    )
    return place, first.end, found


def _before_ready(log: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    at = next((n for n, line in enumerate(log) if "ready to accept connections" in line), len(log))
    return (*log[:at], *more, *log[at:])


def _with_checkpoint(master: Postmaster, ended: Ended, log: tuple[str, ...]) -> tuple[str, ...]:
    """The checkpoint's two lines stand before 'ready' (after it when the server was promoted)."""
    if not master.settings.value("log_checkpoints"):
        return log
    lines = (f"LOG:  checkpoint starting: {ended.words}", _COMPLETE)
    return (*log, *lines) if ended.promoted else _before_ready(log, lines)


def _stands(
    master: Postmaster, outcome: Outcome, log: tuple[str, ...], before: Instance | None, *, looks: bool
) -> Started:
    """In recovery: paused at the target, or waiting for WAL."""
    recovery = outcome.recovery
    found = primary.look(master.host, master.settings, master.port)
    waits = recovery.request.standby and outcome.result != "paused" and not recovery.receiving
    first = waits and before is None
    said: tuple[str, ...] = ()
    if looks:
        host, said = primary.complaint(master.host, found, recovery, times=2 if first else 1)
        master = replace(master, host=host)
    master = _say(master, telling.before_waiting(log, said, first=first))
    cluster = after_replay.standing(outcome, PRIMARY)
    instance = new_instance(master, cluster, recovery.replayed_branch)
    catalog, xid = after_replay.replayed(master, instance, recovery)
    shown = Recovering(
        standby=recovery.request.standby,
        replay_lsn=recovery.replayed,
        replay_timeline=recovery.replayed_timeline,
        paused=outcome.result == "paused",
        streaming=recovery.receiving,
        last_xact=None if recovery.completed is None else recovery.completed / 1_000_000,
        accepts=outcome.result != "refusing",
        upstream=found.endpoint,
        looked=master.host.clock,
        received=recovery.received[1],
    )
    instance = replace(
        instance, catalog=catalog, recovery=shown, startup=recovery, next_xid=max(instance.next_xid, xid)
    )
    if before is not None:
        was = before.cluster.live
        cluster = instance.cluster.with_server(backups=was.backups, checkpointed_at=was.checkpointed_at)
        instance = replace(
            instance,
            pid=before.pid,
            sessions=before.sessions,
            archiver=before.archiver,
            cluster=cluster,
            hba=before.hba,
        )
    host = archiving.turn(disk.flush_standing(master.host, instance), instance.port)
    return Started(restoring.connected(host, instance.port), instance.port)
