"""What is kept of a learner, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that was given.  `id` is drawn where it is given, so the same click can never count twice."""

    id: str
    learner: str
    question: str
    objective: str
    major: int
    seed: int
    given: dict[str, Any]
    right: bool
    at: datetime
    paper: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """When a question is due again: `state` is the scheduler's own."""

    question: str
    due: datetime
    state: dict[str, Any]
    in_a_row: int
    """Right answers since the last wrong one."""


@dataclass(frozen=True, slots=True)
class Item:
    """A question of a paper, and what was answered so far."""

    position: int
    question: str
    objective: str
    given: dict[str, Any] | None = None
    right: bool | None = None
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """A mock paper.  Its clock is the wall's: it goes on while the browser is away."""

    id: str
    learner: str
    exam: str
    major: int
    seed: int
    begun: datetime
    seconds: float
    items: tuple[Item, ...] = ()
    finished: datetime | None = None
    score: float | None = None
    """Per cent, when it is finished."""

    def left(self, now: datetime) -> float:
        """Seconds that are left."""
        return max(0.0, self.seconds - (now - self.begun).total_seconds())

    @property
    def open(self) -> bool:
        """It is not handed in."""
        return self.finished is None


@dataclass(frozen=True, slots=True)
class Learner:
    """Somebody, by a random code; `wishes`: examination, its date, language and the like."""

    code: str
    created: datetime
    wishes: dict[str, Any] = field(default_factory=dict)
    can_undo_import: bool = False
