"""FROM: tables, views, functions, subqueries and VALUES, and how they are joined."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from host.catalog import Sequence, Table, View
from host.server import disk
from host.sql import operators, types
from host.sql.compiled import Compiled, Condition, Joined, RowValues, Scope, Source, SourceColumn
from host.sql.expressions import compile_expression, truth
from host.sql.parsing import from_items
from host.sql.reply import fail, lacking
from host.tree import NO_ENTRY

if TYPE_CHECKING:
    from host.sql.context import Context


def add_sources(ctx: Context, scope: Scope, node: exp.Expression) -> None:
    """Read FROM, its joins and WITH into a scope."""
    with_ = node.args.get("with_") or node.args.get("with")
    for one in with_.expressions if with_ is not None else ():
        _common_table(ctx, scope, one)
    joins: list[Joined] = []
    for item, join in from_items(node):
        _add(ctx, scope, joins, item, join)
    scope.joins = joins


def _common_table(ctx: Context, scope: Scope, node: exp.CTE) -> None:
    from host.sql.query import plan

    if node.parent is not None and node.parent.args.get("recursive") and node.this.find(exp.Table):
        used = {str(table.name) for table in node.this.find_all(exp.Table)}
        if node.alias in used:
            raise lacking("recursive queries", ctx.place(node))
    made = plan(ctx, node.this, scope)
    rows: list[list[RowValues]] = []

    def once(_row: RowValues) -> Iterator[RowValues]:
        if not rows:
            rows.append(list(made.run()))
        return iter(rows[0])

    names = [column.name for column in node.args["alias"].columns] if node.args.get("alias") else []
    columns = tuple(
        SourceColumn(names[n] if n < len(names) else one.name, one.type) for n, one in enumerate(made.fields)
    )
    scope.common[node.alias] = Source(node.alias, columns, once)


def _common_source(scope: Scope, name: str) -> Source | None:
    level: Scope | None = scope
    while level is not None:
        found = level.common.get(name)
        if found is not None:
            return Source(found.alias, found.columns, found.rows)
        level = level.outer
    return None


def _add(ctx: Context, scope: Scope, joins: list[Joined], node: exp.Expression, join: exp.Expression | None) -> None:
    source = source_of(ctx, scope, node)
    if any(one.alias == source.alias and one.schema == source.schema for one in scope.sources):
        message = f'table name "{source.alias}" specified more than once'
        raise fail(message, "42712", position=ctx.place(node))
    before = list(scope.sources)
    scope.add(source)
    made = Joined(source)
    if join is not None:
        made.side = str(join.args.get("side") or "").upper()
        _join_condition(ctx, scope, made, join, before)
    joins.append(made)


def _join_condition(ctx: Context, scope: Scope, made: Joined, join: exp.Expression, before: list[Source]) -> None:
    names = [one.name.lower() for one in join.args.get("using") or ()]
    if str(join.args.get("method") or "").upper() == "NATURAL":
        known = {column.name for source in before for column in source.columns}
        names = [column.name for column in made.source.columns if column.name in known]
    on = join.args.get("on")
    if names:
        _using(ctx, scope, made, names, before)
    elif on is not None:
        scope.clause = "JOIN conditions"
        if isinstance(on, exp.EQ) and not isinstance(on.expression, exp.Any | exp.All):
            sides = _sides(ctx, scope, made, before, on)
            if sides is not None:
                made.equal = sides
        made.condition = truth(ctx, scope, on, "JOIN/ON").at
        scope.clause = "WHERE"


def _sides(
    ctx: Context, scope: Scope, made: Joined, _before: list[Source], on: exp.EQ
) -> tuple[Compiled, Compiled] | None:
    """The operand over what came before and the one over the new source, if they are so divided."""
    new = {made.source.alias}
    tables = [{column.table.lower() for column in side.find_all(exp.Column)} for side in (on.this, on.expression)]
    if new in tables and tables[0] != tables[1] and all(tables) and "" not in tables[0] | tables[1]:
        first, second = compile_expression(ctx, scope, on.this), compile_expression(ctx, scope, on.expression)
        if operators.meet(first.type, second.type) is not None and types.base(first.type) == types.base(second.type):
            return (second, first) if tables[0] == new else (first, second)
    return None


def _using(ctx: Context, _scope: Scope, made: Joined, names: list[str], before: list[Source]) -> None:
    from host.sql.forms import column_of

    pairs = []
    for name in names:
        if name not in [column.name for column in made.source.columns]:
            raise fail(f'column "{name}" specified in USING clause does not exist in right table', "42703")
        left = next((one for one in before if name in [column.name for column in one.columns]), None)
        if left is None:
            raise fail(f'column "{name}" specified in USING clause does not exist in left table', "42703")
        lone = Scope([left])
        pairs.append(
            (
                column_of(ctx, lone, "", left.alias, name, 0),
                column_of(ctx, Scope([made.source]), "", made.source.alias, name, 0),
            )
        )
    hidden = {n for n, column in enumerate(made.source.columns) if column.name in names}
    made.source.hidden = frozenset(hidden)
    made.condition = lambda row: all(a.at(row) is not None and a.at(row) == b.at(row) for a, b in pairs)
    if len(pairs) == 1:
        made.equal = pairs[0]


def source_of(ctx: Context, scope: Scope, node: exp.Expression) -> Source:
    """One item of FROM."""
    if isinstance(node, exp.Lateral):
        node = node.this
    alias = node.args.get("alias")
    name = str(alias.name) if alias is not None and alias.name else ""
    names = [column.name for column in alias.columns] if alias is not None else []
    if isinstance(node, exp.Subquery | exp.Values):
        source = _query(ctx, scope, node)
    elif (
        isinstance(node, exp.Table)
        and isinstance(node.this, exp.Expression)
        and not isinstance(node.this, exp.Identifier)
    ):
        source = _function(ctx, scope, node.this)
        if node.args.get("ordinality"):
            raise lacking("WITH ORDINALITY", ctx.place(node))
    elif isinstance(node, exp.Anonymous):
        source = _function(ctx, scope, node)
    elif isinstance(node, exp.Table):
        source = _named(ctx, scope, node)
    else:
        raise lacking("this kind of FROM item", ctx.place(node))
    if name:
        source.alias, source.schema = name, ""
        if source.scalar and not names:
            names = [name]
    columns = [
        SourceColumn(names[n] if n < len(names) else one.name, one.type, one.raw)
        for n, one in enumerate(source.columns)
    ]
    source.columns = tuple(columns)
    return source


def _query(ctx: Context, scope: Scope, node: exp.Expression) -> Source:
    from host.sql.query import plan

    made = plan(ctx, node.this if isinstance(node, exp.Subquery) else node, scope)
    return Source("", tuple(SourceColumn(one.name, one.type) for one in made.fields), lambda _row: made.run())


def _function(ctx: Context, scope: Scope, node: exp.Expression) -> Source:
    from host.sql.calls import name_of, record_columns

    inner = node.expression if isinstance(node, exp.Dot) else node
    holder = Scope(list(scope.sources), scope.outer, clause="functions in FROM")
    one = compile_expression(ctx, holder, node)
    name = name_of(inner) if isinstance(inner, exp.Anonymous) else one.name
    columns = record_columns(ctx, node)
    made = tuple(SourceColumn(key, kind) for key, kind in columns) or (SourceColumn(name, one.type),)

    def rows(row: RowValues) -> Iterator[RowValues]:
        found = one.rows(row) if one.rows is not None else iter([one.at(row)])
        for value in found:
            ctx.look_at()
            if isinstance(value, types.Composite):
                yield value.values
            elif columns:
                yield (None,) * len(columns) if value is None else value
            else:
                yield (value,)

    source = Source(name, made, rows, lateral=not one.constant, scalar=not columns)
    if name == "generate_series" and isinstance(inner, exp.Anonymous):
        source.series = _series(ctx, holder, inner)
        if source.series is not None:
            first, last, step = source.series
            source.count = lambda: max(0, (last - first) // step + 1)
    return source


def _series(ctx: Context, scope: Scope, node: exp.Anonymous) -> tuple[int, int, int] | None:
    """Constant whole-number bounds of a generate_series."""
    parts = [compile_expression(ctx, scope, one) for one in node.expressions]
    if len(parts) not in (2, 3) or not all(one.constant and one.type in types.INTEGERS for one in parts):
        return None
    numbers = [one.at(()) for one in parts]
    if None in numbers or (len(numbers) == 3 and numbers[2] == 0):
        return None
    return (numbers[0], numbers[1], numbers[2] if len(numbers) == 3 else 1)


def _named(ctx: Context, scope: Scope, node: exp.Table) -> Source:
    schema = node.args.get("db")
    name = node.name if node.this.args.get("quoted") else node.name.lower()
    where = (schema.name if schema.args.get("quoted") else schema.name.lower()) if schema is not None else None
    if where is None:
        found = _common_source(scope, name)
        if found is not None:
            return found
    return table_source(ctx, where, name, ctx.place(node))


def table_source(ctx: Context, schema: str | None, name: str, position: int) -> Source:
    """A table, view or sequence by name; the rights to read it are looked at."""
    from host.sql.views import system_view

    if schema in (None, "pg_catalog", "information_schema"):
        view = system_view(ctx, schema, name)
        if view is not None:
            view.schema = schema or ""
            return view
    relation = ctx.relation(schema, name, position, parsed=True)
    from host.sql.rights import need_relation

    need_relation(ctx, relation, "r", position)
    if isinstance(relation, Table):
        return _table(ctx, relation)
    if isinstance(relation, Sequence):
        columns = (
            SourceColumn("last_value", "bigint"),
            SourceColumn("log_cnt", "bigint"),
            SourceColumn("is_called", "boolean"),
        )
        row = (relation.last_value, 0, relation.is_called)
        return Source(name, columns, lambda _row: iter([row]), lambda: 1, schema=relation.schema, relation=name)
    return _view(ctx, relation)


def _table(ctx: Context, table: Table) -> Source:
    from host.sql import row_security

    lost = disk.lost_file(ctx.host, ctx.instance, ctx.database, table)
    if lost:
        raise fail(f'could not open file "{lost}": {NO_ENTRY}', "58P01")
    columns = tuple(SourceColumn(one.name, one.type, raw=True) for one in table.columns)
    kept = row_security.visible(ctx, table)

    def rows(_row: RowValues) -> Iterator[RowValues]:
        for one in kept:
            ctx.look_at()
            yield one

    return Source(table.name, columns, rows, lambda: kept.count, schema=table.schema, relation=table.name)


def _view(ctx: Context, view: View) -> Source:
    if view.materialized:
        columns = tuple(SourceColumn(one.name, one.type, raw=True) for one in view.columns)
        rows = view.rows
        return Source(
            view.name, columns, lambda _row: iter(rows), lambda: rows.count, schema=view.schema, relation=view.name
        )
    from host.sql.parsing import statements, tree_of
    from host.sql.query import plan

    body = statements(view.query or view.definition)
    before, acting = ctx.statement, ctx.acting
    ctx.statement, ctx.acting = body[0], view.owner
    try:
        made = plan(ctx, tree_of(body[0]))
    finally:
        ctx.statement, ctx.acting = before, acting
    columns = tuple(
        SourceColumn(view.columns[n].name if n < len(view.columns) else one.name, one.type)
        for n, one in enumerate(made.fields)
    )
    return Source(view.name, columns, lambda _row: made.run(), schema=view.schema, relation=view.name)


def joined_rows(ctx: Context, scope: Scope, condition: Condition | None) -> Iterator[RowValues]:
    """The rows of all sources together, those that WHERE holds for."""
    rows: Iterator[RowValues] = iter([()])
    for joined in scope.joins:
        rows = _join(ctx, rows, joined)
    return rows if condition is None else (row for row in rows if condition(row))


def _join(ctx: Context, rows: Iterator[RowValues], joined: Joined) -> Iterator[RowValues]:
    source, condition = joined.source, joined.condition
    kept = None if source.lateral else list(source.rows(())) if joined.condition or joined.side else None
    if source.start == 0:
        yield from source.rows(())
        return
    nothing = (None,) * len(source.columns)
    matched: set[int] = set()
    table = _hashed(joined, kept)
    if kept is None and not source.lateral:
        kept = list(source.rows(()))
    for row in rows:
        found = False
        candidates = list(source.rows(row)) if kept is None else kept
        numbered = table(row) if table is not None else enumerate(candidates)
        for number, one in numbered:
            both = (*row, *one)
            ctx.look_at()
            if condition is None or condition(both):
                found = True
                matched.add(number)
                yield both
        if not found and joined.side in ("LEFT", "FULL"):
            yield (*row, *nothing)
    if joined.side in ("RIGHT", "FULL") and kept is not None:
        before = (None,) * source.start
        yield from ((*before, *one) for number, one in enumerate(kept) if number not in matched)


def _hashed(joined: Joined, kept: list[RowValues] | None) -> Callable[[RowValues], list[tuple[int, RowValues]]] | None:
    """Rows of the new source by their side of the =, for joins on equality."""
    if joined.equal is None or kept is None:
        return None
    left, right = joined.equal
    before = (None,) * joined.source.start
    found: dict[Any, list[tuple[int, RowValues]]] = {}
    for number, one in enumerate(kept):
        found.setdefault(right.at((*before, *one)), []).append((number, one))
    return lambda row: found.get(left.at(row), [])
