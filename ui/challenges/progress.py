"""What a visitor has reached: the best and the last attempt at each challenge.  The browser keeps it (memory.js)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

State = Literal["untried", "open", "lost", "helped", "solved"]
LARGEST = 1_000_000
"""Characters of what a browser may tell."""
MOST = 1000
"""Challenges that it may tell of."""
GOES_ON = frozenset({"open", "lost"})
"""Attempts that are not over: their lines are kept."""


class Record(BaseModel):
    """An attempt."""

    model_config = ConfigDict(frozen=True)

    state: Literal["open", "lost", "helped", "solved"]
    commands: int = Field(ge=0, le=100_000)
    major: int = Field(ge=1, le=99)
    code: str = Field(default="", max_length=6500, pattern=r"^[A-Za-z0-9._-]*$")
    """What was typed, as the address says it (ui/terminal/sharing.py); '' for an attempt that is over."""


class Kept(BaseModel):
    """What is kept of one challenge."""

    model_config = ConfigDict(frozen=True)

    last: Record
    best: Record | None = None
    """The shortest one that was solved by oneself."""

    @property
    def state(self) -> State:
        """What is shown: solved stays solved, whatever was tried after it."""
        return "solved" if self.best else self.last.state


Progress = Mapping[str, Kept]
"""By challenge, in the order of the last attempts."""


def read(text: str) -> dict[str, Kept]:
    """What a browser kept; whatever in it is no progress of ours counts as none."""
    try:
        told = json.loads(text) if len(text) <= LARGEST else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    found = {level: _kept(each) for level, each in list(told.items())[:MOST]}
    return {level: kept for level, kept in found.items() if kept is not None}


def _kept(told: object) -> Kept | None:
    try:
        return Kept.model_validate(told, strict=True)
    except ValidationError:
        return None


def with_record(progress: Progress, level: str, record: Record) -> dict[str, Kept]:
    """With one more attempt, the latest of all."""
    kept = progress.get(level)
    best = _better(kept.best if kept else None, record if record.state == "solved" else None)
    others = {name: each for name, each in progress.items() if name != level}
    return {**others, level: Kept(last=record, best=best)}


def merged(here: Progress, there: Progress) -> dict[str, Kept]:
    """Two memories as one: the last attempts of `here` where both know one, and they are the latest."""
    both = {**{level: kept for level, kept in there.items() if level not in here}, **here}
    return {
        level: Kept(last=kept.last, best=_better(*(side[level].best for side in (here, there) if level in side)))
        for level, kept in both.items()
    }


def _better(*attempts: Record | None) -> Record | None:
    return min((one for one in attempts if one), key=lambda one: one.commands, default=None)


def state_of(progress: Progress, level: str) -> State:
    """Of a challenge."""
    kept = progress.get(level)
    return kept.state if kept else "untried"


def latest_open(progress: Progress) -> str:
    """The challenge at which one was last, when it is not over yet; '' otherwise."""
    last = next(reversed(list(progress)), "")
    return last if last and progress[last].best is None and progress[last].last.state in GOES_ON else ""
