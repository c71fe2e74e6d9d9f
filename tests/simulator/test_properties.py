"""What holds whatever is done, in whatever order, on whatever server: Hypothesis tells the tales."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from hypothesis import given, note
from hypothesis import strategies as st

from simulator import commands as c
from simulator.events import SegmentsRecycled, SegmentsRemoved
from simulator.lsn import previous_segment_of, segment_of
from simulator.pg_wal import on_timeline, segment_number
from simulator.ranges import EMPTY, Ranges
from simulator.world import PRIMARY, Outcome, World
from tests.simulator.commanded import BY_CLASS, Tale, seen, steps, steps_of, tales


def test_every_command_is_drawn() -> None:
    """A command that is added to the union must be added to the tales."""
    assert set(BY_CLASS) == set(get_args(c.Command))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a tale; `untouched`: nobody has yet changed files in PGDATA behind the server's back."""

    command: c.Command
    before: World
    outcome: Outcome
    untouched: bool

    @property
    def after(self) -> World:
        """The world that the step leads to."""
        return self.outcome.world


def changes_only_with_an_event(step: Step) -> bool:
    """Events are the explanation: whoever moves the slider is always told why."""
    return bool(step.outcome.events) or seen(step.after) == seen(step.before)


def _gone(step: Step) -> Ranges:
    """Segment files that checkpoints of this step removed or renamed."""
    gone = EMPTY
    if isinstance(step.command, c.PgCtl) and step.command.directory != PRIMARY:
        return gone  # files of another server
    for each in step.outcome.events:
        if isinstance(each, SegmentsRemoved | SegmentsRecycled):
            gone |= each.files.numbers
    return gone


def keeps_what_a_slot_needs(step: Step) -> bool:
    """A checkpoint removes nothing that a slot, unless it is lost, needs before or after the step."""
    data, then = step.after.primary.data, step.before.primary.data
    newest = max((segment_number(high - 1) for _, high in _gone(step).runs), default=-1)
    for slot in data.slots:
        earlier = then.slot(slot.name)
        if slot.lost or slot.restart_lsn is None or earlier is None or earlier.restart_lsn is None:
            continue
        if newest >= min(slot.restart_lsn, earlier.restart_lsn) // data.segment_size:
            return False
    return True


def keeps_what_waits_for_the_archive(step: Step) -> bool:
    """While archiving is on, a .ready segment stays until it is .done."""
    then, now = step.before.primary, step.after.primary
    archiving = all(each.running and each.live.limits.archiving for each in (then, now))
    return not archiving or not _gone(step) & then.data.pg_wal.ready


def holds_what_crash_recovery_needs(step: Step) -> bool:
    """Every segment from the redo point to the last byte written is in pg_wal."""
    data = step.after.primary.data
    first = segment_of(data.control.redo_lsn, data.segment_size)
    last = previous_segment_of(data.wal_end, data.segment_size)
    return not step.untouched or not on_timeline(data.pg_wal.segments, data.timeline).gaps(first, last + 1)


def gives_a_status_to_finished_segments_only(step: Step) -> bool:
    """.ready and .done exclude each other, belong to a file, and come when its segment is full."""
    data = step.after.primary.data
    ready, done = data.pg_wal.ready, data.pg_wal.done
    marked = on_timeline(ready | done, data.timeline)
    full = not marked or marked.last < segment_of(data.wal_end, data.segment_size)
    return not step.untouched or (full and not ready & done and not (ready | done) - data.pg_wal.segments)


def never_outgrows_the_disk(step: Step) -> bool:
    """Only a disk that is made smaller can be too small for what is in pg_wal."""
    then, now = step.before, step.after
    size = now.primary.data.segment_size
    if now.disk_bytes is None or isinstance(step.command, c.ResizeDisk) or not step.untouched:
        return True
    fitted = then.disk_bytes is None or len(then.primary.data.pg_wal.segments) * size <= then.disk_bytes
    return not fitted or len(now.primary.data.pg_wal.segments) * size <= now.disk_bytes


def never_runs_backwards(step: Step) -> bool:
    """A command flushes what it writes, so not even a crash takes back a position."""
    then, now = step.before.primary.data, step.after.primary.data
    ordered = now.control.redo_lsn <= now.control.checkpoint_lsn <= now.wal_end
    forward = now.wal_end >= then.wal_end and now.control.redo_lsn >= then.control.redo_lsn
    return not step.untouched or (ordered and forward)


def never_loses_an_archived_file(step: Step) -> bool:
    """What has reached the archive stays there."""
    return not step.before.archive.segments - step.after.archive.segments


RULES: tuple[Callable[[Step], bool], ...] = (
    changes_only_with_an_event,
    keeps_what_a_slot_needs,
    keeps_what_waits_for_the_archive,
    holds_what_crash_recovery_needs,
    gives_a_status_to_finished_segments_only,
    never_outgrows_the_disk,
    never_runs_backwards,
    never_loses_an_archived_file,
)


def _by_hand(command: c.Command) -> bool:
    """Does it touch PGDATA behind the server's back?"""
    if isinstance(command, c.Copy):
        return command.destination.startswith(PRIMARY)
    return isinstance(command, c.RemoveOldest | c.Remove | c.SaveLabel | c.TouchSignal)


@given(tales())
def test_every_step_of_every_tale_keeps_the_rules(tale: Tale) -> None:
    """No command raises, every world can be looked at, and each of RULES holds after each step."""
    untouched = True
    for command, before, outcome in steps_of(tale):
        untouched = untouched and not _by_hand(command)
        step = Step(command, before, outcome, untouched)
        broken = [rule.__name__ for rule in RULES if not rule(step)]
        if broken:
            note(f"{command}: {[each.code for each in outcome.events]}")
        assert broken == []


@given(tales())
def test_equal_inputs_give_equal_runs(tale: Tale) -> None:
    """No clock, no randomness, no memory: outcomes, worlds and their hashes are the same."""
    one, two = list(steps_of(tale)), list(steps_of(tale))
    assert one == two
    assert [hash(outcome.world) for _, _, outcome in one] == [hash(outcome.world) for _, _, outcome in two]


@given(tales(), st.integers(0, 40))
def test_any_world_can_be_gone_back_to(tale: Tale, back_to: int) -> None:
    """Undo: from any world on the way, the rest of the tale goes as it went."""
    whole = list(steps_of(tale))
    at = back_to % len(whole)
    world, again = whole[at][1], []
    for command, _, _ in whole[at:]:
        step = next(steps(world, (command,)))
        again.append(step)
        world = step[2].world
    assert again == whole[at:]
