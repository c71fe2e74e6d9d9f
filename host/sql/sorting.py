"""ORDER BY."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlglot import exp

from host.sql.compiled import Compiled, RowValues, Scope
from host.sql.expressions import compile_expression
from host.sql.reply import fail
from host.sql.types import Composite

if TYPE_CHECKING:
    from host.sql.context import Context


class Key(NamedTuple):
    """One sort key."""

    at: Callable[[RowValues], Any]
    descending: bool
    nulls_first: bool


def sort_keys(ctx: Context, scope: Scope, order: exp.Expression | None, outputs: list[Compiled]) -> list[Key]:
    """The keys of an ORDER BY clause: numbers and names of outputs first, then expressions."""
    from host.sql.query import by_number

    keys = []
    for one in order.expressions if order is not None else ():
        node = one.this if isinstance(one, exp.Ordered) else one
        position = ctx.place(node)
        chosen = by_number(outputs, node, "ORDER BY", position) or _by_name(outputs, node, position)
        if chosen is None:
            if isinstance(node, exp.Literal):
                raise fail("non-integer constant in ORDER BY", "42601", position=position)
            chosen = compile_expression(ctx, scope, node)
        descending = bool(one.args.get("desc"))
        keys.append(Key(chosen.at, descending, _nulls_first(ctx, one, descending)))
    return keys


def _by_name(outputs: list[Compiled], node: exp.Expression, position: int) -> Compiled | None:
    if not isinstance(node, exp.Column) or node.table:
        return None
    name = node.name if node.this.args.get("quoted") else node.name.lower()
    found = [one for one in outputs if one.name == name]
    if len(found) > 1 and not all(one.at is found[0].at for one in found):
        raise fail(f'ORDER BY "{name}" is ambiguous', "42702", position=position)
    return found[0] if found else None


def _nulls_first(_ctx: Context, node: exp.Expression, descending: bool) -> bool:
    said = node.args.get("nulls_first")
    return bool(said) if said is not None else descending


def sorted_rows(rows: Iterator[RowValues], keys: list[Key]) -> Iterator[RowValues]:
    """The rows in order; equal ones keep theirs."""
    found = list(rows)
    for key in reversed(keys):
        found.sort(key=lambda row: _rank(key, key.at(row)), reverse=key.descending)
    return iter(found)


def _rank(key: Key, value: Any) -> tuple[int, Any]:
    """NULLs before or behind everything else, whichever way the list is turned."""
    null_rank = 0 if key.nulls_first != key.descending else 2
    if value is None:
        return null_rank, 0
    return 1, _comparable(value)


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        return value  # by far the most
    return cmp_to_key(_compare)(value) if isinstance(value, Composite | tuple) else value


def _compare(one: Any, other: Any) -> int:
    left, right = (part.values if isinstance(part, Composite) else part for part in (one, other))
    left, right = [(value is None, value or 0) for value in left], [(value is None, value or 0) for value in right]
    return (left > right) - (left < right)
