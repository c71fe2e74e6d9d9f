"""Draws that depend on a seed alone: the same question for the same seed, on every machine and in every process."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A row of draws: each takes the next number of the seed's sequence."""

    def __init__(self, seed: str) -> None:
        self.seed, self.count = seed, 0

    def number(self, below: int) -> int:
        """A whole number from 0 up to one less."""
        self.count += 1
        return int.from_bytes(sha256(f"{self.seed}#{self.count}".encode()).digest()[:8], "big") % below

    def between(self, first: int, last: int) -> int:
        """A whole number from first to last."""
        return first + self.number(last - first + 1)

    def one(self, things: Sequence[T]) -> T:
        """One of several."""
        return things[self.number(len(things))]

    def some(self, things: Sequence[T], count: int) -> tuple[T, ...]:
        """Different ones, in the order of a draw."""
        left, taken = list(things), []
        for _ in range(count):
            taken.append(left.pop(self.number(len(left))))
        return tuple(taken)
