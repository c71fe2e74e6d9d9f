"""Rules that random sequences found wrong stay mended: the model shows what real servers showed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.events import CheckpointCompleted
from simulator.loader import loads
from simulator.observation import Observation, Step, masked
from simulator.pg_wal import names, timelines_of
from simulator.play import predict
from simulator.versions import KNOWN, spans
from tests.lab.drawn import OUTCOME, TITLE, text_of

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "data" / "lab_cases.yaml").read_text("utf-8"))


def _waiting(seen: Observation) -> int:
    assert seen.pg_wal is not None
    return len(seen.pg_wal.ready) + sum(other.status == "ready" for other in seen.pg_wal.others)


def _newest_is_archived(seen: Observation) -> bool:
    assert seen.pg_wal is not None
    assert seen.archive is not None
    return bool(seen.pg_wal.done) and seen.pg_wal.done.last in seen.archive.segments


def _timelines(seen: Observation) -> list[int]:
    assert seen.pg_wal is not None
    assert names(seen.pg_wal.segments, seen.segment_size)
    return list(timelines_of(seen.pg_wal.segments))


def _pairs(found: tuple[tuple[Any, ...], ...] | None) -> list[list[Any]]:
    return [list(pair) for pair in found or ()]


LIKE: Mapping[str, Callable[[Observation], object]] = {
    "exit": lambda seen: seen.exit_code,
    "running": lambda seen: seen.running,
    "stdout": lambda seen: list(masked(seen.stdout)),
    "stderr": lambda seen: list(masked(seen.stderr)),
    "tables": lambda seen: _pairs(seen.tables),
    "places": lambda seen: _pairs(seen.places),
    "slots": lambda seen: [row.name for row in seen.slots or ()],
    "slots_in_use": lambda seen: [row.name for row in seen.slots or () if row.active],
    "waiting": _waiting,
    "newest_is_archived": _newest_is_archived,
    "timelines": _timelines,
}


def document_of(case: dict[str, Any], major: int) -> dict[str, Any]:
    """The scenario of a case."""
    settings = {"min_wal_size": "4MB", "max_wal_size": "16MB"} | case.get("settings", {})
    server = {"version": major, "wal_segment_size": "1MB", "settings": settings, "databases": {"shop": {"orders": 100}}}
    return {
        "id": "case", "title": TITLE, "outcome": OUTCOME, "prose": OUTCOME, "method": "wal", "objectives": ["G1.2"],
        "versions": str(major), "server": server | ({"archive": True} if case.get("archive") else {}),
        "timeline": case["timeline"], "ending": [{"lost": False}],
    }  # fmt: skip


def majors_of(case: dict[str, Any]) -> list[int]:
    """Where it was seen."""
    return sorted(spans(str(case.get("majors", f"{KNOWN[0]}+"))))


def unlike(case: dict[str, Any], step: Step) -> dict[str, object]:
    """What the step shows instead of what the case says."""
    seen, wanted = step.observation, dict(case["sees"])
    found: dict[str, object] = {}
    part = wanted.pop("stderr_has", None)
    if part is not None and part not in masked(seen.stderr):
        found["stderr_has"] = seen.stderr
    causes = wanted.pop("checkpoints", None)
    if causes is not None:
        real = [event.cause for event in step.events if isinstance(event, CheckpointCompleted)]
        found |= {"checkpoints": real} if real != causes else {}
    return found | {name: LIKE[name](seen) for name, value in wanted.items() if LIKE[name](seen) != value}


@pytest.mark.parametrize(
    ("case", "major"),
    [pytest.param(case, major, id=f"{case['name']}-{major}") for case in CASES for major in majors_of(case)],
)
def test_what_was_found_stays_mended(case: dict[str, Any], major: int) -> None:
    steps = predict(loads(text_of(document_of(case, major)))).run.steps
    step = next((step for step in steps if step.typed.startswith(case.get("after", "nothing"))), steps[-1])
    assert unlike(case, step) == {}


def test_a_case_that_says_something_else_is_told() -> None:
    case = CASES[0] | {"sees": {"exit": 0, "stderr": []}}
    step = predict(loads(text_of(document_of(case, 16)))).run.steps[-1]
    assert set(unlike(case, step)) == {"exit", "stderr"}
