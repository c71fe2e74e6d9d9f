"""Questions as plain data and back: what was read from YAML and checked once is read again in a fraction of the time.

Equal values are kept once, in tables: each holds values of one class, field by field, and comes after those whose
values it refers to.  There is nothing in it but JSON, and only the classes of a bank are made from it.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from levels import challenge, conditions
from quizzes import question
from quizzes.question import Question

CLASSES = {
    name: one
    for module in (challenge, conditions, question)
    for name, one in vars(module).items()
    if isinstance(one, type) and is_dataclass(one)
}
SHAPE = {name: [field.name for field in fields(one)] for name, one in CLASSES.items()}
Row = tuple[tuple[bool, Any, str], ...]
"""A value's parts: whether each is a value of a table, its number or the plain part, and the type of a plain one."""


def packed(questions: Iterable[Question]) -> str:
    """The questions as JSON.  Raises TypeError for a value that has no place in it."""
    packer = _Packer()
    numbers = [packer.number(one) for one in questions]
    tables, places = packer.tables()
    return json.dumps(
        [SHAPE, tables, [places[number] for number in numbers]], ensure_ascii=False, separators=(",", ":")
    )


class _Packer:
    """Gives every value a number; equal ones have the same."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, str, Row]] = []
        """Of each number: how deep values lie in values, the class, the parts."""
        self.known: dict[tuple[str, Row], int] = {}

    def number(self, value: object) -> int:
        """The number of a value, and before it those of its parts."""
        if isinstance(value, frozenset):
            parts: Sequence[object] = sorted(value)
        elif isinstance(value, tuple):
            parts = value
        else:
            parts = [getattr(value, one.name) for one in fields(value)]  # type: ignore[arg-type]
        row = tuple(self.part(one) for one in parts)
        key = type(value).__name__, row
        if key not in self.known:
            depth = 1 + max((self.rows[part][0] for made, part, _ in row if made), default=0)
            self.known[key] = len(self.rows)
            self.rows.append((depth, *key))
        return self.known[key]

    def part(self, value: object) -> tuple[bool, Any, str]:
        """A part of a value."""
        if isinstance(value, tuple | frozenset) or is_dataclass(value):
            return True, self.number(value), ""
        return False, value, type(value).__name__

    def tables(self) -> tuple[list[list[Any]], list[int]]:
        """A table for each class at each depth, and the place of each number when they stand one after the other."""
        found: dict[tuple[int, str, bool], list[int]] = {}
        for number, (depth, kind, row) in enumerate(self.rows):
            # Tuples differ in length; one holds values or plain parts.
            made = row[0][0] if row and kind not in CLASSES else False
            found.setdefault((depth, kind, made), []).append(number)
        order = sorted(found.items())
        places = [0] * len(self.rows)
        for place, number in enumerate(number for _, numbers in order for number in numbers):
            places[number] = place
        return [
            [kind, int(made), self.parts(kind, made, numbers, places)] for (_, kind, made), numbers in order
        ], places

    def parts(self, kind: str, made: bool, numbers: Sequence[int], places: Sequence[int]) -> list[Any]:
        """The parts of the values of a table: field by field, or row by row."""
        rows = [
            tuple((known, places[part] if known else part) for known, part, _ in self.rows[number][2])
            for number in numbers
        ]
        if kind in CLASSES:
            return [_column(column) for column in zip(*rows, strict=True)]
        if any(known != made for row in rows for known, _ in row):
            raise TypeError("a tuple holds values of a table or plain ones, not both")
        return [[part for _, part in row] for row in rows]


def _column(parts: Sequence[tuple[bool, Any]]) -> list[Any]:
    """A field of all values: 0 plain ones, 1 places, 2 either, places in a list of their own."""
    kinds = {known for known, _ in parts}
    if len(kinds) == 1:
        return [int(kinds.pop()), [part for _, part in parts]]
    return [2, [[part] if known else part for known, part in parts]]


def unpacked(data: Any) -> tuple[Question, ...]:
    """The questions of what `packed` gave, once its JSON is read."""
    shape, tables, numbers = data
    if shape != SHAPE:
        raise TypeError("the classes have other fields now")
    made: list[Any] = []
    # Everything made here stays: the collector would look through it again and again, and find nothing.
    collecting = gc.isenabled()
    gc.disable()
    try:
        _fill(made, tables)
    finally:
        if collecting:
            gc.enable()
    found = tuple(made[place] for place in numbers)
    if not all(isinstance(one, Question) for one in found):
        raise TypeError("no questions")
    return found


def _fill(made: list[Any], tables: Sequence[Any]) -> None:
    """The values of all tables, one after the other."""
    for kind, whether, parts in tables:
        if kind in CLASSES:
            made += map(CLASSES[kind], *(_read(column, made) for column in parts))
        elif kind == "frozenset":
            made += map(frozenset, parts)
        elif whether:
            made += [tuple([made[place] for place in row]) for row in parts]
        else:
            made += map(tuple, parts)


def _read(column: Sequence[Any], made: Sequence[Any]) -> Iterable[Any]:
    kind, parts = column
    if kind == 0:
        return parts  # type: ignore[no-any-return]
    if kind == 1:
        return map(made.__getitem__, parts)
    return [made[part[0]] if isinstance(part, list) else part for part in parts]
