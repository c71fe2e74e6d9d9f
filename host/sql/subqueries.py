"""Queries inside of expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from host.sql.casts import convert
from host.sql.compiled import Compiled, RowValues, Scope, Source, SourceColumn
from host.sql.reply import fail

if TYPE_CHECKING:
    from host.catalog import Function
    from host.sql.context import Context


def scalar(ctx: Context, scope: Scope, node: exp.Expression) -> Compiled:
    """(SELECT one value)."""
    from host.sql.query import plan

    inner = plan(ctx, node, scope)
    if len(inner.fields) != 1:
        raise fail("subquery must return only one column", "42601", position=ctx.place(node))

    def at(row: RowValues) -> Any:
        scope.row = row
        found = inner.run()
        first = next(found, None)
        if first is not None and next(found, None) is not None:
            raise fail("more than one row returned by a subquery used as an expression", "21000")
        return None if first is None else first[0]

    return Compiled(inner.fields[0].type, at, inner.fields[0].name)


def exists(ctx: Context, scope: Scope, node: exp.Exists) -> Compiled:
    """EXISTS (SELECT …)."""
    from host.sql.query import plan

    inner = plan(ctx, node.this, scope)

    def at(row: RowValues) -> Any:
        scope.row = row
        return next(inner.run(), None) is not None

    return Compiled("boolean", at, "exists")


def members(
    ctx: Context, scope: Scope, node: exp.Expression, against: str
) -> tuple[str, Callable[[RowValues], list[Any]]]:
    """What stands to the right of IN or ANY: the type of its members, and the members."""
    from host.sql.casting import resolved
    from host.sql.expressions import compile_expression
    from host.sql.query import plan

    if isinstance(node, exp.Subquery | exp.Query):
        inner = plan(ctx, node, scope)
        if len(inner.fields) != 1:
            raise fail("subquery has too many columns", "42601", position=ctx.place(node))
        kind = inner.fields[0].type

        def values(row: RowValues) -> list[Any]:
            scope.row = row
            return [one[0] for one in inner.run()]

        return kind, values
    array = resolved(ctx, compile_expression(ctx, scope, node), f"{against}[]", ctx.place(node))
    if not array.type.endswith("[]"):
        raise fail("op ANY/ALL (array) requires array on right side", "42809", position=ctx.place(node))
    return array.type[:-2], lambda row: list(array.at(row) or ())


def run_function(ctx: Context, function: Function, arguments: list[Any]) -> Any:
    """A function in SQL: its last query, with the arguments as columns of an outer row."""
    from host.sql.parsing import statements, tree_of
    from host.sql.query import plan

    ctx.look_at(100)
    names = [one.strip().split(" ")[0] for one in function.arguments.split(",") if one.strip()]
    kinds = [one.strip() for one in function.types.split(",") if one.strip()]
    columns = tuple(SourceColumn(name, kind) for name, kind in zip(names, kinds, strict=False))
    scope = Scope([Source(function.name, columns, lambda _row: iter(()))], row=tuple(arguments))
    body = statements(function.body)
    if not body:
        return None
    before, ctx.statement = ctx.statement, body[-1]
    try:
        made = plan(ctx, tree_of(body[-1]), scope)
        first = next(made.run(), None)
    finally:
        ctx.statement = before
    return None if first is None else convert(ctx, made.fields[0].type, function.returns, first[0])
