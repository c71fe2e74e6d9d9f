"""What the CREATE statements share: new names, storage, queries behind AS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.catalog import Column
from host.catalog.rows import Rows, of
from host.sql.casts import shown
from host.sql.parsing import Statement, tree_of
from host.sql.query import Plan, plan
from host.sql.reader import Reader
from host.sql.reply import fail, lacking
from host.sql.rights import denied, need_create

if TYPE_CHECKING:
    from host.sql.context import Context


DDL_WAL = 3000
"""WAL of a change of definitions, about: rows of system tables and their index entries."""


def _not_exists(reader: Reader) -> bool:
    return reader.accept("IF", "NOT", "EXISTS")


def _new_relation(ctx: Context, schema: str | None, name: str, place: int, skip: bool) -> str | None:
    """The schema of a new relation; None when it exists and that is no fault."""
    where = ctx.creation_schema(schema, place)
    need_create(ctx, where, place)
    if ctx.database.relation_exists(where, name):
        if not skip:
            raise fail(f'relation "{name}" already exists', "42P07")
        ctx.notice(f'relation "{name}" already exists, skipping')
        return None
    return where


def _tablespace(ctx: Context, said: str) -> str:
    """The tablespace of a new table or index: the one said, or default_tablespace; '' the database's own."""
    name = said or ctx.setting("default_tablespace", "")
    if not name or name == "pg_default":
        return ""
    space = ctx.catalog.tablespaces.get(name)
    if space is None:
        raise fail(f'tablespace "{name}" does not exist', "42704")
    if not ctx.allowed("TABLESPACE", space.owner, space.acl, "C"):
        raise denied("tablespace", name)
    return name


def _storage(reader: Reader) -> tuple[str, tuple[str, ...]]:
    """INHERITS, WITH, ON COMMIT, TABLESPACE behind the columns."""
    space = ""
    options: tuple[str, ...] = ()
    while True:
        if reader.accept("WITH"):
            options = tuple(one.strip().replace(" ", "") for one in reader.parenthesised().split(","))
        elif reader.accept("WITHOUT", "OIDS") or reader.accept("ON", "COMMIT", "PRESERVE", "ROWS"):
            continue
        elif reader.accept("TABLESPACE"):
            space = reader.name()
        elif reader.accept("USING"):
            reader.name()
        elif reader.word in ("INHERITS", "PARTITION"):
            raise lacking("inherited and partitioned tables")
        else:
            return space, tuple(one.replace("'", "") for one in options)


def _query_after(reader: Reader) -> Statement:
    """The query behind AS."""
    tokens = tuple(reader.tokens[reader.at :])
    if not tokens:
        raise reader.wrong()
    reader.at = len(reader.tokens)
    return Statement(reader.statement.text, tokens)


def _planned(ctx: Context, body: Statement) -> Plan:
    before, ctx.statement = ctx.statement, body
    try:
        return plan(ctx, tree_of(body))
    finally:
        ctx.statement = before


def _without_data(body: Statement) -> tuple[Statement, bool]:
    """The query without WITH [NO] DATA."""
    words = [str(token.text).upper() for token in body.tokens[-3:]]
    if words[-3:] == ["WITH", "NO", "DATA"]:
        return Statement(body.text, body.tokens[:-3]), True
    if words[-2:] == ["WITH", "DATA"]:
        return Statement(body.text, body.tokens[:-2]), False
    return body, False


def _kept(ctx: Context, made: Plan) -> Rows:
    kinds = [field.type for field in made.fields]
    found = []
    for row in made.run():
        cells = tuple([shown(ctx, kind, value) for kind, value in zip(kinds, row, strict=True)])
        ctx.look_at_row(cells)
        found.append(cells)
    return of(found)


def _columns(made: Plan, names: list[str]) -> tuple[Column, ...]:
    if len(names) > len(made.fields):
        raise fail("too many column names were specified", "42601")
    found: list[Column] = []
    for n, field in enumerate(made.fields):
        name = names[n] if n < len(names) else field.name
        if any(one.name == name for one in found):
            raise fail(f'column "{name}" specified more than once', "42701")
        found.append(Column(name, field.type))
    return tuple(found)
