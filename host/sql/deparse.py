"""Expressions as the server's own functions print them (pg_get_expr, pg_get_constraintdef)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from host.catalog.names import literal, quoted
from host.sql import types
from host.sql.casting import type_of
from host.sql.casts import allowed
from host.sql.compiled import Scope
from host.sql.expressions import compile_expression
from host.sql.reply import Raised

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
            name = node.name if node.this.args.get("quoted") else node.name.lower()
            upper = name.upper()
            return upper if upper.startswith(("CURRENT_", "LOCALTIME")) else quoted(name)
        case exp.And() | exp.Or():
            word = "AND" if isinstance(node, exp.And) else "OR"
            return f"({deparsed(ctx, scope, node.this)} {word} {deparsed(ctx, scope, node.expression)})"
        case exp.Not():
            return f"(NOT {deparsed(ctx, scope, node.this)})"
        case exp.Neg():
            inner = deparsed(ctx, scope, node.this)
            return f"'-{inner}'::integer" if inner.isdigit() else f"(- {inner})"
        case exp.Is():
            word = "NULL" if isinstance(node.expression, exp.Null) else str(node.expression).upper()
            return f"({deparsed(ctx, scope, node.this)} IS {word})"
        case exp.Cast():
            return _cast(ctx, scope, node)
        case exp.Anonymous():
            return _call(ctx, scope, node)
        case exp.Dot():
            return f"{quoted(node.this.name)}.{deparsed(ctx, scope, node.expression)}"
        case exp.In() if node.expressions:
            kind = _kind(ctx, scope, node.this)
            items = ", ".join(deparsed(ctx, scope, one, kind) for one in node.expressions)
            return f"({deparsed(ctx, scope, node.this)} = ANY (ARRAY[{items}]))"
        case exp.Between():
            low, high = (deparsed(ctx, scope, node.args[key], _kind(ctx, scope, node.this)) for key in ("low", "high"))
            left = deparsed(ctx, scope, node.this)
            return f"(({left} >= {low}) AND ({left} <= {high}))"
        case _:
            pass
    if type(node) in _SIGNS:
        return _binary(ctx, scope, node)
    return str(node.sql(dialect="postgres"))


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


def _binary(ctx: Context, scope: Scope, node: Any) -> str:
    left, right = _kind(ctx, scope, node.this), _kind(ctx, scope, node.expression)
    first = deparsed(ctx, scope, node.this, right if isinstance(node.this, exp.Literal) else "")
    second = deparsed(ctx, scope, node.expression, left if isinstance(node.expression.unnest(), exp.Literal) else "")
    return f"({first} {_SIGNS[type(node)]} {second})"


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


def _call(ctx: Context, scope: Scope, node: exp.Anonymous) -> str:
    name = str(node.name).lower()
    wanted = "regclass" if name in ("nextval", "currval", "setval") else ""
    arguments = [deparsed(ctx, scope, one, wanted if n == 0 else "") for n, one in enumerate(node.expressions)]
    shown = name.upper() if name in ("coalesce", "greatest", "least", "nullif") else quoted(name)
    return f"{shown}({', '.join(arguments)})"


def query_text(node: exp.Expression) -> str:
    """A query as pg_get_viewdef would begin it: leading space, no semicolon."""
    return f" {node.sql(dialect='postgres')}"
