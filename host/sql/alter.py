"""ALTER of everything that is inside a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from host.catalog import Sequence, Table, View, change
from host.sql import databases, parameters, policies, roles, tablespaces
from host.sql.alter_table import table_action
from host.sql.reader import Reader
from host.sql.reply import Reply, fail, lacking
from host.sql.rights import need_owner, not_owner
from host.sql.sequences import sequence_options
from host.sql.transactions import hold, need_writable

if TYPE_CHECKING:
    from host.sql.context import Context

_WAL = 400
_LESS_THAN_EXCLUSIVE = frozenset({"VALIDATE", "CLUSTER", "ATTACH"})
"""What ALTER TABLE does under a lesser lock than ACCESS EXCLUSIVE (AlterTableGetLockLevel)."""


def alter(ctx: Context, reader: Reader) -> Reply:
    """ALTER …"""
    if reader.accept("SYSTEM"):
        return parameters.alter_system(ctx, reader)
    kinds: dict[tuple[str, ...], Callable[[], Reply]] = {
        ("DEFAULT", "PRIVILEGES"): lambda: _default_privileges(reader),
        ("DATABASE",): lambda: databases.alter_database(ctx, reader),
        ("ROLE",): lambda: roles.alter_role(ctx, reader),
        ("USER",): lambda: roles.alter_role(ctx, reader),
        ("TABLESPACE",): lambda: tablespaces.alter_tablespace(ctx, reader),
        ("TABLE",): lambda: _table(ctx, reader, "TABLE"),
        ("INDEX",): lambda: _index(ctx, reader),
        ("VIEW",): lambda: _table(ctx, reader, "VIEW"),
        ("MATERIALIZED", "VIEW"): lambda: _table(ctx, reader, "MATERIALIZED VIEW"),
        ("SEQUENCE",): lambda: _sequence(ctx, reader),
        ("SCHEMA",): lambda: _schema(ctx, reader),
        ("FUNCTION",): lambda: _function(ctx, reader, "FUNCTION"),
        ("PROCEDURE",): lambda: _function(ctx, reader, "PROCEDURE"),
        ("LARGE", "OBJECT"): lambda: _large_object(ctx, reader),
        ("TYPE",): lambda: _type(ctx, reader),
        ("POLICY",): lambda: policies.alter_policy(ctx, reader),
        ("EXTENSION",): lambda: _skip(reader, "ALTER EXTENSION"),
    }
    for words, act in kinds.items():
        if reader.accept(*words):
            word = "ROLE" if words[0] == "USER" else " ".join(words)
            need_writable(ctx, f"ALTER {word}")
            return act()
    if reader.word in _ELSEWHERE:
        raise lacking(f"ALTER {reader.word}")
    raise reader.wrong()


_ELSEWHERE = frozenset(
    """
    AGGREGATE COLLATION CONVERSION DEFAULT DOMAIN EVENT FOREIGN GROUP LANGUAGE OPERATOR PUBLICATION RULE SERVER
    STATISTICS SUBSCRIPTION TEXT TRIGGER
    """.split()
)


def _skip(reader: Reader, tag: str) -> Reply:
    reader.rest()
    return Reply(tag)


def _default_privileges(reader: Reader) -> Reply:
    if not reader.token:
        raise reader.wrong()
    raise lacking("ALTER DEFAULT PRIVILEGES")


def _store(ctx: Context, one: Any) -> None:
    ctx.write_database(change.with_relation(ctx.database, one), _WAL)


def _table(ctx: Context, reader: Reader, tag: str) -> Reply:
    skip = reader.accept("IF", "EXISTS")
    reader.accept("ONLY")
    name = reader.qualified()
    reader.accept("*")
    relation = ctx.find(*name)
    if relation is None:
        if not skip:
            ctx.relation(*name)
        ctx.notice(f'relation "{name[1]}" does not exist, skipping')
        return Reply(f"ALTER {tag}")
    need_owner(ctx, relation)
    if reader.word not in _LESS_THAN_EXCLUSIVE:
        hold(ctx, (relation.schema, relation.name))
    if common(ctx, reader, relation):
        return Reply(f"ALTER {tag}")
    if not isinstance(relation, Table):
        raise lacking(f"this form of ALTER {tag}")
    while True:
        found = ctx.database.table(relation.schema, relation.name)
        assert found is not None, "the table has not gone meanwhile"
        table_action(ctx, reader, found)
        if not reader.accept(","):
            break
    reader.end()
    return Reply(f"ALTER {tag}")


def common(ctx: Context, reader: Reader, relation: Any) -> bool:
    """OWNER TO, RENAME TO, SET SCHEMA of any relation."""
    if reader.accept("OWNER", "TO"):
        owner = roles.role_name(ctx, reader)
        reader.end()
        roles.need_new_owner(ctx, owner)
        _store(ctx, _reowned(relation, owner))
        for one in ctx.database.sequences():
            if one.owned_by and one.owned_by[:2] == (relation.schema, relation.name):
                _store(ctx, replace(one, owner=owner))
        return True
    if reader.accept("RENAME", "TO"):
        _rename(ctx, relation, reader.name())
        reader.end()
        return True
    if reader.accept("SET", "SCHEMA"):
        schema = reader.name()
        reader.end()
        ctx.schema(schema)
        if ctx.database.relation_exists(schema, relation.name):
            raise fail(f'relation "{relation.name}" already exists in schema "{schema}"', "42P07")
        _move(ctx, relation, replace(relation, schema=schema))
        return True
    return False


def _reowned(relation: Any, owner: str) -> Any:
    """Another owner; the old one's own privileges become the new one's."""
    items = relation.acl
    if items is not None:
        old = relation.owner
        items = tuple(
            replace(
                one,
                grantee=owner if one.grantee == old else one.grantee,
                grantor=owner if one.grantor == old else one.grantor,
            )
            for one in items
        )
    return replace(relation, owner=owner, acl=items)


def _rename(ctx: Context, relation: Any, new: str) -> None:
    if ctx.database.relation_exists(relation.schema, new):
        raise fail(f'relation "{new}" already exists', "42P07")
    _move(ctx, relation, replace(relation, name=new))


def _move(ctx: Context, old: Any, new: Any) -> None:
    """A relation under another key, and everything that refers to it."""
    before, after = (old.schema, old.name), (new.schema, new.name)
    database = replace(ctx.database, relations=change.drop(ctx.database.relations, before))
    database = change.with_relation(database, new)
    for one in tuple(database.relations.values()):
        if isinstance(one, Table) and any(c.references == before for c in one.constraints):
            constraints = tuple(_pointing(c, before, after) for c in one.constraints)
            database = change.with_relation(database, replace(one, constraints=constraints))
        if isinstance(one, Sequence) and one.owned_by and one.owned_by[:2] == before:
            database = change.with_relation(database, replace(one, owned_by=(*after, one.owned_by[2])))
        if isinstance(one, View) and before in one.depends:
            depends = tuple(after if key == before else key for key in one.depends)
            query = one.query.replace(before[1], after[1])
            database = change.with_relation(database, replace(one, depends=depends, query=query))
    ctx.write_database(database, _WAL)


def _pointing(one: Any, before: tuple[str, str], after: tuple[str, str]) -> Any:
    if one.references != before:
        return one
    text = one.definition.replace(f"REFERENCES {before[0]}.{before[1]}(", f"REFERENCES {after[0]}.{after[1]}(")
    return replace(one, references=after, definition=text)


def _index(ctx: Context, reader: Reader) -> Reply:
    skip = reader.accept("IF", "EXISTS")
    schema, name = reader.qualified()
    table = next((t for s in ctx.candidates(schema) if (t := ctx.database.index_owner(s, name)) is not None), None)
    if table is None:
        if not skip:
            shown = f"{schema}.{name}" if schema else name
            raise fail(f'relation "{shown}" does not exist', "42P01")
        ctx.notice(f'relation "{name}" does not exist, skipping')
        reader.rest()
        return Reply("ALTER INDEX")
    need_owner(ctx, table)
    if reader.accept("RENAME", "TO"):
        new = reader.name()
        reader.end()
        indexes = tuple(
            replace(i, name=new, definition=i.definition.replace(f" {name} ON ", f" {new} ON "))
            if i.name == name
            else i
            for i in table.indexes
        )
        constraints = tuple(replace(c, name=new) if c.name == name else c for c in table.constraints)
        _store(ctx, replace(table, indexes=indexes, constraints=constraints))
    elif reader.accept("SET", "TABLESPACE"):
        space = reader.name()
        indexes = tuple(replace(i, tablespace=space) if i.name == name else i for i in table.indexes)
        _store(ctx, replace(table, indexes=indexes))
    elif reader.accept("ATTACH", "PARTITION"):
        raise lacking("partitioned tables")
    else:
        reader.rest()
    return Reply("ALTER INDEX")


def _sequence(ctx: Context, reader: Reader) -> Reply:
    skip = reader.accept("IF", "EXISTS")
    name = reader.qualified()
    found = ctx.find(*name)
    if found is None:
        if not skip:
            ctx.relation(*name)
        ctx.notice(f'relation "{name[1]}" does not exist, skipping')
        return Reply("ALTER SEQUENCE")
    need_owner(ctx, found)
    if common(ctx, reader, found):
        return Reply("ALTER SEQUENCE")
    if not isinstance(found, Sequence):
        raise fail(f'"{found.name}" is not a sequence', "42809")
    if reader.accept("SET", "LOGGED") or reader.accept("SET", "UNLOGGED"):
        return Reply("ALTER SEQUENCE")
    _store(ctx, sequence_options(ctx, reader, found))
    return Reply("ALTER SEQUENCE")


def _schema(ctx: Context, reader: Reader) -> Reply:
    name = reader.name()
    found = ctx.schema(name)
    if not ctx.has_role(found.owner):
        raise not_owner("schema", name)
    if reader.accept("OWNER", "TO"):
        owner = roles.role_name(ctx, reader)
        reader.end()
        roles.need_new_owner(ctx, owner)
        ctx.write_database(change.with_schema(ctx.database, _reowned(found, owner)), _WAL)
        return Reply("ALTER SCHEMA")
    reader.expect("RENAME", "TO")
    new = reader.name()
    reader.end()
    if new in ctx.database.schemas:
        raise fail(f'schema "{new}" already exists', "42P06")
    for relation in tuple(ctx.database.relations.values()):
        if relation.schema == name:
            _move(ctx, relation, replace(relation, schema=new))
    database = replace(ctx.database, schemas=change.drop(ctx.database.schemas, name))
    ctx.write_database(change.with_schema(database, replace(found, name=new)), _WAL)
    return Reply("ALTER SCHEMA")


def _function(ctx: Context, reader: Reader, word: str) -> Reply:
    from host.sql.routines import argument_types

    schema, name = reader.qualified()
    kinds = argument_types(ctx, reader)[1]
    found = next(
        (
            f
            for key, f in ctx.database.functions.items()
            if key[0] in ctx.candidates(schema) and key[1:] == (name, kinds)
        ),
        None,
    )
    if found is None:
        if schema is not None:
            ctx.schema(schema)
        shown = f"{schema}.{name}" if schema else name
        raise fail(f"{word.lower()} {shown}({kinds}) does not exist", "42883")
    if not ctx.has_role(found.owner):
        raise not_owner(word.lower(), name)
    if reader.accept("OWNER", "TO"):
        owner = roles.role_name(ctx, reader)
        roles.need_new_owner(ctx, owner)
        ctx.write_database(change.with_function(ctx.database, _reowned(found, owner)), _WAL)
    elif reader.accept("RENAME", "TO"):
        database = change.without_function(ctx.database, (found.schema, name, kinds))
        ctx.write_database(change.with_function(database, replace(found, name=reader.name())), _WAL)
    else:
        raise lacking(f"this form of ALTER {word}")
    reader.end()
    return Reply(f"ALTER {word}")


def _large_object(ctx: Context, reader: Reader) -> Reply:
    from host.sql.functions_objects import large_object

    found = large_object(ctx, reader.number())
    reader.expect("OWNER", "TO")
    owner = roles.role_name(ctx, reader)
    reader.end()
    roles.need_new_owner(ctx, owner)
    if not ctx.has_role(found.owner):
        raise fail(f"must be owner of large object {found.oid}", "42501")
    ctx.write_database(change.with_large_object(ctx.database, replace(found, owner=owner)), _WAL)
    return Reply("ALTER LARGE OBJECT")


def _type(ctx: Context, reader: Reader) -> Reply:
    schema, name = reader.qualified()
    key = next(((s, name) for s in ctx.candidates(schema) if (s, name) in ctx.database.types), None)
    if key is None:
        shown = f"{schema}.{name}" if schema else name
        raise fail(f'type "{shown}" does not exist', "42704")
    found = ctx.database.types[key]
    if reader.accept("OWNER", "TO"):
        owner = roles.role_name(ctx, reader)
        roles.need_new_owner(ctx, owner)
        made = replace(found, owner=owner)
    elif reader.accept("ADD", "VALUE"):
        reader.accept("IF", "NOT", "EXISTS")
        made = replace(found, labels=(*found.labels, reader.string()))
    else:
        raise lacking("this form of ALTER TYPE")
    reader.end()
    ctx.write_database(change.with_type(ctx.database, made), _WAL)
    return Reply("ALTER TYPE")
