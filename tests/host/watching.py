"""Looking at how much work lines do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from host import effort
from host.effort import MOST_STEPS


class Watched(effort.Effort):
    """An account that remembers what was asked of it."""

    __slots__ = ("largest", "refused")

    def __init__(self, most: float = MOST_STEPS) -> None:
        super().__init__(most)
        self.largest = self.refused = 0

    def spend(self, count: int) -> bool:
        """As of any account."""
        assert count >= 0, "no work gives something back"
        good = super().spend(count)
        if good:
            self.largest = max(self.largest, count)
        self.refused += not good
        return good


@contextmanager
def watched() -> Iterator[list[Watched]]:
    """The accounts of the lines that run meanwhile."""
    made: list[Watched] = []

    def account(most: float = MOST_STEPS) -> Watched:
        made.append(Watched(most))
        return made[-1]

    with mock.patch.object(effort, "Effort", account):
        yield made
