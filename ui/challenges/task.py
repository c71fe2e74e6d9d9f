"""The task of a sitting: how a challenge stands after each of its lines, and how much help was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from levels import shown as levels_shown
from levels.attempt import Attempt, Standing, after, attempt
from levels.challenge import Challenge
from ui.challenges.progress import Record
from ui.terminal import sitting as sittings
from ui.terminal.sitting import INTERRUPT, Line, Moment, Sitting
from ui.terminal.start import Start

Solution = Literal["hidden", "asked", "shown"]
_HELPED = "s"
"""In an address: the solution was looked at before the goal was reached."""
MOST_DIGITS = 3


@dataclass(slots=True)
class Task:
    """A challenge beside a sitting.  `standings` belong to `seen`, moment by moment."""

    challenge: Challenge
    major: int
    standings: tuple[Standing, ...]
    seen: tuple[Moment, ...]
    hints: int = 0
    solution: Solution = "hidden"
    helped: bool = False
    """The solution was shown while the goal was not reached yet."""
    following: Challenge | None = field(default=None)
    """The next one of the path."""

    @property
    def standing(self) -> Standing:
        """How it stands now."""
        return self.standings[-1]

    def follow(self, now: Sitting) -> None:
        """Judge what is new since the last time; what was judged before is not judged again."""
        keep = 0
        for mine, theirs in zip(self.seen, now.moments, strict=False):
            if mine is not theirs:
                break
            keep += 1
        # The first moment is the beginning of the challenge, whatever else changes.
        standings = list(self.standings[: max(keep, 1)])
        for at in range(len(standings), len(now.moments)):
            standings.append(self._after(standings[-1], now, at))
        self.standings, self.seen = tuple(standings), now.moments

    def _after(self, before: Standing, now: Sitting, at: int) -> Standing:
        line, moment = now.lines[at - 1], now.moments[at]
        seat = moment.seats[line.seat]
        if line.text == INTERRUPT or seat.begun or moment.said.fault or not line.text.strip():
            return before
        whole = now.moments[at - 1].seats[line.seat].pending + line.text
        return after(self.challenge, self.major, before, moment.host, whole)

    def hint(self) -> bool:
        """One more hint, when there is one."""
        more = self.hints < len(self.challenge.hints)
        self.hints += more
        return more

    def show_solution(self) -> bool:
        """Asked once, it asks back; asked twice, it is shown."""
        if self.solution == "hidden" and self.standing.outcome != "reached":
            self.solution = "asked"
            return False
        self.solution = "shown"
        self.helped = self.helped or self.standing.outcome != "reached"
        return True

    def anew(self) -> None:
        """The beginning again: what is solved from here on is solved by oneself; hints stay shown."""
        self.solution, self.helped = "hidden", False

    def typed(self, now: Sitting) -> int | None:
        """How many lines of the solution were typed, when nothing else was; None when something else was."""
        lines = self.moves(now)
        mine = now.lines[: len(lines)]
        same = all(line == move for line, move in zip(mine, lines, strict=False))
        return len(mine) if same and len(now.lines) <= len(lines) else None

    def moves(self, now: Sitting) -> tuple[Line, ...]:
        """The solution as it is typed: each line at the terminal of its machine."""
        seats = [seat.machine for seat in now.moments[0].seats]
        return tuple(
            Line(seats.index(move.on) if move.on else 0, move.text) for move in self.challenge.moves_on(self.major)
        )

    def record(self) -> Record | None:
        """What is kept of this attempt; None while nothing was done."""
        standing = self.standing
        state = {"reached": "helped" if self.helped else "solved", "lost": "lost", "open": "open"}[standing.outcome]
        if state == "open" and not standing.commands and not self.hints and not self.helped:
            return None
        return Record.model_validate({"state": state, "commands": standing.commands, "major": self.major})

    def prefix(self) -> str:
        """Help that was asked for, for the address."""
        told = f"{self.hints or ''}{_HELPED if self.helped else ''}"
        return f"{told}." if told else ""

    def listed(self, key: str, lang: str) -> str:
        """What belongs under a word of the dojo: the hint, the goal, the solution, the reason."""
        match key:
            case "hint":
                return f"\n{self.challenge.hints[self.hints - 1].in_(lang)}"
            case "goal":
                marks = (f"\n{'✓' if one.holds else '○'} {one.sentence(lang)}" for one in self.standing.goal)
                return "".join(marks)
            case "solution":
                return "".join(f"\n  {line}" for line in self.challenge.solution_told(self.major))
            case "was_lost" if self.standing.trap:
                return f"\n{self.standing.trap.why.in_(lang)}"
            case "was_reached":
                return f"\n{self.challenge.why.in_(lang)}"
            case _:
                return ""

    def told(self, now: Sitting, lang: str) -> dict[str, Any]:
        """For the browser."""
        # An attempt that begins at this very moment: its words are those of the console.
        here = Attempt(self.challenge, self.major, now.now.host, self.standing, (), self.hints)
        facts = levels_shown.shown(here, lang)
        told: dict[str, Any] = {
            name: facts[name] for name in ("story", "goal", "outcome", "why", "hints", "commands", "par", "stars")
        }
        told |= {"id": self.challenge.id, "more": facts["more_hints"], "helped": self.helped, "solution": self.solution}
        if self.solution == "shown":
            told["lines"], told["typed"] = self.challenge.solution_told(self.major), self.typed(now)
        if self.following is not None:
            told["next"] = {"id": self.following.id, "title": self.following.title.in_(lang)}
        return told


def split(code: str) -> tuple[int, bool, str]:
    """Hints, help and lines of an address (see Task.prefix)."""
    told, dot, lines = code.rpartition(".")
    hints = told.rstrip(_HELPED)
    counted = dot and hints.isascii() and hints.isdecimal() and len(hints) <= MOST_DIGITS
    return (int(hints) if counted else 0), _HELPED in told, lines


def begin(challenge: Challenge, major: int, following: Challenge | None = None) -> tuple[Sitting, Task]:
    """Sit down at a challenge; raises NotPrepared when its file is at fault."""
    first = attempt(challenge, major)
    moment = Moment(first.first, sittings.first_seats(first.first))
    now = Sitting(Start(major), (), (moment,))
    return now, Task(challenge, major, (first.opening,), now.moments, following=following)
