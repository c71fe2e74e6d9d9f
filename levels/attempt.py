"""An attempt at a challenge: a fold of command lines over its world, with the standing after each of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from host.call import Done
from host.machine import Host
from host.network import at, first_of
from host.shell import BASH, run_line
from host.shell.voice import Voice
from levels.challenge import Challenge, Line, Trap, Wanted
from levels.judges import Verdict, judge
from levels.words import lacking, wanting
from levels.worlds import begin

Outcome = Literal["open", "reached", "lost"]
GOOD, FAIR = 3, 2


@dataclass(frozen=True, slots=True)
class Judged:
    """A condition of the goal and whether it holds now."""

    wanted: Wanted
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """It is as the goal wants it."""
        return self.verdict.holds is self.wanted.holds

    def sentence(self, language: str) -> str:
        """What the goal wants."""
        return wanting(self.wanted, language)

    def missing(self, language: str) -> str:
        """What is still missing; '' when it holds."""
        return "" if self.holds else lacking(self.wanted, self.verdict, language)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an attempt stands: each condition of the goal, the trap that was sprung, the commands so far."""

    goal: tuple[Judged, ...]
    trap: Trap | None
    commands: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Turn:
    """A line that was typed, what came of it, and the standing after it."""

    line: str
    done: Done
    standing: Standing


@dataclass(frozen=True, slots=True)
class Attempt:
    """Everything typed so far; the first host never changes, so undo and reset are exact."""

    challenge: Challenge
    major: int
    first: Host
    opening: Standing
    turns: tuple[Turn, ...] = ()
    hints_shown: int = 0

    @property
    def host(self) -> Host:
        """The host now."""
        return self.turns[-1].done.host if self.turns else self.first

    @property
    def standing(self) -> Standing:
        """How it stands now."""
        return self.turns[-1].standing if self.turns else self.opening

    @property
    def rating(self) -> int:
        """3 to 1 stars for a goal that is reached (par or less; half as many again; more), 0 before."""
        if self.standing.outcome != "reached":
            return 0
        par = self.challenge.par
        return GOOD if self.standing.commands <= par else FAIR if self.standing.commands <= par + (par + 1) // 2 else 1

    def enter(self, line: str, voice: Voice = BASH, on: str = "") -> Attempt:
        """Type a line at a machine ('': where one sits).  An empty one does nothing and counts for nothing."""
        if not line.strip():
            return self
        done = run_line(at(self.host, on or self.host.network.here), line, voice=voice)
        return replace(self, turns=(*self.turns, Turn(line, done, self._after(line, done.host))))

    def played(self, lines: Iterable[str | Line]) -> Attempt:
        """Type line after line, each at its machine: a history is the whole state of an attempt."""
        now = self
        for line in lines:
            home = first_of(self.first)
            now = now.enter(line) if isinstance(line, str) else now.enter(line.text, on=line.on or home)
        return now

    def undone(self) -> Attempt:
        """As it was before the last line."""
        return replace(self, turns=self.turns[:-1])

    def restarted(self) -> Attempt:
        """The same challenge from its beginning; hints stay shown."""
        return replace(self, turns=())

    def with_hint(self) -> Attempt:
        """One more hint is shown."""
        return replace(self, hints_shown=min(self.hints_shown + 1, len(self.challenge.hints)))

    def _after(self, line: str, host: Host) -> Standing:
        return after(self.challenge, self.major, self.standing, host, line)


def after(challenge: Challenge, major: int, before: Standing, host: Host, line: str) -> Standing:
    """The standing after a line: what is won stays won, what is lost stays lost; a line that does both has lost."""
    goal = judged(challenge, major, host)
    trap = before.trap
    if before.outcome == "open":
        traps = challenge.traps_on(major)
        trap = next((one for one in traps if _sprung(one, major, host, line)), None)
    outcome = before.outcome
    if outcome == "open":
        outcome = "lost" if trap else "reached" if all(one.holds for one in goal) else "open"
    commands = before.commands + (before.outcome == "open")
    return Standing(goal, trap, commands, outcome)


def attempt(challenge: Challenge, major: int | None = None) -> Attempt:
    """Sit down at a challenge; raises NotPrepared when its file is at fault."""
    wanted = challenge.version if major is None else major
    host = begin(challenge.beginning, wanted)
    goal = judged(challenge, wanted, host)
    outcome: Outcome = "reached" if all(one.holds for one in goal) else "open"
    return Attempt(challenge, wanted, host, Standing(goal, None, 0, outcome))


def judged(challenge: Challenge, major: int, host: Host) -> tuple[Judged, ...]:
    """Every condition of the goal, held against a host."""
    return tuple(Judged(wanted, judge(wanted.condition, at(host, wanted.on))) for wanted in challenge.goal_on(major))


def _sprung(trap: Trap, major: int, host: Host, line: str) -> bool:
    when = (wanted for wanted in trap.when if major in wanted.versions)
    return all(judge(wanted.condition, at(host, wanted.on), line).holds is wanted.holds for wanted in when)
