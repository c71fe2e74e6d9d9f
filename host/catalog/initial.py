"""The catalogue that initdb makes."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from host.catalog import acl
from host.catalog.model import Catalog, Database, Membership, Role, Tablespace
from host.catalog.objects import Extension, Schema
from simulator.versions import since

_PREDEFINED = {
    12: (
        "pg_monitor pg_read_all_settings pg_read_all_stats pg_stat_scan_tables pg_read_server_files "
        "pg_write_server_files pg_execute_server_program pg_signal_backend"
    ),
    14: "pg_database_owner pg_read_all_data pg_write_all_data",
    15: "pg_checkpoint",
    16: "pg_use_reserved_connections pg_create_subscription",
    17: "pg_maintain",
    18: "pg_signal_autovacuum_worker",
}


def _accumulated(added: dict[int, str]) -> dict[int, tuple[str, ...]]:
    sofar: tuple[str, ...] = ()
    return {first: (sofar := (*sofar, *words.split())) for first, words in added.items()}


_ROLES = _accumulated(_PREDEFINED)
_TEMPLATE0_OID = {12: 13757, 13: 13394, 14: 13756, 15: 4}
_POSTGRES_OID = {12: 13758, 13: 13395, 14: 13757, 15: 5}
_PUBLIC_OWNER = {12: "", 15: "pg_database_owner"}
_PUBLIC_TO_ALL = {12: "UC", 15: "U"}
PUBLIC_COMMENT = "standard public schema"


def public_schema(major: int, superuser: str = "postgres") -> Schema:
    """Schema public as initdb leaves it: from 15 on it belongs to the database's owner and nobody else may create."""
    owner = since(major, _PUBLIC_OWNER) or superuser
    items = (acl.AclItem(owner, "UC", owner), acl.AclItem("", since(major, _PUBLIC_TO_ALL), owner))
    return Schema("public", 2200, owner, items, PUBLIC_COMMENT)


def initial(
    major: int, superuser: str = "postgres", encoding: str = "UTF8", collate: str = "C.UTF-8", ctype: str = "C.UTF-8"
) -> Catalog:
    """A fresh cluster: the roles of this major, two tablespaces, template0, template1 and postgres."""
    roles = {superuser: Role(superuser, 10, True, True, True, True, True, True, True)}
    for number, name in enumerate(since(major, _ROLES)):
        roles[name] = Role(name, 4500 + number)
    member = [
        Membership(role, "pg_monitor", superuser)
        for role in ("pg_read_all_settings", "pg_read_all_stats", "pg_stat_scan_tables")
    ]
    spaces = {
        "pg_default": Tablespace("pg_default", 1663, superuser),
        "pg_global": Tablespace("pg_global", 1664, superuser),
    }
    template1 = _template1(major, superuser)
    databases = _databases(major, replace(template1, encoding=encoding, collate=collate, ctype=ctype))
    return Catalog(
        major,
        MappingProxyType(roles),
        tuple(member),
        MappingProxyType(spaces),
        MappingProxyType({one.name: one for one in databases}),
    )


def _template1(major: int, superuser: str) -> Database:
    plpgsql = Extension("plpgsql", 13500, "pg_catalog", "1.0", "PL/pgSQL procedural language")
    return Database(
        "template1",
        1,
        superuser,
        template=True,
        acl=(acl.AclItem("", "c", superuser), acl.AclItem(superuser, "CTc", superuser)),
        comment="default template for new databases",
        schemas=MappingProxyType({"public": public_schema(major, superuser)}),
        extensions=MappingProxyType({"plpgsql": plpgsql}),
    )


def _databases(major: int, template1: Database) -> tuple[Database, ...]:
    template0 = replace(
        template1,
        name="template0",
        oid=since(major, _TEMPLATE0_OID),
        allow_connections=False,
        comment="unmodifiable empty database",
    )
    postgres = replace(
        template1,
        name="postgres",
        oid=since(major, _POSTGRES_OID),
        template=False,
        acl=None,
        comment="default administrative connection database",
    )
    return template1, template0, postgres
