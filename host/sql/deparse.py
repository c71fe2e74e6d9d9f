"""Expressions as the server's own functions print them (pg_get_expr, pg_get_constraintdef)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from host.catalog.names import literal, qualified, quoted
from host.sql import types
from host.sql.casting import type_of
from host.sql.casts import allowed
from host.sql.compiled import Scope
from host.sql.expressions import compile_expression
from host.sql.reply import Raised
from simulator.versions import since

if TYPE_CHECKING:
    from host.sql.context import Context

_SIGNS: dict[type, str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.DPipe: "||",
    exp.Like: "~~",
    exp.ILike: "~~*",
    exp.RegexpILike: "~*",
    exp.RegexpLike: "~",
}


def deparsed(ctx: Context, scope: Scope, node: Any, wanted: str = "") -> str:
    """The text of an expression; `wanted`: the type that it is compared with or assigned to."""
    match node:
        case exp.Paren():
            return deparsed(ctx, scope, node.this, wanted)
        case exp.Literal():
            return _literal(node, wanted)
        case exp.Boolean():
            return "true" if node.this else "false"
        case exp.Null():
            return f"NULL::{wanted}" if wanted else "NULL"
        case exp.Column():
            return _column(scope, node)
        case exp.And() | exp.Or():
            word = "AND" if isinstance(node, exp.And) else "OR"
            return f"({deparsed(ctx, scope, node.this)} {word} {deparsed(ctx, scope, node.expression)})"
        case exp.Not():
            return _negated(ctx, scope, node.this)
        case exp.Neg():
            inner = deparsed(ctx, scope, node.this)
            return f"'-{inner}'::integer" if inner.isdigit() else f"(- {inner})"
        case exp.Case() | exp.Subquery() | exp.Exists() | exp.Extract() | exp.Window():
            return _special(ctx, scope, node)
        case exp.Is():
            word = "NULL" if isinstance(node.expression, exp.Null) else str(node.expression).upper()
            no = "NOT " if node.args.get("negate") else ""
            return f"({deparsed(ctx, scope, node.this)} IS {no}{word})"
        case exp.Cast():
            return _cast(ctx, scope, node)
        case exp.Anonymous():
            return _call(ctx, scope, node)
        case exp.Dot():
            return f"{quoted(node.this.name)}.{deparsed(ctx, scope, node.expression)}"
        case exp.In() if node.args.get("query") is not None:
            return f"({deparsed(ctx, scope, node.this)} IN {_below(scope, node.args['query'])})"
        case exp.In() if node.expressions:
            return _among(ctx, scope, node, "= ANY")
        case exp.Between():
            low, high = (deparsed(ctx, scope, node.args[key], _kind(ctx, scope, node.this)) for key in ("low", "high"))
            left = deparsed(ctx, scope, node.this)
            return f"(({left} >= {low}) AND ({left} <= {high}))"
        case _:
            pass
    if type(node) in _SIGNS:
        return _binary(ctx, scope, node)
    if scope.prints_below is not None and not isinstance(node, exp.Star):
        raise NotPrinted
    return str(node.sql(dialect="postgres"))


def _negated(ctx: Context, scope: Scope, node: Any) -> str:
    """NOT before some tests is an operator of its own."""
    match node:
        case exp.Is(expression=exp.Boolean()):
            return f"({deparsed(ctx, scope, node.this)} IS NOT {str(node.expression).upper()})"
        case exp.In() if node.expressions:
            return _among(ctx, scope, node, "<> ALL")
        case exp.Like() | exp.ILike() | exp.RegexpLike() | exp.RegexpILike():
            return _binary(ctx, scope, node, "!")
        case _:
            return f"(NOT {deparsed(ctx, scope, node)})"


class NotPrinted(Exception):
    """An expression or a query has a part that the dojo does not print as the server would."""


def _column(scope: Scope, node: exp.Column) -> str:
    name = node.name if node.this.args.get("quoted") else node.name.lower()
    upper = name.upper()
    if upper.startswith(("CURRENT_", "LOCALTIME")):
        return upper
    named = node.args.get("table")
    table = "" if named is None else named.name if named.args.get("quoted") else named.name.lower()
    level = scope if scope.prints_below is not None else None
    while level is not None:
        for source in level.sources:
            if source.alias == table or (not table and name in (column.name for column in source.columns)):
                before = f"{quoted(source.alias)}." if level.prefixes or level is not scope else ""
                return before + quoted(name)
        level = level.outer
    return quoted(name)


def _below(scope: Scope, node: exp.Expression) -> str:
    if scope.prints_below is None:
        raise NotPrinted
    return scope.prints_below(scope, node.this if isinstance(node, exp.Subquery) else node)


_EXTRACTS = {12: "date_part('{field}'::text, {source})", 14: "EXTRACT({field} FROM {source})"}


def _special(ctx: Context, scope: Scope, node: Any) -> str:
    """What has a form of its own."""
    match node:
        case exp.Subquery():
            return _below(scope, node)
        case exp.Exists():
            return f"(EXISTS {_below(scope, node.this)})"
        case exp.Extract():
            text = since(ctx.major, _EXTRACTS)
            return text.format(field=str(node.this.name).lower(), source=deparsed(ctx, scope, node.expression))
        case exp.Case() if scope.prints_below is not None:
            return _case(ctx, scope, node)
    raise NotPrinted


def _case(ctx: Context, scope: Scope, node: exp.Case) -> str:
    """On lines of its own."""
    kind = _kind(ctx, scope, node)
    start, scope.indent = scope.indent, scope.indent + 4
    space = "\n" + " " * scope.indent
    try:
        what = f" {deparsed(ctx, scope, node.this)}" if node.this is not None else ""
        lines = [
            f"{space}WHEN {deparsed(ctx, scope, one.this)} THEN {deparsed(ctx, scope, one.args['true'], kind)}"
            for one in node.args["ifs"]
        ]
        default = node.args.get("default")
        last = f"NULL::{kind}" if default is None else deparsed(ctx, scope, default, kind)
    finally:
        scope.indent = start
    outer = "\n" + " " * start
    return f"{outer}CASE{what}{''.join(lines)}{space}ELSE {last}{outer}END"


def _among(ctx: Context, scope: Scope, node: exp.In, word: str) -> str:
    kind = _kind(ctx, scope, node.this)
    items = ", ".join(deparsed(ctx, scope, one, kind) for one in node.expressions)
    return f"({deparsed(ctx, scope, node.this)} {word} (ARRAY[{items}]))"


def _kind(ctx: Context, scope: Scope, node: Any) -> str:
    try:
        return types.base(compile_expression(ctx, scope, node).type)
    except Raised:
        return ""


def _literal(node: exp.Literal, wanted: str) -> str:
    if not node.is_string:
        if wanted in ("numeric", "bigint", "double precision", "real", "smallint") and "." not in node.name:
            return f"({node.name})::{wanted}" if wanted != "bigint" else node.name
        return str(node.name)
    return f"{literal(node.name)}::{types.base(wanted) if wanted and wanted != 'unknown' else 'text'}"


def _binary(ctx: Context, scope: Scope, node: Any, before: str = "") -> str:
    left, right = _kind(ctx, scope, node.this), _kind(ctx, scope, node.expression)
    first = deparsed(ctx, scope, node.this, right if isinstance(node.this, exp.Literal) else "")
    second = deparsed(ctx, scope, node.expression, left if isinstance(node.expression.unnest(), exp.Literal) else "")
    return f"({first} {before}{_SIGNS[type(node)]} {second})"


def _cast(ctx: Context, scope: Scope, node: exp.Cast) -> str:
    kind = type_of(ctx, node.args["to"])
    inner = node.this.unnest() if isinstance(node.this, exp.Paren) else node.this
    if isinstance(inner, exp.Literal) and inner.is_string:
        return f"{literal(inner.name)}::{kind}"
    if isinstance(inner, exp.Null):
        return f"NULL::{kind}"
    if _kind(ctx, scope, inner) == kind or not allowed(_kind(ctx, scope, inner) or "text", kind):
        return deparsed(ctx, scope, inner)
    return f"({deparsed(ctx, scope, inner)})::{kind}"


_OF_MOMENTS = ("date_trunc", "to_char")
"""Functions that have no form for a date: it becomes a timestamp with time zone."""


def _call(ctx: Context, scope: Scope, node: exp.Anonymous) -> str:
    name = str(node.name).lower()
    wanted = "regclass" if name in ("nextval", "currval", "setval") else ""
    if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Distinct):
        listed = ", ".join(deparsed(ctx, scope, one) for one in node.expressions[0].expressions)
        return f"{quoted(name)}(DISTINCT {listed})"
    arguments = [deparsed(ctx, scope, one, wanted if n == 0 else "") for n, one in enumerate(node.expressions)]
    if scope.prints_below is not None and name in _OF_MOMENTS and len(arguments) > 1:
        place = 1 if name == "date_trunc" else 0
        if _kind(ctx, scope, node.expressions[place]) == "date":
            arguments[place] = f"({arguments[place]})::timestamp with time zone"
    shown = name.upper() if name in ("coalesce", "greatest", "least", "nullif") else quoted(name)
    own = next((key for key in ctx.database.functions if key[1] == name and key[0] in ctx.search_path), None)
    if own is not None and scope.prints_below is not None:
        shown = qualified(*own[:2])
    return f"{shown}({', '.join(arguments)})"
