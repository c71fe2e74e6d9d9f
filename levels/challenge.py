"""A challenge as a value: what stands in a file of challenges/, checked."""

from __future__ import annotations

from dataclasses import dataclass

from levels.conditions import Condition
from simulator.frozen import quick

CHAPTERS = (
    "logical",
    "cold",
    "basebackup",
    "archiving",
    "low-level",
    "pitr",
    "timelines",
    "trouble",
    "standby",
    "chain",
)


@quick
@dataclass(frozen=True, slots=True)
class Text:
    """Both languages."""

    ja: str
    en: str

    def in_(self, language: str) -> str:
        """The text in a language."""
        return self.ja if language == "ja" else self.en


@quick
@dataclass(frozen=True, slots=True)
class Line:
    """A command line, typed on these majors."""

    text: str
    versions: frozenset[int]
    on: str = ""
    """The machine that it is typed at; '' is the world's first."""


@dataclass(frozen=True, slots=True)
class Place:
    """A directory that is there at the beginning; `capacity`: it is a file system of its own, bytes."""

    path: str
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class OldCluster:
    """The data directory of a stopped server of an older major, and the pg_dumpall that was taken of it ('': none)."""

    path: str
    major: int
    dump: str = ""


@dataclass(frozen=True, slots=True)
class Beginning:
    """The world before the learner sits down."""

    name: str = "default"
    client: int | None = None
    """Major of the client tools that the learner has, when it is not the server's."""
    old: OldCluster | None = None
    settings: tuple[tuple[str, str], ...] = ()
    """Lines added to postgresql.conf before a restart."""
    places: tuple[Place, ...] = ()
    prepare: tuple[Line, ...] = ()
    """What others typed before: it must succeed."""
    weather: frozenset[str] = frozenset()
    """What others do while the learner works (words of host/weather.py)."""


@quick
@dataclass(frozen=True, slots=True)
class Wanted:
    """A condition of a goal or a trap."""

    condition: Condition
    holds: bool
    """False: the condition must not hold (`not: true`)."""
    versions: frozenset[int]
    say: Text | None = None
    """What is said instead of the kind's own sentence."""
    on: str = ""
    """The machine that it is about; '' is the world's first."""


@dataclass(frozen=True, slots=True)
class Trap:
    """What loses the level: all of `when` hold after a command."""

    when: tuple[Wanted, ...]
    why: Text
    commands: tuple[Line, ...]
    """A way to run into it."""
    versions: frozenset[int]


@dataclass(frozen=True, slots=True)
class Challenge:
    """One level."""

    id: str
    number: int
    chapter: str
    title: Text
    story: Text
    why: Text
    """Told when the goal is reached."""
    hints: tuple[Text, ...]
    version: int
    """The major that it is played on unless another is chosen."""
    versions: frozenset[int]
    beginning: Beginning
    goal: tuple[Wanted, ...]
    par: int
    solution: tuple[Line, ...]
    traps: tuple[Trap, ...]
    objectives: tuple[str, ...]
    failures: tuple[int, ...]

    def goal_on(self, major: int) -> tuple[Wanted, ...]:
        """The conditions that count on a major."""
        return tuple(one for one in self.goal if major in one.versions)

    def traps_on(self, major: int) -> tuple[Trap, ...]:
        """The traps that are there on a major."""
        return tuple(one for one in self.traps if major in one.versions)

    def solution_on(self, major: int) -> tuple[str, ...]:
        """The command lines of the solution."""
        return lines_on(self.solution, major)

    def moves_on(self, major: int) -> tuple[Line, ...]:
        """The lines of the solution, with the machine of each."""
        return typed_on(self.solution, major)

    def solution_told(self, major: int) -> tuple[str, ...]:
        """The solution to be read: each line with the machine that it is typed at, when that is not the first."""
        return tuple(f"{line.on}: {line.text}" if line.on else line.text for line in self.moves_on(major))


def lines_on(lines: tuple[Line, ...], major: int) -> tuple[str, ...]:
    """The command lines that are typed on a major."""
    return tuple(line.text for line in typed_on(lines, major))


def typed_on(lines: tuple[Line, ...], major: int) -> tuple[Line, ...]:
    """The lines that are typed on a major."""
    return tuple(line for line in lines if major in line.versions)
