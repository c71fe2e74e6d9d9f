"""What holds whatever is done, in whatever order, on whatever server: Hypothesis tells the stories."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import event, given, note
from hypothesis import strategies as st

from simulator import commands as c
from simulator.lsn import previous_segment_of, segment_of
from simulator.pg_wal import on_timeline, segment_number
from simulator.ranges import EMPTY, Ranges
from simulator.events import SegmentsRecycled, SegmentsRemoved
from simulator.scenario import ServerPlan
from simulator.world import PRIMARY, Outcome, World
from tests.simulator.commanded import BY_CLASS, begun, plans, seen, steps, stories

Story = tuple[c.Command, ...]


def test_every_command_is_drawn() -> None:
    """A command that is added to the union must be added to the stories."""
    assert set(BY_CLASS) == set(get_args(c.Command))


@given(plans(), stories())
def test_no_command_raises_and_every_world_can_be_looked_at(plan: ServerPlan, story: Story) -> None:
    """(a) A learner's input never raises; refusals are results."""
    world = begun(plan)
    for command, _, outcome in steps(world, story):
        looked = seen(outcome.world)
        assert looked.segment_size == plan.segment_size
        event(type(command).__name__)


@given(plans(), stories())
def test_equal_inputs_give_equal_runs(plan: ServerPlan, story: Story) -> None:
    """(b) No clock, no randomness, no memory: outcomes, worlds and their hashes are the same."""
    one, two = list(steps(begun(plan), story)), list(steps(begun(plan), story))
    assert one == two
    assert [hash(outcome.world) for _, _, outcome in one] == [hash(outcome.world) for _, _, outcome in two]


@given(plans(), stories())
def test_nothing_that_can_be_seen_changes_without_an_event(plan: ServerPlan, story: Story) -> None:
    """(c) Events are the explanation: whoever watches the slider is always told why."""
    for command, before, outcome in steps(begun(plan), story):
        if not outcome.events:
            assert seen(outcome.world) == seen(before), command


def _gone(outcome: Outcome) -> Ranges:
    """Segment files that checkpoints of this step removed or renamed."""
    gone = EMPTY
    for each in outcome.events:
        if isinstance(each, SegmentsRemoved | SegmentsRecycled):
            gone |= each.files.numbers
    return gone


@given(plans(), stories())
def test_a_checkpoint_removes_nothing_that_a_slot_needs(plan: ServerPlan, story: Story) -> None:
    """(d) A slot that is not lost keeps its WAL, wherever it stood before and stands after the step."""
    for _, before, outcome in steps(begun(plan), story):
        data = outcome.world.primary.data
        for slot in data.slots:
            earlier = before.primary.data.slot(slot.name)
            if slot.lost or slot.restart_lsn is None or earlier is None or earlier.restart_lsn is None:
                continue
            needed = min(slot.restart_lsn, earlier.restart_lsn) // data.segment_size
            for low, _high in _gone(outcome).runs:
                assert segment_number(_high - 1) < needed, (slot, low)


@given(plans(), stories())
def test_a_checkpoint_removes_nothing_that_waits_for_the_archive(plan: ServerPlan, story: Story) -> None:
    """(d) While archiving is on, a .ready segment stays until it is .done."""
    for _, before, outcome in steps(begun(plan), story):
        now, then = outcome.world.primary, before.primary
        if now.running and now.live.limits.archiving and then.running and then.live.limits.archiving:
            assert not _gone(outcome) & then.data.pg_wal.ready


def _by_hand(command: c.Command) -> bool:
    """Does it touch PGDATA behind the server's back?"""
    if isinstance(command, c.Copy):
        return command.destination.startswith(PRIMARY)
    return isinstance(command, c.RemoveOldest | c.Remove | c.SaveLabel | c.TouchSignal)


def _untouched(plan: ServerPlan, story: Story) -> list[tuple[c.Command, World, Outcome]]:
    """The steps up to the first that touches files by hand."""
    found = []
    for command, before, outcome in steps(begun(plan), story):
        if _by_hand(command):
            break
        found.append((command, before, outcome))
    return found


@given(plans(), stories())
def test_pg_wal_holds_everything_that_crash_recovery_needs(plan: ServerPlan, story: Story) -> None:
    """(e) Every segment from the redo point to the last byte written, unless somebody deletes files by hand."""
    for _, _, outcome in _untouched(plan, story):
        data = outcome.world.primary.data
        first = segment_of(data.control.redo_lsn, data.segment_size)
        last = previous_segment_of(data.wal_end, data.segment_size)
        assert not on_timeline(data.pg_wal.segments, data.timeline).gaps(first, last + 1)


@given(plans(), stories())
def test_a_status_belongs_to_a_finished_segment_and_to_one_status(plan: ServerPlan, story: Story) -> None:
    """(f) .ready and .done exclude each other, and neither is given before a segment is full."""
    for _, _, outcome in _untouched(plan, story):
        data = outcome.world.primary.data
        ready, done = data.pg_wal.ready, data.pg_wal.done
        assert not ready & done
        marked = on_timeline(ready | done, data.timeline)
        assert not marked or marked.last < segment_of(data.wal_end, data.segment_size)
        assert not (ready | done) - data.pg_wal.segments


@given(plans(), stories())
def test_pg_wal_never_outgrows_its_disk(plan: ServerPlan, story: Story) -> None:
    """(g) The disk may be made smaller than what is there; nothing else gets pg_wal above it."""
    for command, before, outcome in _untouched(plan, story):
        disk, size = outcome.world.disk_bytes, plan.segment_size
        fitted = before.disk_bytes is None or len(before.primary.data.pg_wal.segments) * size <= before.disk_bytes
        if disk is not None and fitted and not isinstance(command, c.ResizeDisk):
            assert len(outcome.world.primary.data.pg_wal.segments) * size <= disk


@given(plans(), stories())
def test_the_wal_never_runs_backwards(plan: ServerPlan, story: Story) -> None:
    """(h) The model flushes what a command writes, so not even a crash takes back a position."""
    for _, before, outcome in _untouched(plan, story):
        then, now = before.primary.data, outcome.world.primary.data
        assert now.wal_end >= then.wal_end
        assert now.control.redo_lsn >= then.control.redo_lsn
        assert now.control.redo_lsn <= now.control.checkpoint_lsn <= now.wal_end


@given(plans(), stories(), st.integers(0, 40))
def test_any_world_can_be_gone_back_to(plan: ServerPlan, story: Story, back_to: int) -> None:
    """(j) Undo: from any world on the way, the rest of the story goes as it went."""
    whole = list(steps(begun(plan), story))
    at = back_to % len(whole)
    _, before, _ = whole[at]
    rest = tuple(command for command, _, _ in whole[at:])
    again = []
    world = before
    for command in rest:
        (step, *_) = steps(world, (command,))
        again.append(step)
        world = step[2].world
    assert again == whole[at:]
