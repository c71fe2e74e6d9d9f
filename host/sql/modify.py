"""INSERT, UPDATE, DELETE and TRUNCATE."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from host.catalog import Rows, Series, Table, View, change
from host.catalog.rows import Computed, Literal, Number, Row, Same, of
from host.effort import CELL, spend
from host.sql import casts, row_security, types
from host.sql.casting import cast_to, resolved
from host.sql.checks import Checker
from host.sql.compiled import Compiled, RowValues, Scope, Source, SourceColumn
from host.sql.expressions import compile_expression
from host.sql.parsing import expression_of
from host.sql.query import Plan, plan
from host.sql.reply import Field, Reply, fail, lacking
from host.sql.rights import kind_of, need_relation
from host.sql.transactions import need_writable

if TYPE_CHECKING:
    from host.sql.context import Context

ROW_WAL = 70
"""WAL of a row beside its values: heap record, index entries."""
_MANY_LETTERS = 10_000_000
_MANY = 20_000


def target(ctx: Context, node: exp.Expression, letter: str, verb: str) -> Table:
    """The table that a statement changes; raises Raised."""
    schema = node.args.get("db")
    name = node.name if node.this.args.get("quoted") else node.name.lower()
    relation = ctx.relation(schema.name.lower() if schema is not None else None, name, ctx.place(node), parsed=True)
    need_relation(ctx, relation, letter, ctx.place(node))
    if isinstance(relation, View):
        hint = "To enable {} the view, provide an INSTEAD OF {} trigger or an unconditional ON {} DO INSTEAD rule."
        word = {"insert into": "inserting into", "update": "updating", "delete from": "deleting from"}[verb]
        event = verb.split(" ", maxsplit=1)[0].upper()
        message = f'cannot {verb} view "{relation.name}"'
        raise fail(message, "55000", hint=hint.format(word, event, event))
    if not isinstance(relation, Table):
        raise fail(f'cannot change {kind_of(relation)} "{relation.name}"', "42809")
    return relation


def assigned(ctx: Context, one: Compiled, kind: str, name: str, position: int) -> Compiled:
    """A value for a column: assignment casts only."""
    if one.type == "unknown":
        return resolved(ctx, one, kind, position)
    given, wanted = types.base(one.type), types.base(kind)
    if given == wanted:
        return one
    numeric = given in types.NUMBERS and wanted in types.NUMBERS
    textual = wanted in types.TEXTS
    near = casts.allowed(given, wanted) and given not in types.TEXTS and "boolean" not in (given, wanted)
    if not (numeric or textual or near):
        message = f'column "{name}" is of type {kind} but expression is of type {one.type}'
        hint = "You will need to rewrite or cast the expression."
        raise fail(message, "42804", hint=hint, position=position)
    return cast_to(ctx, one, wanted, position)


def stored(ctx: Context, kind: str, value: Any) -> str | None:
    """A value as the table keeps it."""
    return casts.shown(ctx, types.base(kind), types.sized(kind, value))


def default_of(ctx: Context, table: Table, name: str) -> Callable[[], str | None]:
    """What a column gets when nothing is said; called once for each row."""
    column = table.column(name)
    assert column is not None, name
    text = column.default
    if column.identity:
        owned = next(
            (one for one in ctx.database.sequences() if one.owned_by == (table.schema, table.name, name)), None
        )
        text = f"nextval({owned.oid}::regclass)" if owned is not None else None
    if text is None:
        return lambda: None
    before = ctx.statement
    one = compile_expression(ctx, Scope(clause="DEFAULT expressions"), expression_of(text))
    ctx.statement = before
    made = assigned(ctx, one, column.type, name, 0)
    return lambda: stored(ctx, column.type, made.at(()))


def insert(ctx: Context, node: exp.Insert) -> Reply:
    """INSERT."""
    need_writable(ctx, "INSERT")
    schema = node.this
    table = target(ctx, schema.this if isinstance(schema, exp.Schema) else schema, "a", "insert into")
    names = _column_names(ctx, table, schema)
    body = node.expression
    if body is None:
        rows = Rows((Literal((tuple(default_of(ctx, table, name)() for name in table.column_names()),)),))
    elif isinstance(body, exp.Values):
        rows = _from_values(ctx, table, names, body)
    else:
        rows = _from_query(ctx, table, names, plan(ctx, body), body)
    table = ctx.database.table(table.schema, table.name) or table
    if row_security.is_subject(ctx, table):
        row_security.check_new(ctx, table, "a", rows, reads=node.args.get("returning") is not None)
    kept, count = _checked(ctx, table, rows, node.args.get("conflict"))
    _store(ctx, table, table.rows + kept, kept)
    return _returned(ctx, node, table, kept, f"INSERT 0 {count}")


def _column_names(ctx: Context, table: Table, schema: exp.Expression) -> list[str]:
    if not isinstance(schema, exp.Schema):
        return list(table.column_names())
    names = []
    for one in schema.expressions:
        name = one.name if one.args.get("quoted") else one.name.lower()
        if table.column(name) is None:
            message = f'column "{name}" of relation "{table.name}" does not exist'
            raise fail(message, "42703", position=ctx.place(one))
        if name in names:
            raise fail(f'column "{name}" specified more than once', "42701", position=ctx.place(one))
        names.append(name)
    return names


def _is_default(node: exp.Expression) -> bool:
    return isinstance(node, exp.Var | exp.Column) and node.name.upper() == "DEFAULT"


def _from_values(ctx: Context, table: Table, names: list[str], body: exp.Values) -> Rows:
    scope = Scope(clause="VALUES")
    made: list[Row] = []
    for line in body.expressions:
        cells = (
            line.expressions
            if isinstance(line, exp.Tuple)
            else [line.unnest() if isinstance(line, exp.Paren) else line]
        )
        _check_width(ctx, len(cells), len(names), cells[-1] if len(cells) > len(names) else None, body)
        values: dict[str, Callable[[], str | None]] = {}
        for name, cell in zip(names, cells, strict=False):
            column = table.column(name)
            assert column is not None
            if _is_default(cell):
                values[name] = default_of(ctx, table, name)
                continue
            one = assigned(ctx, compile_expression(ctx, scope, cell), column.type, name, ctx.place(cell))
            values[name] = lambda one=one, kind=column.type: stored(ctx, kind, one.at(()))  # type: ignore[misc]
        for name in table.column_names():
            values.setdefault(name, default_of(ctx, table, name))
        made.append(tuple(values[name]() for name in table.column_names()))
    return of(made)


def _check_width(ctx: Context, given: int, wanted: int, extra: Any, body: exp.Expression) -> None:
    if given > wanted:
        raise fail("INSERT has more expressions than target columns", "42601", position=ctx.place(extra))
    explicit = isinstance(body.parent, exp.Insert) and isinstance(body.parent.this, exp.Schema)
    if given < wanted and explicit:
        columns = body.parent.this.expressions  # type: ignore[union-attr]
        raise fail("INSERT has more target columns than expressions", "42601", position=ctx.place(columns[given]))


def _from_query(ctx: Context, table: Table, names: list[str], made: Plan, body: exp.Expression) -> Rows:
    outputs = body.expressions if isinstance(body, exp.Select) else []
    extra = outputs[len(names)] if len(outputs) > len(names) else None
    _check_width(ctx, len(made.fields), len(names), extra, body)
    casted: dict[str, Compiled] = {}
    for index, (name, field) in enumerate(zip(names, made.fields, strict=False)):
        column = table.column(name)
        assert column is not None
        source = made.outputs[index] if made.outputs else Compiled(field.type, _nth(index), field.name)
        position = ctx.place(outputs[index]) if index < len(outputs) else 0
        casted[name] = assigned(ctx, source, column.type, name, position)
    if made.series_only and not _needs_defaults(table, casted):
        return _as_series(ctx, table, made, casted)
    defaults = {name: default_of(ctx, table, name) for name in table.column_names() if name not in casted}
    kinds = {column.name: column.type for column in table.columns}
    if made.outputs:  # literals took the columns' types: read them where they stand
        casted = {name: _reading(one, index, made) for index, (name, one) in enumerate(casted.items())}
    rows = []
    for row in made.run():
        cells = tuple(
            [defaults[n]() if n in defaults else stored(ctx, kinds[n], casted[n].at(row)) for n in table.column_names()]
        )
        ctx.look_at_row(cells)
        spend(CELL * len(cells))
        rows.append(cells)
    return of(rows)


def _reading(one: Compiled, index: int, made: Plan) -> Compiled:
    """An output's cast applied to the row that the query returned."""
    if one.constant or one is made.outputs[index]:
        return one if one.constant else Compiled(one.type, _nth(index), one.name)
    given = made.outputs[index].type
    return Compiled(one.type, _converted(one, given, index), one.name)


def _converted(one: Compiled, given: str, index: int) -> Callable[[RowValues], Any]:
    from host.sql.casts import convert

    return lambda row: convert(None, given, one.type, row[index])  # type: ignore[arg-type]


def _nth(index: int) -> Callable[[RowValues], Any]:
    return lambda row: row[index]


def _needs_defaults(table: Table, given: dict[str, Compiled]) -> bool:
    return any((column.default or column.identity) and column.name not in given for column in table.columns)


def _cell(ctx: Context, one: Compiled, kind: str, g: int) -> str | None:
    return stored(ctx, kind, one.at((g,)))


def _as_series(ctx: Context, table: Table, made: Plan, given: dict[str, Compiled]) -> Rows:
    """Rows of an expression over generate_series: kept as the expression where there are many."""
    assert made.scope is not None
    assert made.scope.sources[0].series is not None
    first, last, step = made.scope.sources[0].series
    count = max(0, (last - first) // step + 1)
    cells: list[Any] = []
    for column in table.columns:
        one = given.get(column.name)
        if one is None:
            cells.append(Same(None))
        elif one.constant:
            cells.append(Same(stored(ctx, column.type, one.at(()))))
        elif one.linear and types.base(column.type) in types.INTEGERS:
            cells.append(Number())
        else:
            cells.append(Computed(partial(_cell, ctx, one, column.type)))
    chunk = Series(first, count, tuple(cells), step)
    computed = any(isinstance(cell, Computed) for cell in cells)
    letters = sum(len(cell) for cell in chunk.row(0) if cell) if computed and count else 0
    if computed and count <= _MANY and count * letters <= _MANY_LETTERS:
        ctx.look_at(count)
        return of(iter(chunk))
    return Rows((chunk,)) if count else Rows()


def _checked(ctx: Context, table: Table, rows: Rows, conflict: exp.Expression | None) -> tuple[Rows, int]:
    checker = Checker(ctx, table, table.rows)
    if conflict is not None:
        kept = []
        for row in rows:
            checker.plain(row)
            if checker.conflict(row) is None:
                checker.take(row)
                kept.append(row)
            elif "NOTHING" not in str(conflict.args.get("action") or "NOTHING").upper():
                raise lacking("ON CONFLICT DO UPDATE")
        rows = of(kept)
    else:
        for chunk in rows.chunks:
            if len(chunk) < 1000 and isinstance(chunk, Literal):
                for row in chunk:
                    checker.add(row)
            else:
                checker.add_chunk(chunk)
    checker.references(_sampled(rows))
    return rows, rows.count


def _sampled(rows: Rows) -> Iterator[Row]:
    """The rows that foreign keys are checked for: every written one, and a series as far as that is bounded."""
    for chunk in rows.chunks:
        sample = chunk.part(0, _MANY)
        spend(2 * CELL * len(sample))
        yield from sample


def row_wal(table: Table, rows: Rows) -> int:
    """WAL of new rows by a plain rule: their text and some bytes each."""
    total = 0
    for chunk in rows.chunks:
        sample = next(iter(chunk), ())
        size = sum(len(value) for value in sample if value is not None)
        total += len(chunk) * (size + ROW_WAL + 40 * len(table.index_names()))
    return total


def _store(ctx: Context, table: Table, rows: Rows, new: Rows, dead: int = 0) -> None:
    if not new.count and not dead:
        return
    ctx.write_database(
        change.with_rows(ctx.database, (table.schema, table.name), rows, dead), row_wal(table, new) + dead * 54
    )


def _returned(ctx: Context, node: exp.Expression, table: Table, rows: Rows, tag: str) -> Reply:
    returning = node.args.get("returning")
    if returning is None:
        return Reply(tag)
    columns = tuple(SourceColumn(one.name, one.type, raw=True) for one in table.columns)
    source = exp.Select(expressions=[one.copy() for one in returning.expressions])
    scope = Scope([Source(table.name, columns, lambda _row: iter(rows))], clause="RETURNING")
    from host.sql.query import _outputs

    outputs = _outputs(ctx, scope, source)
    fields = tuple(Field(one.name, one.type) for one in outputs)
    found = tuple(tuple(casts.shown(ctx, one.type, one.at(row)) for one in outputs) for row in rows)
    return Reply(tag, fields, found)
