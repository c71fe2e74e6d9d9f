"""One table of what was measured, for the terminal and for docs/performance.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, its spread, and the goal where there is one."""

    name: str
    figure: float
    low: float
    high: float
    goal: float | None
    unit: str
    less: bool = True

    @property
    def met(self) -> bool | None:
        """Is it as good as the goal? None without one."""
        if self.goal is None:
            return None
        return self.figure <= self.goal if self.less else self.figure >= self.goal

    def cells(self) -> tuple[str, str, str, str]:
        """What stands in the table."""
        spread = f"{_text(self.low, self.unit)} – {_text(self.high, self.unit)}" if self.low != self.high else ""
        sign = "≤" if self.less else "≥"
        goal = (
            "" if self.goal is None else f"{sign} {_text(self.goal, self.unit)} {'met' if self.met else '**missed**'}"
        )
        return self.name, _text(self.figure, self.unit), spread, goal


def _text(value: float, unit: str) -> str:
    if unit == "times":
        return f"{value:.0f} ×" if value >= 10 else f"{value:.2f} ×"
    if unit == "kB":
        return f"{value:.0f} kB"
    for step, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= step:
            return f"{value / step:.3g} {name}"
    return f"{value / 1e-9:.3g} ns"


@dataclass(slots=True)
class Table:
    """The rows of one run of the benchmarks."""

    rows: list[Row] = field(default_factory=list)

    def markdown(self) -> str:
        """The table."""
        cells = [("what", "median", "quartiles", "goal"), *(row.cells() for row in self.rows)]
        widths = [max(len(row[index]) for row in cells) for index in range(4)]
        lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in cells]
        return "\n".join([lines[0], "| " + " | ".join("-" * wide for wide in widths) + " |", *lines[1:]])


def has(path: Path, name: str) -> bool:
    """Whether a file has a place for a table."""
    return f"<!-- {name} -->" in path.read_text(encoding="utf-8")


def write_between(path: Path, name: str, text: str) -> None:
    """Replace what stands between <!-- name --> and <!-- /name --> in a file."""
    marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    whole, found = marked.subn(lambda match: f"{match[1]}{text}\n{match[2]}", path.read_text(encoding="utf-8"))
    if not found:
        raise ValueError(f"{path} has no <!-- {name} -->")
    path.write_text(whole, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Bench:
    """pytest-benchmark, with a row of the table for each figure; with the clock off things run once."""

    fixture: Any
    table: Table

    @property
    def off(self) -> bool:
        """Is the clock off?"""
        return not self.fixture.enabled

    def __call__(
        self, run: Callable[[], T], *, name: str, goal: float | None = None, of: int = 1, rounds: int = 0
    ) -> T:
        """Measure; `of`: how many equal things one run does; `rounds` 0 lets the library choose."""
        result: T = self.fixture.pedantic(run, rounds=rounds, iterations=1) if rounds else self.fixture(run)
        if not self.off:
            times = sorted(self.fixture.stats.stats.data)
            low, high = times[len(times) // 4], times[-1 - len(times) // 4]
            self.table.rows.append(Row(name, median(times) / of, low / of, high / of, goal, "s"))
        return result

    def note(
        self,
        name: str,
        figure: float,
        *,
        goal: float | None,
        unit: str,
        less: bool = False,
        among: Sequence[float] = (),
    ) -> None:
        """A figure that was measured otherwise."""
        self.fixture(lambda: None)
        self.also(name, figure, goal=goal, unit=unit, less=less, among=among)

    def also(
        self,
        name: str,
        figure: float,
        *,
        goal: float | None = None,
        unit: str,
        less: bool = False,
        among: Sequence[float] = (),
    ) -> None:
        """One figure more of a test that has noted one; `among`: those whose median it is, for the quartiles."""
        if not self.off:
            ordered = sorted(among) or [figure]
            low, high = ordered[len(ordered) // 4], ordered[-1 - len(ordered) // 4]
            self.table.rows.append(Row(name, figure, low, high, goal, unit, less))
