"""Time passes: a queue of moments ordered by (time, priority), each doing what a command would do.

While clients write at a rate, checkpoints come by checkpoint_timeout or by volume, archive_timeout closes segments,
and a slow archive_command takes one file after the other.  All of them call the very functions of the commands.
The event of such a step says which moment it is, so that the lab can bring about the same on a real server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from simulator.archiver import slow_drain
from simulator.cluster import Cluster, DataDirectory
from simulator.commands import Wait
from simulator.events import TimePassed
from simulator.frozen import replace
from simulator.lsn import insert_position, segment_of
from simulator.records import CHECKPOINT, RUNNING_XACTS, insert
from simulator.world import Outcome, World
from simulator.writing import next_trigger, run_checkpoint, switch_segment, write_until


class _Moment(NamedTuple):
    """What comes next: its clock (s), its rank among equal times, and what it does."""

    at: float
    rank: int
    brings: str = ""
    act: Callable[[World], Outcome] = Outcome
    reach: int | None = None
    """The LSN that clients have written up to by then; None: the rate says."""


def wait(world: World, seconds: float, rate: float) -> Outcome:
    """Let time go by while clients write `rate` bytes of WAL a second, up to the next thing that happens."""
    if not world.primary.running:
        return Outcome(replace(world, clock=world.clock + seconds), (TimePassed(seconds, 0),), exit_code=None)
    until = world.clock + seconds
    moment = min(_moments(world, until, rate), key=lambda moment: (moment.at, moment.rank))
    start = world.primary.data.wal_end
    target = start + int((moment.at - world.clock) * rate) if moment.reach is None else moment.reach
    outcome = _advance(world, moment.at, target, rate)
    written = min(outcome.world.primary.data.wal_end, target) - start
    if outcome.world.primary.running:
        outcome = outcome.and_then(moment.act(outcome.world))
    passed = TimePassed(moment.at - world.clock, max(0, written), moment.brings)
    rest = Wait(until - moment.at, rate) if until - moment.at > _INSTANT else None
    return replace(outcome, events=(passed, *outcome.events), exit_code=None, rest=rest)


_INSTANT = 1e-6
"""Less than this (s) is no time left."""


def _moments(world: World, until: float, rate: float) -> list[_Moment]:
    cluster, data = world.primary, world.primary.data
    found = [_Moment(until, 9)]
    if rate > 0:
        edge = next_trigger(cluster)
        found.append(_Moment(world.clock + (edge - data.wal_end) / rate, 1, "volume", reach=edge))
    if rate > 0 or not idle(cluster):
        due = cluster.live.checkpointed_at + float(data.settings.value("checkpoint_timeout"))
        found.append(_Moment(max(due, world.clock), 2, "checkpoint", _timed_checkpoint))
    found += [_Moment(max(due, world.clock), 3, "switch", timed_switch) for due in _switches(world, rate)]
    if world.archive.done_at is not None:
        found.append(_Moment(world.archive.done_at, 4, "archived", lambda now: slow_drain(now, now.clock)))
    elif world.archive.seconds_per_file and rate > 0:
        edge = (segment_of(data.wal_end, data.segment_size) + 1) * data.segment_size
        found.append(_Moment(world.clock + (edge - data.wal_end) / rate, 5, "segment", reach=edge))
    return [moment for moment in found if moment.at <= until]


def idle(cluster: Cluster) -> bool:
    """Has nothing important been written since the last checkpoint?  (CreateCheckPoint: the system is idle.)

    Of a server that was found running only its pg_control is known: the checkpoint's own record and the snapshot of
    running transactions that the bgwriter logs behind it are no news.
    """
    known = cluster.live.idle_from
    return cluster.insert_lsn <= (known or _behind_checkpoint(cluster.data))


def _behind_checkpoint(data: DataDirectory) -> int:
    size = data.segment_size
    checkpoint = insert(data.control.checkpoint_lsn, CHECKPOINT, size)
    return insert_position(insert(checkpoint.end, RUNNING_XACTS, size).end, size)


def _switches(world: World, rate: float) -> Iterator[float]:
    """The clock at which archive_timeout closes the segment; a segment that gets full before starts it anew."""
    timeout, data = archive_timeout_of(world.primary), world.primary.data
    if not timeout or not (rate > 0 or new_since_switch(world.primary)):
        return
    due = world.primary.live.switched_at + timeout
    if rate > 0:
        size = data.segment_size
        full = world.clock + ((segment_of(data.wal_end, size) + 1) * size - data.wal_end) / rate
        if full <= due:
            if size / rate <= timeout:
                return
            due = full + timeout
    yield due


def archive_timeout_of(cluster: Cluster) -> float:
    """Seconds, 0 for never; CheckArchiveTimeout does not ask whether anything is archived."""
    return float(cluster.data.settings.value("archive_timeout"))


def new_since_switch(cluster: Cluster) -> bool:
    """Is there anything that archive_timeout would close a segment for?"""
    return cluster.insert_lsn > cluster.live.switched_to


def _advance(world: World, at: float, target: int, rate: float) -> Outcome:
    """Move the clock to `at`, writing on the way."""
    before = replace(_looked_in_vain(world, at, rate), clock=max(at, world.clock))
    if target <= world.primary.data.wal_end:
        return Outcome(before, exit_code=None)
    written = replace(write_until(before, target), exit_code=None)
    after, size = written.world.primary, world.primary.data.segment_size
    if not after.running or segment_of(target, size) == segment_of(world.primary.data.wal_end, size):
        return written
    full = at - (target - segment_of(target, size) * size) / rate
    return replace(written, world=written.world.with_primary(after.with_server(switched_at=full)))


def _looked_in_vain(world: World, at: float, rate: float) -> World:
    return world if rate > 0 else world.with_primary(looked_in_vain(world.primary, at))


def looked_in_vain(cluster: Cluster, at: float) -> Cluster:
    """When a timeout has passed and there is nothing to do, the checkpointer looks again a whole timeout later."""
    server = cluster.live
    if idle(cluster):
        timeout = float(cluster.data.settings.value("checkpoint_timeout"))
        server = replace(server, checkpointed_at=_last_look(server.checkpointed_at, timeout, at))
    archive_timeout = archive_timeout_of(cluster)
    if archive_timeout and not new_since_switch(cluster):
        server = replace(server, switched_at=_last_look(server.switched_at, archive_timeout, at))
    return cluster if server == cluster.live else replace(cluster, server=server)


def _last_look(since: float, timeout: float, at: float) -> float:
    return since + max(0, (at - since) // timeout) * timeout


def _timed_checkpoint(world: World) -> Outcome:
    return run_checkpoint(world, "time")


def timed_switch(world: World) -> Outcome:
    """RequestXLogSwitch(mark_unimportant): by itself it is no reason for the next checkpoint."""
    was_idle = idle(world.primary)
    outcome, _ = switch_segment(world)
    cluster = outcome.world.primary
    if not cluster.running:
        return outcome
    cluster = cluster.with_server(switched_at=world.clock, switched_to=cluster.insert_lsn)
    if was_idle:
        cluster = cluster.with_server(idle_from=cluster.insert_lsn)
    return replace(outcome, world=outcome.world.with_primary(cluster))
