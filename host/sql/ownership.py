"""What belongs to a role or names it: for DROP ROLE, REASSIGN OWNED and renames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from host.catalog import Catalog, Database
from host.catalog.acl import Acl

if TYPE_CHECKING:
    from host.sql.context import Context

_PARTS = ("schemas", "relations", "functions", "types", "large_objects")


def _acl(given: Acl, old: str, new: str) -> Acl:
    if given is None:
        return None
    return tuple(
        replace(
            one, grantee=new if one.grantee == old else one.grantee, grantor=new if one.grantor == old else one.grantor
        )
        for one in given
    )


def _object(one: Any, old: str, new: str, acls: bool) -> Any:
    changes: dict[str, Any] = {}
    if one.owner == old:
        changes["owner"] = new
    if (acls or changes) and getattr(one, "acl", None) is not None:
        changes["acl"] = _acl(one.acl, old, new)
    return replace(one, **changes) if changes else one


def reowned(catalog: Catalog, old: str, new: str, *, acls: bool = False, database: str = "") -> Catalog:
    """The catalogue in which everything of one role belongs to another (`database`: only in that one)."""
    databases = {}
    for name, one in catalog.databases.items():
        inner: dict[str, Any] = {}
        if not database or database == name:
            inner = {
                part: MappingProxyType(
                    {key: _object(value, old, new, acls) for key, value in getattr(one, part).items()}
                )
                for part in _PARTS
            }
        databases[name] = replace(_object(one, old, new, acls), **inner)
    spaces = {name: _object(one, old, new, acls) for name, one in catalog.tablespaces.items()}
    return replace(catalog, databases=MappingProxyType(databases), tablespaces=MappingProxyType(spaces))


def _named(given: Acl, role: str) -> bool:
    return given is not None and any(one.grantee == role for one in given)


def dependencies(ctx: Context, role: str) -> list[str]:
    """The lines of DETAIL: owner of …, privileges for …, and a count for other databases."""
    found: list[str] = []
    for name, database in ctx.catalog.databases.items():
        if database.owner == role:
            found.append(f"owner of database {name}")
        elif _named(database.acl, role):
            found.append(f"privileges for database {name}")
    for name, space in ctx.catalog.tablespaces.items():
        if space.owner == role:
            found.append(f"owner of tablespace {name}")
        elif _named(space.acl, role):
            found.append(f"privileges for tablespace {name}")
    found += _inside(ctx.database, role)
    for name, database in ctx.catalog.databases.items():
        count = len(_inside(database, role)) if name != ctx.session.database else 0
        if count:
            found.append(f"{count} object{'s' if count > 1 else ''} in database {name}")
    return found


def _inside(database: Database, role: str) -> list[str]:
    found = []
    groups: tuple[tuple[str, Mapping[Any, Any]], ...] = (
        ("schema", database.schemas),
        ("", database.relations),
        ("function", database.functions),
        ("type", database.types),
        ("large object", database.large_objects),
    )
    for kind, objects in groups:
        for one in objects.values():
            word = kind or one.kind.lower()
            name = str(one.oid) if kind == "large object" else one.name
            if kind == "function":
                name += f"({one.types})"
            if one.owner == role:
                found.append(f"owner of {word} {name}")
            elif _named(getattr(one, "acl", None), role):
                found.append(f"privileges for {word} {name}")
    for table in database.tables():
        found += [f"target of policy {one.name} on table {table.name}" for one in table.policies if role in one.roles]
    return found
