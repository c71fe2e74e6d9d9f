"""The logical content of a server: roles, tablespaces, databases and what is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from host.catalog.acl import Acl, AclItem
from host.catalog.objects import (
    EnumType,
    Extension,
    Function,
    Key,
    LargeObject,
    Relation,
    Schema,
    Sequence,
    Table,
    View,
)


@dataclass(frozen=True, slots=True)
class Role:
    """A role and its attributes."""

    name: str
    oid: int
    superuser: bool = False
    inherit: bool = True
    create_role: bool = False
    create_db: bool = False
    login: bool = False
    replication: bool = False
    bypass_rls: bool = False
    connection_limit: int = -1
    password: str | None = None
    """As kept in pg_authid: `SCRAM-SHA-256$…` or `md5…`."""
    valid_until: str | None = None
    settings: tuple[tuple[str, str], ...] = ()
    """ALTER ROLE … SET, in all databases."""
    comment: str = ""

    @property
    def predefined(self) -> bool:
        """Made by initdb: names that begin with pg_ are kept for such roles."""
        return self.name.startswith("pg_")


@dataclass(frozen=True, slots=True)
class Membership:
    """`GRANT role TO member`."""

    role: str
    member: str
    grantor: str
    admin: bool = False
    inherit: bool = True
    """WITH INHERIT and WITH SET exist from 16 on."""
    set: bool = True


@dataclass(frozen=True, slots=True)
class Tablespace:
    """A tablespace; location '' for pg_default and pg_global."""

    name: str
    oid: int
    owner: str
    location: str = ""
    acl: Acl = None
    options: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class DatabaseSetting:
    """`ALTER DATABASE … SET`, or `ALTER ROLE … IN DATABASE … SET` when a role is named."""

    name: str
    value: str
    role: str = ""


def _frozen() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Database:
    """A database: schemas, and objects by their keys."""

    name: str
    oid: int
    owner: str = "postgres"
    encoding: str = "UTF8"
    collate: str = "C.UTF-8"
    ctype: str = "C.UTF-8"
    locale_provider: str = "libc"
    icu_locale: str = ""
    template: bool = False
    allow_connections: bool = True
    connection_limit: int = -1
    tablespace: str = "pg_default"
    acl: Acl = None
    comment: str = ""
    settings: tuple[DatabaseSetting, ...] = ()
    schemas: Mapping[str, Schema] = field(default_factory=_frozen)
    relations: Mapping[Key, Relation] = field(default_factory=_frozen)
    """Tables, sequences and views share their names; so do indexes, which stand in their tables."""
    functions: Mapping[tuple[str, str, str], Function] = field(default_factory=_frozen)
    """By schema, name and types of the arguments."""
    types: Mapping[Key, EnumType] = field(default_factory=_frozen)
    large_objects: Mapping[int, LargeObject] = field(default_factory=_frozen)
    extensions: Mapping[str, Extension] = field(default_factory=_frozen)
    system_acl: Mapping[tuple[str, str], tuple[AclItem, ...]] = field(default_factory=_frozen)
    """What was granted on functions of the server itself, by name and types."""

    def tables(self) -> Iterator[Table]:
        """Every table."""
        return (one for one in self.relations.values() if isinstance(one, Table))

    def sequences(self) -> Iterator[Sequence]:
        """Every sequence."""
        return (one for one in self.relations.values() if isinstance(one, Sequence))

    def views(self) -> Iterator[View]:
        """Every view, materialized ones too."""
        return (one for one in self.relations.values() if isinstance(one, View))

    def table(self, schema: str, name: str) -> Table | None:
        """The table with this name, None when there is none (or it is something else)."""
        found = self.relations.get((schema, name))
        return found if isinstance(found, Table) else None

    def sequence(self, schema: str, name: str) -> Sequence | None:
        """The sequence with this name."""
        found = self.relations.get((schema, name))
        return found if isinstance(found, Sequence) else None

    def view(self, schema: str, name: str) -> View | None:
        """The view with this name."""
        found = self.relations.get((schema, name))
        return found if isinstance(found, View) else None

    def index_owner(self, schema: str, name: str) -> Table | None:
        """The table that an index with this name belongs to."""
        return next((one for one in self.tables() if one.schema == schema and name in one.index_names()), None)

    def find(self, name: str, path: tuple[str, ...]) -> Relation | None:
        """The relation with this name in the first schema of the search path that has it."""
        return next((self.relations[schema, name] for schema in path if (schema, name) in self.relations), None)

    def relation_exists(self, schema: str, name: str) -> bool:
        """A relation or an index has this name: CREATE would say `relation … already exists`."""
        return (schema, name) in self.relations or self.index_owner(schema, name) is not None


@dataclass(frozen=True)
class Catalog:
    """Everything logical on a server, as one committed state."""

    major: int
    roles: Mapping[str, Role] = field(default_factory=_frozen)
    memberships: tuple[Membership, ...] = ()
    tablespaces: Mapping[str, Tablespace] = field(default_factory=_frozen)
    databases: Mapping[str, Database] = field(default_factory=_frozen)
    next_oid: int = 16384

    @property
    def superuser(self) -> str:
        """The role that initdb made."""
        return next((role.name for role in self.roles.values() if role.oid == 10), "postgres")

    def database(self, name: str) -> Database | None:
        """The database with this name."""
        return self.databases.get(name)

    def is_member(self, member: str, role: str) -> bool:
        """Member has the privileges of role, directly or through other roles."""
        seen, todo = {member}, [member]
        while todo:
            name = todo.pop()
            if name == role:
                return True
            above = [one.role for one in self.memberships if one.member == name and one.role not in seen]
            seen.update(above)
            todo.extend(above)
        return False
