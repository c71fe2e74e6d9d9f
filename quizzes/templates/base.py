"""What templates are made of: a draw becomes a Question whose choices are claims, and the check holds for it too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from host.shell import run_line
from levels.challenge import Beginning, Line, Place, Text
from quizzes.drawing import Draw
from quizzes.experiment import after
from quizzes.question import Choice, Claim, Experiment, Kind, Level, Question, Said
from quizzes.templates.words import words
from simulator.versions import KNOWN

ALL = frozenset(KNOWN)
CHOICES = 4


@dataclass(frozen=True, slots=True)
class Belief:
    """An answer, and what somebody thinks who gives it: the key of a sentence in texts.toml."""

    value: str
    key: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a draw asks: `line` prints the answer on the host of the experiment, `beliefs` are what people answer."""

    experiment: Experiment
    line: str
    beliefs: tuple[Belief, ...]
    words: Mapping[str, object] = field(default_factory=dict)
    """What its sentences may name."""
    facts: tuple[str, ...] = ()
    """What one must know, when that depends on the draw."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Keys of what choices say, by their values, when they do not say the values themselves."""


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of question that is drawn anew each time.  `draw` may return None for a draw that asks nothing."""

    id: str
    kind: Kind
    objective: str
    level: Level
    difficulty: int
    manual: str
    facts: tuple[str, ...]
    draw: Callable[[Draw, int], Drawn | None]
    situational: bool = False
    versions: frozenset[int] = ALL


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


def question_of(template: Template, drawn: Drawn, draw: Draw, major: int) -> Question | None:
    """A question whose choices are values that a command line prints; None when too few beliefs differ from the key."""
    right = printed(drawn.experiment, major, drawn.line)
    if drawn.texts and right not in drawn.texts:
        return None
    wrong: dict[str, Belief] = {}
    for one in drawn.beliefs:
        if one.value != right:
            wrong.setdefault(one.value, one)
    if len(wrong) < CHOICES - 1:
        return None
    taken = (Belief(right, "right"), *draw.some(tuple(wrong.values()), CHOICES - 1))
    names = {**drawn.words, "right": right}
    return Question(
        id=template.id,
        kind=template.kind,
        objective=template.objective,
        level=template.level,
        versions=frozenset({major}),
        stem=words(template.id, "stem", **names),
        explanation=words(template.id, "explanation", **names),
        difficulty=template.difficulty,
        manual=template.manual,
        facts=drawn.facts or template.facts,
        situational=template.situational,
        experiment=drawn.experiment,
        choices=tuple(_choice(template.id, drawn, one, names) for one in taken),
    )


def _choice(template: str, drawn: Drawn, one: Belief, names: Mapping[str, object]) -> Choice:
    key = drawn.texts.get(one.value, "")
    return Choice(
        text=words(template, key, **names) if key else Text(one.value, one.value),
        right=one.key == "right",
        because=words(template, one.key, **names),
        code=not key,
        claims=(Claim(ALL, said=Said(drawn.line, prints=one.value)),),
    )
