"""CREATE INDEX."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.catalog import Index, Table, change
from host.catalog.names import qualified, quoted
from host.sql.creating import (
    DDL_WAL,
    _not_exists,
    _tablespace,
)
from host.sql.deparse import deparsed
from host.sql.parsing import expression_of, statements
from host.sql.reader import Reader
from host.sql.reply import Reply, fail
from host.sql.rights import need_owner
from host.sql.tables import scope_of

if TYPE_CHECKING:
    from host.sql.context import Context


def _index(ctx: Context, reader: Reader, unique: bool) -> Reply:
    if reader.accept("CONCURRENTLY"):
        from host.sql.transactions import not_in_block

        not_in_block(ctx, "CREATE INDEX CONCURRENTLY")
    skip = _not_exists(reader)
    name = "" if reader.word == "ON" else reader.name()
    reader.expect("ON")
    reader.accept("ONLY")
    table = ctx.relation(*reader.qualified())
    if not isinstance(table, Table):
        raise fail(f'cannot create index on relation "{table.name}"', "42809")
    need_owner(ctx, table)
    method = reader.name() if reader.accept("USING") else "btree"
    columns, body = _index_columns(ctx, table, reader.parenthesised())
    tail, space = "", ""
    while reader.token is not None:
        if reader.accept("INCLUDE"):
            tail += f" INCLUDE ({reader.parenthesised()})"
        elif reader.accept("WITH"):
            reader.parenthesised()
        elif reader.accept("TABLESPACE"):
            space = _tablespace(ctx, reader.name())
        elif reader.accept("WHERE"):
            node = expression_of(reader.rest())
            tail += f" WHERE {deparsed(ctx, scope_of(table), node)}"
        else:
            raise reader.wrong()
    name = name or _index_name(ctx, table, columns)
    if ctx.database.relation_exists(table.schema, name):
        if not skip:
            raise fail(f'relation "{name}" already exists', "42P07")
        ctx.notice(f'relation "{name}" already exists, skipping')
        return Reply("CREATE INDEX")
    word = "UNIQUE INDEX" if unique else "INDEX"
    text = f"CREATE {word} {quoted(name)} ON {qualified(table.schema, table.name)} USING {method} ({body}){tail}"
    index = Index(name, text, ctx.new_oid(), columns, unique, space)
    if unique and columns:
        from host.sql.checks import places_of
        from host.sql.constraints import _no_duplicates

        _no_duplicates(ctx, table, name, columns, places_of(table, columns))
    grown = replace(table, indexes=(*table.indexes, index))
    ctx.write_database(change.with_relation(ctx.database, grown), DDL_WAL + 20 * table.rows.count)
    return Reply("CREATE INDEX")


def _index_name(ctx: Context, table: Table, columns: tuple[str, ...]) -> str:
    from host.sql.tables import free_name

    return free_name(ctx, table.schema, f"{table.name}_{'_'.join(columns) or 'expr'}_idx", set())


def _index_columns(ctx: Context, table: Table, text: str) -> tuple[tuple[str, ...], str]:
    """Plain columns of an index, and what stands in its parentheses as pg_get_indexdef prints it."""
    lone = Reader(statements(text)[0]) if statements(text) else None
    columns: list[str] = []
    parts: list[str] = []
    while lone is not None and lone.token is not None:
        if lone.word == "(":
            node = expression_of(lone.parenthesised())
            parts.append(f"({deparsed(ctx, scope_of(table), node)})".replace("((", "(").replace("))", ")"))
        elif len(lone.tokens) > lone.at + 1 and lone.tokens[lone.at + 1].text == "(":
            parts.append(lone.upto())
        else:
            name = lone.name()
            if table.column(name) is None:
                raise fail(f'column "{name}" does not exist', "42703")
            columns.append(name)
            parts.append(quoted(name))
        words = lone.upto().upper() if not lone.done and lone.word != "," else ""
        parts[-1] += f" {words}" if words not in ("", "ASC") else ""
        if not lone.accept(","):
            break
    return tuple(columns), ", ".join(parts)
