"""CREATE SEQUENCE and the options of ALTER SEQUENCE."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.catalog import Sequence, change
from host.sql import types
from host.sql.creating import (
    _new_relation,
    _not_exists,
)
from host.sql.reader import Reader
from host.sql.reply import Reply

if TYPE_CHECKING:
    from host.sql.context import Context


def sequence_options(ctx: Context, reader: Reader, one: Sequence) -> Sequence:
    """AS, START, INCREMENT, MINVALUE, MAXVALUE, CACHE, CYCLE, OWNED BY, RESTART."""
    while reader.token is not None:
        if reader.accept("AS"):
            kind = types.canonical(reader.name()) or "bigint"
            tops = {"smallint": 32767, "integer": 2147483647}
            one = replace(one, type=kind, maximum=tops.get(kind, one.maximum))
        elif reader.accept("START"):
            reader.accept("WITH")
            start = reader.number()
            one = replace(one, start=start, last_value=start)
        elif reader.accept("INCREMENT"):
            reader.accept("BY")
            one = replace(one, increment=reader.number())
        elif reader.accept("NO", "MINVALUE") or reader.accept("NO", "MAXVALUE") or reader.accept("NO", "CYCLE"):
            continue
        elif reader.accept("MINVALUE"):
            one = replace(one, minimum=reader.number())
        elif reader.accept("MAXVALUE"):
            one = replace(one, maximum=reader.number())
        elif reader.accept("CACHE"):
            one = replace(one, cache=reader.number())
        elif reader.accept("CYCLE"):
            one = replace(one, cycle=True)
        elif reader.accept("RESTART"):
            reader.accept("WITH")
            start = one.start if reader.done else reader.number()
            one = replace(one, last_value=start, is_called=False)
        elif reader.accept("OWNED", "BY"):
            one = _owned(ctx, reader, one)
        else:
            raise reader.wrong()
    return one


def _owned(ctx: Context, reader: Reader, one: Sequence) -> Sequence:
    if reader.accept("NONE"):
        return replace(one, owned_by=None)
    parts = [reader.name()]
    while reader.accept("."):
        parts.append(reader.name())
    table = ctx.relation(parts[-3] if len(parts) > 2 else None, parts[-2])
    return replace(one, owned_by=(table.schema, table.name, parts[-1]))


def _sequence(ctx: Context, reader: Reader) -> Reply:
    skip = _not_exists(reader)
    schema, name = reader.qualified()
    where = _new_relation(ctx, schema, name, 0, skip)
    if where is None:
        return Reply("CREATE SEQUENCE")
    made = sequence_options(ctx, reader, Sequence(where, name, 0, ctx.user))
    made = replace(made, oid=ctx.new_oid())
    ctx.write_database(change.with_relation(ctx.database, made), 1200)
    return Reply("CREATE SEQUENCE")
