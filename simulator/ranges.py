"""Sets of integers kept as runs: retained WAL is one run, so a checkpoint costs O(runs), not O(segments)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from simulator.frozen import quick

Runs = tuple[tuple[int, int], ...]


@quick
@dataclass(frozen=True, slots=True)
class Ranges:
    """An immutable set of ints as sorted, disjoint, non-touching half-open runs."""

    runs: Runs = ()

    @staticmethod
    def of(numbers: Iterable[int]) -> Ranges:
        """Build the set of the given numbers, in any order."""
        runs: list[tuple[int, int]] = []
        for number in sorted(set(numbers)):
            if runs and runs[-1][1] == number:
                runs[-1] = (runs[-1][0], number + 1)
            else:
                runs.append((number, number + 1))
        return Ranges(tuple(runs))

    @staticmethod
    def span(low: int, high: int) -> Ranges:
        """Build the set low .. high-1; empty if high <= low."""
        return Ranges(((low, high),)) if low < high else EMPTY

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        at = bisect_right(self.runs, (number, 1 << 200)) - 1
        return at >= 0 and number < self.runs[at][1]

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(range(low, high) for low, high in self.runs)

    def __len__(self) -> int:
        if len(self.runs) == 1:  # most sets are one run
            return self.runs[0][1] - self.runs[0][0]
        return sum([high - low for low, high in self.runs])

    def __bool__(self) -> bool:
        return bool(self.runs)

    @property
    def first(self) -> int:
        """Smallest member; raises IndexError when empty."""
        return self.runs[0][0]

    @property
    def last(self) -> int:
        """Largest member; raises IndexError when empty."""
        return self.runs[-1][1] - 1

    def __or__(self, other: Ranges) -> Ranges:
        if not other.runs:
            return self
        if not self.runs:
            return other
        if len(other.runs) == 1 and self.runs[-1][0] <= other.runs[0][0] <= self.runs[-1][1]:
            return self.with_span(*other.runs[0])
        merged: list[tuple[int, int]] = []
        for low, high in sorted(self.runs + other.runs):
            if merged and low <= merged[-1][1]:
                if high > merged[-1][1]:
                    merged[-1] = (merged[-1][0], high)
            else:
                merged.append((low, high))
        return Ranges(tuple(merged))

    def __and__(self, other: Ranges) -> Ranges:
        mine, theirs = self.runs, other.runs
        if not mine or not theirs or mine[-1][1] <= theirs[0][0] or theirs[-1][1] <= mine[0][0]:
            return EMPTY  # apart, as their ends already tell
        if len(mine) == 1 == len(theirs):  # WAL that stays is one run
            (low, high), (from_low, to_high) = mine[0], theirs[0]
            if from_low <= low and high <= to_high:
                return self
            return Ranges(((max(low, from_low), min(high, to_high)),))
        kept: list[tuple[int, int]] = []
        left, right = iter(mine), iter(theirs)
        one, two = next(left, None), next(right, None)
        while one is not None and two is not None:
            low, high = max(one[0], two[0]), min(one[1], two[1])
            if low < high:
                kept.append((low, high))
            if one[1] < two[1]:
                one = next(left, None)
            else:
                two = next(right, None)
        return Ranges(tuple(kept))

    def __sub__(self, other: Ranges) -> Ranges:
        mine, theirs = self.runs, other.runs
        if not mine or not theirs:
            return self
        if len(mine) == 1 == len(theirs):
            ((low, high),), ((cut_low, cut_high),) = mine, theirs
            if high <= cut_low or cut_high <= low:
                return self
            if cut_low <= low:
                return Ranges(((cut_high, high),)) if cut_high < high else EMPTY
            return Ranges(((low, cut_low), (cut_high, high)) if cut_high < high else ((low, cut_low),))
        kept: list[tuple[int, int]] = []
        for low, high in mine:
            at = low
            for cut_low, cut_high in theirs:
                if cut_high <= at:
                    continue
                if cut_low >= high:
                    break
                if cut_low > at:
                    kept.append((at, cut_low))
                at = max(at, cut_high)
            if at < high:
                kept.append((at, high))
        return Ranges(tuple(kept))

    def clip(self, low: int, high: int) -> Ranges:
        """Members from low to high-1."""
        if not self.runs or high <= low:
            return EMPTY
        first, end = self.runs[0][0], self.runs[-1][1]
        if high <= first or end <= low:  # as a rule none of them, or all
            return EMPTY
        if low <= first and end <= high:
            return self
        if len(self.runs) == 1:
            return Ranges(((max(low, first), min(high, end)),))
        return self & Ranges.span(low, high)

    def with_span(self, low: int, high: int) -> Ranges:
        """Add low .. high-1."""
        if self.runs:
            last_low, last_high = self.runs[-1]
            if last_low <= low <= last_high:  # WAL grows at its end
                return self if high <= last_high else Ranges((*self.runs[:-1], (last_low, high)))
        return self | Ranges.span(low, high)

    def gaps(self, low: int, high: int) -> Ranges:
        """Numbers from low to high-1 that are not members."""
        return Ranges.span(low, high) - self

    def take(self, count: int) -> Ranges:
        """The `count` smallest members (all, if there are fewer)."""
        if len(self.runs) == 1 and count > 0:
            low, high = self.runs[0]
            return self if high - low <= count else Ranges(((low, low + count),))
        taken: list[tuple[int, int]] = []
        left = count
        for low, high in self.runs:
            if left <= 0:
                break
            size = min(left, high - low)
            taken.append((low, low + size))
            left -= size
        return Ranges(tuple(taken))


EMPTY = Ranges()
