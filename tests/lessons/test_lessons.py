"""Every lesson keeps what it promises: its picture decides the prediction, on every major that it names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.lesson import shelf
from lessons.check import ASKED, asked, problems, table_problems
from lessons.lesson import Lesson
from lessons.loader import lessons, loads, loads_methods, methods
from lessons.telling import line_of
from simulator.faults import ScenarioError
from simulator.versions import KNOWN

BOOK = {one.id: one for one in lessons()}
SUBJECTS = {
    *("logical", "cold", "basebackup", "low-level"),
    *("wal-and-checkpoints", "archiving", "recovery", "timelines", "replication-and-slots"),
    *("incremental", "version-changes"),
}
TWO_SCREENS = {"ja": 700, "en": 1400}
"""Characters of prose."""


def kinds(lesson: Lesson) -> set[str]:
    return {problem.kind for problem in problems(lesson, shelf())}


@pytest.mark.parametrize("name", BOOK)
def test_its_picture_bears_it_out(name: str) -> None:
    said = [line_of(BOOK[name].file, problem, "en") for problem in problems(BOOK[name], shelf())]
    assert not said, "\n".join(said)


def test_every_subject_has_a_lesson() -> None:
    assert set(BOOK) >= SUBJECTS
    assert [one.place for one in lessons()] == list(range(1, len(BOOK) + 1))


@pytest.mark.parametrize("name", BOOK)
@pytest.mark.parametrize("lang", TWO_SCREENS)
def test_it_is_short(name: str, lang: str) -> None:
    prose = "".join(one.in_(lang) for one in (*BOOK[name].text, *BOOK[name].after))
    assert len(prose) <= TWO_SCREENS[lang]


@pytest.mark.parametrize("name", BOOK)
@pytest.mark.parametrize("wanted", KNOWN)
def test_it_is_shown_where_it_holds_with_three_questions(name: str, wanted: int) -> None:
    major = BOOK[name].major(wanted)
    assert major == wanted or wanted not in BOOK[name].versions
    assert len(asked(BOOK[name], major, shelf().questions)) == ASKED


@pytest.mark.parametrize("name", ["basebackup", "timelines"])
def test_a_wrong_prediction_is_found_out(name: str) -> None:
    lesson = BOOK[name]
    turned = tuple(replace(one, right=not one.right) for one in lesson.guesses)
    assert {"one_right", "guess"} <= kinds(replace(lesson, guesses=turned))
    moved = tuple(
        replace(one, right=before.right)
        for before, one in zip((lesson.guesses[-1], *lesson.guesses), lesson.guesses, strict=False)
    )
    assert "guess" in kinds(replace(lesson, guesses=moved))


def test_what_a_lesson_names_must_be_there() -> None:
    lesson = BOOK["basebackup"]
    task = replace(lesson.task, challenge="no-such", lines=())
    wrong = replace(lesson, questions=("no-such",), task=task, manual=("no-such",))
    assert kinds(wrong) >= {"no_question", "no_challenge", "no_page", "few_questions"}
    elsewhere = replace(lesson, picture=replace(lesson.picture, scenario="no-such"))
    assert kinds(elsewhere) == {"no_scenario"}
    assert "stops" in kinds(replace(lesson, picture=replace(lesson.picture, stops=500)))


def test_a_malformed_lesson_is_told_with_line_and_field() -> None:
    with pytest.raises(ScenarioError) as caught:
        loads(b"id: x\nplace: 0\ntitle: {ja: a, en: b}\n", "mine.yaml")
    said = "\n".join(fault.line_of_text("en") for fault in caught.value.faults)
    assert "mine.yaml:2: place" in said
    assert "picture" in said


def test_every_cell_of_the_table_is_so() -> None:
    said = [line_of("methods.yaml", problem, "en") for problem in table_problems(methods(), shelf(), set(BOOK))]
    assert not said, "\n".join(said)


def test_a_cell_that_is_not_so_is_found_out() -> None:
    raw = b"""
methods: [{id: a, name: {ja: a, en: a}, lesson: no-such}]
aspects: [{id: b, name: {ja: b, en: b}}]
cells:
- method: a
  aspect: b
  text: {ja: c, en: c}
  versions: 14
  experiment: {run: ['false']}
  claims: [{said: {exit: 0}}]
"""
    table = loads_methods(raw)
    assert {one.kind for one in table_problems(table, shelf(), set(BOOK))} == {"no_lesson", "cell"}
    with pytest.raises(ScenarioError):
        loads_methods(raw.replace(b"method: a", b"method: z"))
