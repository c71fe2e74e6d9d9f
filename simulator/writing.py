"""WAL is written on the primary: segments, volume checkpoints, a disk that fills; checkpoints told as events."""

from __future__ import annotations

from simulator import retention, wal
from simulator.cluster import Cluster
from simulator.events import (
    CheckpointCompleted,
    DiskFull,
    Event,
    Files,
    Refused,
    SegmentPreallocated,
    SegmentsFinished,
    SegmentsKept,
    SegmentsKeptForArchive,
    SegmentsRecycled,
    SegmentsRemoved,
    SegmentSwitched,
    ServerPanicked,
    SlotLost,
)
from simulator.frozen import replace
from simulator.lsn import format_lsn, insert_position, segment_of
from simulator.messages import lines_of, log_line
from simulator.pg_wal import file_name, file_number, files_between, on_timeline, span_files
from simulator.receiver import receive_all
from simulator.records import CheckpointPlace, insert, online_checkpoint, switch
from simulator.world import PRIMARY, Outcome, World

MAXIMUM_ALIGNOF = 8
LEAST_REST = 2048
"""Bytes: after a checkpoint on the way, less than this is not worth a step of its own; its records wrote as much."""


def horizon_holder(cluster: Cluster, redo: int, end: int) -> str:
    """Who holds the horizon back at such a checkpoint: 'redo', 'slot NAME', or the wal_keep parameter."""
    return _holder(cluster, redo, end, wal.horizon(cluster.data, cluster.live.limits, redo, end))


def _holder(cluster: Cluster, redo: int, end: int, at: int) -> str:
    data, limits, size = cluster.data, cluster.live.limits, cluster.data.segment_size
    if at >= redo // size:
        return "redo"
    by_keep = retention.horizon(
        data.facts,
        segment_of(redo, size),
        segment_of(end, size),
        None,
        limits.keep_segments,
        limits.slot_limit,
    )
    if by_keep <= at:
        return data.facts.wal_keep_parameter
    holders = [slot for slot in data.slots if slot.restart_lsn is not None and not slot.lost]
    return f"slot {min(holders, key=lambda slot: slot.restart_lsn or 0).name}" if holders else "redo"


def checkpoint_events(before: Cluster, after: Cluster, done: wal.CheckpointDone, cause: str) -> list[Event]:
    """The events of one checkpoint, in the order in which the server does things."""
    data, removal, place, horizon = after.data, done.removal, done.place, done.horizon
    size, timeline, segments = data.segment_size, data.control.timeline, data.pg_wal.segments
    held_by = _holder(after, place.redo, place.end, horizon)
    found: list[Event] = [SlotLost(slot.name, slot.restart_lsn or 0) for slot in done.lost_slots]
    if done.recycled:
        found.append(SegmentsRecycled(Files(removal.recycled_from, size), Files(removal.recycled_to, size)))
    if done.removed:
        found.append(SegmentsRemoved(Files(removal.removed, size)))
    if held_by != "redo":
        kept = files_between(segments, timeline, horizon, place.redo // size)
        if kept.runs:
            found.append(SegmentsKept(Files(kept, size), held_by))
    if after.live.limits.archiving:
        unarchived = files_between(segments, timeline, 0, horizon)
        if unarchived.runs:
            found.append(SegmentsKeptForArchive(Files(unarchived, size)))
    if done.added:
        ahead = segments - before.data.pg_wal.segments - removal.recycled_to
        found.append(SegmentPreallocated(Files(ahead.clip(ahead.last, ahead.last + 1), size)))
    found.append(
        CheckpointCompleted(
            cause,
            place.redo,
            place.end,
            done.added,
            done.removed,
            done.recycled,
            done.distance,
            int(done.estimate),
            Files(span_files(timeline, horizon, horizon + 1), size),
            held_by,
        )
    )
    return found


def checkpoint_log(done: wal.CheckpointDone, cause: str) -> tuple[str, ...]:
    """The two lines of log_checkpoints; buffers and times, which the model has not, are left out with '...'."""
    complete = log_line(
        "checkpoint_complete",
        added=done.added,
        removed=done.removed,
        recycled=done.recycled,
        distance=done.distance // 1024,
        estimate=int(done.estimate) // 1024,
    )
    return log_line("checkpoint_starting", cause=cause), complete


def slot_log(cluster: Cluster, done: wal.CheckpointDone, clock: float = 0.0) -> tuple[str, ...]:
    """What the log says about slots that this checkpoint invalidated."""
    data = cluster.data
    found: list[str] = []
    edge = done.first_horizon * data.segment_size
    for slot in done.lost_slots:
        lsn = slot.restart_lsn or 0
        if slot.timed_out:
            idle, allowed = int(clock - (slot.idle_since or 0.0)), cluster.live.limits.idle_slot_seconds
            found += lines_of("slot_timed_out", data.facts.major, slot=slot.name, idle=idle, allowed=allowed)
            continue
        facts = {"slot": slot.name, "lsn": format_lsn(lsn), "bytes": edge - lsn}
        found += lines_of("slot_invalidated", data.facts.major, **facts)
    return tuple(found)


def run_checkpoint(world: World, cause: str, *, between: int = 0) -> Outcome:
    """An online checkpoint of the primary at the present position; the disk may fill (its records need room too)."""
    world, received = receive_all(world)  # what is removed below has been sent before
    cluster = world.primary
    data = cluster.data
    place = online_checkpoint(data.facts, cluster.insert_lsn, data.segment_size, between=between)
    if place.end > room_until(world):
        # The checkpointer dies; of the clients only those that are connected notice.
        return replace(disk_full(world), stderr=CHECKPOINTER_DIED if "wait" in cause else ())
    after, done = wal.checkpoint(cluster, place, clock=world.clock)
    if done.added and world.disk_bytes is not None:
        failed, _ = wal.checkpoint(cluster, place)  # the next one is not due a timeout after one that failed
        without = world.with_primary(wal.without_preallocated(failed, place.end))
        if preallocation_fails(without, place.end):
            return _checkpoint_failed(without)
    events = (*received, *checkpoint_events(cluster, after, done, cause))
    log = slot_log(after, done, world.clock or 0.0) if done.lost_slots else ()
    if data.settings.values["log_checkpoints"]:
        start, complete = checkpoint_log(done, cause)
        log = (start, *log, complete)
    return Outcome(replace(world, primary=after), events, log=log)


def _checkpoint_failed(world: World) -> Outcome:
    """The checkpoint itself is done; only the preallocation after it found no room."""
    major = world.primary.data.facts.major
    lines = ("ERROR:  checkpoint request failed", "HINT:  Consult recent messages in the server log for details.")
    event = Refused("checkpoint_failed", lines[0])
    return Outcome(world, (event,), exit_code=1, stderr=lines, log=lines_of("disk_full_checkpoint", major))


def room_until(world: World) -> int:
    """The LSN before which WAL can be written: the start of the first segment with no room on the disk."""
    if world.disk_bytes is None:
        return 1 << 63
    data = world.primary.data
    size = data.segment_size
    room = max(0, world.disk_bytes // size - len(data.pg_wal.segments))
    here = data.wal_end // size
    existing = on_timeline(data.pg_wal.segments, data.timeline)
    beyond = max(existing.last + 1, here) if existing else here
    missing = existing.gaps(here, beyond)
    first_without_room = missing.take(room + 1).last if len(missing) > room else beyond + room - len(missing)
    return first_without_room * size


_CONNECTION_LOST = (
    "server closed the connection unexpectedly",
    "\tThis probably means the server terminated abnormally",
    "\tbefore or while processing the request.",
    "connection to server was lost",
)
DISK_FULL_AT_CLIENT = (
    'PANIC:  could not write to file "pg_wal/xlogtemp.<PID>": No space left on device',
    *_CONNECTION_LOST,
)
CHECKPOINTER_DIED = (
    "WARNING:  terminating connection because of crash of another server process",
    (
        "DETAIL:  The postmaster has commanded this server process to roll back the current transaction and exit,"
        " because another server process exited abnormally and possibly corrupted shared memory."
    ),
    "HINT:  In a moment you should be able to reconnect to the database and repeat your command.",
    *_CONNECTION_LOST,
)
"""What psql prints when it waits for a checkpoint that found no room."""


def has_room(world: World) -> bool:
    """Can one more segment file be created in pg_wal?"""
    if world.disk_bytes is None:
        return True
    data = world.primary.data
    return world.disk_bytes // data.segment_size > len(data.pg_wal.segments)


def preallocation_fails(world: World, end: int) -> bool:
    """Would PreallocXlogFiles at `end` have to create a file for which there is no room?"""
    cluster = world.primary
    _, made = wal.preallocate(cluster, end)
    return bool(made) and not has_room(world)


def disk_full(world: World) -> Outcome:
    """XLogFileInit fails inside a critical section: PANIC, and the server is down with the WAL it could write."""
    edge = room_until(world)
    cluster = wal.write_to(world.primary, edge)
    size = cluster.data.segment_size
    name = file_name(file_number(cluster.data.timeline, segment_of(edge, size)), size)
    holder = disk_holder(cluster)
    control = replace(cluster.data.control, state="in crash recovery")
    down = replace(cluster.with_data(control=control), server=None)
    events: tuple[Event, ...] = (DiskFull(name, holder, world.disk_bytes or 0), ServerPanicked(PRIMARY))
    world = replace(world.with_primary(down), sessions=frozenset())
    log = lines_of("disk_full_writing", cluster.data.facts.major)
    return Outcome(world, events, exit_code=2, stderr=DISK_FULL_AT_CLIENT, log=log)


def disk_holder(cluster: Cluster) -> str:
    """Who keeps the oldest segment that fills the disk: 'archive', 'slot NAME', a wal_keep parameter, or 'redo'."""
    data = cluster.data
    place = CheckpointPlace(data.control.redo_lsn, data.control.checkpoint_lsn, data.wal_end)
    holder = horizon_holder(cluster, place.redo, place.end)
    if holder == "redo" and cluster.live.limits.archiving and data.pg_wal.ready:
        return "archive"
    return holder


def next_trigger(cluster: Cluster) -> int:
    """The LSN at which the segment is finished that will ask for a checkpoint by volume."""
    data = cluster.data
    size = data.segment_size
    asks, here = data.control.redo_lsn // size + cluster.live.limits.checkpoint_segments, data.wal_end // size + 1
    return max(asks, here) * size


def write_until(world: World, target: int, *, asks: bool = True) -> Outcome:
    """Clients write WAL up to `target`; each finished segment may ask for a checkpoint, which runs at once.

    Not `asks`: the checkpointer writes, on its way down; it would ask itself, and looks no more.
    """
    outcome: Outcome | None = None
    while (before := world.primary).server is not None and before.data.wal_end < target:
        server, start, size = before.server, before.data.wal_end, before.data.segment_size
        edge, room = next_trigger(before) if asks else target + 1, room_until(world)
        reach = min(target, edge, room)
        if reach <= start:
            full = disk_full(world)
            return outcome.and_then(full) if outcome else full
        archiving, first, unfinished = server.limits.archiving, start // size, reach // size
        data = wal.flushed(before.data, reach, archiving=archiving)
        finished: tuple[Event, ...] = ()
        if first < unfinished:  # XLogWrite: lastSegSwitchTime and lastSegSwitchLSN
            files = Files(span_files(data.control.timeline, first, unfinished), size)
            finished = (SegmentsFinished(files, archiving),)
            switched_to = insert_position(unfinished * size, size)
            server = replace(server, switched_at=world.clock, switched_to=switched_to)
        world = replace(world, primary=Cluster(before.path, data, server))
        if reach == room and reach < target:
            done = disk_full(world)
        elif reach == edge:
            done = run_checkpoint(world, "wal")
        else:
            done, finished = Outcome(world, finished), ()
        if finished:
            done = replace(done, events=finished + done.events)
        outcome, world = outcome.and_then(done) if outcome else done, done.world
    return outcome or Outcome(world)


def append_record(world: World, size: int) -> tuple[Outcome, int]:
    """Insert and flush one record, MAXALIGNed as all are; returns what happened and the record's end."""
    cluster = world.primary
    end = insert(cluster.insert_lsn, -(-size // MAXIMUM_ALIGNOF) * MAXIMUM_ALIGNOF, cluster.data.segment_size).end
    return write_until(world, end), end


def switch_segment(world: World, *, asks: bool = True) -> tuple[Outcome, int]:
    """pg_switch_wal: returns what happened and the LSN that the function gives back; `asks` as in write_until."""
    before = world.primary
    size = before.data.segment_size
    done = switch(before.insert_lsn, size)
    if not done.switched:
        return Outcome(world), done.result
    outcome = write_until(world, done.end, asks=asks)
    world, after = outcome.world, outcome.world.primary
    if after.server is None:
        return outcome, done.result
    files = span_files(after.data.control.timeline, before.data.wal_end // size, done.end // size)
    if len(outcome.events) > 1:  # a checkpoint on the way has written more
        world = world.with_primary(after.with_server(switched_at=world.clock, switched_to=after.insert_lsn))
    kept = tuple([event for event in outcome.events if not isinstance(event, SegmentsFinished)])
    event = SegmentSwitched(Files(files, size), done.result)
    return replace(outcome, world=world, events=(event, *kept)), done.result
