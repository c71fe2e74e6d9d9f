"""CREATE of everything that is inside a database; databases, roles and tablespaces have modules of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from host.catalog import EnumType, Extension, Schema, Table, Trigger, View, change
from host.catalog.names import quoted
from host.catalog.rows import Rows
from host.sql import databases, policies, roles, tablespaces
from host.sql.creating import (
    DDL_WAL,
    _columns,
    _kept,
    _new_relation,
    _not_exists,
    _planned,
    _query_after,
    _storage,
    _tablespace,
    _without_data,
)
from host.sql.indexes import _index
from host.sql.parsing import Statement, statements, tree_of
from host.sql.reader import Reader
from host.sql.reply import Reply, fail, lacking
from host.sql.rights import denied, need_create
from host.sql.sequences import _sequence
from host.sql.tables import definition, with_constraint, with_serials
from host.sql.transactions import need_writable
from host.sql.view_text import name_in, view_text, with_schemas

if TYPE_CHECKING:
    from host.sql.context import Context


def create(ctx: Context, reader: Reader) -> Reply:
    """CREATE …"""
    or_replace = reader.accept("OR", "REPLACE")
    temporary = bool(reader.one_of("TEMP", "TEMPORARY"))
    unlogged = reader.accept("UNLOGGED")
    word = reader.word
    kinds = {
        "TABLE": lambda: _table(ctx, reader, temporary, unlogged),
        "SCHEMA": lambda: _schema(ctx, reader),
        "SEQUENCE": lambda: _sequence(ctx, reader),
        "INDEX": lambda: _index(ctx, reader, False),
        "VIEW": lambda: _view(ctx, reader, or_replace, False),
        "FUNCTION": lambda: _function(ctx, reader, or_replace, False),
        "PROCEDURE": lambda: _function(ctx, reader, or_replace, True),
        "EXTENSION": lambda: _extension(ctx, reader),
        "TYPE": lambda: _type(ctx, reader),
        "TRIGGER": lambda: _trigger(ctx, reader),
        "POLICY": lambda: policies.create_policy(ctx, reader),
        "DATABASE": lambda: databases.create_database(ctx, reader),
        "TABLESPACE": lambda: tablespaces.create_tablespace(ctx, reader),
        "ROLE": lambda: roles.create_role(ctx, reader, login=False),
        "GROUP": lambda: roles.create_role(ctx, reader, login=False),
        "USER": lambda: roles.create_role(ctx, reader, login=True),
    }
    if word in kinds:
        reader.at += 1
        need_writable(ctx, _command(word))
        return kinds[word]()
    if reader.accept("UNIQUE", "INDEX"):
        need_writable(ctx, "CREATE INDEX")
        return _index(ctx, reader, True)
    if reader.accept("MATERIALIZED", "VIEW"):
        need_writable(ctx, "CREATE MATERIALIZED VIEW")
        return _view(ctx, reader, False, True)
    if word in _ELSEWHERE:
        raise lacking(f"CREATE {word}")
    raise reader.wrong()


_ELSEWHERE = frozenset(
    "ACCESS AGGREGATE CAST COLLATION CONVERSION DOMAIN EVENT FOREIGN LANGUAGE OPERATOR PUBLICATION RULE SERVER "
    "STATISTICS SUBSCRIPTION TEXT TRANSFORM PROCEDURAL TRUSTED RECURSIVE CONSTRAINT".split()
)


def _command(word: str) -> str:
    return f"CREATE {'ROLE' if word in ('USER', 'GROUP') else word}"


def _table(ctx: Context, reader: Reader, _temporary: bool, unlogged: bool) -> Reply:
    skip = _not_exists(reader)
    place = reader.place
    schema, name = reader.qualified()
    columns: list[str] = []
    if reader.word == "(" and not _is_as(reader):
        made = definition(ctx, reader, name)
    else:
        if reader.accept("("):
            columns = reader.names()
            reader.expect(")")
        options = _storage(reader)
        if not reader.accept("AS"):
            raise reader.wrong()
        return _table_as(ctx, reader, (schema, name, place), columns, options, skip=skip, unlogged=unlogged)
    space, options_with = _storage(reader)
    reader.end()
    where = _new_relation(ctx, schema, name, place, skip)
    if where is None:
        return Reply("CREATE TABLE")
    table = Table(
        where,
        name,
        ctx.new_oid(),
        ctx.user,
        tuple(made.columns),
        tablespace=_tablespace(ctx, space),
        unlogged=unlogged,
        options=options_with,
    )
    table = with_serials(ctx, table, made)
    for one in sorted(made.constraints, key=lambda pending: "cpuf".find(pending.kind)):
        table = with_constraint(ctx, table, one)
    ctx.write_database(change.with_relation(ctx.database, table), DDL_WAL + 500 * len(made.columns))
    return Reply("CREATE TABLE")


def _is_as(reader: Reader) -> bool:
    """(a, b) AS SELECT: names only."""
    at = reader.at
    reader.parenthesised()
    found = reader.word in ("AS", "WITH", "TABLESPACE", "ON") and "AS" in [
        t.text.upper() for t in reader.tokens[reader.at : reader.at + 8]
    ]
    reader.at = at
    return found


def _table_as(
    ctx: Context,
    reader: Reader,
    name: tuple[str | None, str, int],
    columns: list[str],
    options: tuple[str, tuple[str, ...]],
    *,
    skip: bool,
    unlogged: bool,
) -> Reply:
    from host.sql.modify import _as_series, row_wal

    body, empty = _without_data(_query_after(reader))
    made = _planned(ctx, body)
    where = _new_relation(ctx, name[0], name[1], name[2], skip)
    if where is None:
        return Reply("CREATE TABLE AS")
    table = Table(
        where,
        name[1],
        ctx.new_oid(),
        ctx.user,
        _columns(made, columns),
        tablespace=_tablespace(ctx, options[0]),
        unlogged=unlogged,
        options=options[1],
    )
    if empty:
        rows = Rows()
    elif made.series_only:
        rows = _as_series(ctx, table, made, dict(zip(table.column_names(), made.outputs, strict=True)))
    else:
        rows = _kept(ctx, made)
    table = replace(table, rows=rows)
    ctx.write_database(change.with_relation(ctx.database, table), DDL_WAL + row_wal(table, rows), many=True)
    return Reply("CREATE TABLE AS" if empty else f"SELECT {rows.count}")


def select_into(ctx: Context, tree: exp.Expression) -> Reply:
    """SELECT … INTO table."""
    into = tree.args["into"]
    name = into.this.name.lower() if into.this is not None else ""
    text = f"CREATE TABLE {quoted(name)} AS {_without_into(tree).sql(dialect='postgres')}"
    reader = Reader(statements(text)[0], 1)
    return create(ctx, reader)


def _without_into(tree: exp.Expression) -> exp.Expression:
    copy = tree.copy()
    copy.set("into", None)
    return copy


def _schema(ctx: Context, reader: Reader) -> Reply:
    skip = _not_exists(reader)
    name = "" if reader.word == "AUTHORIZATION" else reader.name()
    owner = roles.role_name(ctx, reader) if reader.accept("AUTHORIZATION") else ctx.user
    reader.end()
    name = name or owner
    database = ctx.database
    if not ctx.allowed("DATABASE", database.owner, database.acl, "C"):
        raise denied("database", database.name)
    if name.startswith("pg_"):
        detail = 'The prefix "pg_" is reserved for system schemas.'
        raise fail(f'unacceptable schema name "{name}"', "42939", detail=detail)
    roles.need_role(ctx, owner)
    if name in database.schemas:
        if not skip:
            raise fail(f'schema "{name}" already exists', "42P06")
        ctx.notice(f'schema "{name}" already exists, skipping')
        return Reply("CREATE SCHEMA")
    schema = Schema(name, ctx.new_oid(), owner)
    ctx.write_database(change.with_schema(ctx.database, schema), 600)
    return Reply("CREATE SCHEMA")


def _view(ctx: Context, reader: Reader, or_replace: bool, materialized: bool) -> Reply:
    command = "CREATE MATERIALIZED VIEW" if materialized else "CREATE VIEW"
    skip = _not_exists(reader)
    schema, name = reader.qualified()
    names: list[str] = []
    if reader.accept("("):
        names = reader.names()
        reader.expect(")")
    space, _ = _storage(reader)
    reader.expect("AS")
    body, empty = _without_data(_query_after(reader))
    made = _planned(ctx, body)
    old = ctx.find(schema, name)
    if old is not None and or_replace and isinstance(old, View):
        where: str | None = old.schema
        oid, owner = old.oid, old.owner
    else:
        where, oid, owner = _new_relation(ctx, schema, name, 0, skip), 0, ctx.user
    if where is None:
        return Reply(command)
    view = View(
        where,
        name,
        oid or ctx.new_oid(),
        owner,
        view_text(ctx, body),
        _columns(made, names),
        _depends(ctx, body),
        materialized,
        rows=_kept(ctx, made) if materialized and not empty else Rows(),
        tablespace=_tablespace(ctx, space) if materialized else "",
        query=with_schemas(ctx, body),
    )
    ctx.write_database(change.with_relation(ctx.database, view), DDL_WAL)
    return Reply(f"SELECT {view.rows.count}" if materialized and not empty else command)


def _depends(ctx: Context, body: Statement) -> tuple[tuple[str, str], ...]:
    found = []
    for node in tree_of(body).find_all(exp.Table):
        schema = node.args.get("db")
        relation = ctx.find(name_in(schema) if schema is not None else None, name_in(node.this))
        if relation is not None:
            found.append((relation.schema, relation.name))
    return tuple(dict.fromkeys(found))


def _function(ctx: Context, reader: Reader, or_replace: bool, procedure: bool) -> Reply:
    from host.sql.routines import read_function

    made = read_function(ctx, reader, procedure)
    key = (made.schema, made.name, made.types)
    old = ctx.database.functions.get(key)
    need_create(ctx, made.schema)
    if old is not None and not or_replace:
        raise fail(f'function "{made.name}" already exists with same argument types', "42723")
    made = replace(made, oid=old.oid if old is not None else ctx.new_oid())
    ctx.write_database(change.with_function(ctx.database, made), 1500)
    return Reply("CREATE PROCEDURE" if procedure else "CREATE FUNCTION")


def _extension(ctx: Context, reader: Reader) -> Reply:
    skip = _not_exists(reader)
    name = reader.name()
    reader.rest()
    if name in ctx.database.extensions:
        if not skip:
            raise fail(f'extension "{name}" already exists', "42710")
        ctx.notice(f'extension "{name}" already exists, skipping')
        return Reply("CREATE EXTENSION")
    if name != "plpgsql":
        path = f"/usr/share/postgresql/{ctx.major}/extension/{name}.control"
        hint = "The extension must first be installed on the system where PostgreSQL is running."
        detail = f'Could not open extension control file "{path}": No such file or directory.'
        raise fail(f'extension "{name}" is not available', "0A000", detail=detail, hint=hint)
    made = Extension("plpgsql", 13500, "pg_catalog", "1.0", "PL/pgSQL procedural language")
    ctx.write_database(change.with_extension(ctx.database, made), 800)
    return Reply("CREATE EXTENSION")


def _type(ctx: Context, reader: Reader) -> Reply:
    place = reader.place
    schema, name = reader.qualified()
    reader.expect("AS")
    if not reader.accept("ENUM"):
        raise lacking("types that are no enum")
    reader.expect("(")
    labels = [reader.string()] if reader.word != ")" else []
    while reader.accept(","):
        labels.append(reader.string())
    reader.expect(")")
    reader.end()
    where = ctx.creation_schema(schema, place)
    need_create(ctx, where)
    if (where, name) in ctx.database.types or ctx.database.relation_exists(where, name):
        raise fail(f'type "{name}" already exists', "42710")
    made = EnumType(where, name, ctx.new_oid(), ctx.user, tuple(labels))
    ctx.write_database(change.with_type(ctx.database, made), 1000)
    return Reply("CREATE TYPE")


def _trigger(ctx: Context, reader: Reader) -> Reply:
    name = reader.name()
    text = reader.statement.source
    while reader.token is not None and not reader.accept("ON"):
        reader.at += 1
    table = ctx.relation(*reader.qualified())
    if not isinstance(table, Table):
        raise lacking("triggers on anything but tables")
    if any(one.name == name for one in table.triggers):
        raise fail(f'trigger "{name}" for relation "{table.name}" already exists', "42710")
    function = text.rpartition("EXECUTE")[2]
    trigger = Trigger(name, text, ctx.new_oid(), function=function.partition(" ")[2].split("(")[0].split(" ")[-1])
    ctx.write_database(change.with_relation(ctx.database, replace(table, triggers=(*table.triggers, trigger))), 900)
    return Reply("CREATE TRIGGER")
