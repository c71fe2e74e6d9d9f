"""Time passes: a queue of moments ordered by (time, priority), each doing what a command would do.

While clients write at a rate, checkpoints come by checkpoint_timeout or by volume, archive_timeout closes segments,
and a slow archive_command takes one file after the other.  All of them call the very functions of the commands.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.archiver import slow_drain
from simulator.commands import Wait
from simulator.events import TimePassed
from simulator.frozen import replace
from simulator.world import Outcome, World
from simulator.writing import next_trigger, run_checkpoint, switch_segment, write_until

Moment = tuple[float, int, Callable[[World], Outcome]]


def wait(world: World, seconds: float, rate: float) -> Outcome:
    """Let time go by while clients write `rate` bytes of WAL a second, up to the next thing that happens."""
    if not world.primary.running:
        return Outcome(replace(world, clock=world.clock + seconds), (TimePassed(seconds, 0),), exit_code=None)
    until = world.clock + seconds
    at, _, act = min(_moments(world, until, rate), key=lambda moment: moment[:2])
    outcome = _advance(world, at, rate)
    written = outcome.world.primary.data.wal_end - world.primary.data.wal_end
    if outcome.world.primary.running:
        outcome = outcome.and_then(act(outcome.world))
    passed = TimePassed(at - world.clock, max(0, written))
    rest = Wait(until - at, rate) if until - at > _INSTANT else None
    return replace(outcome, events=(passed, *outcome.events), exit_code=None, rest=rest)


_INSTANT = 1e-6
"""Less than this (s) is no time left."""


def _moments(world: World, until: float, rate: float) -> list[Moment]:
    """What comes next, with its clock (s) and its rank among equal times."""
    cluster, server = world.primary, world.primary.live
    settings = cluster.data.settings
    found: list[Moment] = [(until, 9, Outcome)]
    if rate > 0:
        finished = world.clock + (next_trigger(cluster) - cluster.data.wal_end) / rate
        found.append((max(finished, world.clock), 1, Outcome))
    timeout = float(settings.value("checkpoint_timeout"))
    if cluster.data.wal_end > cluster.data.control.checkpoint_lsn + _IDLE_RECORD or rate > 0:
        found.append((max(server.checkpointed_at + timeout, world.clock), 2, _timed_checkpoint))
    archive_timeout = float(settings.value("archive_timeout"))
    new_wal = rate > 0 or cluster.insert_lsn > server.checkpoint_at_switch
    if archive_timeout and server.limits.archiving and new_wal:
        found.append((max(server.switched_at + archive_timeout, world.clock), 3, _timed_switch))
    if world.archive.done_at is not None:
        found.append((world.archive.done_at, 4, lambda now: slow_drain(now, now.clock)))
    elif world.archive.seconds_per_file and rate > 0:
        size = cluster.data.segment_size
        left = size - cluster.data.wal_end % size
        found.append((world.clock + left / rate, 5, Outcome))
    return [moment for moment in found if moment[0] <= until]


_IDLE_RECORD = 512
"""A checkpoint with nothing written since the last one is skipped (CreateCheckPoint looks for important records)."""


def _advance(world: World, at: float, rate: float) -> Outcome:
    """Move the clock to `at`, writing on the way."""
    volume = int((at - world.clock) * rate)
    written = write_until(world, world.primary.data.wal_end + volume) if volume else Outcome(world)
    return replace(written, world=replace(written.world, clock=max(at, world.clock)), exit_code=None)


def _timed_checkpoint(world: World) -> Outcome:
    return run_checkpoint(world, "time")


def _timed_switch(world: World) -> Outcome:
    outcome, _ = switch_segment(world)
    cluster = outcome.world.primary
    if not cluster.running:
        return outcome
    cluster = cluster.with_server(switched_at=world.clock, checkpoint_at_switch=cluster.insert_lsn)
    return replace(outcome, world=outcome.world.with_primary(cluster))
