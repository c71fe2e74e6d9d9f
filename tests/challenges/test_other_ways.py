"""A goal is a state of the host: other ways than the solution's reach it, and near misses do not.

other_ways.txt and near_misses.txt hold a challenge's id and, indented, what is typed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from levels.attempt import attempt
from levels.loader import all_challenges

BY_ID = {one.id: one for one in all_challenges()}
Typed = tuple[str, tuple[str, ...]]


def typed(name: str) -> list[Typed]:
    """The paragraphs of a file."""
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    paragraphs = (paragraph.splitlines() for paragraph in text.split("\n\n"))
    return [(first, tuple(line.strip() for line in rest)) for first, *rest in paragraphs]


@pytest.mark.parametrize(("name", "lines"), typed("other_ways.txt"))
def test_another_way_reaches_the_goal(name: str, lines: tuple[str, ...]) -> None:
    """Nobody looks at the words of a command line."""
    now = attempt(BY_ID[name]).played(lines)
    said = [(turn.line, turn.done.exit, turn.done.stderr) for turn in now.turns]
    assert now.standing.outcome == "reached", (said, [one.missing("en") for one in now.standing.goal])


@pytest.mark.parametrize(("name", "lines"), typed("near_misses.txt"))
def test_a_near_miss_does_not(name: str, lines: tuple[str, ...]) -> None:
    """Something is still missing, and it is said what."""
    now = attempt(BY_ID[name]).played(lines)
    assert now.standing.outcome == "open"
    assert any(one.missing("en") for one in now.standing.goal)
