"""`waldojo lesson check`: every lesson is played on every major, every cell of the table of methods is tried."""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files

from console.exec import MALFORMED
from lessons.check import Problem, Shelf, problems, table_problems
from lessons.lesson import Lesson, Methods
from lessons.loader import lessons, methods
from lessons.telling import line_of
from levels.loader import all_challenges
from quizzes.loader import bank
from simulator.faults import ScenarioError
from simulator.loader import loads

TABLE = "lessons/methods.yaml"


@cache
def shelf() -> Shelf:
    """What lessons may name."""
    entries = [one for one in files("scenarios").iterdir() if one.name.endswith(".yaml")]
    scenarios = (loads(one.read_bytes(), one.name) for one in entries)
    questions = {one.id: one for one in bank()}
    return Shelf({one.id: one for one in scenarios}, questions, {one.id for one in all_challenges()})


def checked(*, language: str) -> int:
    """The last line is `lessons: N of N sound; table of methods: N of N cells so`."""
    try:
        book, table = lessons(), methods()
    except ScenarioError as error:
        for fault in error.faults:
            print(fault.line_of_text(language), file=sys.stderr)
        return MALFORMED
    sound = 0
    for one in book:
        found = list(problems(one, shelf()))
        sound += not found
        _tell(found, one, language)
    wrong = list(table_problems(table, shelf(), {one.id for one in book}))
    for problem in wrong:
        print(line_of(TABLE, problem, language))
    so = _cells(table) - len({problem.line for problem in wrong})
    print(f"lessons: {sound} of {len(book)} sound; table of methods: {so} of {_cells(table)} cells so")
    return 0 if sound == len(book) and not wrong else 1


def _cells(table: Methods) -> int:
    return len(table.cells)


def _tell(found: list[Problem], lesson: Lesson, language: str) -> None:
    for problem in found:
        print(line_of(lesson.file, problem, language, lesson.line))
