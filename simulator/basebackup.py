"""pg_basebackup: a start backup, a copy of the files, a stop backup, and one of three ways to get the WAL in between.

`begin` runs up to the moment when the data files are being copied; `finish` runs from there to the end.  What
happens in between is the world's business.  Sources: pg_basebackup.c (BaseBackup, StartLogStreamer), basebackup.c
(perform_base_backup), walsender.c.
"""

from __future__ import annotations

from simulator import backup, slots
from simulator.basebackup_output import (
    connection_failed,
    failure_lines,
    no_server,
    notices,
    option_lines,
    option_problem,
    progress_lines,
    receiver_gone,
    server_gone,
    verbose_end,
    verbose_start,
)
from simulator.cluster import Cluster
from simulator.commands import PgBasebackup
from simulator.copying import completed, stored, stored_so_far
from simulator.events import BasebackupDone, BasebackupFailed, CopyingStarted, Event, Files, Refused, WalSent
from simulator.frozen import replace
from simulator.low_level import archived_up_to, start_backup, stop_backup
from simulator.lsn import previous_segment_of, segment_name, segment_of
from simulator.messages import message
from simulator.pg_wal import span_files
from simulator.ranges import Ranges
from simulator.receiver import receive
from simulator.tool_messages import tell
from simulator.world import Client, Outcome, World


def senders_in_use(world: World) -> int:
    """WAL senders that are taken: one a pg_basebackup, two with stream, one a standby."""
    count = len([standby for standby in world.standbys if not standby.lost])
    for client in world.clients:
        if isinstance(client.command, PgBasebackup) and client.phase in ("copying", "waiting"):
            count += 2 if client.command.wal_method == "stream" else 1
    return count


def begin(world: World, command: PgBasebackup) -> Outcome:
    """Connect, start the backup, open the second connection when streaming, and begin to copy."""
    cluster = world.primary
    problem_code = option_problem(command)
    if problem_code is not None:
        return refuse(world, problem_code, option_lines(problem_code, cluster.data.facts))
    if not cluster.running:
        return refuse(world, "no_server", no_server(world))
    facts, limit = cluster.data.facts, int(cluster.data.settings.value("max_wal_senders"))
    if senders_in_use(world) >= limit:
        text = message("senders_exhausted", facts.major, {"limit": limit})
        return refuse(world, "senders_exhausted", connection_failed(facts, text))
    for path in (command.directory, command.waldir):
        if path and world.place(path) is not None:
            line = tell("basebackup_not_empty", path=path)
            return refuse(world, "directory_not_empty", (line,))
    started = start_backup(
        world, command.label, fast=command.checkpoint == "fast", exclusive=False, owner=command.client
    )
    if started.exit_code != 0:
        lines = tuple(tell("basebackup_not_initiated", text=line) for line in started.stderr[:1])
        return refuse(started.world, "start_refused", lines)
    world = started.world
    running = backup.running(world.primary, command.client)
    assert running is not None, "start_backup registers the backup it started"
    client = Client(
        name=command.client,
        command=command,
        phase="copying",
        label=running.label,
        pages_redo=running.label.redo_lsn,
        stderr=verbose_start(command, running.label),
    )
    taken = _taken_place(world, command)
    if taken is not None:
        lines = verbose_start(command, running.label, receiver=False)
        lines += (tell("basebackup_not_empty", path=taken),)
        return _fail(started, replace(client, stderr=lines), "tablespace_not_empty", copying=False)
    if command.wal_method == "stream":
        problem = _open_stream(world, command, limit)
        if problem is not None:
            return _fail(started, replace(client, stderr=client.stderr + problem[1]), problem[0])
        world, client = _streaming(world, command, client)
    world = world.with_client(client)
    event: Event = CopyingStarted(command.directory, command.wal_method)
    return Outcome(world, (*started.events, event), exit_code=None, log=started.log)


def refuse(world: World, code: str, lines: tuple[str, ...]) -> Outcome:
    """An error before anything was created."""
    return Outcome(world, (Refused(code, lines[0]),), exit_code=1, stderr=lines)


def _taken_place(world: World, command: PgBasebackup) -> str | None:
    """A tablespace goes to its own place unless -T maps it, and there the files of another server may be."""
    if command.format != "plain":
        return None
    clusters = [place for _, place in world.places if isinstance(place, Cluster)]
    taken = {space.location for cluster in clusters for space in cluster.data.tablespaces}
    mapped = dict(command.tablespace_mapping)
    places = [mapped.get(space.location, space.location) for space in world.primary.data.tablespaces]
    return next((place for place in places if place in taken), None)


def _open_stream(world: World, command: PgBasebackup, limit: int) -> tuple[str, tuple[str, ...]] | None:
    """StartLogStreamer: the second connection and its slot; returns the code and lines of a failure."""
    data = world.primary.data
    facts = data.facts
    if senders_in_use(world) + 1 >= limit:
        text = message("senders_exhausted", facts.major, {"limit": limit})
        return "senders_exhausted", connection_failed(facts, text)
    if command.no_slot:
        return None
    if command.slot and not command.create_slot:
        there = data.slot(command.slot)
        if there is not None and not there.active and not slots.is_refused(data, there):
            return None
        code = "slot_missing" if there is None else "slot_active" if there.active else "slot_lost"
        known = {"slot": command.slot, "pid": "<PID>", "reason": slots.reason(there) if there is not None else ""}
        lines = failure_lines(facts, "start_replication", code, known)
        return code, (*lines, receiver_gone(facts))
    name = command.slot or "pg_basebackup_<PID>"
    if data.slot(name) is not None:
        return "slot_exists", failure_lines(
            facts, "create_slot", "slot_exists", {"slot": name}, temporary=not command.slot
        )
    if len(data.slots) >= int(data.settings.value("max_replication_slots")):
        return "slots_in_use", failure_lines(
            facts, "create_slot", "slots_in_use", {"slot": name}, temporary=not command.slot
        )
    return None


def _streaming(world: World, command: PgBasebackup, client: Client) -> tuple[World, Client]:
    """The receiver asks for WAL from the start of the start segment on; its slot confirms that position."""
    data = world.primary.data
    assert client.label is not None
    begin_at = segment_of(client.label.redo_lsn, data.segment_size) * data.segment_size
    if command.no_slot:
        return world, replace(client, received_to=begin_at)
    name, lines = command.slot or "pg_basebackup_<PID>", client.stderr
    cluster = world.primary
    if not command.slot or command.create_slot:
        cluster = slots.create(cluster, name, reserve=True, temporary=not command.slot)
        lines += verbose_slot(command, name)
    slot = cluster.data.slot(name)
    assert slot is not None
    cluster = replace(cluster, data=cluster.data.with_slot(slots.taken_up(cluster.data, slot, begin_at)))
    return world.with_primary(cluster), replace(client, received_to=begin_at, stderr=lines, slot=name)


def verbose_slot(command: PgBasebackup, name: str) -> tuple[str, ...]:
    """The line of -v about the slot that was made."""
    code = "basebackup_slot_created" if command.create_slot else "basebackup_slot_made"
    return (tell(code, slot=name),) if command.verbose else ()


def _fail(before: Outcome, client: Client, code: str, *, copying: bool = True) -> Outcome:
    """A failure after the directory was made: it is removed, and the server forgets the backup."""
    command = client.command
    assert isinstance(command, PgBasebackup)
    world = release(before.world, client).without_client(client.name)
    lines = (*client.stderr, tell("basebackup_removing", path=command.directory))
    if command.waldir:
        lines += (tell("basebackup_removing_wal", path=command.waldir),)
    if copying and command.format == "plain" and world.primary.data.tablespaces:
        lines += (tell("basebackup_spaces_stay"),)
    event = BasebackupFailed(command.directory, code)
    return Outcome(world, (*before.events, event), exit_code=1, stderr=lines, log=before.log)


def release(world: World, client: Client) -> World:
    """The connections of a pg_basebackup end: its backup is forgotten, a temporary slot is dropped."""
    cluster = world.primary
    if not cluster.running:
        return world
    running = backup.running(cluster, client.name)
    slot = cluster.data.slot(client.slot) if client.slot else None
    if running is None and slot is None:
        return world
    if running is not None:
        cluster = backup.forget(cluster, running)
    if slot is not None:
        data = (
            cluster.data.without_slot(slot.name)
            if slot.temporary
            else cluster.data.with_slot(replace(slot, active=False))
        )
        cluster = replace(cluster, data=data)
    return world.with_primary(cluster)


def finish(world: World, client: Client) -> Outcome:
    """Copying is over: stop the backup, get the WAL, write the directory."""
    command, cluster = client.command, world.primary
    assert isinstance(command, PgBasebackup)
    if client.phase == "waiting":
        return _after_wait(world, client)
    if client.phase == "copying" and not cluster.running:
        lines = (*client.stderr, *server_gone(command, orderly=False))
        return _fail(Outcome(world), replace(client, stderr=lines), "server_gone")
    if client.held and client.phase == "copying":
        client, events, world = receive(world, replace(client, held=False))
        if client.phase == "failed":
            return _fail(Outcome(world, events), client, client.failure)
    if client.phase == "failed":
        return _fail(Outcome(world), client, client.failure)
    client = replace(client, control=cluster.data.control)  # the last file that is sent, before the backup's end
    stopped = stop_backup(world, client.name, wait=command.wal_method == "none")
    said = progress_lines(command, stopped.world, complete=command.wal_method != "none")
    client = replace(client, stop_lsn=stopped.stop_lsn, stderr=client.stderr + said)
    outcome = replace(stopped.outcome, stdout=(), stderr=())
    if command.wal_method == "fetch":
        problem = _fetch(world, outcome.world, client)
        if problem is not None:
            return _fail(outcome, replace(client, stderr=client.stderr + problem[1]), problem[0])
    if command.wal_method == "none":
        client = replace(client, stderr=client.stderr + stopped.outcome.stderr)
        if stopped.waiting:
            client = replace(client, phase="waiting")
            world = stored_so_far(outcome.world, client).with_client(client)
            return replace(outcome, world=world, exit_code=None, stderr=client.stderr)
        client = replace(client, stderr=client.stderr + progress_lines(command, stopped.world))
    return _done(outcome, client)


def _after_wait(world: World, client: Client) -> Outcome:
    """-Xn waited for the archive; it goes on when its last segment is archived."""
    if not archived_up_to(world, client):
        return Outcome(world, exit_code=None)
    assert isinstance(client.command, PgBasebackup)
    lines = client.stderr + notices("all_archived", world.primary.data.facts) + progress_lines(client.command, world)
    return _done(Outcome(world), replace(client, stderr=lines))


def wal_needed(cluster: Cluster, client: Client) -> Ranges:
    """Segment files from the start of the backup to its end."""
    data = cluster.data
    assert client.label is not None
    first = segment_of(client.label.redo_lsn, data.segment_size)
    return span_files(data.timeline, first, previous_segment_of(client.stop_lsn, data.segment_size) + 1)


def _fetch(before: World, after: World, client: Client) -> tuple[str, tuple[str, ...]] | None:
    """CheckXLogRemoved and the search for gaps: the server reads pg_wal only, and only now.

    A checkpoint that the end of the backup itself asks for comes too late to take anything away.
    """
    cluster = before.primary
    data, facts, size = cluster.data, cluster.data.facts, cluster.data.segment_size
    needed = wal_needed(after.primary, client)
    last = previous_segment_of(client.stop_lsn, size)
    gone = needed - data.pg_wal.segments - span_files(data.timeline, segment_of(data.wal_end, size), last + 1)
    if not gone:
        return None
    base = span_files(data.timeline, 0, 1).first
    first = needed.first - base
    code, segment = (
        ("wal_removed", first) if cluster.live.last_removed >= first else ("wal_file_missing", gone.first - base)
    )
    file = segment_name(data.timeline, segment, data.segment_size)
    return code, failure_lines(facts, "end_of_backup", code, {"file": file})


def _done(outcome: Outcome, client: Client) -> Outcome:
    world, command = outcome.world, client.command
    assert isinstance(command, PgBasebackup)
    cluster = world.primary
    files = Files(wal_needed(cluster, client), cluster.data.segment_size)
    events: tuple[Event, ...] = (WalSent(files),) if command.wal_method == "fetch" else ()
    writes = completed if client.phase == "waiting" else stored
    world = writes(release(world, client), client, files.numbers)
    lines = client.stderr + verbose_end(command, client, cluster.data.facts)
    world = world.without_client(client.name)
    done = BasebackupDone(command.directory, files)
    return Outcome(world, (*outcome.events, *events, done), exit_code=0, stderr=lines, log=outcome.log)
