"""What the examinations ask: their objectives, weights and terms (scope.toml); what others never ask (topics.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from levels.challenge import Text

EXAMS = ("silver", "gold")


@dataclass(frozen=True, slots=True)
class Exam:
    """A real paper."""

    questions: int
    minutes: int
    pass_mark: int
    """Per cent."""


@dataclass(frozen=True, slots=True)
class Objective:
    """An objective of the scope: `weight` is its number of questions of a real paper."""

    id: str
    weight: int
    title: Text
    terms: tuple[str, ...]
    part: bool = False
    """Only a part of it belongs to the dojo's subject."""

    @property
    def exam(self) -> str:
        """silver, gold; '' for what no paper asks."""
        return {"S": "silver", "G": "gold"}.get(self.id[0], "")


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything."""

    exams: Mapping[str, Exam]
    objectives: Mapping[str, Objective]


@cache
def topics() -> Mapping[str, Text]:
    """What other banks never ask (topics.toml)."""
    read = tomllib.loads(files("quizzes").joinpath("topics.toml").read_text(encoding="utf-8"))
    return MappingProxyType({name: Text(one["ja"], one["en"]) for name, one in read.items()})


@cache
def scope() -> Scope:
    """The table."""
    read = tomllib.loads(files("quizzes").joinpath("scope.toml").read_text(encoding="utf-8"))
    objectives = {
        name: Objective(
            name,
            one["weight"],
            Text(one["title"]["ja"], one["title"]["en"]),
            tuple(one["terms"]),
            one.get("part", False),
        )
        for name, one in read["objectives"].items()
    }
    return Scope(MappingProxyType({name: Exam(**read[name]) for name in EXAMS}), MappingProxyType(objectives))
