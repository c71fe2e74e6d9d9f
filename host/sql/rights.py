"""Who may do what: owners, privileges, and the server's refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.catalog import Relation, Sequence, Table, View
from host.sql.reply import Raised, fail

if TYPE_CHECKING:
    from host.sql.context import Context

DENIED = "42501"
_READ_ALL, _WRITE_ALL = "pg_read_all_data", "pg_write_all_data"


def kind_of(relation: Relation) -> str:
    """The word of messages: table, view, sequence."""
    match relation:
        case Sequence():
            return "sequence"
        case View():
            return "materialized view" if relation.materialized else "view"
        case Table():
            return "table"
    raise AssertionError(relation)


def denied(what: str, name: str) -> Raised:
    """Permission denied for …"""
    return fail(f"permission denied for {what} {name}", DENIED)


def not_owner(what: str, name: str) -> Raised:
    """Must be owner of …"""
    return fail(f"must be owner of {what} {name}", DENIED)


def need_relation(ctx: Context, relation: Relation, letter: str, position: int = 0) -> None:
    """The current role may read (r), insert (a), change (w), delete (d), empty (D) it."""
    schema = ctx.database.schemas.get(relation.schema)
    if schema is not None and not ctx.allowed("SCHEMA", schema.owner, schema.acl, "U") and not _all_data(ctx, letter):
        raise fail(f"permission denied for schema {relation.schema}", DENIED, position=position)
    kind = "SEQUENCE" if isinstance(relation, Sequence) else "TABLE"
    if not ctx.allowed(kind, relation.owner, relation.acl, letter) and not _all_data(ctx, letter):
        raise denied(kind_of(relation), relation.name)
    if letter == "r" and isinstance(relation, Table) and relation.unlogged and ctx.instance.recovery is not None:
        raise fail("cannot access temporary or unlogged relations during recovery", "0A000")


def _all_data(ctx: Context, letter: str) -> bool:
    role = _READ_ALL if letter == "r" else _WRITE_ALL if letter in "awd" else ""
    return bool(role) and role in ctx.catalog.roles and ctx.has_role(role)


def need_owner(ctx: Context, relation: Relation) -> None:
    """The current role owns it."""
    if not ctx.has_role(relation.owner):
        raise not_owner(kind_of(relation), relation.name)


def need_create(ctx: Context, schema: str, position: int = 0) -> None:
    """The current role may create in a schema."""
    found = ctx.schema(schema)
    if not ctx.allowed("SCHEMA", found.owner, found.acl, "C"):
        raise fail(f"permission denied for schema {schema}", DENIED, position=position)
