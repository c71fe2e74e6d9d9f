"""Recordings of our own of the physical tools (tests/recorders/record_cli.py), replayed: other command lines than
those that came along, on 16 and 18."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from host.replay_cli import Case, Field, read, replay
from tests.host.floors import reached

RECORDED = Path(__file__).resolve().parent.parent / "data" / "cli_physical.jsonl.xz"
FLOORS = {"exit": 0.97, "stdout": 0.95, "stderr": 0.95, "files": 0.96, "stdout_tar": 1.0, "log": 0.75}
"""Share of the observations of each field that must be right: raised as the tools get better, never lowered."""
EVERY = 4
"""The suite replays one case in so many."""


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Every recorded command line."""
    text = lzma.decompress(RECORDED.read_bytes()).decode()
    return [read(json.loads(line)) for line in text.splitlines()]


@pytest.fixture(scope="module")
def fields(cases: list[Case]) -> list[tuple[Case, Field]]:
    """The observations of a sample."""
    return [(case, field) for case in cases[::EVERY] for field in replay(case)]


@pytest.mark.parametrize("name", FLOORS)
def test_no_field_falls_below_what_was_reached(name: str, fields: list[tuple[Case, Field]]) -> None:
    share, wrong = reached(name, fields)
    assert share >= FLOORS[name], wrong


def test_the_recordings_are_of_many_tools_and_of_two_majors(cases: list[Case]) -> None:
    """At least 150 command lines of their own, most of them on both majors."""
    assert {case.client for case in cases} == {16, 18}
    assert len({case.case for case in cases}) >= 150
    assert {"pg_basebackup", "pg_verifybackup", "pg_ctl", "pg_resetwal", "pg_archivecleanup"} <= {c.tool for c in cases}
