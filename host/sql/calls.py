"""Calls of functions: which function is meant, aggregates, and the few that have a grammar of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from host.effort import ROW, spend
from host.sql import types
from host.sql.aggregates import AGGREGATES, aggregate
from host.sql.casting import as_text, bounded, cast_to, constant, resolved
from host.sql.casts import convert
from host.sql.compiled import Compiled, RowValues, Scope
from host.sql.expressions import COMPILERS, compile_expression
from host.sql.forms import common
from host.sql.reply import Raised, fail, lacking
from host.sql.signatures import Signature, fit
from simulator.versions import spans

if TYPE_CHECKING:
    from host.sql.context import Context

NO_FUNCTION = "No function matches the given name and argument types. You might need to add explicit type casts."


def signatures(name: str, major: int) -> list[Signature]:
    """All functions of a name that this major has."""
    from host.sql.functions import FUNCTIONS

    return [one for one in FUNCTIONS.get(name, ()) if major in one.majors]


def _arguments(node: exp.Anonymous) -> tuple[list[exp.Expression], dict[str, exp.Expression]]:
    positional: list[exp.Expression] = []
    named: dict[str, exp.Expression] = {}
    for one in node.expressions:
        if isinstance(one, exp.Kwarg | exp.PropertyEQ):
            named[str(one.this.name).lower()] = one.expression
        else:
            positional.append(one)
    return positional, named


def name_of(node: exp.Anonymous) -> str:
    """The function's name as the parser folds it."""
    return str(node.name).lower()


def call(ctx: Context, scope: Scope, node: exp.Anonymous, schema: str = "") -> Compiled:
    """A call by name."""
    name = name_of(node)
    if name in AGGREGATES and schema in ("", "pg_catalog"):
        return aggregate(ctx, scope, node, None)
    if name in _SPECIAL:
        return _SPECIAL[name](ctx, scope, node)
    nodes, named_nodes = _arguments(node)
    positional = [compile_expression(ctx, scope, one) for one in nodes]
    named = {key: compile_expression(ctx, scope, one) for key, one in named_nodes.items()}
    if schema in ("", "pg_catalog"):
        found = best(signatures(name, ctx.major), positional, named)
        if found is not None:
            return _bound(ctx, found, positional, named, [ctx.place(one) for one in nodes])
    own = _user_function(ctx, schema, name, positional, [ctx.place(node), *map(ctx.place, nodes)])
    if own is not None:
        return own
    raise _no_function(ctx, node, schema, name, positional, named)


def best(known: Iterable[Signature], positional: list[Compiled], named: Mapping[str, Compiled]) -> Signature | None:
    """The function that fits the arguments best."""
    given = [one.type for one in positional]
    by_name = {key: one.type for key, one in named.items()}
    ranked = [(rank, one) for one in known if (rank := fit(one, given, by_name)) is not None]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _no_function(
    ctx: Context,
    node: exp.Expression,
    schema: str,
    name: str,
    positional: list[Compiled],
    named: Mapping[str, Compiled],
) -> Raised:
    listed = [types.base(one.type) for one in positional]
    listed += [f"{key} => {types.base(one.type)}" for key, one in named.items()]
    shown = f"{schema}.{name}" if schema else name
    message = f"function {shown}({', '.join(listed)}) does not exist"
    place = node.meta.get("start")
    position = ctx.statement.start + place + 1 if place is not None else ctx.place(node)
    if schema:
        position -= len(schema) + 1
    return fail(message, "42883", hint=NO_FUNCTION, position=position)


def _bound(
    ctx: Context, found: Signature, positional: list[Compiled], named: Mapping[str, Compiled], places: list[int]
) -> Compiled:
    """The call of one function with its arguments in order."""
    from host.sql.system_functions import check_allowed

    check_allowed(ctx, found.name, ", ".join(one.type for one in found.arguments))
    arguments: list[Compiled] = []
    for index, declared in enumerate(found.arguments):
        if index < len(positional):
            arguments.append(_fitted(ctx, positional[index], declared.type, places[index]))
        elif declared.name in named:
            arguments.append(_fitted(ctx, named[declared.name], declared.type, 0))
        else:
            arguments.append(_default(ctx, declared.type, declared.default))
    last = found.arguments[-1].type if found.arguments else "any"
    arguments += [_fitted(ctx, one, last, 0) for one in positional[len(found.arguments) :]]
    readers = [one.at for one in arguments]
    body, acts, strict = found.body, found.acts, found.strict

    def at(row: RowValues) -> Any:
        values = [read(row) for read in readers]
        if strict and None in values:
            return None
        if not acts:
            return body(*values)
        spend(2 * ROW)
        return body(ctx, *values)

    kind = found.returns
    if kind in ("any", "anyarray"):
        kind = arguments[0].type if arguments else "text"
    if kind == "anyelement":
        kind = arguments[0].type.removesuffix("[]")
    if found.many:
        return Compiled(kind, lambda _row: None, found.name, rows=lambda row: iter(at(row) or ()))
    return Compiled(kind, at, found.name)


def _default(ctx: Context, kind: str, text: str) -> Compiled:
    if text == "null":
        return constant(kind, None)
    return constant(kind, convert(ctx, "text", kind, text))


def _fitted(ctx: Context, one: Compiled, kind: str, position: int) -> Compiled:
    if kind.startswith("any"):
        return Compiled("text", one.at, one.name, one.constant) if one.type == "unknown" else one
    if one.type == "unknown":
        return resolved(ctx, one, kind, position)
    if types.base(one.type) == kind or (one.type in types.TEXTS and kind in types.TEXTS):
        return one
    return cast_to(ctx, one, kind, position)


def record_columns(ctx: Context, node: exp.Expression) -> tuple[tuple[str, str], ...]:
    """The columns of the record that an expression returns; () when it is no record."""
    inner = node.unnest() if isinstance(node, exp.Paren) else node
    if isinstance(inner, exp.Dot):
        inner = inner.expression
    if not isinstance(inner, exp.Anonymous):
        return ()
    count = len(inner.expressions)
    fitting = (one for one in signatures(name_of(inner), ctx.major) if count <= len(one.arguments))
    return next((one.columns for one in fitting if count >= sum(not a.optional for a in one.arguments)), ())


def _user_function(
    ctx: Context, schema: str, name: str, arguments: list[Compiled], positions: list[int]
) -> Compiled | None:
    """A function that somebody created: those in SQL are run, others said not to be had."""
    from host.sql.subqueries import run_function

    places = ctx.candidates(schema or None)
    for function in ctx.database.functions.values():
        if function.name != name or function.schema not in places:
            continue
        wanted = [one.strip() for one in function.types.split(",") if one.strip()]
        if len(wanted) != len(arguments):
            continue
        if function.language != "sql":
            raise lacking(f"functions in {function.language}", positions[0])
        fitted = [_fitted(ctx, *each) for each in zip(arguments, wanted, positions[1:], strict=True)]

        def at(row: RowValues, fitted: list[Compiled] = fitted, function: Any = function) -> Any:
            return run_function(ctx, function, [one.at(row) for one in fitted])

        return Compiled(function.returns, at, name)
    return None


def _first_known(ctx: Context, scope: Scope, node: exp.Anonymous) -> Compiled:
    parts = [compile_expression(ctx, scope, one) for one in node.expressions]
    kind, parts = common(ctx, parts, "COALESCE", ctx.place(node))
    return Compiled(
        kind, lambda row: next((value for part in parts if (value := part.at(row)) is not None), None), "coalesce"
    )


def _extreme(ctx: Context, scope: Scope, node: exp.Anonymous) -> Compiled:
    name = name_of(node)
    pick = max if name == "greatest" else min
    parts = [compile_expression(ctx, scope, one) for one in node.expressions]
    kind, parts = common(ctx, parts, name.upper(), ctx.place(node))

    def at(row: RowValues) -> Any:
        values = [value for part in parts if (value := part.at(row)) is not None]
        return pick(values) if values else None

    return Compiled(kind, at, name)


def _nullif(ctx: Context, scope: Scope, node: exp.Anonymous) -> Compiled:
    parts = [compile_expression(ctx, scope, one) for one in node.expressions[:2]]
    kind, parts = common(ctx, parts, "NULLIF", ctx.place(node))
    return Compiled(kind, lambda row: None if (value := parts[0].at(row)) == parts[-1].at(row) else value, "nullif")


def _concatenated(ctx: Context, scope: Scope, node: exp.Anonymous) -> Compiled:
    name = name_of(node)
    parts = [as_text(ctx, compile_expression(ctx, scope, one)) for one in node.expressions]

    def at(row: RowValues) -> Any:
        values = [part(row) for part in parts]
        if name == "concat_ws":
            if not values or values[0] is None:
                return None
            return bounded(values[0].join(one for one in values[1:] if one is not None))
        return bounded("".join(one for one in values if one is not None))

    return Compiled("text", at, name)


def _formatted(ctx: Context, scope: Scope, node: exp.Anonymous) -> Compiled:
    from host.sql.scalars import formatted

    parts = [as_text(ctx, compile_expression(ctx, scope, one)) for one in node.expressions]
    return Compiled("text", lambda row: formatted(*[part(row) for part in parts]), "format")


def _row(ctx: Context, scope: Scope, node: exp.Anonymous) -> Compiled:
    return compile_expression(ctx, scope, exp.Tuple(expressions=[one.copy() for one in node.expressions]))


_SPECIAL = {
    "row": _row,
    "coalesce": _first_known,
    "greatest": _extreme,
    "least": _extreme,
    "nullif": _nullif,
    "concat": _concatenated,
    "concat_ws": _concatenated,
    "format": _formatted,
}


def _filter(ctx: Context, scope: Scope, node: exp.Filter) -> Compiled:
    inner = node.this
    if isinstance(inner, exp.Anonymous) and name_of(inner) in AGGREGATES:
        return aggregate(ctx, scope, inner, node.expression.this)
    raise fail("FILTER specified, but this is not an aggregate function", "42809", position=ctx.place(node))


def _rewritten(name: str, *keys: str) -> Any:
    """A form with a grammar of its own is a call of a plain function."""

    def compiler(ctx: Context, scope: Scope, node: exp.Expression) -> Compiled:
        parts = [node.args[key] for key in keys if isinstance(node.args.get(key), exp.Expression)]
        return call(ctx, scope, exp.Anonymous(this=name, expressions=[part.copy() for part in parts]))

    return compiler


def _extract(ctx: Context, scope: Scope, node: exp.Extract) -> Compiled:
    field = exp.Literal.string(str(node.this.name).lower())
    made = call(ctx, scope, exp.Anonymous(this="extract", expressions=[field, node.expression.copy()]))
    return Compiled(made.type, made.at, "extract" if ctx.major in _NUMERIC_EXTRACT else "date_part")


_NUMERIC_EXTRACT = spans("14+")


def _trim(ctx: Context, scope: Scope, node: exp.Trim) -> Compiled:
    side = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "btrim")
    parts = [node.this.copy(), *([node.expression.copy()] if node.expression is not None else [])]
    return call(ctx, scope, exp.Anonymous(this=side, expressions=parts))


COMPILERS.update(
    {
        exp.Anonymous: call,
        exp.Filter: _filter,
        exp.Extract: _extract,
        exp.Trim: _trim,
        exp.Substring: _rewritten("substring", "this", "start", "length"),
        exp.StrPosition: _rewritten("position", "substr", "this"),
        exp.Overlay: _rewritten("overlay", "this", "expression", "from_", "for_"),
    }
)
