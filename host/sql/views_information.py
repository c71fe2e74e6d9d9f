"""information_schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from host.catalog import Table, View
from host.sql import types

if TYPE_CHECKING:
    from host.sql.context import Context

Rows = Iterable[tuple[Any, ...]]


def _tables(ctx: Context) -> Rows:
    for one in ctx.database.relations.values():
        if isinstance(one, Table) or (isinstance(one, View) and not one.materialized):
            kind = "BASE TABLE" if isinstance(one, Table) else "VIEW"
            yield (ctx.database.name, one.schema, one.name, kind)


def _columns(ctx: Context) -> Rows:
    for one in ctx.database.relations.values():
        for number, column in enumerate(getattr(one, "columns", ()), 1):
            yield (
                ctx.database.name,
                one.schema,
                one.name,
                column.name,
                number,
                column.default,
                "NO" if column.not_null else "YES",
                types.base(column.type),
            )


def _schemata(ctx: Context) -> Rows:
    for one in ctx.database.schemas.values():
        yield (ctx.database.name, one.name, one.owner)


def _constraints(ctx: Context) -> Rows:
    words = {"p": "PRIMARY KEY", "u": "UNIQUE", "c": "CHECK", "f": "FOREIGN KEY"}
    for table in ctx.database.tables():
        for one in table.constraints:
            yield (ctx.database.name, table.schema, one.name, table.schema, table.name, words.get(one.kind, one.kind))


INFORMATION_VIEWS: Mapping[str, tuple[str, Callable[[Context], Rows]]] = {
    "tables": ("table_catalog name, table_schema name, table_name name, table_type character varying", _tables),
    "columns": (
        (
            "table_catalog name, table_schema name, table_name name, column_name name, ordinal_position integer, "
            "column_default character varying, is_nullable character varying, data_type character varying"
        ),
        _columns,
    ),
    "schemata": ("catalog_name name, schema_name name, schema_owner name", _schemata),
    "table_constraints": (
        (
            "constraint_catalog name, constraint_schema name, constraint_name name, "
            "table_schema name, table_name name, "
            "constraint_type character varying"
        ),
        _constraints,
    ),
}
