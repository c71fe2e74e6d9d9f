"""What an expression becomes: a type and a function of a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

RowValues = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression of a type; `at` gives its value in a row."""

    type: str
    at: Callable[[RowValues], Any]
    name: str = "?column?"
    constant: bool = False
    """The same in every row, and without effects."""
    rows: Callable[[RowValues], Iterator[Any]] | None = None
    """A function that returns several rows in a SELECT list."""
    linear: bool = False
    """It is a whole-number column of generate_series itself."""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of a source, `raw`: kept as text (a table's)."""

    name: str
    type: str
    raw: bool = False


@dataclass
class Source:
    """Something in FROM."""

    alias: str
    columns: tuple[SourceColumn, ...]
    rows: Callable[[RowValues], Iterator[RowValues]]
    count: Callable[[], int] | None = None
    """How many rows, where that costs nothing."""
    start: int = 0
    """Index of its first column in a row of all sources."""
    lateral: bool = False
    hidden: frozenset[int] = frozenset()
    """Columns that * does not show (the second of a USING pair)."""
    series: tuple[int, int, int] | None = None
    """generate_series(first, last, step) with constant arguments."""
    schema: str = ""
    scalar: bool = False
    """A function of one column: its alias names the column too."""
    relation: str = ""
    """The table that it is, whatever its alias."""


Condition = Callable[[RowValues], Any]


@dataclass
class Joined:
    """A source with the way it is joined to those before it."""

    source: Source
    condition: Condition | None = None
    side: str = ""
    """'', LEFT, RIGHT or FULL."""
    equal: tuple[Compiled, Compiled] | None = None
    """Both sides of the one = that is the whole condition."""


@dataclass
class Aggregate:
    """An aggregate call of a query: how it is worked out for one group."""

    work: Callable[[list[RowValues]], Any]
    counts_all: bool = False
    """count(*) without a filter."""


@dataclass
class Scope:
    """The names that an expression may use."""

    sources: list[Source] = field(default_factory=list)
    outer: Scope | None = None
    aggregates: list[Aggregate] | None = None
    """Where aggregate calls are collected; None: they are not allowed here."""
    inside: bool = False
    """Within an aggregate's arguments."""
    row: RowValues = ()
    """The row of the outer query at which an inner one runs."""
    bare: list[tuple[int, int, str]] = field(default_factory=list)
    """Columns used outside of aggregates: index, position, name."""
    clause: str = "WHERE"
    joins: list[Joined] = field(default_factory=list)
    common: dict[str, Source] = field(default_factory=dict)
    """What WITH gave names to."""
    prefixes: bool = False
    """Printed again (pg_get_viewdef), a column is named with its relation."""
    indent: int = 0
    """How far the parts of a printed query are indented."""
    prints_below: Callable[[Scope, Any], str] | None = None
    """Prints a query within an expression; None: none is expected there."""

    @property
    def width(self) -> int:
        """Columns of all sources."""
        return sum(len(source.columns) for source in self.sources)

    def add(self, source: Source) -> None:
        """One more source."""
        source.start = self.width
        self.sources.append(source)
