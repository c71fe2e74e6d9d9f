"""Recordings without a server: the model's own run stands for the real one, and Hypothesis bends what was seen."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from simulator.loader import load
from simulator.lsn import MB, segment_name
from simulator.observation import Observation, Run, Step, observe
from simulator.observed_world import FirstLook
from simulator.pg_wal import PgWal, from_listing
from simulator.play import first_world
from simulator.recording import Recording, predicted
from simulator.scenario import Scenario
from simulator.slots import SlotRow
from simulator.world import Outcome

SCENARIOS = sorted((Path(__file__).resolve().parents[2] / "scenarios").glob("*.yaml"))
QUIET = {"autovacuum": "off", "fsync": "off", "checkpoint_timeout": "1d"}


@cache
def scenario_of(path: Path) -> Scenario:
    """A lesson, read once."""
    return load(path)


@cache
def as_recorded(path: Path, major: int) -> Recording:
    """The run that a server would have given that does exactly what the model says."""
    scenario = scenario_of(path)
    size = scenario.server.segment_size
    world = first_world(scenario.server, major, {})
    seen = _as_listed(observe(world, Outcome(world)))
    first = FirstLook(seen, world.primary.data.control.checkpoint_lsn, world.next_oid)
    run = predicted(scenario, major, QUIET, first).run
    steps = tuple(replace(step, events=(), observation=_as_listed(step.observation)) for step in run.steps)
    assert seen.wal_lsn is not None
    return Recording(
        scenario=replace(scenario, source=path.read_text(encoding="utf-8")),
        major=major,
        release=f"{major}.1",
        origin="the model",
        clients=major,
        settings=QUIET,
        first=first,
        run=Run("server", scenario.id, major, size, seen.wal_lsn, steps),
        reason="",
        facts={},
        seconds=3.25,
        date="2025-01-31",
    )


def _as_listed(seen: Observation) -> Observation:
    """A listing shows names: what is inside a .backup file is not seen."""
    size = seen.segment_size
    assert seen.pg_wal is not None
    assert seen.archive is not None
    return replace(
        seen,
        pg_wal=from_listing(seen.pg_wal.listing(size), seen.pg_wal.status_listing(size), size),
        archive=from_listing(seen.archive.listing(size), [], size),
    )


@st.composite
def plain_recordings(draw: st.DrawFn) -> Recording:
    """Any lesson on any major that it is about."""
    path = draw(st.sampled_from(SCENARIOS))
    return as_recorded(path, draw(st.sampled_from(sorted(scenario_of(path).server.versions))))


LINES = st.lists(st.text(max_size=12), max_size=3).map(tuple)
POSITIONS = st.integers(MB, 1 << 40)
ROWS = st.builds(
    SlotRow,
    name=st.text(max_size=8),
    restart_lsn=st.none() | POSITIONS,
    wal_status=st.none() | st.sampled_from(["reserved", "extended", "unreserved", "lost"]),
    safe_wal_size=st.none() | st.integers(-(1 << 40), 1 << 40),
    invalidation_reason=st.none() | st.just("wal_removed"),
    active=st.booleans(),
    temporary=st.booleans(),
)


@st.composite
def directories(draw: st.DrawFn, segment_size: int) -> PgWal:
    """Some segments on some timelines, some with a status, and other files."""
    numbers = draw(st.sets(st.tuples(st.integers(1, 3), st.integers(1, 40)), max_size=6))
    listed = [segment_name(timeline, number, segment_size) for timeline, number in numbers]
    listed += draw(st.sets(st.sampled_from(["00000002.history", "00000001000000000000000A.00000028.backup"])))
    status = [f"{name}.{draw(st.sampled_from(['ready', 'done']))}" for name in listed if draw(st.booleans())]
    return from_listing(listed, status, segment_size)


@st.composite
def observations(draw: st.DrawFn, segment_size: int) -> Observation:
    """Whatever could be seen, and any of it unknown."""
    pg_wal: PgWal | None = draw(st.none() | directories(segment_size))
    archive = draw(st.none() | directories(segment_size))
    return Observation(
        exit_code=draw(st.none() | st.integers(0, 255)),
        stdout=draw(LINES),
        stderr=draw(LINES),
        server_log=draw(LINES),
        running=draw(st.booleans()),
        segment_size=segment_size,
        pg_wal=pg_wal,
        archive=archive and from_listing(archive.listing(segment_size), [], segment_size),
        wal_lsn=draw(st.none() | POSITIONS),
        redo_lsn=draw(st.none() | POSITIONS),
        control_state=draw(st.none() | st.text(max_size=8)),
        slots=draw(st.none() | st.lists(ROWS, max_size=2).map(tuple)),
        places=draw(st.none() | st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=2).map(tuple)),
        tables=draw(st.none() | st.lists(st.tuples(st.text(max_size=8), st.integers(0, 9)), max_size=2).map(tuple)),
        archived_count=draw(st.none() | st.integers(0, 99)),
        failing_file=draw(st.none() | st.text(max_size=8)),
    )


@st.composite
def bent_recordings(draw: st.DrawFn) -> Recording:
    """A recording in which anything may have been seen, and which may have stopped early."""
    plain = draw(plain_recordings())
    size = plain.run.segment_size
    kept = list(plain.run.steps[: draw(st.integers(0, len(plain.run.steps)))])
    for index in draw(st.sets(st.integers(0, len(kept) - 1), max_size=3)) if kept else ():
        kept[index] = draw(_bent(kept[index], size))
    reason = draw(st.sampled_from(["", "wait", "setting"]))
    facts = draw(st.dictionaries(st.sampled_from(["name", "path"]), st.text(max_size=8)))
    run = replace(plain.run, steps=tuple(kept))
    return replace(plain, run=run, reason=reason, facts=facts, origin=draw(st.text(max_size=8)))


def _bent(step: Step, segment_size: int) -> st.SearchStrategy[Step]:
    return st.builds(
        replace,
        st.just(step),
        observation=observations(segment_size),
        unknown=st.frozensets(st.sampled_from(["stdout", "stderr", "slots"])),
        skipped=st.sampled_from(["", "wait"]),
    )


def lie(told: dict[str, Any], field: str) -> bool:
    """Change one field of a step that was told; False: nothing is known there that could be changed."""
    seen = told["observed"]
    before = seen[field]
    if told["skipped"] or before is None or field in told["unknown"]:
        return False
    segment = "0000000F00000000000000FE"
    match field:
        case "exit_code":
            seen[field] = 255 if before != 255 else 0
        case "stdout" | "stderr":
            seen[field] = [*before, "a line that no tool says"]
        case "running":
            seen[field] = not before
        case "archive_status":
            seen[field] = [*before, f"{segment}.ready"]
        case "pg_wal" | "archive":
            seen[field] = [*before, segment]
        case "slots":
            row = {"safe_wal_size": None, "invalidation_reason": None, "active": False, "temporary": False}
            seen[field] = [*before, {"name": "nobodys", "restart_lsn": None, "wal_status": "lost", **row}]
        case "tables" | "places":
            seen[field] = [*before, ["nowhere", 7 if field == "tables" else "Cluster"]]
        case _:
            high, _, low = before.partition("/")
            seen[field] = f"{int(high, 16) + 1:X}/{low}"
    return True
