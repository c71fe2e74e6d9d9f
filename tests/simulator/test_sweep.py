"""The sweep engine against the machine that the recordings prove: the same checkpoints, one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from simulator import wal
from simulator.cluster import Cluster, Control, DataDirectory, Pages, Server, Slot, WalLimits
from simulator.lsn import MB
from simulator.pg_wal import PgWal, on_timeline, span_files
from simulator.records import CheckpointPlace
from simulator.retention import NO_LIMIT, checkpoint_segments
from simulator.settings import ServerSettings
from simulator.sweep import Load, Row, Start, checkpoints
from simulator.versions import KNOWN, version


@dataclass(frozen=True, slots=True)
class Plan:
    """A load, where it begins, and for how long."""

    load: Load
    start: Start
    seconds: float


@st.composite
def sweeps(draw: st.DrawFn) -> Plan:
    """Any major, limits, rate and slot; the beginning is somewhere after the redo point of some checkpoint."""
    size = draw(st.sampled_from([MB, 16 * MB]))
    minimum = draw(st.integers(2, 20))
    maximum = draw(st.integers(2, 60))
    target = draw(st.sampled_from([0.0, 0.3, 0.5, 0.9, 1.0]))
    facts = version(draw(st.sampled_from(KNOWN)))
    limits = WalLimits(
        keep_segments=draw(st.sampled_from([0, 0, 1, 5, 40])),
        slot_limit=draw(st.sampled_from([NO_LIMIT, 0, 1, 10])) if facts.slot_loss else NO_LIMIT,
        min_wal_segments=minimum,
        max_wal_segments=maximum,
        completion_target=target,
        wal_recycle=draw(st.booleans()),
        archiving=False,
        checkpoint_segments=checkpoint_segments(maximum, target),
    )
    redo = draw(st.integers(50, 60)) * size + 0x28 + 8 * draw(st.integers(0, size // 8 - 1000))
    oldest = redo // size - draw(st.integers(0, 10))
    newest = redo // size + draw(st.integers(0, 10))
    slot = draw(st.none() | st.integers(oldest, redo // size))
    rate = float(draw(st.integers(1, 2048)) * size // 1024)
    timeout = draw(st.sampled_from([30.0, 300.0, 3600.0]))
    seconds = draw(st.integers(1, 40)) * min(timeout, limits.checkpoint_segments * size / rate)
    estimate = float(draw(st.integers(0, 40 * size)))
    return Plan(Load(facts, limits, size, rate, timeout, slot), Start(redo, estimate, oldest, newest), seconds)


def _machine(plan: Plan) -> Cluster:
    load, start = plan.load, plan.start
    size = load.segment_size
    slots = () if load.slot_segment is None else (Slot("idle", load.slot_segment * size, load.slot_segment * size),)
    data = DataDirectory(
        facts=load.facts,
        segment_size=size,
        system_identifier=0,
        settings=ServerSettings.initial(load.facts.major, size),
        control=Control("in production", start.redo, start.redo, 1),
        pg_wal=PgWal(span_files(1, start.oldest, start.newest + 1)),
        wal_end=start.redo,
        pages=Pages(start.redo, start.redo),
        slots=slots,
    )
    return Cluster("/pgdata", data, Server(load.limits, estimate=start.estimate))


def _steps(plan: Plan, rows: Iterable[Row]) -> list[tuple[int, int, int, int, int, float]]:
    """Horizon, oldest, newest, removed, recycled and estimate as the machine has them at the rows' positions."""
    cluster, found = _machine(plan), []
    for _, redo, end, *_rest in rows:
        cluster = wal.write_to(cluster, redo)
        cluster, done = wal.checkpoint(cluster, CheckpointPlace(redo, redo, end))
        files = on_timeline(cluster.data.pg_wal.segments, 1)
        assert len(files.runs) == 1, "at a steady rate pg_wal is one run of segments"
        found.append((done.horizon, files.first, files.last, done.removed, done.recycled, done.estimate))
    return found


@given(sweeps())
def test_the_sweep_does_what_the_machine_does(plan: Plan) -> None:
    """Same horizon, files, removals, recycling and estimate at every checkpoint, slots and limits included."""
    rows = checkpoints(plan.load, plan.start, plan.seconds)
    assert [row[3:] for row in rows] == _steps(plan, rows)


def _plan(**changes: object) -> Plan:
    settings = ServerSettings.initial(14, 16 * MB)
    limits = WalLimits.of(settings, version(14), 16 * MB)
    load = Load(version(14), limits, 16 * MB, 16.0 * MB, 300.0)
    return Plan(replace(load, **changes), Start(100 * 16 * MB + 0x28, 0.0, 100, 101), 3600.0)  # type: ignore[arg-type]


def test_an_idle_slot_without_a_limit_keeps_everything() -> None:
    """pg_wal grows for ever behind it, and nothing is removed."""
    plan = _plan(slot_segment=100)
    rows = checkpoints(plan.load, plan.start, plan.seconds)
    assert rows
    assert {(row[4], row[6], row[7]) for row in rows} == {(100, 0, 0)}


def test_an_idle_slot_beyond_its_limit_is_lost_and_holds_no_more() -> None:
    """The checkpoint that finds it too far behind removes its WAL at once."""
    plan = _plan(slot_segment=100)
    limited = replace(plan, load=replace(plan.load, limits=replace(plan.load.limits, slot_limit=10)))
    rows = checkpoints(limited.load, limited.start, limited.seconds)
    free = checkpoints(replace(plan.load, slot_segment=None), plan.start, plan.seconds)
    assert [row[3] for row in rows] == [row[3] for row in free]


def test_rows_come_in_order_and_never_after_the_end() -> None:
    """The clock runs forward to the given end, positions too."""
    plan = _plan()
    rows = checkpoints(plan.load, plan.start, plan.seconds)
    assert [row[0] for row in rows] == sorted({row[0] for row in rows})
    assert [row[1] for row in rows] == sorted({row[1] for row in rows})
    assert rows[-1][0] <= plan.seconds
    assert len(checkpoints(plan.load, plan.start, 0.0)) == 0
