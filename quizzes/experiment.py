"""Experiments performed: the host as the learner is asked, and the host after the decisive lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from host.call import Done
from host.machine import Host
from host.shell import run_line
from levels.challenge import lines_on
from levels.worlds import begin
from quizzes.question import Experiment

CACHED = 256


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of a terminal and what it printed."""

    line: str
    printed: str
    exit: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A host after lines were typed, and what each of them printed."""

    host: Host
    transcript: tuple[Shown, ...] = ()

    @property
    def last(self) -> Shown | None:
        """The line typed last."""
        return self.transcript[-1] if self.transcript else None


def typed(host: Host, lines: Sequence[str]) -> Outcome:
    """Lines typed one after the other on a host."""
    transcript = []
    for line in lines:
        done = run_line(host, line)
        transcript.append(Shown(line, printed(done), done.exit))
        host = done.host
    return Outcome(host, tuple(transcript))


def printed(done: Done) -> str:
    """What a terminal shows of a line: both streams."""
    return str(done.stdout) + str(done.stderr)


@lru_cache(maxsize=CACHED)
def asked_at(experiment: Experiment, major: int) -> Outcome:
    """The host when the learner is asked, with the transcript of the shown lines; raises levels.worlds.NotPrepared."""
    ready = typed(begin(experiment.beginning, major), lines_on(experiment.prepare, major)).host
    return typed(ready, lines_on(experiment.shown, major))


@lru_cache(maxsize=CACHED)
def after(experiment: Experiment, major: int, more: tuple[str, ...] = ()) -> Outcome:
    """The host after the decisive lines, and the lines of a choice."""
    before = asked_at(experiment, major)
    done = typed(before.host, (*lines_on(experiment.run, major), *more))
    return Outcome(done.host, (*before.transcript, *done.transcript))
