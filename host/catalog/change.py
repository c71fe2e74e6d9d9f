"""Changes of a catalogue: each function gives a new value that shares what it does not touch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from host.catalog.model import Catalog, Database, Membership, Role, Tablespace
from host.catalog.objects import EnumType, Extension, Function, Key, LargeObject, Relation, Schema
from host.catalog.rows import Rows
from simulator.frozen import replace

K = TypeVar("K")
V = TypeVar("V")


def put(mapping: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    """The mapping with one entry more, or changed in its place."""
    return MappingProxyType({**mapping, key: value})


def drop(mapping: Mapping[K, V], *keys: K) -> Mapping[K, V]:
    """The mapping without some entries."""
    return MappingProxyType({key: value for key, value in mapping.items() if key not in keys})


def take_oids(catalog: Catalog, count: int = 1) -> tuple[Catalog, int]:
    """The catalogue after `count` OIDs were given out, and the first of them."""
    return replace(catalog, next_oid=catalog.next_oid + count), catalog.next_oid


def with_role(catalog: Catalog, role: Role) -> Catalog:
    """Add or change a role."""
    return replace(catalog, roles=put(catalog.roles, role.name, role))


def without_role(catalog: Catalog, name: str) -> Catalog:
    """Drop a role and its memberships."""
    kept = tuple(one for one in catalog.memberships if name not in (one.role, one.member))
    return replace(catalog, roles=drop(catalog.roles, name), memberships=kept)


def with_membership(catalog: Catalog, membership: Membership) -> Catalog:
    """GRANT a role to a role; an older grant between the two is replaced."""
    others = [one for one in catalog.memberships if (one.role, one.member) != (membership.role, membership.member)]
    return replace(catalog, memberships=(*others, membership))


def with_tablespace(catalog: Catalog, tablespace: Tablespace) -> Catalog:
    """Add or change a tablespace."""
    return replace(catalog, tablespaces=put(catalog.tablespaces, tablespace.name, tablespace))


def without_tablespace(catalog: Catalog, name: str) -> Catalog:
    """Drop a tablespace."""
    return replace(catalog, tablespaces=drop(catalog.tablespaces, name))


def with_database(catalog: Catalog, database: Database) -> Catalog:
    """Add or change a database."""
    return replace(catalog, databases=put(catalog.databases, database.name, database))


def without_database(catalog: Catalog, name: str) -> Catalog:
    """Drop a database."""
    return replace(catalog, databases=drop(catalog.databases, name))


def renamed_database(catalog: Catalog, old: str, new: str) -> Catalog:
    """ALTER DATABASE … RENAME TO."""
    return with_database(without_database(catalog, old), replace(catalog.databases[old], name=new))


def copied_database(catalog: Catalog, template: str, name: str, owner: str) -> Catalog:
    """CREATE DATABASE … TEMPLATE: its objects are the template's, its own attributes start fresh."""
    catalog, oid = take_oids(catalog)
    fresh = replace(
        catalog.databases[template],
        name=name,
        oid=oid,
        owner=owner,
        template=False,
        allow_connections=True,
        connection_limit=-1,
        acl=None,
        comment="",
        settings=(),
    )
    return with_database(catalog, fresh)


def with_schema(database: Database, schema: Schema) -> Database:
    """Add or change a schema."""
    return replace(database, schemas=put(database.schemas, schema.name, schema))


def without_schema(database: Database, name: str) -> Database:
    """Drop a schema with all that is in it (CASCADE); the caller has asked whether it is empty."""
    return replace(
        database,
        schemas=drop(database.schemas, name),
        relations=drop(database.relations, *(key for key in database.relations if key[0] == name)),
        functions=drop(database.functions, *(key for key in database.functions if key[0] == name)),
        types=drop(database.types, *(key for key in database.types if key[0] == name)),
    )


def with_relation(database: Database, relation: Relation) -> Database:
    """Add or change a table, sequence or view."""
    return replace(database, relations=put(database.relations, (relation.schema, relation.name), relation))


with_table = with_relation


def with_rows(database: Database, key: Key, rows: Rows, dead: int = 0) -> Database:
    """A table with other rows; `dead` rows more take room in its file."""
    table = database.table(*key)
    assert table is not None, key
    return with_relation(database, dataclasses.replace(table, rows=rows, dead_rows=table.dead_rows + dead))


def without_relation(database: Database, key: Key) -> Database:
    """Drop a relation; sequences that a dropped table owns go with it."""
    owned = [(one.schema, one.name) for one in database.sequences() if one.owned_by and one.owned_by[:2] == key]
    return replace(database, relations=drop(database.relations, key, *owned))


def with_function(database: Database, function: Function) -> Database:
    """Add or change a function."""
    key = (function.schema, function.name, function.types)
    return replace(database, functions=put(database.functions, key, function))


def without_function(database: Database, key: tuple[str, str, str]) -> Database:
    """Drop a function."""
    return replace(database, functions=drop(database.functions, key))


def with_type(database: Database, enum: EnumType) -> Database:
    """Add or change an enum type."""
    return replace(database, types=put(database.types, (enum.schema, enum.name), enum))


def with_large_object(database: Database, large_object: LargeObject) -> Database:
    """Add or change a large object."""
    return replace(database, large_objects=put(database.large_objects, large_object.oid, large_object))


def without_large_object(database: Database, oid: int) -> Database:
    """lo_unlink."""
    return replace(database, large_objects=drop(database.large_objects, oid))


def with_extension(database: Database, extension: Extension) -> Database:
    """Add or change an extension."""
    return replace(database, extensions=put(database.extensions, extension.name, extension))


def without_extension(database: Database, name: str) -> Database:
    """Drop an extension."""
    return replace(database, extensions=drop(database.extensions, name))
