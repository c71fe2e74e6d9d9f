"""A question as a value: what stands in a file of quizzes/bank/, checked.

A choice is a claim: lines that are typed after those of the experiment (often none), and what must be true then.  So
the marked answer can be proved, and every distractor disproved, on each major that the question names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from levels.challenge import Beginning, Line, Text, Wanted
from simulator.frozen import quick

Kind = Literal["one", "choose", "not", "predict", "typed", "order", "picture", "number"]
CHOOSING: frozenset[Kind] = frozenset({"one", "choose", "not", "predict"})
"""Kinds that are answered by marking choices."""
Level = Literal["silver", "gold", "beyond"]
Fate = Literal["stays", "vanishes", "appears", "changes"]


@quick
@dataclass(frozen=True, slots=True)
class Said:
    """What a command line answers; `to` '': the last line that was typed.

    All that is given must hold: the exit code, the whole answer (`prints`, without blanks at its ends), words that are
    in it (`has`) or not (`lacks`).  Standard output and standard error are read as one text, in this order.
    """

    to: str = ""
    on: str = ""
    """The machine that is asked; '' is the world's first."""
    exit: int | None = None
    prints: str | None = None
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    holds: bool = True
    """False: it must not answer so."""


@quick
@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that is so after the experiment, on some majors: a condition of a host, or what a command says."""

    versions: frozenset[int]
    wanted: Wanted | None = None
    said: Said | None = None


@quick
@dataclass(frozen=True, slots=True)
class Experiment:
    """A host, and what is typed there: before (`prepare`), before the learner's eyes (`shown`), and then (`run`)."""

    beginning: Beginning
    prepare: tuple[Line, ...] = ()
    shown: tuple[Line, ...] = ()
    run: tuple[Line, ...] = ()
    """The decisive lines: played when the answer is given."""


@quick
@dataclass(frozen=True, slots=True)
class Choice:
    """One choice, or one step that has to be put in order."""

    text: Text
    right: bool
    because: Text
    code: bool = False
    """It is a command or a name, and is shown in the letters of a terminal."""
    lines: tuple[Line, ...] = ()
    """Typed after the experiment, when somebody takes this choice."""
    claims: tuple[Claim, ...] = ()
    """What it says; nothing: the goal of the question."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A typed answer that is wrong, and why."""

    text: str
    because: Text


@dataclass(frozen=True, slots=True)
class Picture:
    """Files of a directory of which some have a fate: those are to be clicked on."""

    path: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class Number:
    """A number with a unit, printed by a command line."""

    value: float
    unit: str = ""
    line: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Question:
    """One question."""

    id: str
    kind: Kind
    objective: str
    level: Level
    versions: frozenset[int]
    stem: Text
    explanation: Text
    difficulty: int
    """1 to 3."""
    tags: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    """Terms of the scope that it asks about."""
    topics: tuple[str, ...] = ()
    """Things that other banks never ask (topics.toml)."""
    failures: tuple[int, ...] = ()
    manual: str = ""
    """A page of the manual, by its key in the table of pages (simulator/prose/manual.toml)."""
    incident: str = ""
    """The happening that it is about: questions that share one are few."""
    facts: tuple[str, ...] = ()
    """What one must know to answer: more than one when facts are combined."""
    situational: bool = False
    experiment: Experiment | None = None
    goal: tuple[Claim, ...] = ()
    choices: tuple[Choice, ...] = ()
    also: tuple[tuple[int, ...], ...] = ()
    """Other orders of the steps that do it, by the numbers of the steps from 1 on."""
    accepts: tuple[str, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    picture: Picture | None = None
    number: Number | None = None
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    @property
    def proved(self) -> bool:
        """A machine shows that the marked answer is right and the others are not."""
        if self.experiment is None:
            return False
        if self.kind in CHOOSING:
            return all(one.claims or self.goal for one in self.choices)
        return bool(self.goal or self.picture or (self.number and self.number.line))

    @property
    def key(self) -> tuple[int, ...]:
        """Numbers (from 0) of the choices that are to be marked."""
        return tuple(at for at, one in enumerate(self.choices) if one.right)
