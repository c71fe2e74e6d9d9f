"""A comparison that cannot fail proves nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.loader import load
from simulator.observation import Observation, Run, compare
from simulator.play import predict
from simulator.ranges import Ranges

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def run() -> Run:
    return predict(load(ROOT / "scenarios/fetch-loses-wal.yaml"), 16).run


def doctored(run: Run, **changes: object) -> Run:
    last = run.steps[-1]
    seen = replace(last.observation, **changes)  # type: ignore[arg-type]
    return replace(run, steps=(*run.steps[:-1], replace(last, observation=seen)))


def lies(seen: Observation) -> dict[str, tuple[str, object]]:
    assert seen.pg_wal is not None
    assert seen.wal_lsn is not None
    return {
        "an exit code": ("exit_code", 0),
        "a word in a message": ("stderr", (*seen.stderr[:-1], "pg_basebackup: all is well")),
        "a line on stdout": ("stdout", ("one more",)),
        "a server that is down": ("running", False),
        "a file in pg_wal": ("pg_wal", replace(seen.pg_wal, segments=seen.pg_wal.segments | Ranges.span(1, 2))),
        "a position half a segment away": ("wal_lsn", seen.wal_lsn + (8 << 20)),
        "a table with one row more": ("tables", (("shop.orders", 1001),)),
        "a directory that is not there": ("places", (("/backup/base", "Cluster"),)),
    }


def test_a_run_is_as_itself(run: Run) -> None:
    assert {difference.equal for difference in compare(run, run)} == {True, None}


def test_every_lie_is_reported(run: Run) -> None:
    for what, (field, value) in lies(run.steps[-1].observation).items():
        found = [d for d in compare(run, doctored(run, **{field: value})) if d.equal is False]
        assert [(d.step, d.field) for d in found] == [(len(run.steps) - 1, field)], what


def test_a_step_too_few_is_reported(run: Run) -> None:
    found = compare(run, replace(run, steps=run.steps[:-1]))
    assert [d.field for d in found if d.equal is False] == ["steps"]


def test_what_was_not_performed_is_neither_right_nor_wrong(run: Run) -> None:
    last = replace(run.steps[-1], skipped="wait")
    found = compare(run, replace(run, steps=(*run.steps[:-1], last)))
    assert {d.equal for d in found if d.step == len(run.steps) - 1} == {None}


def test_a_field_that_a_backend_does_not_know_is_not_compared(run: Run) -> None:
    lie = doctored(run, stderr=("something else",))
    last = replace(lie.steps[-1], unknown=frozenset({"stderr"}))
    found = compare(run, replace(lie, steps=(*lie.steps[:-1], last)))
    assert not [d for d in found if d.equal is False]
