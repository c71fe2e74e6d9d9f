"""Adding constraints to a table: names, definitions as the server prints them, and whether the rows satisfy them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.catalog import Constraint, Rows, Table
from host.catalog.names import quoted
from host.sql.checks import Checker, duplicate, places_of, row_checks
from host.sql.definitions import Pending
from host.sql.keys import Keys, key_of
from host.sql.reply import Raised, fail
from host.sql.rights import need_relation
from host.sql.tables import check_text, free_name

if TYPE_CHECKING:
    from host.sql.context import Context


def checked(ctx: Context, table: Table, made: Pending) -> Table:
    """The table with a PRIMARY KEY, UNIQUE, CHECK or FOREIGN KEY more; raises Raised."""
    if made.kind in "pu":
        return _unique(ctx, table, made)
    return _check(ctx, table, made) if made.kind == "c" else _foreign(ctx, table, made)


def _known(table: Table, columns: list[str], where: str) -> None:
    for name in columns:
        if table.column(name) is None:
            raise fail(f'column "{name}" {where} does not exist', "42703")


def _listed(columns: list[str] | tuple[str, ...]) -> str:
    return ", ".join(quoted(name) for name in columns)


def _names(table: Table) -> set[str]:
    return {one.name for one in table.constraints}


def _unique(ctx: Context, table: Table, made: Pending) -> Table:
    primary = made.kind == "p"
    if primary and table.primary_key is not None:
        raise fail(f'multiple primary keys for table "{table.name}" are not allowed', "42P16")
    _known(table, made.columns, f'of relation "{table.name}"' if primary else "named in key")
    stem = f"{table.name}_pkey" if primary else f"{table.name}_{'_'.join(made.columns)}_key"
    name = made.name or free_name(ctx, table.schema, stem, _names(table))
    if made.name and (ctx.database.relation_exists(table.schema, made.name) or made.name in table.index_names()):
        raise fail(f'relation "{made.name}" already exists', "42P07")
    columns = tuple(made.columns)
    places = places_of(table, columns)
    if primary:
        for place in places:
            if any(row[place] is None for row in table.rows):
                column = table.columns[place].name
                raise fail(f'column "{column}" of relation "{table.name}" contains null values', "23502")
    _no_duplicates(ctx, table, name, columns, places)
    word = "PRIMARY KEY" if primary else "UNIQUE"
    index_oid = ctx.new_oid()
    one = Constraint(name, made.kind, f"{word} ({_listed(columns)})", ctx.new_oid(), columns, index_oid=index_oid)
    fresh = tuple(replace(c, not_null=c.not_null or (primary and c.name in columns)) for c in table.columns)
    return replace(table, columns=fresh, constraints=(*table.constraints, one))


def _no_duplicates(ctx: Context, table: Table, name: str, columns: tuple[str, ...], places: tuple[int, ...]) -> None:
    ctx.look_at(min(table.rows.count, 1000))
    keys = Keys(Rows(), places)
    for chunk in table.rows.chunks:
        found = keys.first_in(chunk)
        if found is not None:
            error = duplicate(name, columns, found).error
            raise fail(
                f'could not create unique index "{name}"',
                "23505",
                detail=error.detail.replace("already exists", "is duplicated"),
            )
        more = Keys(Rows((chunk,)), places)
        keys.written |= more.written
        keys.series += more.series


def _check(ctx: Context, table: Table, made: Pending) -> Table:
    text, columns = check_text(ctx, table, made.expression)
    lone = columns[0] if len(columns) == 1 else ""
    stem = f"{table.name}_{lone}_check" if lone else f"{table.name}_check"
    name = made.name or free_name(ctx, table.schema, stem, _names(table))
    suffix = "" if made.valid else " NOT VALID"
    one = Constraint(
        name, "c", f"CHECK ({text}){suffix}", ctx.new_oid(), columns, expression=text[1:-1], validated=made.valid
    )
    grown = replace(table, constraints=(*table.constraints, one))
    if made.valid:
        holds = next((test for known, test in row_checks(ctx, grown) if known is one), None)
        for row in table.rows.part(0, 20_000) if holds is not None else ():
            if holds is not None and holds(row) is False:
                message = f'check constraint "{name}" of relation "{table.name}" is violated by some row'
                raise fail(message, "23514")
    return grown


def _foreign(ctx: Context, table: Table, made: Pending) -> Table:
    assert made.target is not None, "a foreign key has a target"
    own = made.target[1] == table.name and made.target[0] in (None, table.schema)
    found = table if own else ctx.relation(*made.target)
    if not isinstance(found, Table):
        raise fail(f'referenced relation "{found.name}" is not a table', "42809")
    if not own:
        need_relation(ctx, found, "x")
    _known(table, made.columns, "referenced in foreign key constraint")
    columns = tuple(made.target_columns) or (found.primary_key.columns if found.primary_key else ())
    if not columns:
        raise fail(f'there is no primary key for referenced table "{found.name}"', "42704")
    _known(found, list(columns), "referenced in foreign key constraint")
    if not any(one.kind in "pu" and set(one.columns) == set(columns) for one in found.constraints):
        message = f'there is no unique constraint matching given keys for referenced table "{found.name}"'
        raise fail(message, "42830")
    if len(columns) != len(made.columns):
        raise fail("number of referencing and referenced columns for foreign key disagree", "42830")
    name = made.name or free_name(ctx, table.schema, f"{table.name}_{'_'.join(made.columns)}_fkey", _names(table))
    target = f"{quoted(found.schema)}.{quoted(found.name)}({_listed(columns)})"
    suffix = made.actions + ("" if made.valid else " NOT VALID")
    one = Constraint(
        name,
        "f",
        f"FOREIGN KEY ({_listed(made.columns)}) REFERENCES {target}{suffix}",
        ctx.new_oid(),
        tuple(made.columns),
        references=(found.schema, found.name),
        referenced=columns,
        validated=made.valid,
    )
    if made.valid:
        _validated(ctx, table, one, found)
    return replace(table, constraints=(*table.constraints, one))


def _validated(ctx: Context, table: Table, one: Constraint, found: Table) -> None:
    places = places_of(table, one.columns)
    keys = Keys(found.rows, places_of(found, one.referenced))
    for row in table.rows.part(0, 20_000):
        key = key_of(row, places)
        if None not in key and key not in keys:
            raise _missing(ctx, table, one, key, found)


def _missing(ctx: Context, table: Table, one: Constraint, key: tuple[str | None, ...], found: Table) -> Raised:
    return Checker(ctx, replace(table, constraints=()), table.rows.part(0, 0)).missing(one, key, found)
