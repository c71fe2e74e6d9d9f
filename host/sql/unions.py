"""UNION, INTERSECT and EXCEPT."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

from sqlglot import exp

from host.sql import casts, operators
from host.sql.compiled import Compiled, RowValues, Scope
from host.sql.query import Plan, bounds, plan
from host.sql.reply import Field, fail
from host.sql.sorting import sort_keys, sorted_rows

if TYPE_CHECKING:
    from host.sql.context import Context


def set_operation(ctx: Context, node: exp.SetOperation, outer: Scope | None) -> Plan:
    """The rows of two queries as one."""
    left, right = plan(ctx, node.this, outer), plan(ctx, node.expression, outer)
    word = type(node).__name__.upper()
    if len(left.fields) != len(right.fields):
        position = ctx.place(node.expression)
        raise fail(f"each {word} query must have the same number of columns", "42601", position=position)
    fields = tuple(_common(ctx, node, word, a, b) for a, b in zip(left.fields, right.fields, strict=True))
    every = not node.args.get("distinct")
    outputs = [Compiled(field.type, _nth(index), field.name) for index, field in enumerate(fields)]
    order = sort_keys(ctx, Scope(outer=outer), node.args.get("order"), outputs)
    limit, offset = bounds(ctx, node)

    def run() -> Iterator[RowValues]:
        rows = _combined(node, _as(ctx, left, fields), _as(ctx, right, fields), every=every)
        rows = sorted_rows(rows, order) if order else rows
        return islice(rows, offset, None if limit is None else offset + limit)

    return Plan(fields, run)


def _nth(index: int) -> Callable[[RowValues], object]:
    return lambda row: row[index]


def _common(ctx: Context, node: exp.Expression, word: str, left: Field, right: Field) -> Field:
    kind = operators.meet(left.type, right.type)
    if kind is None:
        message = f"{word} types {left.type} and {right.type} cannot be matched"
        raise fail(
            message,
            "42804",
            position=ctx.place(node.expression.expressions[0] if node.expression.expressions else node.expression),
        )
    return Field(left.name, kind)


def _as(ctx: Context, made: Plan, fields: tuple[Field, ...]) -> Iterator[RowValues]:
    pairs = list(zip(made.fields, fields, strict=True))
    if all(have.type == want.type for have, want in pairs):
        return made.run()
    return (
        tuple(casts.convert(ctx, have.type, want.type, value) for value, (have, want) in zip(row, pairs, strict=True))
        for row in made.run()
    )


def _combined(
    node: exp.Expression, left: Iterator[RowValues], right: Iterator[RowValues], *, every: bool
) -> Iterator[RowValues]:
    if isinstance(node, exp.Union):
        rows = chain(left, right)
        return rows if every else iter(dict.fromkeys(rows))
    others = Counter(right)
    wanted = isinstance(node, exp.Intersect)
    if not every:
        return (row for row in dict.fromkeys(left) if (row in others) == wanted)
    return _taken(left, others, wanted)


def _taken(left: Iterator[RowValues], others: Counter[RowValues], wanted: bool) -> Iterator[RowValues]:
    for row in left:
        there = others[row] > 0
        if there:
            others[row] -= 1
        if there == wanted:
            yield row
