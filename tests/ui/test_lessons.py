"""Lessons without a browser: what the pages say, and what of a picture is sent before the reader has predicted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lessons.loader import lessons, methods
from levels.challenge import typed_on
from progress.engine import ADDRESS
from quizzes import experiment as experiments
from quizzes.loader import bank
from tests.ui import visiting
from ui import payload, replay
from ui.study import happens, learner, pictures
from ui.terminal import sharing

BOOK = {one.id: one for one in lessons()}


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(ADDRESS, f"sqlite:///{tmp_path / 'progress.sqlite3'}")
    learner.store.clear()
    yield
    learner.store().engine.dispose()
    learner.store.clear()


def sent(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize("name", BOOK)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_lesson_is_drawn_in_both_languages(name: str, lang: str) -> None:
    app = visiting.page("lesson", id=name, lang=lang)
    assert BOOK[name].title.in_(lang) in visiting.told(app)
    assert not app.warning


def test_the_list_names_every_lesson_and_every_method() -> None:
    said = visiting.told(visiting.page("lessons", id="no-such"))
    assert "There is no lesson" in said
    assert all(
        one.name.in_("en").replace("`", "") in said.replace("<code>", "").replace("</code>", "")
        for one in methods().methods
    )


def test_an_older_version_is_told_of_what_it_has_not() -> None:
    app = visiting.page("lesson", id="incremental", v="14")
    assert "is shown on 17" in app.info[0].value


@pytest.mark.parametrize("name", BOOK)
def test_nothing_behind_the_prediction_is_sent_before_it(name: str) -> None:
    lesson = BOOK[name]
    major = lesson.major(14)
    cut, whole = (sent(pictures.text(name, major, "en", whole=each)) for each in (False, True))
    assert cut["n"] == lesson.picture.stops + 1
    assert cut["verdict"] is None
    assert all(mark["i"] <= lesson.picture.stops for mark in cut["marks"])
    assert whole["then"] == lesson.picture.stops < whole["n"] - 1
    shared = payload.frames_of(whole["frames"])[: cut["n"]]
    assert [sorted(one) for one in payload.frames_of(cut["frames"])] == [sorted(one) for one in shared]


def test_the_run_of_a_question_opens_where_it_was_asked_and_fits_the_page() -> None:
    for question in bank():
        if question.experiment is None:
            continue
        major = 14 if 14 in question.versions else max(question.versions)
        shown = typed_on(question.experiment.shown, major)
        lines = (*shown, *typed_on(question.experiment.run, major))
        seen = replay.moments(
            experiments.ready(question.experiment, major),
            experiments.steps(experiments.ready(question.experiment, major), lines),
        )
        head, frames = replay.run(question.id, seen, "en")
        assert len(frames) == len(lines) + 1
        assert len(payload.text(payload.packed(head, frames))) <= payload.DEFLATE_FROM, question.id


def test_the_way_on_at_the_terminal_types_the_same_lines() -> None:
    ways = 0
    for question in bank()[:200]:
        if question.experiment is None:
            continue
        major = max(question.versions)
        code = happens.at_the_terminal(question.experiment, major)
        if code:
            ways += 1
            plan = sharing.plan_of(code, major)
            there = question.experiment
            typed = (*there.beginning.prepare, *there.prepare, *there.shown, *there.run)
            assert [line.text for line in plan.lines] == [line.text for line in typed_on(typed, major)]
    assert ways > 50
