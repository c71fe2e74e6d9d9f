"""What templates are made of: a draw becomes a Question whose choices are claims, and the check holds for it too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from host.shell import run_line
from levels.challenge import Beginning, Line, Place, Text
from quizzes.drawing import Draw
from quizzes.experiment import after
from quizzes.question import Choice, Claim, Experiment, Question, Said
from quizzes.templates.words import words
from simulator.versions import KNOWN

ALL = frozenset(KNOWN)
CHOICES = 4
UNTOLD = Text("", "")
"""The words of a template come from texts.toml when its values are known."""


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of question that is drawn anew each time.  `make` may return None for a draw that asks nothing."""

    id: str
    make: Callable[[Draw, int], Question | None]
    versions: frozenset[int] = ALL


@dataclass(frozen=True, slots=True)
class Belief:
    """An answer, and what somebody thinks who gives it: the key of a sentence in texts.toml."""

    value: str
    key: str
    text: str = ""
    """The key of what the choice says, when it does not say the value itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a template asks: `line` prints the answer on the host of the experiment."""

    question: Question
    line: str
    facts: Mapping[str, object]
    """What its sentences may name."""


def lines(*texts: str) -> tuple[Line, ...]:
    """Command lines for every major."""
    return tuple(Line(text, ALL) for text in texts)


def world(*directories: str, settings: Mapping[str, str] | None = None, prepare: Iterable[str] = ()) -> Beginning:
    """The learner's world with directories, lines of postgresql.conf and what was typed before."""
    places = tuple(Place(path) for path in directories)
    return Beginning(settings=tuple((settings or {}).items()), places=places, prepare=lines(*prepare))


def printed(experiment: Experiment, major: int, line: str) -> str:
    """What the model prints: the key of a question is never written down."""
    return str(run_line(after(experiment, major).host, line).stdout).strip()


def valued(asked: Asked, right: str, beliefs: Iterable[Belief], draw: Draw, text: str = "") -> Question | None:
    """A question whose choices are values that a command line prints; None when too few beliefs differ from it."""
    wrong: dict[str, Belief] = {}
    for one in beliefs:
        if one.value != right:
            wrong.setdefault(one.value, one)
    if len(wrong) < CHOICES - 1:
        return None
    taken = (Belief(right, "right", text), *draw.some(tuple(wrong.values()), CHOICES - 1))
    question = asked.question
    choices = tuple(
        Choice(
            text=words(question.id, one.text, **asked.facts) if one.text else Text(one.value, one.value),
            right=one.key == "right",
            because=words(question.id, one.key, **asked.facts),
            code=not one.text,
            claims=(Claim(ALL, said=Said(asked.line, prints=one.value)),),
        )
        for one in taken
    )
    return replace(
        question,
        stem=words(question.id, "stem", **asked.facts),
        explanation=words(question.id, "explanation", **asked.facts),
        choices=choices,
    )
