"""The clock of the model: when checkpoints, switches and a slow archive come, and when there is nothing to do.

The rules were seen on 15.18 and 18.4 with a real clock (checkpoint_timeout 30 s, archive_timeout 5 s): an idle server
switches once after a checkpoint and rests; what comes late waits for the next look; a full segment starts anew.
"""

import pytest

from simulator.commands import Command, Crash, PgCtl, SetArchive, SwitchWal, Wait, WriteWal
from simulator.events import ArchiverOutlasted, TimePassed
from simulator.lsn import MB
from simulator.play import first_world
from simulator.scenario import ServerPlan
from simulator.step import perform
from simulator.world import World

SETTINGS = {"checkpoint_timeout": "60", "archive_timeout": "10", "min_wal_size": "2MB", "max_wal_size": "64MB"}


@pytest.fixture
def world() -> World:
    plan = ServerPlan(18, frozenset({18}), MB, SETTINGS, {}, None, archive_command=True, slots=())
    return first_world(plan, 18, {})


def after(world: World, *commands: Command) -> tuple[World, list[tuple[float, str]]]:
    """The world, and (clock, what happened) of every moment in which something did."""
    found = []
    for command in commands:
        rest: Command | None = command
        while rest is not None:
            outcome = perform(world, rest)
            world, rest = outcome.world, outcome.rest
            found += [(world.clock, e.brings) for e in outcome.events if isinstance(e, TimePassed) and e.brings]
    return world, found


def test_an_idle_server_switches_after_a_checkpoint_and_then_rests(world: World) -> None:
    _, found = after(world, WriteWal(1000), Wait(3600))
    assert found == [(10, "switch"), (60, "checkpoint"), (70, "switch")]


def test_a_switch_by_hand_is_important_and_one_by_timeout_is_not(world: World) -> None:
    rested, _ = after(world, WriteWal(1000), Wait(3600))
    _, found = after(rested, SwitchWal(), Wait(3600))
    assert found == []
    _, found = after(rested, WriteWal(1000), SwitchWal(), Wait(3600))
    assert [brings for _, brings in found] == ["checkpoint", "switch"]


def test_what_is_written_after_a_look_in_vain_waits_for_the_next(world: World) -> None:
    rested, _ = after(world, Wait(75))
    _, found = after(rested, WriteWal(1000), Wait(200))
    assert found == [(80, "switch"), (120, "checkpoint"), (130, "switch")]


@pytest.mark.parametrize(("rate", "switches"), [(MB / 8, False), (MB / 20, True)])
def test_a_segment_that_gets_full_within_archive_timeout_is_not_switched(
    world: World, rate: float, *, switches: bool
) -> None:
    _, found = after(world, Wait(50, rate))
    assert ("switch" in [brings for _, brings in found]) is switches


def test_a_checkpoint_by_volume_counts_from_its_own_time(world: World) -> None:
    _, found = after(world, Wait(59, MB), Wait(59, MB))
    volume = [clock for clock, brings in found if brings == "volume"]
    timed = [clock for clock, brings in found if brings == "checkpoint"]
    assert volume
    assert all(clock - max((v for v in volume if v < clock), default=0) >= 60 for clock in timed)


def test_a_slow_archive_forgets_the_file_in_hand_when_the_server_is_killed(world: World) -> None:
    busy, _ = after(world, SetArchive(seconds_per_file=30), WriteWal(2 * MB), Wait(20))
    assert busy.archive.done_at == 30
    killed, _ = after(busy, Crash())
    assert killed.archive.done_at is None


@pytest.mark.parametrize(("written", "gives_up"), [(100, False), (5 * MB, True)])
def test_a_stop_lasts_until_everything_is_archived(world: World, written: int, *, gives_up: bool) -> None:
    slow, _ = after(world, SetArchive(seconds_per_file=30), WriteWal(written))
    stopped = perform(slow, PgCtl("stop", "/pgdata"))
    assert not stopped.world.primary.data.pg_wal.ready
    assert not stopped.world.primary.running
    assert stopped.exit_code == int(gives_up)
    assert gives_up == any(isinstance(event, ArchiverOutlasted) for event in stopped.events)
