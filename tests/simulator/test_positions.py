"""Where records land: positions computed from record sizes alone, against about three thousand recorded ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from simulator.lsn import insert_position, parse_lsn
from simulator.records import (
    BACKUP_END,
    RESTORE_POINT,
    CheckpointPlace,
    insert,
    online_checkpoint,
    shutdown_checkpoint,
    switch,
)
from simulator.retention import checkpoint_needed
from simulator.versions import KNOWN
from simulator.writing import next_trigger
from tests.simulator.recordings import Moment, after_checkpoint, moments, traces_of

Pair = tuple[str, object, object]
"""What, computed, recorded."""


def _positions(moment: Moment) -> Iterator[Pair]:
    """Every position of an event that is determined by where the WAL stood before it."""
    size, facts, at = moment.trace["wal_segment_size"], moment.state.cluster.data.facts, moment.lsn("from_lsn")
    action, places = moment.action, [place for _, place in moment.checkpoints]
    observed = moment.event["observed"]
    match moment.kind:
        case "checkpoint":
            yield "checkpoint", online_checkpoint(facts, at, size), places[0]
        case "switch_wal":
            done = switch(at, size)
            yield "switch", done.result, parse_lsn(action["result_lsn"])
            if not places:
                yield "flush after a switch", done.end, moment.lsn("to_flush_lsn")
                yield "insert after a switch", insert_position(done.end, size), moment.lsn("to_lsn")
        case "restore_point":
            yield "restore point", insert(at, RESTORE_POINT, size).end, parse_lsn(action["result_lsn"])
        case "backup_start" if "error" not in observed:
            start = online_checkpoint(facts, switch(at, size).end, size)
            if len(places) == 1:
                yield "backup start", start, places[0]
            yield "start lsn", places[-1].redo, parse_lsn(action["start_lsn"])
        case "backup_stop" if "error" not in observed:
            stop = insert(at, BACKUP_END, size).end
            yield "backup stop", stop, parse_lsn(action["stop_lsn"])
            if not places:
                yield "flush after a stop", switch(stop, size).end, moment.lsn("to_flush_lsn")
        case "restart":
            before = switch(at, size).end if moment.state.cluster.live.limits.archiving else at
            yield "shutdown", shutdown_checkpoint(before, size), places[0]
        case "crash_restart":
            yield "end of recovery", shutdown_checkpoint(moment.lsn("from_flush_lsn"), size), places[0]
        case _:
            pass


EXPECTED = {"checkpoint": 1252, "switch": 852, "restore point": 185, "backup start": 200, "backup stop": 150}
EXPECTED |= {"shutdown": 414, "end of recovery": 336}


def test_every_recorded_position_is_computed_exactly() -> None:
    """Idle checkpoints, switches, restore points, backups, shutdowns and recoveries: no exception on any major."""
    counts: Counter[str] = Counter()
    wrong = []
    for major in KNOWN:
        for trace in traces_of(major):
            for moment in moments(trace):
                for what, computed, recorded in _positions(moment):
                    counts[what] += 1
                    if computed != recorded:
                        wrong.append((moment.name, what, computed, recorded))
    assert wrong == []
    assert all(counts[what] >= least for what, least in EXPECTED.items()), counts
    assert counts.total() > 3000


@pytest.mark.parametrize("major", KNOWN)
def test_a_volume_checkpoint_comes_exactly_when_the_rule_says(major: int) -> None:
    """In every event that writes: one begins after the segment that asks is finished, none comes before."""
    came = stayed_away = 0
    for trace in traces_of(major):
        for moment in moments(trace):
            if moment.kind not in ("write", "switch_wal", "restore_point", "backup_stop"):
                continue
            now = moment
            for cause, place in moment.checkpoints:
                assert cause == "wal", moment.name
                assert place.redo >= next_trigger(now.state.cluster), moment.name
                now, came = after_checkpoint(now, place), came + 1
            assert moment.lsn("to_flush_lsn") < next_trigger(now.state.cluster), moment.name
            stayed_away += 1
    assert came >= 9
    assert stayed_away > 400


@pytest.mark.parametrize("major", KNOWN)
def test_a_volume_checkpoint_begins_in_the_segment_after_the_one_that_asked(major: int) -> None:
    """The writer does not get a segment further before the redo point is taken; so the trigger is not too early."""
    late = []
    for trace in traces_of(major):
        size = trace["wal_segment_size"]
        for moment in moments(trace):
            now = moment
            for cause, place in moment.checkpoints:
                if cause == "wal" and place.redo >= next_trigger(now.state.cluster) + size:
                    late.append(moment.name)
                now = after_checkpoint(now, place) if cause == "wal" else now
    assert late == []


@pytest.mark.parametrize("size", [1 << 20, 16 << 20])
def test_next_trigger_and_the_servers_own_question_agree(size: int) -> None:
    """The segment that ends at next_trigger is the first for which XLogCheckpointNeeded says yes."""
    for major in KNOWN:
        for trace in traces_of(major, "autockpt", "plain"):
            state = next(iter(moments(trace))).state
            cluster = state.cluster
            own, limits = cluster.data.segment_size, cluster.live.limits
            redo = cluster.data.control.redo_lsn // own
            finished = next_trigger(cluster) // own - 1
            assert checkpoint_needed(finished, redo, limits.checkpoint_segments)
            if finished > cluster.data.wal_end // own:
                assert not checkpoint_needed(finished - 1, redo, limits.checkpoint_segments)


def test_a_place_has_redo_before_record_before_end() -> None:
    """Positions of one checkpoint are in order in all recordings."""
    places: list[CheckpointPlace] = [
        place for major in KNOWN for trace in traces_of(major) for m in moments(trace) for _, place in m.checkpoints
    ]
    assert places
    assert all(place.redo <= place.record < place.end for place in places)
