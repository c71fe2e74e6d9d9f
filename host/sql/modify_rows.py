"""UPDATE and DELETE."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from host.catalog import Rows, Table
from host.catalog.rows import Row, of
from host.sql import row_security
from host.sql.checks import Checker, check_leaving
from host.sql.compiled import Compiled, RowValues, Scope, Source, SourceColumn
from host.sql.expressions import compile_expression, truth
from host.sql.reply import Reply, fail, lacking
from host.sql.snapshots import refuse_concurrent
from host.sql.sources import source_of
from host.sql.transactions import need_writable

if TYPE_CHECKING:
    from host.sql.context import Context
from host.sql.modify import _MANY, _is_default, _returned, _store, assigned, default_of, stored, target


def _matching(ctx: Context, table: Table, node: exp.Expression, extra: list[exp.Expression]) -> tuple[Scope, Any]:
    """The scope of UPDATE and DELETE, and a function: what a row of the table is matched with (None: nothing)."""
    scope = Scope()
    alias = node.this.alias if isinstance(node.this, exp.Table) else ""
    columns = tuple(SourceColumn(one.name, one.type, raw=True) for one in table.columns)
    seen = _seen(ctx, table, node)
    scope.add(Source(alias or table.name, columns, lambda _row: iter(table.rows), schema=table.schema))
    for item in extra:
        scope.add(source_of(ctx, Scope(), item))
    where = node.args.get("where")
    holds = truth(ctx, scope, where.this, "WHERE").at if where is not None else None
    others = [list(source.rows(())) for source in scope.sources[1:]]

    def match(row: Row) -> RowValues | None:
        ctx.look_at()
        if seen is not None and row not in seen:
            return None
        for more in _products(others):
            whole = (*row, *more)
            if holds is None or holds(whole):
                return whole
        return None

    return scope, match


def _seen(ctx: Context, table: Table, node: exp.Expression) -> frozenset[Row] | None:
    """The rows that policies let the statement see; None: all of them."""
    if not row_security.is_subject(ctx, table):
        return None
    command = "w" if isinstance(node, exp.Update) else "d"
    return frozenset(row_security.visible(ctx, table, command, reads=row_security.reads_values(node)))


def _products(lists: list[list[RowValues]]) -> Iterator[RowValues]:
    if not lists:
        yield ()
        return
    for first in lists[0]:
        for rest in _products(lists[1:]):
            yield (*first, *rest)


def update(ctx: Context, node: exp.Update) -> Reply:
    """UPDATE."""
    need_writable(ctx, "UPDATE")
    table = target(ctx, node.this, "w", "update")
    source = node.args.get("from_") or node.args.get("from")
    scope, match = _matching(ctx, table, node, [source.this] if source is not None else [])
    work = _assignments(ctx, table, scope, node)
    old: list[Row] = []
    new: list[Row] = []
    kept: list[Row] = []
    for row in table.rows:
        whole = match(row)
        if whole is None:
            kept.append(row)
            continue
        made = list(row)
        for place, value in work:
            made[place] = value(whole)
        old.append(row)
        new.append(tuple(made))
    refuse_concurrent(ctx, table, old)
    row_security.check_new(ctx, table, "w", new, reads=row_security.reads_values(node))
    checker = Checker(ctx, table, of(kept))
    for row in new:
        checker.add(row)
    checker.references(new)
    rows = of(kept) + of(new)
    check_leaving(ctx, table, old, rows)
    _store(ctx, table, rows, of(new), dead=len(old))
    return _returned(ctx, node, table, of(new), f"UPDATE {len(new)}")


def _worked_out(ctx: Context, value: Compiled, kind: str, row: RowValues) -> str | None:
    return stored(ctx, kind, value.at(row))


def _given(default: Callable[[], str | None], _row: RowValues) -> str | None:
    return default()


def _assignments(
    ctx: Context, table: Table, scope: Scope, node: exp.Update
) -> list[tuple[int, Callable[[RowValues], str | None]]]:
    found: list[tuple[int, Callable[[RowValues], str | None]]] = []
    for one in node.expressions:
        if not isinstance(one, exp.EQ) or not isinstance(one.this, exp.Column):
            raise lacking("this form of SET in UPDATE", ctx.place(one))
        name = one.this.name if one.this.this.args.get("quoted") else one.this.name.lower()
        column = table.column(name)
        if column is None:
            message = f'column "{name}" of relation "{table.name}" does not exist'
            raise fail(message, "42703", position=ctx.place(one.this))
        place = table.column_names().index(name)
        if _is_default(one.expression):
            default = default_of(ctx, table, name)
            found.append((place, partial(_given, default)))
            continue
        value = assigned(
            ctx, compile_expression(ctx, scope, one.expression), column.type, name, ctx.place(one.expression)
        )
        found.append((place, partial(_worked_out, ctx, value, column.type)))
    return found


def delete(ctx: Context, node: exp.Delete) -> Reply:
    """DELETE."""
    need_writable(ctx, "DELETE")
    table = target(ctx, node.this, "d", "delete from")
    using = node.args.get("using")
    _, match = _matching(ctx, table, node, list(using) if isinstance(using, list) else [])
    if node.args.get("where") is None and not using and not row_security.is_subject(ctx, table):
        gone, kept = table.rows, Rows()
    else:
        kept = table.rows.where(lambda row: match(row) is None)
        gone = of(row for row in table.rows if match(row) is not None)
    refuse_concurrent(ctx, table, gone)
    check_leaving(ctx, table, list(gone.first(_MANY)), kept)
    _store(ctx, table, kept, Rows(), dead=gone.count)
    return _returned(ctx, node, table, gone, f"DELETE {gone.count}")
