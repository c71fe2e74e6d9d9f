"""Keys of a table's rows: is a value there?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from host.catalog.rows import Chunk, Literal, Number, Row, Rows, Series, Value
from host.effort import spend

Key = tuple[Value, ...]


def key_of(row: Row, places: tuple[int, ...]) -> Key:
    """The values of some columns."""
    return tuple([row[place] for place in places])


class Keys:
    """The keys that rows have, with arithmetic in the place of long lists where that is possible."""

    def __init__(self, rows: Rows, places: tuple[int, ...]) -> None:
        self.places = places
        self.written: set[Key] = set()
        self.series: list[Series] = []
        for chunk in rows.chunks:
            if isinstance(chunk, Series) and _arithmetic(chunk, places):
                self.series.append(chunk)
            else:
                spend(len(chunk))
                self.written.update(key_of(row, places) for row in chunk)

    def __contains__(self, key: Key) -> bool:
        return key in self.written or any(in_series(chunk, self.places[0], key[0]) for chunk in self.series)

    def add(self, key: Key) -> None:
        """One more."""
        self.written.add(key)

    def first_in(self, chunk: Chunk) -> Key | None:
        """The first key of new rows that is there already, or twice among them; None: none."""
        if isinstance(chunk, Series) and _arithmetic(chunk, self.places):
            cell = chunk.cells[self.places[0]]
            if isinstance(cell, Number) and cell.scale and not self.series:
                found = [key for key in self.written if in_series(chunk, self.places[0], key[0])]
                return min(found, key=lambda key: int(key[0] or 0), default=None)
            if isinstance(cell, Number) and cell.scale:
                return next((key for key in _keys(chunk, self.places) if key in self), None)
        seen: set[Key] = set()
        for key in _keys(chunk, self.places):
            if None in key:
                continue
            if key in seen or key in self:
                return key
            seen.add(key)
        return None


def _keys(chunk: Chunk, places: tuple[int, ...]) -> Iterator[Key]:
    rows: Iterable[Row] = chunk.rows if isinstance(chunk, Literal) else chunk
    spend(len(chunk))
    return (key_of(row, places) for row in rows)


def _arithmetic(chunk: Series, places: tuple[int, ...]) -> bool:
    cell = chunk.cells[places[0]] if len(places) == 1 else None
    return isinstance(cell, Number) and not cell.before and not cell.after


def in_series(chunk: Series, place: int, value: Value) -> bool:
    """Does the column of the series take this value?"""
    cell = chunk.cells[place]
    if value is None or not isinstance(cell, Number) or not value.lstrip("-").isdigit():
        return False
    left = int(value) - cell.offset
    if cell.scale == 0:
        return left == 0 and chunk.count > 0
    if left % cell.scale:
        return False
    index, rest = divmod(left // cell.scale - chunk.first, chunk.step)
    return rest == 0 and 0 <= index < chunk.count
