"""What templates are made of: what a draw asks, and the worlds and lines that it asks about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from host.shell import run_line
from levels.challenge import Beginning, Line, Place
from quizzes.drawing import Draw
from quizzes.experiment import after
from quizzes.question import Experiment, Kind, Level
from simulator.versions import KNOWN

ALL = frozenset(KNOWN)


@dataclass(frozen=True, slots=True)
class Belief:
    """An answer, and what somebody thinks who gives it: the key of a sentence of the template."""

    value: str
    key: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A choice that is true or false by itself: true when `line` prints `prints`.  Each case has its reason."""

    value: str
    line: str
    prints: str
    true: str
    false: str
    words: Mapping[str, object] = field(default_factory=dict)
    """What its sentences may name, beside the words of the draw."""


@dataclass(frozen=True, slots=True)
class Step:
    """A thing to be done in its turn: a command as it stands, or lines that a sentence (`key`) tells of."""

    lines: tuple[str, ...]
    because: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a draw asks.

    `line` prints the answer on the host of the experiment, and `beliefs` are what people answer; or each of
    `statements` is asked of the host; or the `steps` in this order make `line` print what they should; or what is
    typed should (`accepts`, `wrong`).  A picture needs nothing but the files and the fate.
    """

    experiment: Experiment
    line: str = ""
    beliefs: tuple[Belief, ...] = ()
    words: Mapping[str, object] = field(default_factory=dict)
    """What its sentences may name."""
    facts: tuple[str, ...] = ()
    """What one must know, when that depends on the draw."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Keys of what choices say, by their values, when they do not say the values themselves."""
    statements: tuple[Statement, ...] = ()
    steps: tuple[Step, ...] = ()
    accepts: tuple[str, ...] = ()
    wrong: tuple[Belief, ...] = ()
    path: str = ""
    """The directory of a picture."""


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
    unit: str = ""
    """The unit of a number."""


def lines(*texts: str) -> tuple[Line, ...]:
    """Command lines for every major."""
    return tuple(Line(text, ALL) for text in texts)


def world(*directories: str, settings: Mapping[str, str] | None = None, prepare: Iterable[str] = ()) -> Beginning:
    """The learner's world with directories, lines of postgresql.conf and what was typed before."""
    places = tuple(Place(path) for path in directories)
    return Beginning(settings=tuple((settings or {}).items()), places=places, prepare=lines(*prepare))


def printed(experiment: Experiment, major: int, line: str, *done: str) -> str:
    """What the model prints, after more lines were `done`: the key of a question is never written down."""
    return str(run_line(after(experiment, major, lines(*done)).host, line).stdout).strip()
