"""The path: every challenge is sound on every version it names, and the path as a whole is complete."""

from __future__ import annotations

import re

import pytest

from console.files import SCENARIOS
from levels.challenge import CHAPTERS, Challenge
from levels.check import problems
from levels.loader import all_challenges
from simulator.loader import load as load_scenario

PATH = all_challenges()
RUNS = [(one, major) for one in PATH for major in sorted(one.versions)]
FAILURES = 55
EVERY_FAILURE = frozenset(range(1, FAILURES + 1))


@pytest.mark.parametrize(("challenge", "major"), RUNS, ids=[f"{one.id}-{major}" for one, major in RUNS])
def test_the_solution_wins_the_traps_lose_and_idling_does_neither(challenge: Challenge, major: int) -> None:
    """Solutions end with the goal and not before; par is their length or less; every text is there."""
    assert list(problems(challenge, frozenset({major}))) == []


def test_the_path_has_no_gap_and_goes_chapter_by_chapter() -> None:
    """Numbers run from 1; ids are unique and the names of their files; chapters come one after the other."""
    assert [one.number for one in PATH] == list(range(1, len(PATH) + 1))
    assert len({one.id for one in PATH}) == len(PATH) >= 40
    assert list(dict.fromkeys(one.chapter for one in PATH)) == list(CHAPTERS)
    assert [one.chapter for one in PATH] == sorted((one.chapter for one in PATH), key=CHAPTERS.index)


def test_every_failure_can_be_met_in_a_scenario_or_a_challenge() -> None:
    """All 55 rows of failures.md."""
    met = {number for one in PATH for number in one.failures}
    met |= {number for path in SCENARIOS.glob("*.yaml") for number in load_scenario(path).failures}
    assert met == EVERY_FAILURE


@pytest.mark.parametrize("challenge", PATH, ids=lambda one: one.id)
def test_texts_are_written_in_both_languages(challenge: Challenge) -> None:
    """Japanese is Japanese and ends its sentences; English has no Japanese in it; no text is a copy of the other."""
    stories = (challenge.story, challenge.why, *challenge.hints, *(trap.why for trap in challenge.traps))
    for text in (challenge.title, *stories):
        assert re.search("[ぁ-んァ-ヶ一-龠]", text.ja), text.ja
        assert not re.search("[ぁ-んァ-ヶ一-龠]", text.en), text.en
    for text in stories:
        assert text.ja.endswith("。"), text.ja
        assert text.en.endswith((".", "?")), text.en
        assert "  " not in text.ja + text.en


@pytest.mark.parametrize("challenge", PATH, ids=lambda one: one.id)
def test_objectives_are_those_of_the_exam(challenge: Challenge) -> None:
    """S2.4, G1.2 and so on."""
    assert all(re.fullmatch(r"S[23]\.\d|G[1-4]\.\d", one) for one in challenge.objectives)
    assert set(challenge.failures) <= EVERY_FAILURE
