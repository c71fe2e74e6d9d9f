"""When a question comes again: FSRS, and 'right twice in a row'."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import fsrs

from progress.records import Card

RETENTION = 0.9
"""The chance that a question which is due is still known, unless the learner wishes another."""


def reviewed(before: Card | None, question: str, *, right: bool, at: datetime, retention: float = RETENTION) -> Card:
    """The card after an answer.  The same answers at the same times give the same dates: nothing is drawn by chance."""
    scheduler = fsrs.Scheduler(desired_retention=retention, enable_fuzzing=False)
    card = fsrs.Card(card_id=1, due=at) if before is None else fsrs.Card.from_dict(_state(before.state))
    later, _ = scheduler.review_card(card, fsrs.Rating.Good if right else fsrs.Rating.Again, at)
    in_a_row = (before.in_a_row if before else 0) + 1 if right else 0
    return Card(question, later.due, dict(later.to_dict()), in_a_row)


def _state(kept: dict[str, Any]) -> Any:
    """The library names the fields of its state; what it wrote itself has them."""
    return kept
