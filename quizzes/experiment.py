"""Experiments performed: the host as the learner is asked, and the host after the decisive lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from host.call import Done
from host.machine import Host
from host.network import at
from host.shell import run_line
from levels.challenge import Line, typed_on
from levels.worlds import begin
from quizzes.question import Experiment

CACHED = 1024
"""Of each: room for the whole bank on one major and what templates draw beside it, so that a class performs it once."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of a terminal and what it printed."""

    line: str
    printed: str
    exit: int
    on: str = ""
    """The machine; '' is the world's first."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A host after lines were typed, and what each of them printed."""

    host: Host
    transcript: tuple[Shown, ...] = ()

    @property
    def last(self) -> Shown | None:
        """The line typed last."""
        return self.transcript[-1] if self.transcript else None


def steps(host: Host, lines: Iterable[Line]) -> Iterator[tuple[Shown, Host]]:
    """Lines typed one after the other, each at its machine, with the world that each leaves."""
    for line in lines:
        done = run_line(at(host, line.on), line.text)
        host = done.host
        yield Shown(line.text, printed(done), done.exit, line.on), host


def typed(host: Host, lines: Sequence[Line]) -> Outcome:
    """The same at once; the host that is left is the world at its first machine."""
    transcript = []
    for shown, left in steps(host, lines):
        transcript.append(shown)
        host = left
    return Outcome(at(host), tuple(transcript))


def ready(experiment: Experiment, major: int) -> Host:
    """The host before the first line that the learner sees; raises levels.worlds.NotPrepared."""
    return typed(begin(experiment.beginning, major), typed_on(experiment.prepare, major)).host


def printed(done: Done) -> str:
    """What a terminal shows of a line: both streams."""
    return str(done.stdout) + str(done.stderr)


@lru_cache(maxsize=CACHED)
def asked_at(experiment: Experiment, major: int) -> Outcome:
    """The host when the learner is asked, with the transcript of the shown lines; raises levels.worlds.NotPrepared."""
    return typed(ready(experiment, major), typed_on(experiment.shown, major))


@lru_cache(maxsize=CACHED)
def after(experiment: Experiment, major: int, more: tuple[Line, ...] = ()) -> Outcome:
    """The host after the decisive lines, and the lines of a choice."""
    before = asked_at(experiment, major)
    done = typed(before.host, (*typed_on(experiment.run, major), *typed_on(more, major)))
    return Outcome(done.host, (*before.transcript, *done.transcript))


def by_learner(text: str, major: int) -> tuple[Line, ...]:
    """What somebody typed, as a line of an experiment."""
    return (Line(text.strip(), frozenset({major})),)
