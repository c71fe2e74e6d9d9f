"""Experiments performed: the host as the learner is asked, and the host after the decisive lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from host.call import Done
from host.machine import Host
from host.network import at
from host.shell import run_line
from levels.challenge import Line, typed_on
from levels.worlds import begin
from quizzes.question import Experiment

CACHED = 256


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


def typed(host: Host, lines: Sequence[Line]) -> Outcome:
    """Lines typed one after the other, each at its machine; the host that is left is the world at its first one."""
    transcript = []
    for line in lines:
        done = run_line(at(host, line.on), line.text)
        transcript.append(Shown(line.text, printed(done), done.exit, line.on))
        host = done.host
    return Outcome(at(host), tuple(transcript))


def printed(done: Done) -> str:
    """What a terminal shows of a line: both streams."""
    return str(done.stdout) + str(done.stderr)


@lru_cache(maxsize=CACHED)
def asked_at(experiment: Experiment, major: int) -> Outcome:
    """The host when the learner is asked, with the transcript of the shown lines; raises levels.worlds.NotPrepared."""
    ready = typed(begin(experiment.beginning, major), typed_on(experiment.prepare, major)).host
    return typed(ready, typed_on(experiment.shown, major))


@lru_cache(maxsize=CACHED)
def after(experiment: Experiment, major: int, more: tuple[Line, ...] = ()) -> Outcome:
    """The host after the decisive lines, and the lines of a choice."""
    before = asked_at(experiment, major)
    done = typed(before.host, (*typed_on(experiment.run, major), *typed_on(more, major)))
    return Outcome(done.host, (*before.transcript, *done.transcript))


def by_learner(text: str, major: int) -> tuple[Line, ...]:
    """What somebody typed, as a line of an experiment."""
    return (Line(text.strip(), frozenset({major})),)
