"""A lesson as a value: what stands in a file of lessons/book/, checked."""

from __future__ import annotations

from dataclasses import dataclass, field

from levels.challenge import Line, Text
from quizzes.question import Claim, Experiment
from simulator.scenario import Check


@dataclass(frozen=True, slots=True)
class Picture:
    """What plays: a scenario of the Theatre, or lines typed at a host."""

    stops: int
    """Steps that have been played when the reader predicts: the one after them decides."""
    scenario: str = ""
    experiment: Experiment | None = None
    """The lines of its `run` are the steps."""
    says: tuple[Text | None, ...] = ()
    """What is told of each line of the experiment."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One thing that may happen, and how the run decides it: by an ending of the scenario, or by claims on the host."""

    text: Text
    right: bool
    because: Text
    ends: tuple[Check, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: at the terminal (with lines that are typed already), or a challenge."""

    text: Text
    lines: tuple[Line, ...] = ()
    challenge: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson."""

    id: str
    place: int
    title: Text
    """The claim, as a sentence."""
    objective: str
    versions: frozenset[int]
    """Majors that its picture holds on."""
    text: tuple[Text, ...]
    """Before the picture: a paragraph each."""
    picture: Picture
    ask: Text
    guesses: tuple[Guess, ...]
    after: tuple[Text, ...]
    """What follows from it: a paragraph each."""
    task: Task
    questions: tuple[str, ...]
    """Ids of the bank; the first three that hold on the major are asked."""
    manual: tuple[str, ...] = ()
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    def major(self, wanted: int) -> int:
        """The major that it is shown on: the wanted one where it holds there, else the nearest."""
        return min(self.versions, key=lambda one: (abs(one - wanted), one))


@dataclass(frozen=True, slots=True)
class Cell:
    """What a method is like in one respect, and what shows it: how a scenario ends, or lines and claims."""

    text: Text
    versions: frozenset[int]
    scenario: str = ""
    ends: tuple[Check, ...] = ()
    experiment: Experiment | None = None
    claims: tuple[Claim, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Named:
    """A method or an aspect: its id and its name."""

    id: str
    name: Text
    lesson: str = ""
    """Of a method: the lesson about it."""


@dataclass(frozen=True, slots=True)
class Methods:
    """The table: every method in every aspect."""

    methods: tuple[Named, ...]
    aspects: tuple[Named, ...]
    cells: dict[tuple[str, str], Cell]
    """By method and aspect."""
