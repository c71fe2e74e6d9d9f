"""What is wrong with a lesson or with the table of methods, in both languages (problems.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from lessons.check import Problem


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("lessons").joinpath("problems.toml").read_text(encoding="utf-8"))


def line_of(file: str, problem: Problem, language: str, line: int = 1) -> str:
    """The sentence with its place: file, line, and the major on which it is so."""
    on = f"{problem.major}: " if problem.major else ""
    said = _texts()[problem.kind]["ja" if language == "ja" else "en"].format_map(dict(problem.facts))
    return f"{file}:{problem.line or line}: {on}{said}"
