"""What is wrong with a question, in both languages (problems.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from quizzes.check import Problem
from quizzes.question import Question


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("quizzes").joinpath("problems.toml").read_text(encoding="utf-8"))


def told(problem: Problem, language: str) -> str:
    """The sentence of a problem."""
    return _texts()[problem.kind]["ja" if language == "ja" else "en"].format_map(dict(problem.facts))


def line_of(question: Question, problem: Problem, language: str) -> str:
    """The same with the place of the question: file, line, id, and the major on which it is so."""
    place = f"{question.file}:{question.line}: " if question.file else ""
    on = f"{problem.major}: " if problem.major else ""
    return f"{place}{question.id}: {on}{told(problem, language)}"
