"""The other forms of expressions: columns, CASE, IN, BETWEEN, IS, subqueries, arrays, rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from host.sql import operators, types
from host.sql.casting import cast_to, constant, resolved
from host.sql.compiled import Compiled, RowValues, Scope, Source
from host.sql.context_clock import now
from host.sql.expressions import COMPILERS, compared, compile_expression, truth
from host.sql.guesses import column_hint, hidden_by_alias
from host.sql.reply import fail, lacking
from host.sql.subqueries import exists, members, scalar

if TYPE_CHECKING:
    from host.sql.context import Context

_WORDS = {
    "current_user": "name",
    "user": "name",
    "session_user": "name",
    "current_role": "name",
    "current_catalog": "name",
    "current_schema": "name",
    "current_timestamp": "timestamp with time zone",
    "localtimestamp": "timestamp without time zone",
    "current_date": "date",
}


def _word(ctx: Context, name: str) -> Compiled:
    """A function that is called without parentheses."""
    values: dict[str, Any] = {
        "session_user": ctx.session_user,
        "current_catalog": ctx.session.database,
        "current_schema": next(iter(ctx.search_path), None),
        "current_timestamp": now(ctx),
        "localtimestamp": now(ctx),
        "current_date": now(ctx).date(),
    }
    return constant(_WORDS[name], values.get(name, ctx.user), "current_user" if name == "user" else name)


def _column(ctx: Context, scope: Scope, node: exp.Column) -> Compiled:
    if isinstance(node.this, exp.Star):
        raise fail('row expansion via "*" is not supported here', "0A000", position=ctx.place(node))
    name = _folded(node.this)
    table = _folded(node.args.get("table"))
    schema = _folded(node.args.get("db"))
    if not table and name in _WORDS and not node.this.args.get("quoted"):
        return _word(ctx, name)
    return column_of(ctx, scope, schema, table, name, ctx.place(node))


def _folded(node: Any) -> str:
    if node is None:
        return ""
    name = str(getattr(node, "name", node))
    return name if getattr(node, "args", {}).get("quoted") else name.lower()


def column_of(_ctx: Context, scope: Scope, schema: str, table: str, name: str, position: int) -> Compiled:
    """The column that a name means; raises Raised when none or several do."""
    level: Scope | None = scope
    while level is not None:
        found = [
            (source, index)
            for source in level.sources
            if (not table or source.alias == table) and (not schema or source.schema == schema)
            for index, column in enumerate(source.columns)
            if column.name == name and (table or index not in source.hidden)
        ]
        if len(found) > 1:
            raise fail(f'column reference "{name}" is ambiguous', "42702", position=position)
        if found:
            return _reader(scope, level, *found[0], position)
        whole = next((source for source in level.sources if source.alias == name and not table), None)
        if whole is not None:
            return _whole_row(level, scope, whole)
        level = level.outer
    raise _missing(scope, schema, table, name, position)


def _missing(scope: Scope, schema: str, table: str, name: str, position: int) -> Exception:
    if not table:
        hint = column_hint(scope, "", name)
        return fail(f'column "{name}" does not exist', "42703", hint=hint, position=position)
    shown = f"{schema}.{table}" if schema else table
    level: Scope | None = scope
    while level is not None:
        if any(source.alias == table for source in level.sources):
            hint = column_hint(scope, table, name)
            return fail(f"column {shown}.{name} does not exist", "42703", hint=hint, position=position)
        level = level.outer
    other = hidden_by_alias(scope, table)
    if other is not None:
        hint = f'Perhaps you meant to reference the table alias "{other.alias}".'
        said = f'invalid reference to FROM-clause entry for table "{table}"'
        return fail(said, "42P01", hint=hint, position=position)
    return fail(f'missing FROM-clause entry for table "{table}"', "42P01", position=position)


def _reader(scope: Scope, level: Scope, source: Source, index: int, position: int) -> Compiled:
    column, place = source.columns[index], source.start + index
    if level is scope:
        if scope.aggregates is not None and not scope.inside:
            scope.bare.append((place, position, f"{source.alias}.{column.name}"))
        at = (lambda row: row[place]) if not column.raw else _raw_reader(column.type, place)
        linear = source.series is not None and column.type in types.INTEGERS
        return Compiled(column.type, at, column.name, linear=linear)
    inner = (lambda row: row[place]) if not column.raw else _raw_reader(column.type, place)
    return Compiled(column.type, lambda _row: inner(level.row), column.name)


def _raw_reader(kind: str, place: int) -> Any:
    if types.base(kind) in types.TEXTS:
        return lambda row: row[place]
    read = types.parser_of(kind)
    return lambda row: None if (text := row[place]) is None else read(text)


def _whole_row(level: Scope, scope: Scope, source: Source) -> Compiled:
    fields = tuple((one.name, one.type) for one in source.columns)
    readers = [_raw_reader(one.type, source.start + n) if one.raw else None for n, one in enumerate(source.columns)]

    def at(row: RowValues) -> Any:
        here = row if level is scope else level.row
        values = [read(here) if read else here[source.start + n] for n, read in enumerate(readers)]
        return types.Composite(fields, tuple(values))

    return Compiled("record", at, source.alias)


def _case(ctx: Context, scope: Scope, node: exp.Case) -> Compiled:
    tests, results = [], []
    for one in node.args["ifs"]:
        condition = exp.EQ(this=node.this.copy(), expression=one.this) if node.this is not None else one.this
        tests.append(truth(ctx, scope, condition, "CASE/WHEN"))
        results.append(compile_expression(ctx, scope, one.args["true"]))
    default = node.args.get("default")
    results.append(compile_expression(ctx, scope, default) if default is not None else constant("unknown", None))
    kind, results = common(ctx, results, "CASE", ctx.place(node))

    def at(row: RowValues) -> Any:
        for test, result in zip(tests, results, strict=False):
            if test.at(row):
                return result.at(row)
        return results[-1].at(row)

    return Compiled(kind, at, "case")


def common(ctx: Context, parts: list[Compiled], what: str, position: int) -> tuple[str, list[Compiled]]:
    """Several expressions as one type (select_common_type)."""
    kind = "unknown"
    for part in parts:
        met = operators.meet(kind, part.type) if "unknown" not in (kind, part.type) else None
        if part.type == "unknown":
            continue
        if kind != "unknown" and met is None:
            raise fail(
                f"{what} types {types.base(kind)} and {types.base(part.type)} cannot be matched",
                "42804",
                position=position,
            )
        kind = met or part.type
    if kind == "unknown":
        return "text", [Compiled("text", part.at, part.name, part.constant) for part in parts]
    made = [resolved(ctx, part, kind, position) for part in parts]
    return kind, [part if part.type == kind else cast_to(ctx, part, kind, position) for part in made]


def _in(ctx: Context, scope: Scope, node: exp.In) -> Compiled:
    left = compile_expression(ctx, scope, node.this)
    query = node.args.get("query")
    if query is None:
        tests = []
        for one in node.expressions:
            right = compile_expression(ctx, scope, one)
            first = resolved(ctx, left, right.type, ctx.place(node.this))
            right = resolved(ctx, right, types.base(first.type), ctx.place(one))
            tests.append(compared(ctx, first, right, "=", ctx.place(one), operators.COMPARISONS["="]))
        return Compiled("boolean", lambda row: _any(test.at(row) for test in tests))
    kind, values = members(ctx, scope, query, left.type)
    left = resolved(ctx, left, kind, ctx.place(node.this))
    if operators.meet(left.type, kind) is None:
        raise operators.no_operator("=", left.type, kind, ctx.place(node.this))

    def at(row: RowValues) -> Any:
        value = left.at(row)
        found = values(row)
        if value is None:
            return None if found else False
        return True if value in found else (None if None in found else False)

    return Compiled("boolean", at)


def _any(results: Any) -> Any:
    unknown = False
    for one in results:
        if one:
            return True
        unknown = unknown or one is None
    return None if unknown else False


def _between(ctx: Context, scope: Scope, node: exp.Between) -> Compiled:
    low = exp.GTE(this=node.this.copy(), expression=node.args["low"])
    high = exp.LTE(this=node.this.copy(), expression=node.args["high"])
    return compile_expression(ctx, scope, exp.And(this=low, expression=high))


def _is(ctx: Context, scope: Scope, node: exp.Is) -> Compiled:
    wanted = node.expression
    if isinstance(wanted, exp.Null):
        one = compile_expression(ctx, scope, node.this)
        return Compiled("boolean", lambda row: one.at(row) is None)
    if isinstance(wanted, exp.Boolean):
        tested = truth(ctx, scope, node.this, f"IS {'TRUE' if wanted.this else 'FALSE'}")
        return Compiled("boolean", lambda row: tested.at(row) is bool(wanted.this))
    raise lacking("this form of IS", ctx.place(node))


def _distinct(same: bool) -> Any:
    def compiler(ctx: Context, scope: Scope, node: exp.Expression) -> Compiled:
        left = compile_expression(ctx, scope, node.this)
        right = resolved(ctx, compile_expression(ctx, scope, node.expression), left.type, ctx.place(node.expression))
        left = resolved(ctx, left, right.type, ctx.place(node.this))
        return Compiled("boolean", lambda row: (left.at(row) == right.at(row)) == same)

    return compiler


def _subquery(ctx: Context, scope: Scope, node: exp.Subquery) -> Compiled:
    return scalar(ctx, scope, node)


def _array(ctx: Context, scope: Scope, node: exp.Array) -> Compiled:
    if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Query):
        inner: Any = node.expressions[0]
        kind, values = members(ctx, scope, inner, "unknown")
        return Compiled(f"{kind}[]", lambda row: tuple(values(row)), "array")
    kind, parts = common(
        ctx, [compile_expression(ctx, scope, one) for one in node.expressions], "ARRAY", ctx.place(node)
    )
    return Compiled(f"{kind}[]", lambda row: tuple(part.at(row) for part in parts), "array")


def _tuple(ctx: Context, scope: Scope, node: exp.Tuple) -> Compiled:
    parts = [compile_expression(ctx, scope, one) for one in node.expressions]
    fields = tuple((f"f{n}", part.type) for n, part in enumerate(parts, 1))
    return Compiled("record", lambda row: types.Composite(fields, tuple(part.at(row) for part in parts)), "row")


def _interval(ctx: Context, _scope: Scope, node: exp.Interval) -> Compiled:
    unit = str(node.args["unit"]) if node.args.get("unit") is not None else ""
    amount = node.this.name if node.this is not None else ""
    text = constant("unknown", f"{amount} {unit}".strip(), "interval")
    return resolved(ctx, text, "interval", ctx.place(node))


def _bracket(ctx: Context, scope: Scope, node: exp.Bracket) -> Compiled:
    array = compile_expression(ctx, scope, node.this)
    if not array.type.endswith("[]"):
        message = f"cannot subscript type {types.base(array.type)} because it does not support subscripting"
        raise fail(message, "42804", position=ctx.place(node))
    index = compile_expression(ctx, scope, node.expressions[0])

    def at(row: RowValues) -> Any:
        items, place = array.at(row), index.at(row)
        shift = 0 if isinstance(node.expressions[0], exp.Literal) else 1  # the library counts literals from 0
        if items is None or place is None or not 0 <= place - shift < len(items):
            return None
        return items[place - shift]

    return Compiled(array.type[:-2], at, array.name)


def _zone(ctx: Context, scope: Scope, node: exp.AtTimeZone) -> Compiled:
    one = resolved(ctx, compile_expression(ctx, scope, node.this), "timestamp with time zone", ctx.place(node.this))
    zoned = one.type == "timestamp with time zone"
    return Compiled(f"timestamp {'without' if zoned else 'with'} time zone", one.at, "timezone")


def _dot(ctx: Context, scope: Scope, node: exp.Dot) -> Compiled:
    inner = node.expression
    if isinstance(inner, exp.Anonymous):
        from host.sql.calls import call

        return call(ctx, scope, inner, schema=_folded(node.this))
    one = compile_expression(ctx, scope, node.this)
    field = _folded(inner)
    from host.sql.calls import record_columns

    columns = record_columns(ctx, node.this)
    place = next((n for n, (name, _) in enumerate(columns) if name == field), None)
    if place is None:
        raise fail(f'column "{field}" not found in data type {one.type}', "42703", position=ctx.place(node))
    return Compiled(
        columns[place][1], lambda row: None if (value := one.at(row)) is None else value.values[place], field
    )


COMPILERS.update(
    {
        exp.Column: _column,
        exp.Case: _case,
        exp.In: _in,
        exp.Between: _between,
        exp.Is: _is,
        exp.NullSafeEQ: _distinct(True),
        exp.NullSafeNEQ: _distinct(False),
        exp.Subquery: _subquery,
        exp.Exists: exists,
        exp.Array: _array,
        exp.Tuple: _tuple,
        exp.Interval: _interval,
        exp.Bracket: _bracket,
        exp.AtTimeZone: _zone,
        exp.Dot: _dot,
    }
)
