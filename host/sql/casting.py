"""Literals that take a type, and casts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from host.sql import casts, types
from host.sql.compiled import Compiled, RowValues
from host.sql.reply import Raised, fail

if TYPE_CHECKING:
    from host.sql.context import Context


def constant(kind: str, value: Any, name: str = "?column?") -> Compiled:
    """An expression that is the same everywhere."""
    return Compiled(kind, lambda _row: value, name, constant=True)


def resolved(ctx: Context, one: Compiled, kind: str, position: int) -> Compiled:
    """A literal of unknown type takes the type that it is used with."""
    if one.type != "unknown" or kind in ("unknown", "any"):
        return one
    if not one.constant:
        return Compiled(kind, lambda row: casts.convert(ctx, "text", kind, one.at(row)), one.name)
    try:
        value = casts.convert(ctx, "unknown", kind, one.at(()))
    except Raised as raised:
        raise _at(raised, position) from None
    return constant(kind, value, one.name)


def _at(raised: Raised, position: int) -> Raised:
    error = raised.error
    return fail(
        error.message, error.sqlstate, detail=error.detail, hint=error.hint, position=error.position or position
    )


def as_text(ctx: Context, one: Compiled) -> Callable[[RowValues], Any]:
    """The value as text, whatever its type."""
    if one.type in types.TEXTS:
        return one.at
    kind = one.type
    return lambda row: casts.convert(ctx, kind, "text", one.at(row))


def bounded(text: str) -> str:
    """A text that is not larger than the server's (and our) memory allows."""
    if len(text) > 10_000_000:
        raise fail("out of memory", "53200", detail=f"Failed on request of size {len(text)}.")
    return text


def cast_to(ctx: Context, one: Compiled, kind: str, position: int) -> Compiled:
    """An explicit cast."""
    if one.type == "unknown" and one.constant:
        return resolved(ctx, one, kind, position)
    if not casts.allowed(one.type, kind):
        raise fail(f"cannot cast type {types.base(one.type)} to {types.base(kind)}", "42846", position=position)
    if one.type == kind:
        return one
    given = one.type
    return Compiled(kind, lambda row: casts.convert(ctx, given, kind, one.at(row)), one.name, one.constant)


def type_of(ctx: Context, node: exp.Expression) -> str:
    """The type that a cast or a column names; raises Raised for an unknown one."""
    try:
        written = node.sql(dialect="postgres")
    except Exception:  # noqa: BLE001 - a fault of the library's generator must not end the server
        written = str(node)
    kind = types.canonical(written)
    if kind is not None:
        return kind
    name = written.strip('"').lower()
    schema, bare = casts.split_name(name)
    for place in ctx.candidates(schema):
        if (place, bare) in ctx.database.types:
            return bare if place in ctx.search_path else f"{place}.{bare}"
    raise fail(f'type "{name}" does not exist', "42704", position=ctx.place(node))
