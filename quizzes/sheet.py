"""A question as it is put to somebody: its choices in an order that is drawn, the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from quizzes.question import Question


@dataclass(frozen=True, slots=True)
class Sheet:
    """A question for one learner: `order` holds the numbers (from 0) of its choices as they are shown."""

    question: Question
    major: int
    seed: int
    order: tuple[int, ...]


def sheet(question: Question, major: int, seed: int) -> Sheet:
    """Draw the order.  Steps to be put in order never stand in an order that does it."""
    numbers = range(len(question.choices))
    order = drawn(numbers, f"{question.id}/{seed}")
    if question.kind == "order":
        done = {tuple(numbers), *(tuple(at - 1 for at in other) for other in question.also)}
        tries = 0
        while order in done and len(done) > tries:
            tries += 1
            order = drawn(numbers, f"{question.id}/{seed}/{tries}")
    return Sheet(question, major, seed, order)


def drawn(numbers: Sequence[int], seed: str) -> tuple[int, ...]:
    """A permutation that depends on the seed alone, on every machine and in every process."""
    return tuple(sorted(numbers, key=lambda at: sha256(f"{seed}:{at}".encode()).digest()))
