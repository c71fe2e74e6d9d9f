"""DROP of everything that is inside a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from host.catalog import Database, Sequence, Table, View, change
from host.sql import databases, policies, roles, tablespaces
from host.sql.reader import Name, Reader
from host.sql.reply import Reply, fail, lacking
from host.sql.rights import kind_of, need_owner, not_owner
from host.sql.transactions import hold, need_writable

if TYPE_CHECKING:
    from host.sql.context import Context

_WAL = 900
_CASCADE = "Use DROP ... CASCADE to drop the dependent objects too."


def drop(ctx: Context, reader: Reader) -> Reply:
    """DROP kind [IF EXISTS] names [CASCADE]."""
    kinds: dict[str, Callable[[], Reply]] = {
        "DATABASE": lambda: databases.drop_database(ctx, reader),
        "TABLESPACE": lambda: tablespaces.drop_tablespace(ctx, reader),
        "ROLE": lambda: roles.drop_role(ctx, reader),
        "USER": lambda: roles.drop_role(ctx, reader),
        "GROUP": lambda: roles.drop_role(ctx, reader),
        "TABLE": lambda: _relations(ctx, reader, "table"),
        "VIEW": lambda: _relations(ctx, reader, "view"),
        "SEQUENCE": lambda: _relations(ctx, reader, "sequence"),
        "INDEX": lambda: _indexes(ctx, reader),
        "SCHEMA": lambda: _schemas(ctx, reader),
        "FUNCTION": lambda: _functions(ctx, reader, "function"),
        "PROCEDURE": lambda: _functions(ctx, reader, "procedure"),
        "EXTENSION": lambda: _extension(ctx, reader),
        "TYPE": lambda: _types(ctx, reader),
        "TRIGGER": lambda: _trigger(ctx, reader),
        "OWNED": lambda: _owned(ctx, reader),
        "POLICY": lambda: policies.drop_policy(ctx, reader),
    }
    if reader.accept("MATERIALIZED", "VIEW"):
        need_writable(ctx, "DROP MATERIALIZED VIEW")
        return _relations(ctx, reader, "materialized view")
    word = reader.word
    if word not in kinds:
        if word.isalpha() and word in _ELSEWHERE:
            raise lacking(f"DROP {word}")
        raise reader.wrong()
    reader.at += 1
    need_writable(ctx, f"DROP {'ROLE' if word in ('USER', 'GROUP') else word}")
    return kinds[word]()


_ELSEWHERE = frozenset(
    """
    AGGREGATE CAST COLLATION DOMAIN EVENT FOREIGN LANGUAGE OPERATOR PUBLICATION RULE SERVER STATISTICS
    SUBSCRIPTION
    """.split()
)


def _listed(reader: Reader) -> tuple[bool, list[Name], bool]:
    skip = reader.accept("IF", "EXISTS")
    names = [reader.qualified()]
    while reader.accept(","):
        names.append(reader.qualified())
    cascade = reader.one_of("CASCADE", "RESTRICT") == "CASCADE"
    reader.end()
    return skip, names, cascade


def _missing(ctx: Context, kind: str, name: Name, skip: bool) -> None:
    """Say that there is nothing to drop: an error, or with IF EXISTS a notice."""
    schema, bare = name
    if schema is not None and schema not in ctx.database.schemas:
        kind, bare = "schema", schema
    if not skip:
        raise fail(
            f'{kind} "{bare}" does not exist', "3F000" if kind == "schema" else "42P01" if kind != "type" else "42704"
        )
    ctx.notice(f'{kind} "{bare}" does not exist, skipping')


def _relations(ctx: Context, reader: Reader, kind: str) -> Reply:
    skip, names, cascade = _listed(reader)
    chosen: list[Any] = []
    for name in names:
        found = ctx.find(*name)
        if found is None:
            _missing(ctx, kind, name, skip)
            continue
        if kind_of(found) != kind:
            hint = f"Use DROP {kind_of(found).upper()} to remove {_article(kind_of(found))}."
            raise fail(f'"{found.name}" is not {_article(kind)}', "42809", hint=hint)
        schema = ctx.database.schemas.get(found.schema)
        if not (schema is not None and ctx.has_role(schema.owner)):
            need_owner(ctx, found)
        chosen.append(found)
    _dependents(ctx, chosen, cascade)
    hold(ctx, *((one.schema, one.name) for one in chosen))
    return Reply(f"DROP {kind.upper()}")


def _article(kind: str) -> str:
    return f"a {kind}"


def _dependents(ctx: Context, chosen: list[Any], cascade: bool) -> None:
    """Drop relations with what depends on them, or refuse."""
    keys = {(one.schema, one.name) for one in chosen}
    found = _depending(ctx.database, keys, ctx.search_path)
    if found and not cascade:
        first = chosen[0]
        lines = "\n".join(
            f"{text} depends on {kind_of(_relation(ctx, key))} {_shown(ctx, key)}" for text, key, _ in found
        )
        what = _shown(ctx, (first.schema, first.name))
        message = f"cannot drop {kind_of(first)} {what} because other objects depend on it"
        raise fail(message, "2BP01", detail=lines, hint=_CASCADE)
    if len(found) == 1:
        ctx.notice(f"drop cascades to {found[0][0]}")
    elif found:
        ctx.notice(
            f"drop cascades to {len(found)} other objects",
            detail="\n".join(f"drop cascades to {text}" for text, _, _ in found),
        )
    database = ctx.database
    for _, _, act in found:
        database = act(database)
    for key in keys:
        database = change.without_relation(database, key)
    if chosen:
        ctx.write_database(database, _WAL * len(chosen))


def _relation(ctx: Context, key: tuple[str, str]) -> Any:
    return ctx.database.relations[key]


def _shown(ctx: Context, key: tuple[str, str]) -> str:
    return _named(key, ctx.search_path)


def _named(key: tuple[str, str], path: tuple[str, ...]) -> str:
    return key[1] if key[0] in path else f"{key[0]}.{key[1]}"


def _depending(
    database: Database, keys: set[tuple[str, str]], path: tuple[str, ...] = ("public",)
) -> list[tuple[str, tuple[str, str], Callable[[Database], Database]]]:
    """Views over the relations, foreign keys to them, defaults from their sequences: text, on what, how to drop it."""
    found: list[tuple[str, tuple[str, str], Callable[[Database], Database]]] = []
    todo, seen = set(keys), set(keys)
    while todo:
        more: set[tuple[str, str]] = set()
        for one in database.relations.values():
            key = (one.schema, one.name)
            if isinstance(one, View) and key not in seen and (hit := next((d for d in one.depends if d in todo), None)):
                text = f"{kind_of(one)} {_named(key, path)}"
                found.append((text, hit, lambda d, key=key: change.without_relation(d, key)))  # type: ignore[misc]
                more.add(key)
            if isinstance(one, Table) and key not in keys:
                found += _parts(one, todo, path)
        seen |= more
        todo = more
    return found


def _parts(
    table: Table, todo: set[tuple[str, str]], path: tuple[str, ...]
) -> list[tuple[str, tuple[str, str], Callable[[Database], Database]]]:
    found: list[tuple[str, tuple[str, str], Callable[[Database], Database]]] = []
    for one in table.constraints:
        if one.kind == "f" and one.references in todo:
            assert one.references is not None
            text = f"constraint {one.name} on table {_named((table.schema, table.name), path)}"
            found.append((text, one.references, lambda d, name=one.name: _without(d, table, name)))  # type: ignore[misc]
    return found


def _without(database: Database, table: Table, name: str) -> Database:
    here = database.table(table.schema, table.name)
    if here is None:
        return database
    kept = tuple(one for one in here.constraints if one.name != name)
    return change.with_relation(database, replace(here, constraints=kept))


def _indexes(ctx: Context, reader: Reader) -> Reply:
    reader.accept("CONCURRENTLY")
    skip, names, _ = _listed(reader)
    for schema, name in names:
        found = next((t for s in ctx.candidates(schema) if (t := ctx.database.index_owner(s, name)) is not None), None)
        if found is None:
            relation = ctx.find(schema, name)
            if relation is not None:
                hint = f"Use DROP {kind_of(relation).upper()} to remove a {kind_of(relation)}."
                raise fail(f'"{name}" is not an index', "42809", hint=hint)
            _missing(ctx, "index", (schema, name), skip)
            continue
        need_owner(ctx, found)
        if found.constraint(name) is not None:
            message = f"cannot drop index {name} because constraint {name} on table {found.name} requires it"
            hint = f"You can drop constraint {name} on table {found.name} instead."
            raise fail(message, "2BP01", hint=hint)
        kept = tuple(one for one in found.indexes if one.name != name)
        ctx.write_database(change.with_relation(ctx.database, replace(found, indexes=kept)), _WAL)
    return Reply("DROP INDEX")


def _schemas(ctx: Context, reader: Reader) -> Reply:
    skip = reader.accept("IF", "EXISTS")
    names = reader.names()
    cascade = reader.one_of("CASCADE", "RESTRICT") == "CASCADE"
    reader.end()
    for name in names:
        found = ctx.database.schemas.get(name)
        if found is None:
            _missing(ctx, "schema", (None, name), skip)
            continue
        if not ctx.has_role(found.owner):
            raise not_owner("schema", name)
        inside = _inside(ctx.database, name)
        if inside and not cascade:
            lines = "\n".join(f"{text} depends on schema {name}" for text in inside)
            message = f"cannot drop schema {name} because other objects depend on it"
            raise fail(message, "2BP01", detail=lines, hint=_CASCADE)
        if len(inside) == 1:
            ctx.notice(f"drop cascades to {inside[0]}")
        elif inside:
            ctx.notice(
                f"drop cascades to {len(inside)} other objects",
                detail="\n".join(f"drop cascades to {text}" for text in inside),
            )
        keys = {key for key in ctx.database.relations if key[0] == name}
        database = ctx.database
        for _, _, act in _depending(database, keys):
            database = act(database)
        ctx.write_database(change.without_schema(database, name), _WAL)
    return Reply("DROP SCHEMA")


def _inside(database: Database, schema: str) -> list[str]:
    found = [
        (one.oid, f"{kind_of(one)} {schema}.{one.name}")
        for one in database.relations.values()
        if one.schema == schema and not (isinstance(one, Sequence) and one.owned_by)
    ]
    found += [
        (one.oid, f"function {schema}.{one.name}({one.types})")
        for one in database.functions.values()
        if one.schema == schema
    ]
    found += [(one.oid, f"type {schema}.{one.name}") for one in database.types.values() if one.schema == schema]
    return [text for _, text in sorted(found)]


def _functions(ctx: Context, reader: Reader, kind: str) -> Reply:
    from host.sql.routines import argument_types

    skip = reader.accept("IF", "EXISTS")
    schema, name = reader.qualified()
    kinds = argument_types(ctx, reader)[1] if reader.word == "(" else None
    reader.one_of("CASCADE", "RESTRICT")
    reader.end()
    places = ctx.candidates(schema)
    found = [
        f
        for key, f in ctx.database.functions.items()
        if key[0] in places and key[1] == name and kinds in (None, key[2])
    ]
    if not found:
        if schema is not None and schema not in ctx.database.schemas:
            _missing(ctx, "schema", (None, schema), skip)
            return Reply(f"DROP {kind.upper()}")
        shown = f"{schema + '.' if schema else ''}{name}({kinds or ''})"
        if not skip:
            message = (
                f"{kind} {shown} does not exist" if kinds is not None else f'could not find a {kind} named "{name}"'
            )
            raise fail(message, "42883")
        ctx.notice(f"{kind} {shown} does not exist, skipping")
        return Reply(f"DROP {kind.upper()}")
    if not ctx.has_role(found[0].owner):
        raise not_owner(kind, name)
    key = (found[0].schema, found[0].name, found[0].types)
    ctx.write_database(change.without_function(ctx.database, key), _WAL)
    return Reply(f"DROP {kind.upper()}")


def _extension(ctx: Context, reader: Reader) -> Reply:
    skip, names, _ = _listed(reader)
    for _, name in names:
        if name not in ctx.database.extensions:
            if not skip:
                raise fail(f'extension "{name}" does not exist', "42704")
            ctx.notice(f'extension "{name}" does not exist, skipping')
            continue
        ctx.write_database(change.without_extension(ctx.database, name), _WAL)
    return Reply("DROP EXTENSION")


def _types(ctx: Context, reader: Reader) -> Reply:
    skip, names, _ = _listed(reader)
    for schema, name in names:
        key = next(((s, name) for s in ctx.candidates(schema) if (s, name) in ctx.database.types), None)
        if key is None:
            _missing(ctx, "type", (schema, name), skip)
            continue
        database = replace(ctx.database, types=change.drop(ctx.database.types, key))
        ctx.write_database(database, _WAL)
    return Reply("DROP TYPE")


def _trigger(ctx: Context, reader: Reader) -> Reply:
    skip = reader.accept("IF", "EXISTS")
    name = reader.name()
    reader.expect("ON")
    table = ctx.relation(*reader.qualified())
    if not isinstance(table, Table) or all(one.name != name for one in table.triggers):
        if not skip:
            raise fail(f'trigger "{name}" for table "{table.name}" does not exist', "42704")
        ctx.notice(f'trigger "{name}" for relation "{table.name}" does not exist, skipping')
        return Reply("DROP TRIGGER")
    kept = tuple(one for one in table.triggers if one.name != name)
    ctx.write_database(change.with_relation(ctx.database, replace(table, triggers=kept)), _WAL)
    return Reply("DROP TRIGGER")


def _owned(ctx: Context, reader: Reader) -> Reply:
    reader.expect("BY")
    name = roles.role_name(ctx, reader)
    reader.one_of("CASCADE", "RESTRICT")
    reader.end()
    roles.need_role(ctx, name)
    database = ctx.database
    for key, one in ctx.database.relations.items():
        if one.owner == name:
            database = change.without_relation(database, key)
    for fkey, function in ctx.database.functions.items():
        if function.owner == name:
            database = change.without_function(database, fkey)
    ctx.write_database(database, _WAL)
    return Reply("DROP OWNED")
