"""System tables of what is inside a database: pg_class and its kin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from host.catalog import Table
from host.catalog.sizes import PAGE, table_bytes
from host.sql.casts import table_indexes
from host.sql.views_relations import (
    Rows,
    _acl,
    _class,
    _matviews,
    _namespaces,
    _policies,
    _tables,
    _views,
    role_oids,
    schema_oids,
)

if TYPE_CHECKING:
    from host.sql.context import Context


def index_definition(table: Table, name: str) -> str:
    """pg_get_indexdef."""
    from host.catalog.names import qualified, quoted

    found = next((one for one in table.indexes if one.name == name), None)
    if found is not None:
        return found.definition
    key = table.constraint(name)
    columns = ", ".join(quoted(column) for column in (key.columns if key else ()))
    return f"CREATE UNIQUE INDEX {quoted(name)} ON {qualified(table.schema, table.name)} USING btree ({columns})"


def _indexes(ctx: Context) -> Rows:
    for table in ctx.database.tables():
        for name, _, _ in table_indexes(table):
            yield (table.schema, table.name, name, None, index_definition(table, name))


def _index(ctx: Context) -> Rows:
    for table in ctx.database.tables():
        primary = table.primary_key
        for name, oid, unique in table_indexes(table):
            yield (oid, table.oid, unique, primary is not None and primary.name == name, True, True)


def _sequences(ctx: Context) -> Rows:
    for one in ctx.database.sequences():
        yield (
            one.schema,
            one.name,
            one.owner,
            one.type,
            one.start,
            one.minimum,
            one.maximum,
            one.increment,
            one.cycle,
            one.cache,
            one.last_value if one.is_called else None,
        )


def _constraints(ctx: Context) -> Rows:
    schemas = schema_oids(ctx)
    for table in ctx.database.tables():
        for one in table.constraints:
            target = ctx.database.relations.get(one.references) if one.references else None
            yield (
                one.oid,
                one.name,
                schemas.get(table.schema, 0),
                one.kind,
                table.oid,
                target.oid if target else 0,
                one.index_oid,
                one.validated,
                one.definition,
            )
        for number, column in enumerate(table.columns):
            if column.not_null:
                name = column.not_null_name or f"{table.name}_{column.name}_not_null"
                yield (
                    0,
                    name,
                    schemas.get(table.schema, 0),
                    "n",
                    table.oid,
                    0,
                    number,
                    True,
                    f"NOT NULL {column.name}",
                )


def _constraint_rows(ctx: Context) -> Rows:
    from simulator.versions import since

    named_not_null = since(ctx.major, {12: False, 18: True})
    return (row[:8] for row in _constraints(ctx) if row[3] != "n" or named_not_null)


def _attributes(ctx: Context) -> Rows:
    for one in ctx.database.relations.values():
        for number, column in enumerate(getattr(one, "columns", ()), 1):
            yield (
                one.oid,
                column.name,
                number,
                column.not_null,
                column.default is not None,
                column.identity,
                False,
                column.type,
            )


def _functions(ctx: Context) -> Rows:
    schemas, roles = schema_oids(ctx), role_oids(ctx)
    for one in ctx.database.functions.values():
        yield (
            one.oid,
            one.name,
            schemas.get(one.schema, 0),
            roles.get(one.owner, 10),
            one.body,
            "p" if one.procedure else "f",
            _acl(one.acl),
        )


def _extensions(ctx: Context) -> Rows:
    schemas = schema_oids(ctx)
    for one in ctx.database.extensions.values():
        yield (one.oid, one.name, 10, schemas.get(one.schema, 11), False, one.version)


def _available(ctx: Context) -> Rows:
    installed = ctx.database.extensions.get("plpgsql")
    yield ("plpgsql", "1.0", installed.version if installed else None, "PL/pgSQL procedural language")


def _large_objects(ctx: Context) -> Rows:
    roles = role_oids(ctx)
    for one in ctx.database.large_objects.values():
        yield (one.oid, roles.get(one.owner, 10), _acl(one.acl))


def _pages(ctx: Context) -> Rows:
    for one in ctx.database.large_objects.values():
        for page in range(0, len(one.data), 2048):
            yield (one.oid, page // 2048, one.data[page : page + 2048])


def _user_tables(ctx: Context) -> Rows:
    for one in ctx.database.tables():
        yield (
            one.oid,
            one.schema,
            one.name,
            0,
            0,
            0,
            0,
            one.rows.count,
            0,
            0,
            one.rows.count,
            one.dead_rows,
            None,
            None,
            None,
            None,
            0,
            0,
        )


def _io_tables(ctx: Context) -> Rows:
    for one in ctx.database.tables():
        yield (one.oid, one.schema, one.name, table_bytes(one) // PAGE, 0)


def _user_indexes(ctx: Context) -> Rows:
    for table in ctx.database.tables():
        for name, oid, _ in table_indexes(table):
            yield (table.oid, oid, table.schema, table.name, name, 0, 0, 0)


def _db_role_settings(ctx: Context) -> Rows:
    roles = role_oids(ctx)
    for one in ctx.catalog.roles.values():
        if one.settings:
            yield (0, one.oid, tuple(f"{key}={value}" for key, value in one.settings))
    for database in ctx.catalog.databases.values():
        for role in dict.fromkeys(setting.role for setting in database.settings):
            texts = tuple(f"{one.name}={one.value}" for one in database.settings if one.role == role)
            yield (database.oid, roles.get(role, 0), texts)


_STAT_TABLE = (
    "relid oid, schemaname name, relname name, seq_scan bigint, seq_tup_read bigint, "
    "idx_scan bigint, idx_tup_fetch bigint, "
    "n_tup_ins bigint, n_tup_upd bigint, n_tup_del bigint, n_live_tup bigint, n_dead_tup bigint, "
    "last_vacuum timestamp with time zone, last_autovacuum timestamp with time zone, "
    "last_analyze timestamp with time zone, last_autoanalyze timestamp with time zone, "
    "vacuum_count bigint, analyze_count bigint"
)
CATALOG_VIEWS: Mapping[str, tuple[str, Callable[[Context], Rows]]] = {
    "pg_class": (
        (
            "oid oid, relname name, relnamespace oid, relkind text, relowner oid, relfilenode oid, reltablespace oid, "
            "relpages integer, reltuples real, relhasindex boolean, relpersistence text, "
            "relnatts smallint, relrowsecurity boolean, relforcerowsecurity boolean, relacl text[], "
            "reloptions text[], relispartition boolean"
        ),
        _class,
    ),
    "pg_namespace": ("oid oid, nspname name, nspowner oid, nspacl text[]", _namespaces),
    "pg_tables": (
        (
            "schemaname name, tablename name, tableowner name, tablespace name, hasindexes boolean, hasrules boolean, "
            "hastriggers boolean, rowsecurity boolean"
        ),
        _tables,
    ),
    "pg_policies": (
        (
            "schemaname name, tablename name, policyname name, permissive text, roles name[], cmd text, qual text, "
            "with_check text"
        ),
        _policies,
    ),
    "pg_views": ("schemaname name, viewname name, viewowner name, definition text", _views),
    "pg_matviews": (
        (
            "schemaname name, matviewname name, matviewowner name, tablespace name, "
            "hasindexes boolean, ispopulated boolean, "
            "definition text"
        ),
        _matviews,
    ),
    "pg_indexes": ("schemaname name, tablename name, indexname name, tablespace name, indexdef text", _indexes),
    "pg_index": (
        (
            "indexrelid oid, indrelid oid, indisunique boolean, indisprimary boolean, "
            "indisvalid boolean, indisready boolean"
        ),
        _index,
    ),
    "pg_sequences": (
        (
            "schemaname name, sequencename name, sequenceowner name, data_type text, "
            "start_value bigint, min_value bigint, "
            "max_value bigint, increment_by bigint, cycle boolean, cache_size bigint, last_value bigint"
        ),
        _sequences,
    ),
    "pg_constraint": (
        (
            "oid oid, conname name, connamespace oid, contype text, conrelid oid, confrelid oid, "
            "conindid oid, convalidated boolean"
        ),
        _constraint_rows,
    ),
    "pg_attribute": (
        (
            "attrelid oid, attname name, attnum smallint, attnotnull boolean, atthasdef boolean, "
            "attidentity text, attisdropped boolean"
        ),
        _attributes,
    ),
    "pg_proc": (
        "oid oid, proname name, pronamespace oid, proowner oid, prosrc text, prokind text, proacl text[]",
        _functions,
    ),
    "pg_extension": (
        "oid oid, extname name, extowner oid, extnamespace oid, extrelocatable boolean, extversion text",
        _extensions,
    ),
    "pg_available_extensions": ("name name, default_version text, installed_version text, comment text", _available),
    "pg_largeobject_metadata": ("oid oid, lomowner oid, lomacl text[]", _large_objects),
    "pg_largeobject": ("loid oid, pageno integer, data bytea", _pages),
    "pg_stat_user_tables": (_STAT_TABLE, _user_tables),
    "pg_stat_all_tables": (_STAT_TABLE, _user_tables),
    "pg_statio_user_tables": (
        "relid oid, schemaname name, relname name, heap_blks_read bigint, heap_blks_hit bigint",
        _io_tables,
    ),
    "pg_stat_user_indexes": (
        (
            "relid oid, indexrelid oid, schemaname name, relname name, indexrelname name, "
            "idx_scan bigint, idx_tup_read bigint, "
            "idx_tup_fetch bigint"
        ),
        _user_indexes,
    ),
    "pg_db_role_setting": ("setdatabase oid, setrole oid, setconfig text[]", _db_role_settings),
}
