"""The picture of a lesson for the stage: cut off where the reader predicts, and whole after that."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from lessons.lesson import Lesson
from lessons.loader import lessons
from levels.challenge import typed_on
from quizzes import experiment as experiments
from ui import payload, replay, runs
from ui.language import words
from ui.payload import Frame


def find(lesson_id: str) -> Lesson | None:
    """A lesson by its id."""
    return next((one for one in lessons() if one.id == lesson_id), None)


def known(lesson_id: str) -> Lesson:
    """A lesson that is known to be there; raises KeyError."""
    found = find(lesson_id)
    if found is None:
        raise KeyError(lesson_id)
    return found


@lru_cache(maxsize=128)
def text(lesson_id: str, major: int, lang: str, *, whole: bool) -> str:
    """The run up to the prediction; `whole`: all of it, to be played on from there."""
    lesson = known(lesson_id)
    head, frames = _scenario(lesson, major, lang) if lesson.picture.scenario else _host(lesson, major, lang)
    stops = lesson.picture.stops
    if not whole:
        marks = [mark for mark in head["marks"] if mark["i"] <= stops]
        head, frames = head | {"marks": marks, "verdict": None}, frames[: stops + 1]
    return payload.text(payload.packed(head, frames) | ({"then": stops} if whole else {}))


def _scenario(lesson: Lesson, major: int, lang: str) -> tuple[dict[str, Any], list[Frame]]:
    head, frames = runs.told(lesson.picture.scenario, major, (), lang)
    # The scenario's own first words may say more than the reader should know yet.
    opening = {"ev": [{"k": "Start", "t": words("replay", lang)["opening"]}]}
    return head | {"local": True}, [frames[0] | opening, *frames[1:]]


def _host(lesson: Lesson, major: int, lang: str) -> tuple[dict[str, Any], list[Frame]]:
    experiment = lesson.picture.experiment
    assert experiment is not None, "a picture has a scenario or lines"
    told = zip(experiment.run, lesson.picture.says, strict=True)
    says = [say.in_(lang) if say else "" for line, say in told if major in line.versions]
    first = experiments.ready(experiment, major)
    seen = replay.moments(first, experiments.steps(first, typed_on(experiment.run, major)), says)
    return replay.run(f"lesson-{lesson.id}", seen, lang)
