"""SELECT: what its parts mean, then its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlglot import exp

import host.sql.calls  # noqa: F401 - adds its compilers
from host.sql import types
from host.sql.casting import resolved
from host.sql.compiled import Compiled, RowValues, Scope
from host.sql.expressions import compile_expression, truth
from host.sql.index_scan import use_index
from host.sql.reply import Field, fail, lacking
from host.sql.sorting import Key, sort_keys, sorted_rows
from host.sql.sources import add_sources, joined_rows

if TYPE_CHECKING:
    from host.sql.context import Context

Frames = dict[str, "Plan"]


@dataclass
class Plan:
    """A query that is ready to run: its columns, and its rows (values, one tuple each)."""

    fields: tuple[Field, ...]
    run: Callable[[], Iterator[RowValues]]
    scope: Scope | None = None
    outputs: tuple[Compiled, ...] = ()
    series_only: bool = False
    """Nothing but expressions over one generate_series: `outputs` may be kept as they are."""


def plan(ctx: Context, node: exp.Expression, outer: Scope | None = None) -> Plan:
    """A query of any form; raises Raised for what the parser would refuse."""
    if isinstance(node, exp.Subquery):
        return plan(ctx, node.this, outer)
    if isinstance(node, exp.SetOperation):
        from host.sql.unions import set_operation

        return set_operation(ctx, node, outer)
    if isinstance(node, exp.Values):
        return _values(ctx, node, outer)
    if isinstance(node, exp.Select):
        return _select(ctx, node, outer)
    raise lacking("queries of this form", ctx.place(node))


def _values(ctx: Context, node: exp.Values, outer: Scope | None) -> Plan:
    from host.sql.forms import common

    scope = Scope(outer=outer, clause="VALUES")
    lines = [
        [compile_expression(ctx, scope, one) for one in (line.expressions if isinstance(line, exp.Tuple) else [line])]
        for line in node.expressions
    ]
    if len({len(line) for line in lines}) > 1:
        raise fail("VALUES lists must all be the same length", "42601", position=ctx.place(node.expressions[-1]))
    columns = [common(ctx, list(column), "VALUES", 0) for column in zip(*lines, strict=True)]
    fields = tuple(Field(f"column{n}", kind) for n, (kind, _) in enumerate(columns, 1))
    rows = list(zip(*(parts for _, parts in columns), strict=True))
    return Plan(fields, lambda: (tuple(one.at(()) for one in row) for row in rows))


def _select(ctx: Context, node: exp.Select, outer: Scope | None) -> Plan:
    scope = Scope(outer=outer)
    add_sources(ctx, scope, node)
    where = node.args.get("where")
    condition = truth(ctx, scope, where.this, "WHERE").at if where is not None else None
    if where is not None and condition is not None:
        use_index(ctx, scope, where.this, condition)
    scope.aggregates, scope.clause = [], "SELECT"
    outputs = _outputs(ctx, scope, node)
    groups = _groups(ctx, scope, node, outputs)
    having = node.args.get("having")
    kept = truth(ctx, scope, having.this, "HAVING").at if having is not None else None
    order = sort_keys(ctx, scope, node.args.get("order"), outputs)
    grouped = bool(groups is not None or scope.aggregates or kept)
    if grouped:
        _check_grouped(scope, groups or [])
    else:
        scope.aggregates = None
    distinct = node.args.get("distinct")
    on = _distinct_on(ctx, scope, distinct)
    limit, offset = bounds(ctx, node)

    def run() -> Iterator[RowValues]:
        rows = joined_rows(ctx, scope, condition)
        if grouped:
            rows = _grouped_rows(ctx, scope, rows, groups, kept, counted=condition is None)
        made = _projected(ctx, rows, outputs, order, on)
        if distinct is not None and on is None:
            made = _unique(made)
        stop = None if limit is None else offset + limit
        return islice(made, offset, stop) if (offset or stop is not None) else made

    fields = tuple(Field(one.name, "text" if one.type == "unknown" else one.type) for one in outputs)
    simple = not (grouped or order or condition or distinct or limit is not None or offset)
    alone = len(scope.sources) == 1 and scope.sources[0].series is not None
    return Plan(fields, run, scope, tuple(outputs), simple and alone)


def _outputs(ctx: Context, scope: Scope, node: exp.Select) -> list[Compiled]:
    found: list[Compiled] = []
    for one in node.expressions:
        if isinstance(one, exp.Star):
            found += _starred(ctx, scope, "", one)
        elif isinstance(one, exp.Column) and isinstance(one.this, exp.Star):
            found += _starred(ctx, scope, one.table.lower(), one)
        elif isinstance(one, exp.Dot) and isinstance(one.expression, exp.Star):
            found += _unpacked(ctx, scope, one)
        else:
            found.append(_named(ctx, scope, one))
    return found


def _named(ctx: Context, scope: Scope, node: exp.Expression) -> Compiled:
    if not isinstance(node, exp.Alias):
        return compile_expression(ctx, scope, node)
    one = compile_expression(ctx, scope, node.this)
    alias = node.args["alias"]
    name = str(alias.name) if alias.args.get("quoted") else str(alias.name).lower()
    return Compiled(one.type, one.at, name, one.constant, one.rows, one.linear)


def _starred(ctx: Context, scope: Scope, table: str, node: exp.Expression) -> list[Compiled]:
    from host.sql.forms import column_of

    chosen = [source for source in scope.sources if not table or source.alias == table]
    if not scope.sources:
        raise fail("SELECT * with no tables specified is not valid", "42601", position=ctx.place(node) or _star(ctx))
    if not chosen:
        raise fail(f'missing FROM-clause entry for table "{table}"', "42P01", position=ctx.place(node))
    found = []
    for source in chosen:
        lone = Scope([source], scope.outer)
        lone.aggregates = None
        for index, column in enumerate(source.columns):
            if index in source.hidden and not table:
                continue
            if scope.aggregates is not None:
                scope.bare.append(
                    (source.start + index, ctx.place(node) or _star(ctx), f"{source.alias}.{column.name}")
                )
            if [one.name for one in source.columns].count(column.name) > 1:
                found.append(Compiled(column.type, _nth(source.start + index), column.name))
            else:
                found.append(column_of(ctx, lone, "", source.alias, column.name, 0))
    return found


def _nth(index: int) -> Callable[[RowValues], Any]:
    return lambda row: row[index]


def _star(ctx: Context) -> int:
    return next((token.start + 1 for token in ctx.statement.tokens if token.text == "*"), 0)


def _unpacked(ctx: Context, scope: Scope, node: exp.Dot) -> list[Compiled]:
    """(function()).*: the columns of a record."""
    from host.sql.calls import record_columns

    columns = record_columns(ctx, node.this)
    if not columns:
        raise fail("type of this expression is not composite", "42809", position=ctx.place(node))
    one = compile_expression(ctx, scope, node.this)
    kept: dict[str, Any] = {}

    def once(row: RowValues) -> Any:
        if kept.get("row") is not row or "value" not in kept:
            kept["row"], kept["value"] = row, one.at(row)
        return kept["value"]

    def part(place: int) -> Callable[[RowValues], Any]:
        return lambda row: None if (value := once(row)) is None else value.values[place]

    return [Compiled(kind, part(n), name) for n, (name, kind) in enumerate(columns)]


def _groups(
    ctx: Context, scope: Scope, node: exp.Select, outputs: list[Compiled]
) -> list[tuple[Compiled, set[int]]] | None:
    """GROUP BY: each expression with the columns that it uses; None without the clause."""
    group = node.args.get("group")
    if group is None:
        return None
    before, collected = list(scope.bare), scope.aggregates
    found = []
    for one in group.expressions:
        scope.bare.clear()
        scope.aggregates, scope.clause = [], "GROUP BY"
        chosen = by_number(outputs, one, "GROUP BY", ctx.place(one))
        if chosen is not None:
            _rerun(ctx, scope, node, one)
        else:
            named = None
            if isinstance(one, exp.Column) and not one.table:
                named = next((out for out in outputs if out.name == one.name.lower()), None)
            sources = [column.name for source in scope.sources for column in source.columns]
            if named is not None and one.name.lower() not in sources:
                chosen = named
            else:
                chosen = resolved(ctx, compile_expression(ctx, scope, one), "text", ctx.place(one))
        found.append((chosen, {index for index, _, _ in scope.bare}))
    scope.bare[:] = before
    scope.aggregates, scope.clause = collected, "SELECT"
    return found


def _rerun(ctx: Context, scope: Scope, node: exp.Select, number: exp.Expression) -> None:
    """Note which columns the output with this number uses."""
    index = int(number.name) - 1
    if index < len(node.expressions):
        target = node.expressions[index]
        compile_expression(ctx, scope, target.this if isinstance(target, exp.Alias) else target)


def by_number(outputs: list[Compiled], node: exp.Expression, clause: str, position: int) -> Compiled | None:
    """ORDER BY 2: the output with that number; None for anything but a number."""
    if not (isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit()):
        return None
    if not 1 <= int(node.name) <= len(outputs):
        raise fail(f"{clause} position {node.name} is not in select list", "42P10", position=position)
    return outputs[int(node.name) - 1]


def _check_grouped(scope: Scope, groups: list[tuple[Compiled, set[int]]]) -> None:
    known: set[int] = set().union(*(used for _, used in groups)) if groups else set()
    for index, position, name in scope.bare:
        if index not in known:
            message = f'column "{name}" must appear in the GROUP BY clause or be used in an aggregate function'
            raise fail(message, "42803", position=position)


def _distinct_on(ctx: Context, scope: Scope, distinct: exp.Expression | None) -> list[Compiled] | None:
    on = distinct.args.get("on") if distinct is not None else None
    if on is None:
        return None
    return [compile_expression(ctx, scope, one) for one in (on.expressions or [on.this])]


def bounds(ctx: Context, node: exp.Expression) -> tuple[int | None, int]:
    """LIMIT (None: all) and OFFSET."""
    numbers: list[int | None] = []
    for key in ("limit", "offset"):
        clause = node.args.get(key)
        inner = None if clause is None else clause.args.get("count") or clause.expression
        if inner is None or isinstance(inner, exp.Column | exp.Null | exp.Var):
            numbers.append(None)
            continue
        one = resolved(ctx, compile_expression(ctx, Scope(clause=key.upper()), inner), "bigint", ctx.place(inner))
        value = one.at(())
        if value is not None and value < 0:
            raise fail(f"{key.upper()} must not be negative", "2201W" if key == "limit" else "2201X")
        numbers.append(None if value is None else int(value))
    return numbers[0], numbers[1] or 0


def _grouped_rows(
    _ctx: Context,
    scope: Scope,
    rows: Iterator[RowValues],
    groups: list[tuple[Compiled, set[int]]] | None,
    kept: Callable[[RowValues], Any] | None,
    *,
    counted: bool,
) -> Iterator[RowValues]:
    aggregates = scope.aggregates or []
    empty = (None,) * scope.width
    if not groups:
        source = scope.sources[0] if len(scope.sources) == 1 else None
        if counted and source is not None and source.count and aggregates and all(one.counts_all for one in aggregates):
            made = [(*empty, *(source.count() for _ in aggregates))]
        else:
            members = list(rows)
            first = members[0] if members else empty
            made = [(*first, *(one.work(members) for one in aggregates))]
    else:
        by_key: dict[Any, list[RowValues]] = {}
        for row in rows:
            by_key.setdefault(tuple(one.at(row) for one, _ in groups), []).append(row)
        keys = sorted(
            by_key, key=lambda key: tuple((value is None, value) if _plain(value) else (True, None) for value in key)
        )
        made = [(*by_key[key][0], *(one.work(by_key[key]) for one in aggregates)) for key in keys]
    for row in made:
        if kept is None or kept(row):
            yield row


def _plain(value: Any) -> bool:
    return value is not None and not isinstance(value, types.Composite)


def _projected(
    ctx: Context, rows: Iterator[RowValues], outputs: list[Compiled], order: list[Key], on: list[Compiled] | None
) -> Iterator[RowValues]:
    many = [index for index, one in enumerate(outputs) if one.rows is not None]
    chosen: Iterator[RowValues] = sorted_rows(rows, order) if order else rows
    if on is not None:
        chosen = _first_of_each(chosen, on)
    readers = [one.at for one in outputs]
    for row in chosen:
        if not many:
            yield tuple([read(row) for read in readers])
            continue
        yield from _several(ctx, row, outputs, many)


def _several(ctx: Context, row: RowValues, outputs: list[Compiled], many: list[int]) -> Iterator[RowValues]:
    """Functions that return rows in the SELECT list: they go on together, the shorter ones with NULL."""
    running = {index: found(row) for index in many if (found := outputs[index].rows) is not None}
    plain = {index: one.at(row) for index, one in enumerate(outputs) if index not in running}
    while running:
        values = {index: next(one, _END) for index, one in running.items()}
        if all(value is _END for value in values.values()):
            return
        ctx.look_at()
        made = {**plain, **{index: None if value is _END else value for index, value in values.items()}}
        yield tuple(made[index] for index in range(len(outputs)))


_END = object()


def _first_of_each(rows: Iterator[RowValues], on: list[Compiled]) -> Iterator[RowValues]:
    seen = set()
    for row in rows:
        key = tuple(one.at(row) for one in on)
        if key not in seen:
            seen.add(key)
            yield row


def _unique(rows: Iterator[RowValues]) -> Iterator[RowValues]:
    seen = set()
    for row in rows:
        if row not in seen:
            seen.add(row)
            yield row
