"""What the bank as a whole has to hold: how much, about what, how well proved, and that nothing gives answers away."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from quizzes import survey
from quizzes.check import links, well_formed
from quizzes.loader import bank
from quizzes.question import CHOOSING, Question
from quizzes.scope import topics
from simulator.prose import LANGUAGES, manual
from simulator.versions import KNOWN

BANK = bank()
COUNTS = {
    ("S2.4",): 150,
    ("G1.2",): 90,
    ("G1.4", "G4.3"): 50,
    ("G3.1",): 60,
    ("G4.1", "G4.2"): 40,
    ("S2.1", "S2.2", "S2.3"): 30,
    ("versions",): 30,
}
CUE = 0.28
"""So much may somebody score who only looks at lengths, or only at words like 'always'; guessing scores 0.25."""
SPREAD = 0.35
"""A position may be right so much more or less often than chance has it (relative)."""


def of(*objectives: str) -> list[Question]:
    return [one for one in BANK if one.objective in objectives]


def share(wanted: list[Question], whole: list[Question] | tuple[Question, ...] = BANK) -> float:
    return len(wanted) / len(whole)


@pytest.mark.parametrize("objectives", COUNTS, ids="+".join)
def test_an_objective_has_its_questions(objectives: tuple[str, ...]) -> None:
    assert len(of(*objectives)) >= COUNTS[objectives]


def test_the_bank_is_large_and_mostly_proved() -> None:
    assert len(BANK) >= 450
    assert share([one for one in BANK if one.proved]) >= 0.6


def test_every_term_and_every_failure_is_asked_about() -> None:
    assert survey.missing_terms(BANK) == {}
    assert survey.missing_failures(BANK) == ()


@pytest.mark.parametrize("topic", topics())
def test_what_other_banks_never_ask_is_asked_at_least_twice(topic: str) -> None:
    asked = [one for one in BANK if topic in one.topics]
    assert len(asked) >= 2
    assert any(one.proved and one.situational for one in asked)


def test_a_topic_that_is_asked_once_or_unknown_is_told() -> None:
    without = [one for one in BANK if "section" not in one.topics]
    [once] = survey.gaps([*without, replace(without[0], topics=("section",))])
    assert (once.kind, dict(once.facts)) == ("topic_few", {"topic": "section", "count": 1, "wanted": 2})
    [strange] = survey.problems_of([replace(BANK[0], topics=("sections",))])
    assert (strange[1].kind, dict(strange[1].facts)) == ("topic_unknown", {"topic": "sections"})


def test_a_term_and_a_failure_that_nobody_asks_about_are_told() -> None:
    without = [one for one in BANK if "pg_isready" not in one.terms and 48 not in one.failures]
    told = {(gap.kind, *dict(gap.facts).values()) for gap in survey.gaps(without)}
    assert {("term_missing", "pg_isready", "S2.2"), ("failure_missing", 48)} <= told


@pytest.mark.parametrize("question", BANK, ids=lambda one: one.id)
def test_links_to_the_manual_are_well_formed(question: Question) -> None:
    """By their form, on every major and in both languages; that a page answers is nobody's business here."""
    assert question.manual
    assert list(links(question)) == []


def test_the_japanese_manual_of_18_is_that_of_17() -> None:
    assert manual("initdb", "ja", 18)[0] == "https://www.postgresql.jp/docs/17/app-initdb.html"
    assert manual("initdb", "en", 18)[0] == "https://www.postgresql.org/docs/18/app-initdb.html"


@pytest.mark.parametrize(
    "url",
    [
        "http://www.postgresql.org/docs/14/app-initdb.html",
        "https://www.postgresql.jp/docs/14/app-initdb.html",
        "https://www.postgresql.org/docs/current/app-initdb.html",
        "https://www.postgresql.org/docs/15/app-initdb.html",
        "https://www.postgresql.org/docs/14/initdb",
        "https://www.postgresql.org/docs/14/app-initdb.html?lang=ja",
        "https://www.postgresql.org/docs/14/app-initdb.html#guc-fsync",
        "app-initdb.html",
    ],
)
def test_a_link_of_another_form_is_not_well_formed(url: str) -> None:
    assert well_formed("https://www.postgresql.org/docs/14/app-initdb.html", "en", 14)
    assert not well_formed(url, "en", 14)


def test_a_page_that_a_major_does_not_have_is_told() -> None:
    question = replace(BANK[0], manual="pg_verifybackup", versions=frozenset({12, 13}))
    assert [(one.kind, one.major) for one in links(question)] == [("page_too_new", 12)]
    nowhere = replace(BANK[0], manual="pg_verify", versions=frozenset({14}))
    assert [one.kind for one in links(nowhere)] == ["link"] * len(LANGUAGES)


def test_nearly_half_are_situations_that_show_what_was_printed() -> None:
    situations = [one for one in BANK if one.situational]
    assert share(situations) >= 0.45
    assert share([one for one in situations if one.experiment and one.experiment.shown], situations) >= 0.8


def test_many_incidents_and_none_too_often() -> None:
    told = Counter(one.incident for one in BANK if one.incident)
    assert len(told) >= 25
    assert max(told.values()) <= survey.MOST_KEYS


def test_facts_are_combined_and_none_is_the_key_too_often() -> None:
    assert share([one for one in BANK if len(one.facts) > 1]) >= 0.25
    keys = Counter(fact for one in BANK for fact in one.facts)
    assert max(keys.values()) <= survey.MOST_KEYS


def test_a_tenth_hold_on_some_versions_alone() -> None:
    assert share([one for one in BANK if one.versions != frozenset(KNOWN)]) >= 0.1


@pytest.mark.parametrize("language", survey.LANGUAGES)
def test_neither_length_nor_absolutes_tell_the_answer(language: str) -> None:
    found = survey.cues(BANK, language)
    assert found.longest <= CUE
    assert found.no_absolutes <= CUE


def test_right_answers_stand_at_every_position_alike() -> None:
    """As they stand in the files and leave the house; on the screen their order is drawn anew."""
    four = [one for one in BANK if one.kind in CHOOSING and len(one.key) == 1 and len(one.choices) == 4]
    places = Counter(one.key[0] for one in four)
    assert len(places) == 4
    for count in places.values():
        assert abs(count / len(four) - 1 / 4) <= SPREAD / 4


def test_keys_of_several_are_spread_over_the_pairs() -> None:
    two = [one for one in BANK if one.kind == "choose" and len(one.key) == 2 and len(one.choices) == 5]
    pairs = Counter(one.key for one in two)
    assert set(pairs) <= set(combinations(range(5), 2))
    assert max(pairs.values()) <= max(3, len(two) / 4)


@pytest.mark.parametrize("question", BANK, ids=lambda one: one.id)
def test_every_choice_has_a_reason_that_says_more_than_itself(question: Question) -> None:
    for choice in question.choices:
        for language in survey.LANGUAGES:
            because = choice.because.in_(language)
            assert len(because) >= (8 if language == "ja" else 15), because
            assert because.rstrip("。.") != choice.text.in_(language).rstrip("。.")
