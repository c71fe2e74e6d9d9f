"""TRUNCATE."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.catalog import Rows, Table, change
from host.sql.reader import Reader
from host.sql.reply import Reply, fail
from host.sql.rights import need_relation
from host.sql.transactions import hold, need_writable

if TYPE_CHECKING:
    from host.sql.context import Context


def truncate(ctx: Context, reader: Reader) -> Reply:
    """TRUNCATE [TABLE] a, b [RESTART IDENTITY] [CASCADE]."""
    need_writable(ctx, "TRUNCATE TABLE")
    reader.accept("TABLE")
    names = []
    while True:
        reader.accept("ONLY")
        place = reader.place
        names.append((reader.qualified(), place))
        reader.accept("*")
        if not reader.accept(","):
            break
    restart = reader.accept("RESTART", "IDENTITY")
    reader.accept("CONTINUE", "IDENTITY")
    cascade = bool(reader.one_of("CASCADE", "RESTRICT") == "CASCADE")
    reader.end()
    tables: dict[tuple[str, str], Table] = {}
    for name, _place in names:
        found = ctx.relation(*name)
        need_relation(ctx, found, "D")
        if not isinstance(found, Table):
            raise fail(f'"{found.name}" is not a table', "42809")
        tables[found.schema, found.name] = found
    _referring(ctx, tables, cascade)
    database = ctx.database
    for key, table in tables.items():
        database = change.with_relation(database, replace(table, rows=Rows(), dead_rows=0, filenode=ctx.new_oid()))
        for one in database.sequences() if restart else ():
            if one.owned_by and one.owned_by[:2] == key:
                database = change.with_relation(database, replace(one, last_value=one.start, is_called=False))
    ctx.write_database(database, 300 * len(tables))
    hold(ctx, *tables)
    return Reply("TRUNCATE TABLE")


def _referring(ctx: Context, tables: dict[tuple[str, str], Table], cascade: bool) -> None:
    todo = list(tables)
    while todo:
        key = todo.pop()
        for other in ctx.database.tables():
            known = (other.schema, other.name)
            if known in tables or not any(one.kind == "f" and one.references == key for one in other.constraints):
                continue
            if not cascade:
                detail = f'Table "{other.name}" references "{key[1]}".'
                hint = f'Truncate table "{other.name}" at the same time, or use TRUNCATE ... CASCADE.'
                raise fail(
                    "cannot truncate a table referenced in a foreign key constraint", "0A000", detail=detail, hint=hint
                )
            ctx.notice(f'truncate cascades to table "{other.name}"')
            tables[known] = other
            todo.append(known)
