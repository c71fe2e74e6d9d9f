"""The actions of ALTER TABLE."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.catalog import Column, Table, change
from host.catalog.rows import Rows
from host.sql import types
from host.sql.casts import convert, shown
from host.sql.definitions import Definition
from host.sql.reader import Reader
from host.sql.reply import Reply, fail, lacking
from host.sql.tables import (
    column_definition,
    default_text,
    known_type,
    own_sequence,
    table_constraint,
    type_text,
    with_constraint,
    with_serials,
)

if TYPE_CHECKING:
    from host.sql.context import Context

_WAL = 900


def _store(ctx: Context, table: Table, size: int = _WAL) -> None:
    ctx.write_database(change.with_relation(ctx.database, table), size)


def _need_column(table: Table, name: str) -> Column:
    found = table.column(name)
    if found is None:
        raise fail(f'column "{name}" of relation "{table.name}" does not exist', "42703")
    return found


def table_action(ctx: Context, reader: Reader, table: Table) -> Reply | None:
    """One action of ALTER TABLE."""
    if reader.accept("ADD"):
        _add(ctx, reader, table)
    elif reader.accept("DROP"):
        _drop(ctx, reader, table)
    elif reader.accept("ALTER"):
        _column(ctx, reader, table)
    elif reader.accept("RENAME"):
        _rename(ctx, reader, table)
    elif reader.accept("VALIDATE", "CONSTRAINT"):
        name = reader.name()
        kept = tuple(
            replace(one, validated=True, definition=one.definition.removesuffix(" NOT VALID"))
            if one.name == name
            else one
            for one in table.constraints
        )
        _store(ctx, replace(table, constraints=kept))
    elif reader.accept("SET", "TABLESPACE"):
        _move(ctx, table, reader.name())
    elif reader.accept("CLUSTER", "ON"):
        reader.name()
    elif reader.accept("REPLICA", "IDENTITY"):
        reader.rest()
    elif reader.accept("SET", "LOGGED") or reader.accept("SET", "UNLOGGED"):
        _store(ctx, replace(table, unlogged=str(reader.tokens[reader.at - 1].text).upper() == "UNLOGGED"))
    elif reader.accept("SET") or reader.accept("RESET"):
        options = reader.parenthesised()
        _store(ctx, replace(table, options=tuple(one.strip().replace(" ", "") for one in options.split(","))))
    elif reader.word in ("ENABLE", "DISABLE"):
        _switch(ctx, reader, table)
    elif reader.accept("FORCE", "ROW", "LEVEL", "SECURITY"):
        _store(ctx, replace(table, force_row_security=True))
    elif reader.accept("NO", "FORCE", "ROW", "LEVEL", "SECURITY"):
        _store(ctx, replace(table, force_row_security=False))
    elif reader.word in ("ATTACH", "DETACH", "INHERIT"):
        raise lacking("inherited and partitioned tables")
    else:
        raise reader.wrong()
    return None


def _add(ctx: Context, reader: Reader, table: Table) -> None:
    if reader.word in ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "NOT"):
        _store(ctx, with_constraint(ctx, table, table_constraint(reader)))
        return
    reader.accept("COLUMN")
    skip = reader.accept("IF", "NOT", "EXISTS")
    made = Definition(columns=[])
    column_definition(ctx, reader, made, table.name)
    column = made.columns[0]
    if table.column(column.name) is not None:
        message = f'column "{column.name}" of relation "{table.name}" already exists'
        if not skip:
            raise fail(message, "42701")
        ctx.notice(f"{message}, skipping")
        return
    value = None
    if column.default is not None:
        from host.sql.modify import default_of

        value = default_of(ctx, replace(table, columns=(*table.columns, column)), column.name)()
    if column.not_null and value is None and table.rows.count and not made.serials:
        raise fail(f'column "{column.name}" of relation "{table.name}" contains null values', "23502")
    grown = replace(table, columns=(*table.columns, column), rows=table.rows.with_column(value))
    grown = with_serials(ctx, grown, made)
    for one in made.constraints:
        grown = with_constraint(ctx, grown, one)
    _store(ctx, grown)


def _drop(ctx: Context, reader: Reader, table: Table) -> None:
    if reader.accept("CONSTRAINT"):
        skip = reader.accept("IF", "EXISTS")
        name = reader.name()
        cascade = reader.one_of("CASCADE", "RESTRICT") == "CASCADE"
        if table.constraint(name) is None:
            message = f'constraint "{name}" of relation "{table.name}" does not exist'
            if not skip:
                raise fail(message, "42704")
            ctx.notice(f"{message}, skipping")
            return
        _refuse_used_key(ctx, table, name, cascade)
        _store(ctx, replace(table, constraints=tuple(one for one in table.constraints if one.name != name)))
        return
    reader.accept("COLUMN")
    skip = reader.accept("IF", "EXISTS")
    name = reader.name()
    reader.one_of("CASCADE", "RESTRICT")
    if table.column(name) is None:
        message = f'column "{name}" of relation "{table.name}" does not exist'
        if not skip:
            raise fail(message, "42703")
        ctx.notice(f"{message}, skipping")
        return
    place = table.column_names().index(name)
    _store(
        ctx,
        replace(
            table,
            columns=tuple(column for column in table.columns if column.name != name),
            rows=table.rows.without_column(place),
            constraints=tuple(one for one in table.constraints if name not in one.columns),
            indexes=tuple(one for one in table.indexes if name not in one.columns),
        ),
    )


def _named(path: tuple[str, ...], schema: str, name: str) -> str:
    """A name as getObjectDescription shows it: with its schema when the search path does not reach it."""
    return name if schema in path else f"{schema}.{name}"


def _refuse_used_key(ctx: Context, table: Table, name: str, cascade: bool) -> None:
    key = table.constraint(name)
    assert key is not None
    for other in ctx.database.tables():
        for one in other.constraints:
            if (
                one.kind == "f"
                and one.references == (table.schema, table.name)
                and set(one.referenced) == set(key.columns)
                and key.kind in "pu"
            ):
                if not cascade:
                    path = ctx.search_path
                    here, there = (_named(path, each.schema, each.name) for each in (table, other))
                    message = f"cannot drop constraint {name} on table {here} because other objects depend on it"
                    index = _named(path, table.schema, name)
                    detail = f"constraint {one.name} on table {there} depends on index {index}"
                    raise fail(
                        message, "2BP01", detail=detail, hint="Use DROP ... CASCADE to drop the dependent objects too."
                    )
                ctx.notice(f"drop cascades to constraint {one.name} on table {other.name}")
                kept = tuple(c for c in other.constraints if c.name != one.name)
                _store(ctx, replace(other, constraints=kept))


def _column(ctx: Context, reader: Reader, table: Table) -> None:
    reader.accept("COLUMN")
    column = _need_column(table, reader.name())
    if reader.accept("SET", "DEFAULT"):
        column = replace(column, default=default_text(ctx, reader.upto(), column))
    elif reader.accept("DROP", "DEFAULT"):
        column = replace(column, default=None)
    elif reader.accept("SET", "NOT", "NULL"):
        place = table.column_names().index(column.name)
        if any(row[place] is None for row in table.rows.part(0, 20_000)):
            raise fail(f'column "{column.name}" of relation "{table.name}" contains null values', "23502")
        column = replace(column, not_null=True)
    elif reader.accept("DROP", "NOT", "NULL"):
        column = replace(column, not_null=False)
    elif reader.accept("DROP", "IDENTITY"):
        column = replace(column, identity="")
    elif reader.accept("TYPE") or reader.accept("SET", "DATA", "TYPE"):
        _retype(ctx, reader, table, column)
        return
    elif reader.accept("ADD", "GENERATED"):
        column = _identity(ctx, reader, table, column)
    elif reader.accept("SET"):
        reader.upto()
    else:
        raise reader.wrong()
    _store(ctx, replace(table, columns=tuple(column if one.name == column.name else one for one in table.columns)))


def _identity(ctx: Context, reader: Reader, table: Table, column: Column) -> Column:
    """ADD GENERATED … AS IDENTITY ( SEQUENCE NAME s START … ), as pg_dump writes it."""
    from host.sql.parsing import statements
    from host.sql.sequences import sequence_options

    identity = "a" if reader.accept("ALWAYS") else "d"
    if identity == "d":
        reader.expect("BY", "DEFAULT")
    reader.expect("AS", "IDENTITY")
    sequence = own_sequence(ctx, table, column.name, column.type, identity)
    if reader.word == "(":
        inner = statements(reader.parenthesised())
        lone = Reader(inner[0]) if inner else None
        if lone is not None and lone.accept("SEQUENCE", "NAME"):
            schema, name = lone.qualified()
            sequence = replace(sequence, schema=schema or table.schema, name=name)
        if lone is not None:
            sequence = sequence_options(ctx, lone, sequence)
    ctx.write_database(change.with_relation(ctx.database, sequence), 400)
    return replace(column, identity=identity, not_null=True)


def _retype(ctx: Context, reader: Reader, table: Table, column: Column) -> None:
    place = reader.place
    kind = known_type(ctx, type_text(reader), place)
    if reader.accept("USING"):
        reader.upto()
    index = table.column_names().index(column.name)

    def changed(row: tuple[str | None, ...]) -> tuple[str | None, ...]:
        ctx.look_at()
        text = row[index]
        value = None if text is None else convert(ctx, "text", kind, text)
        return (*row[:index], shown(ctx, types.base(kind), value), *row[index + 1 :])

    columns = tuple(replace(one, type=kind) if one.name == column.name else one for one in table.columns)
    rows: Rows = table.rows.mapped(changed)
    _store(ctx, replace(table, columns=columns, rows=rows, filenode=ctx.new_oid()))


def _rename(ctx: Context, reader: Reader, table: Table) -> None:
    if reader.accept("CONSTRAINT"):
        old = reader.name()
        reader.expect("TO")
        new = reader.name()
        if table.constraint(old) is None:
            raise fail(f'constraint "{old}" for table "{table.name}" does not exist', "42704")
        kept = tuple(replace(one, name=new) if one.name == old else one for one in table.constraints)
        _store(ctx, replace(table, constraints=kept))
        return
    reader.accept("COLUMN")
    old = reader.name()
    reader.expect("TO")
    new = reader.name()
    if table.column(old) is None:
        raise fail(f'column "{old}" does not exist', "42703")
    if table.column(new) is not None:
        raise fail(f'column "{new}" of relation "{table.name}" already exists', "42701")
    swap = {old: new}
    columns = tuple(replace(one, name=swap.get(one.name, one.name)) for one in table.columns)
    constraints = tuple(
        replace(
            one,
            columns=tuple(swap.get(name, name) for name in one.columns),
            definition=one.definition.replace(f"({old})", f"({new})"),
        )
        for one in table.constraints
    )
    indexes = tuple(
        replace(
            one,
            columns=tuple(swap.get(name, name) for name in one.columns),
            definition=one.definition.replace(f"({old})", f"({new})"),
        )
        for one in table.indexes
    )
    _store(ctx, replace(table, columns=columns, constraints=constraints, indexes=indexes))


def _move(ctx: Context, table: Table, space: str) -> None:
    if space not in ctx.catalog.tablespaces:
        raise fail(f'tablespace "{space}" does not exist', "42704")
    _store(ctx, replace(table, tablespace="" if space == "pg_default" else space, filenode=ctx.new_oid()))


def _switch(ctx: Context, reader: Reader, table: Table) -> None:
    on = reader.accept("ENABLE") or not reader.accept("DISABLE")
    reader.one_of("ALWAYS", "REPLICA")
    if reader.accept("TRIGGER"):
        name = "" if reader.one_of("ALL", "USER") else reader.name()
        triggers = tuple(
            replace(one, enabled="O" if on else "D") if name in ("", one.name) else one for one in table.triggers
        )
        _store(ctx, replace(table, triggers=triggers))
    elif reader.accept("ROW", "LEVEL", "SECURITY"):
        _store(ctx, replace(table, row_security=on))
    else:
        reader.rest()
