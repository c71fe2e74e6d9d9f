"""Aggregate functions: count, sum, min, max, avg and their like."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from host.sql import types
from host.sql.casting import resolved
from host.sql.compiled import Aggregate, Compiled, RowValues, Scope
from host.sql.expressions import compile_expression, truth
from host.sql.operators import arithmetic
from host.sql.reply import fail

if TYPE_CHECKING:
    from host.sql.context import Context

Work = Callable[[list[Any]], Any]


def _sum(values: list[Any]) -> Any:
    return sum(values[1:], values[0]) if values else None


def _average(values: list[Any]) -> Any:
    if not values:
        return None
    if isinstance(values[0], float):
        return sum(values) / len(values)
    found = arithmetic("/", "numeric", "numeric")
    assert found is not None, "numbers can be divided"
    return found[1](Decimal(_sum(values)), Decimal(len(values)))


AGGREGATES: dict[str, Work] = {
    "count": len,
    "sum": _sum,
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
    "avg": _average,
    "bool_and": lambda values: all(values) if values else None,
    "every": lambda values: all(values) if values else None,
    "bool_or": lambda values: any(values) if values else None,
    "array_agg": lambda values: tuple(values) if values else None,
    "string_agg": lambda values: "".join(values) if values else None,
}
_SUM_TYPE = {"smallint": "bigint", "integer": "bigint", "bigint": "numeric"}
_KEEP_NULL = frozenset({"array_agg"})


def _result(name: str, kind: str) -> str:
    if name == "count":
        return "bigint"
    if name == "sum":
        return _SUM_TYPE.get(kind, kind)
    if name == "avg":
        return kind if kind in ("double precision", "interval") else "double precision" if kind == "real" else "numeric"
    if name == "array_agg":
        return f"{kind}[]"
    return {"string_agg": "text", "bool_and": "boolean", "bool_or": "boolean", "every": "boolean"}.get(name, kind)


def aggregate(ctx: Context, scope: Scope, node: exp.Anonymous, condition: exp.Expression | None) -> Compiled:
    """An aggregate call: its value stands behind the columns of a group's row."""
    name, position = str(node.name).lower(), ctx.place(node)
    if scope.inside:
        raise fail("aggregate function calls cannot be nested", "42803", position=position)
    if scope.aggregates is None:
        raise fail(f"aggregate functions are not allowed in {scope.clause}", "42803", position=position)
    scope.inside = True
    try:
        kept = _filter(ctx, scope, condition)
        one = _argument(ctx, scope, node, name, position)
        order = _order(ctx, scope, node)
        separator = _separator(ctx, scope, node, name)
    finally:
        scope.inside = False
    distinct = any(isinstance(argument, exp.Distinct) for argument in node.expressions)
    everything = one is None
    work = _grouped(name, one, kept, order, separator, distinct)
    scope.aggregates.append(Aggregate(work, everything and condition is None))
    place = len(scope.aggregates) - 1
    kind = _result(name, types.base(one.type) if one is not None else "bigint")
    return Compiled(kind, _slot(scope, place), name)


def _slot(scope: Scope, place: int) -> Callable[[RowValues], Any]:
    return lambda row: row[scope.width + place]


def _filter(ctx: Context, scope: Scope, condition: exp.Expression | None) -> Callable[[RowValues], Any] | None:
    return None if condition is None else truth(ctx, scope, condition, "FILTER").at


def _plain(node: exp.Expression) -> exp.Expression:
    """The argument without DISTINCT and ORDER BY."""
    while isinstance(node, exp.Distinct | exp.Order):
        node = node.expressions[0] if isinstance(node, exp.Distinct) else node.this
    return node


def _argument(ctx: Context, scope: Scope, node: exp.Anonymous, name: str, position: int) -> Compiled | None:
    if not node.expressions or isinstance(node.expressions[0], exp.Star):
        if name != "count" or not node.expressions:
            hint = "No function matches the given name and argument types. You might need to add explicit type casts."
            if name == "count":
                message = "count(*) must be used to call a parameterless aggregate function"
                raise fail(message, "42809", position=position)
            raise fail(f"function {name}() does not exist", "42883", hint=hint, position=position)
        return None
    one = compile_expression(ctx, scope, _plain(node.expressions[0]))
    one = resolved(ctx, one, "text", position)
    numeric = types.base(one.type) in types.NUMBERS or one.type == "interval"
    if (name in ("sum", "avg") and not numeric) or (name.startswith("bool") and one.type != "boolean"):
        hint = "No function matches the given name and argument types. You might need to add explicit type casts."
        raise fail(f"function {name}({one.type}) does not exist", "42883", hint=hint, position=position)
    return one


def _separator(ctx: Context, scope: Scope, node: exp.Anonymous, name: str) -> Compiled | None:
    if name != "string_agg" or len(node.expressions) < 2:
        return None
    return resolved(ctx, compile_expression(ctx, scope, _plain(node.expressions[1])), "text", 0)


def _order(ctx: Context, scope: Scope, node: exp.Anonymous) -> tuple[Callable[[RowValues], Any], bool] | None:
    for argument in node.expressions:
        if isinstance(argument, exp.Order):
            first = argument.expressions[0]
            return compile_expression(ctx, scope, first.this).at, bool(first.args.get("desc"))
    return None


def _grouped(
    name: str,
    one: Compiled | None,
    kept: Callable[[RowValues], Any] | None,
    order: tuple[Callable[[RowValues], Any], bool] | None,
    separator: Compiled | None,
    distinct: bool,
) -> Callable[[list[RowValues]], Any]:
    work = AGGREGATES[name]
    read = None if one is None else one.at

    def at(rows: list[RowValues]) -> Any:
        chosen = [row for row in rows if kept(row)] if kept is not None else rows
        if read is None:
            return len(chosen)
        if order is not None:
            chosen = sorted(chosen, key=lambda row: (order[0](row) is None, order[0](row)), reverse=order[1])
        values = [value for row in chosen if (value := read(row)) is not None or name in _KEEP_NULL]
        if distinct:
            values = sorted(dict.fromkeys(values)) if None not in values else list(dict.fromkeys(values))
        if separator is not None and values:
            return (separator.at(chosen[0]) or "").join(str(value) for value in values)
        return work(values)

    return at
