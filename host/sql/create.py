"""CREATE of everything that is inside a database; databases, roles and tablespaces have modules of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from host.catalog import Column, EnumType, Extension, Index, Schema, Sequence, Table, Trigger, View, change
from host.catalog.names import qualified, quoted
from host.catalog.rows import Rows, of
from host.sql import databases, roles, types
from host.sql.casts import shown
from host.sql.deparse import deparsed
from host.sql.parsing import Statement, expression_of, statements, tree_of
from host.sql.query import Plan, plan
from host.sql.reader import Reader
from host.sql.reply import Reply, fail, lacking
from host.sql.rights import denied, need_create, need_owner
from host.sql.tables import definition, scope_of, with_constraint, with_serials
from host.sql.transactions import need_writable

if TYPE_CHECKING:
    from host.sql.context import Context

DDL_WAL = 3000
"""WAL of a change of definitions, about: rows of system tables and their index entries."""


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
        "DATABASE": lambda: databases.create_database(ctx, reader),
        "TABLESPACE": lambda: databases.create_tablespace(ctx, reader),
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
    "ACCESS AGGREGATE CAST COLLATION CONVERSION DOMAIN EVENT FOREIGN LANGUAGE OPERATOR POLICY PUBLICATION RULE SERVER "
    "STATISTICS SUBSCRIPTION TEXT TRANSFORM PROCEDURAL TRUSTED RECURSIVE CONSTRAINT".split()
)


def _command(word: str) -> str:
    return f"CREATE {'ROLE' if word in ('USER', 'GROUP') else word}"


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
    ctx.write_database(change.with_relation(ctx.database, table), DDL_WAL + row_wal(table, rows))
    return Reply("CREATE TABLE AS" if empty else f"SELECT {rows.count}")


def _kept(ctx: Context, made: Plan) -> Rows:
    kinds = [field.type for field in made.fields]
    found = []
    for row in made.run():
        ctx.look_at()
        found.append(tuple([shown(ctx, kind, value) for kind, value in zip(kinds, row, strict=True)]))
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
    query = body.source
    view = View(
        where,
        name,
        oid or ctx.new_oid(),
        owner,
        f" {query}",
        _columns(made, names),
        _depends(ctx, body),
        materialized,
        rows=_kept(ctx, made) if materialized and not empty else Rows(),
        tablespace=_tablespace(ctx, space) if materialized else "",
        query=query,
    )
    ctx.write_database(change.with_relation(ctx.database, view), DDL_WAL)
    return Reply(f"SELECT {view.rows.count}" if materialized and not empty else command)


def _depends(ctx: Context, body: Statement) -> tuple[tuple[str, str], ...]:
    found = []
    for node in tree_of(body).find_all(exp.Table):
        schema = node.args.get("db")
        relation = ctx.find(schema.name.lower() if schema is not None else None, node.name.lower())
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
