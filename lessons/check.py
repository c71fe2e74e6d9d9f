"""Is a lesson sound: what its picture shows bears out the right guess and no other, on every major that it names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from lessons.lesson import Cell, Guess, Lesson, Methods
from levels.challenge import Beginning
from levels.worlds import NotPrepared
from quizzes.claims import true_on
from quizzes.experiment import after
from quizzes.question import Experiment, Question
from simulator.ending import met
from simulator.play import predict
from simulator.prose import catalogue
from simulator.scenario import Scenario

ASKED = 3
"""Questions at the end of a lesson."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What lessons name: scenarios, questions and challenges, by id."""

    scenarios: Mapping[str, Scenario]
    questions: Mapping[str, Question]
    challenges: Collection[str]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: the key of a sentence in problems.toml, the major (0: any), and its facts."""

    kind: str
    major: int = 0
    facts: tuple[tuple[str, object], ...] = ()
    line: int = 0
    """Of the table of methods; 0: of a lesson, which says its own."""


def asked(lesson: Lesson, major: int, questions: Mapping[str, Question]) -> tuple[Question, ...]:
    """The questions at the end of a lesson, as far as they hold on a major."""
    found = (questions[name] for name in lesson.questions if name in questions)
    return tuple([one for one in found if major in one.versions][:ASKED])


def problems(lesson: Lesson, shelf: Shelf) -> Iterator[Problem]:
    """Everything that a lesson promises and does not keep."""
    if sum(one.right for one in lesson.guesses) != 1:
        yield Problem("one_right")
    for name in lesson.questions:
        if name not in shelf.questions:
            yield Problem("no_question", facts=(("name", name),))
    if lesson.task.challenge and lesson.task.challenge not in shelf.challenges:
        yield Problem("no_challenge", facts=(("name", lesson.task.challenge),))
    if not (lesson.task.challenge or lesson.task.lines):
        yield Problem("no_task")
    for page in lesson.manual:
        if page not in catalogue("manual"):
            yield Problem("no_page", facts=(("name", page),))
    if lesson.task.lines:
        yield from _task(lesson)
    name = lesson.picture.scenario
    if name and name not in shelf.scenarios:
        yield Problem("no_scenario", facts=(("name", name),))
        return
    for major in sorted(lesson.versions):
        count = len(asked(lesson, major, shelf.questions))
        if count < ASKED:
            yield Problem("few_questions", major, (("count", count),))
        yield from _scenario(lesson, shelf.scenarios[name], major) if name else _host(lesson, major)


def _task(lesson: Lesson) -> Iterator[Problem]:
    """What is typed for the reader succeeds at the terminal's own world."""
    for major in sorted(lesson.versions):
        for shown in after(Experiment(Beginning(), run=lesson.task.lines), major).transcript:
            if shown.exit:
                yield Problem("task_fails", major, (("line", shown.line), ("said", shown.printed.strip())))


def _scenario(lesson: Lesson, scenario: Scenario, major: int) -> Iterator[Problem]:
    if major not in scenario.server.versions:
        yield Problem("not_there", major, (("name", scenario.id),))
        return
    run = predict(scenario, major)
    if lesson.picture.stops >= len(run.run.steps):
        yield Problem("stops", major, (("count", len(run.run.steps)),))
        return
    decides = run.run.steps[lesson.picture.stops].entry
    if decides != predict(scenario, lesson.major(scenario.server.version)).run.steps[lesson.picture.stops].entry:
        yield Problem("stops_elsewhere", major)
    for guess in lesson.guesses:
        if not guess.ends:
            yield Problem("no_ends", major, (("guess", guess.text.en),))
        elif met(guess.ends, scenario, run) is not guess.right:
            yield _untrue(guess, major)


def _host(lesson: Lesson, major: int) -> Iterator[Problem]:
    experiment = lesson.picture.experiment
    assert experiment is not None, "a picture has a scenario or lines"
    count = sum(major in line.versions for line in experiment.run)
    if lesson.picture.stops >= count:
        yield Problem("stops", major, (("count", count),))
    try:
        outcome = after(experiment, major)
    except NotPrepared as error:
        yield Problem("not_prepared", major, (("said", str(error)),))
        return
    for guess in lesson.guesses:
        if not guess.claims:
            yield Problem("no_claims", major, (("guess", guess.text.en),))
        elif true_on(guess.claims, outcome, major) is not guess.right:
            yield _untrue(guess, major)


def _untrue(guess: Guess, major: int) -> Problem:
    return Problem("guess", major, (("guess", guess.text.en), ("true", str(not guess.right).lower())))


def table_problems(table: Methods, shelf: Shelf, known: Collection[str]) -> Iterator[Problem]:
    """Every cell of the table is so; `known`: ids of lessons."""
    for method in table.methods:
        if method.lesson and method.lesson not in known:
            yield Problem("no_lesson", facts=(("name", method.lesson),))
    for (method_id, aspect), cell in table.cells.items():
        for problem in _cell(cell, shelf):
            facts = (("method", method_id), ("aspect", aspect), *problem.facts)
            yield Problem(problem.kind, problem.major, facts, cell.line)


def _cell(cell: Cell, shelf: Shelf) -> Iterator[Problem]:
    if cell.experiment is None:
        scenario = shelf.scenarios.get(cell.scenario)
        if scenario is None:
            yield Problem("no_scenario", facts=(("name", cell.scenario),))
            return
        for major in sorted(cell.versions & scenario.server.versions):
            if not met(cell.ends, scenario, predict(scenario, major)):
                yield Problem("cell_scenario", major, (("name", cell.scenario),))
        return
    for major in sorted(cell.versions):
        try:
            outcome = after(cell.experiment, major)
        except NotPrepared as error:
            yield Problem("not_prepared", major, (("said", str(error)),))
            continue
        if not true_on(cell.claims, outcome, major):
            said = outcome.last.printed.strip()[:300] if outcome.last else ""
            yield Problem("cell", major, (("text", cell.text.en), ("said", said)))
