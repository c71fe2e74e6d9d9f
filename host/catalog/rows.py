"""Rows of a table: literal rows, and series that cost nothing however long they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import md5
from itertools import islice
from typing import Protocol

Value = str | None
"""A value as its type's output function prints it; None is NULL."""
Row = tuple[Value, ...]


class Cell(Protocol):
    """One column of a series: its value for each member g of the series."""

    def at(self, _g: int, /) -> Value:
        """The value in the row of g."""
        ...


@dataclass(frozen=True, slots=True)
class Same:
    """The same value in every row."""

    value: Value

    def at(self, _g: int) -> Value:
        """The value in the row of g."""
        return self.value


@dataclass(frozen=True, slots=True)
class Number:
    """scale * g + offset, between two texts: `'row ' || g`."""

    scale: int = 1
    offset: int = 0
    before: str = ""
    after: str = ""

    def at(self, g: int) -> Value:
        """The value in the row of g."""
        return f"{self.before}{self.scale * g + self.offset}{self.after}"


@dataclass(frozen=True, slots=True)
class Hashed:
    """md5(g::text)."""

    def at(self, g: int) -> Value:
        """The value in the row of g."""
        return md5(str(g).encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Computed:
    """Any pure function of g; two are equal when the function is the same object."""

    of: Callable[[int], Value] = field(repr=False)
    """Never printed: where it is in memory differs from run to run."""

    def at(self, g: int) -> Value:
        """The value in the row of g."""
        return self.of(g)


@dataclass(frozen=True, slots=True)
class Literal:
    """Rows written out."""

    rows: tuple[Row, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def part(self, start: int, stop: int) -> Literal:
        """The rows from start up to stop."""
        return Literal(self.rows[start:stop])


@dataclass(frozen=True, slots=True)
class Series:
    """`generate_series(first, …, step)`, `count` members, each a row of cells."""

    first: int
    count: int
    cells: tuple[Cell, ...]
    step: int = 1

    def __len__(self) -> int:
        return self.count

    def row(self, index: int) -> Row:
        """The row with this index, from 0."""
        g = self.first + index * self.step
        return tuple(cell.at(g) for cell in self.cells)

    def __iter__(self) -> Iterator[Row]:
        return (self.row(index) for index in range(self.count))

    def part(self, start: int, stop: int) -> Series:
        """The rows from start up to stop."""
        return replace(self, first=self.first + start * self.step, count=max(0, min(stop, self.count) - start))


Chunk = Literal | Series


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of a table in the order of the file: chunk after chunk."""

    chunks: tuple[Chunk, ...] = field(default=())

    @property
    def count(self) -> int:
        """How many."""
        return sum(len(chunk) for chunk in self.chunks)

    def __iter__(self) -> Iterator[Row]:
        for chunk in self.chunks:
            yield from chunk

    def __eq__(self, other: object) -> bool:
        """Equal rows in equal order, however they are kept."""
        if not isinstance(other, Rows):
            return NotImplemented
        if self.chunks == other.chunks:
            return True
        return self.count == other.count and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    @property
    def identity(self) -> str:
        """Words that tell these rows from others: all that are written out, the ends of those that are computed."""
        words = []
        for chunk in self.chunks:
            ends = (chunk.row(0), chunk.row(chunk.count - 1)) if isinstance(chunk, Series) and chunk.count else ()
            words.append(f"{chunk!r} {ends}")
        return " ".join(words)

    def first(self, count: int) -> tuple[Row, ...]:
        """The first few rows."""
        return tuple(islice(self, count))

    def part(self, start: int, stop: int) -> Rows:
        """The rows from start up to stop: costs as much as there are chunks."""
        taken, passed = [], 0
        for chunk in self.chunks:
            begin, end = max(0, start - passed), min(len(chunk), stop - passed)
            if begin < end:
                taken.append(chunk.part(begin, end))
            passed += len(chunk)
        return Rows(tuple(taken))

    def without_part(self, start: int, stop: int) -> Rows:
        """All rows but those from start up to stop."""
        return self.part(0, start) + self.part(stop, self.count)

    def __add__(self, later: Rows) -> Rows:
        """These rows, then those; neighbouring literal rows become one chunk."""
        chunks = list(self.chunks)
        for chunk in later.chunks:
            if chunks and isinstance(chunk, Literal) and isinstance(chunks[-1], Literal):
                chunks[-1] = Literal(chunks[-1].rows + chunk.rows)
            else:
                chunks.append(chunk)
        return Rows(tuple(chunks))

    def where(self, wanted: Callable[[Row], bool]) -> Rows:
        """The rows that a condition holds for; a chunk of which all rows are kept stays as it is."""
        kept = Rows()
        for chunk in self.chunks:
            rows = tuple(row for row in chunk if wanted(row))
            kept += Rows((chunk,)) if len(rows) == len(chunk) else of(rows)
        return kept

    def mapped(self, change: Callable[[Row], Row]) -> Rows:
        """Every row changed."""
        return of(change(row) for row in self)

    def with_column(self, value: Value) -> Rows:
        """Every row with one more value at its end (ALTER TABLE … ADD COLUMN)."""
        return Rows(tuple(_widened(chunk, value) for chunk in self.chunks))

    def without_column(self, index: int) -> Rows:
        """Every row with one value less."""
        return Rows(tuple(_narrowed(chunk, index) for chunk in self.chunks))


def _widened(chunk: Chunk, value: Value) -> Chunk:
    if isinstance(chunk, Series):
        return replace(chunk, cells=(*chunk.cells, Same(value)))
    return Literal(tuple((*row, value) for row in chunk.rows))


def _narrowed(chunk: Chunk, index: int) -> Chunk:
    if isinstance(chunk, Series):
        return replace(chunk, cells=chunk.cells[:index] + chunk.cells[index + 1 :])
    return Literal(tuple(row[:index] + row[index + 1 :] for row in chunk.rows))


def of(rows: Iterable[Row]) -> Rows:
    """Literal rows."""
    written = tuple(rows)
    return Rows((Literal(written),)) if written else Rows()


_ESCAPES = {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
_TO_ESCAPE = str.maketrans(_ESCAPES)
_BACK = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def copy_line(row: Row) -> str:
    """A row as COPY … TO prints it in text format, without the newline."""
    return "\t".join("\\N" if value is None else value.translate(_TO_ESCAPE) for value in row)


def copy_text(rows: Iterable[Row]) -> str:
    """Rows as COPY … TO prints them in text format."""
    return "".join(f"{copy_line(row)}\n" for row in rows)


def from_copy_line(line: str) -> Row:
    """A row from a line of COPY text."""
    return tuple(None if text == "\\N" else _unescaped(text) for text in line.split("\t"))


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    out, position = [], 0
    while position < len(text):
        letter = text[position]
        if letter == "\\" and position + 1 < len(text):
            position += 1
            letter = _BACK.get(text[position], text[position])
        out.append(letter)
        position += 1
    return "".join(out)
