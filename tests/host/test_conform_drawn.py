"""Command lines that chance drew (tests/recorders/draw_cli.py), recorded on real 15, 16 and 18 and replayed."""

from __future__ import annotations

import json
import lzma
from collections import Counter
from pathlib import Path

import pytest

from host.replay_cli import Case, Field, read, replay
from tests.host.floors import reached
from tests.recorders.draw_cli import drawn

RECORDED = Path(__file__).resolve().parent.parent / "data" / "cli_drawn.jsonl.xz"
FLOORS = {"exit": 1.0, "stdout": 0.98, "stderr": 0.98, "files": 1.0, "log": 0.9}
"""Share of the observations of each field that must be right: raised as the tools get better, never lowered."""


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Every recorded command line."""
    text = lzma.decompress(RECORDED.read_bytes()).decode()
    return [read(json.loads(line)) for line in text.splitlines()]


@pytest.fixture(scope="module")
def fields(cases: list[Case]) -> list[tuple[Case, Field]]:
    """All their observations."""
    return [(case, field) for case in cases for field in replay(case)]


@pytest.mark.parametrize("name", FLOORS)
def test_of_lines_that_nobody_chose_no_field_falls_below_what_was_reached(
    name: str, fields: list[tuple[Case, Field]]
) -> None:
    share, wrong = reached(name, fields)
    assert share >= FLOORS[name], wrong


def test_the_drawn_lines_are_of_every_major_with_tools_and_of_many_tools(cases: list[Case]) -> None:
    """A selection that lost a tool or a major would let its floor rise for nothing."""
    tools = Counter(case.tool for case in cases)
    assert {case.client for case in cases} == {15, 16, 18}
    assert len(cases) == 150
    assert len(tools) >= 15
    assert max(tools.values()) < len(cases) / 3


def test_the_same_seed_draws_the_same_lines_and_another_seed_others() -> None:
    """So that a recording can be made anew, and a measure on a fresh seed is a measure on unseen lines."""
    once = [each["cmd"] for each in drawn(1, 18, 60)]
    assert once == [each["cmd"] for each in drawn(1, 18, 60)]
    others = {each["cmd"] for each in drawn(2, 18, 60)}
    assert len(others & set(once)) < len(others) / 5
