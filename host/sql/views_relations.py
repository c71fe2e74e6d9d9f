"""pg_class and the system views of relations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from host.catalog import Sequence, Table, View
from host.sql.casts import table_indexes

if TYPE_CHECKING:
    from host.sql.context import Context


Rows = Iterable[tuple[Any, ...]]


_SYSTEM_SCHEMAS = (("pg_catalog", 11), ("information_schema", 13000), ("pg_toast", 99))


def schema_oids(ctx: Context) -> dict[str, int]:
    """OIDs of schemas by name."""
    return {**dict(_SYSTEM_SCHEMAS), **{name: one.oid for name, one in ctx.database.schemas.items()}}


def role_oids(ctx: Context) -> dict[str, int]:
    """OIDs of roles by name."""
    return {name: one.oid for name, one in ctx.catalog.roles.items()}


def _acl(items: Any) -> tuple[str, ...] | None:
    return None if items is None else tuple(str(item) for item in items)


def _system(_ctx: Context) -> Iterator[tuple[str, int]]:
    from host.sql.views import OIDS

    return iter(OIDS.items())


_CLASS = """
    relkind relowner relfilenode reltablespace relpages reltuples relhasindex relpersistence relnatts relrowsecurity
    relforcerowsecurity relacl reloptions
""".split()


def _row(oid: int, name: str, schema: int, **more: Any) -> tuple[Any, ...]:
    """A row of pg_class from what is not usual about it."""
    usual = {
        "relkind": "r",
        "relowner": 10,
        "relfilenode": oid,
        "reltablespace": 0,
        "relpages": 1,
        "reltuples": 0.0,
        "relhasindex": False,
        "relpersistence": "p",
        "relnatts": 1,
        "relrowsecurity": False,
        "relforcerowsecurity": False,
        "relacl": None,
        "reloptions": None,
    }
    values = {**usual, **more}
    return (oid, name, schema, *(values[key] for key in _CLASS), False)


def _of_table(one: Table, where: int, owner: int, space: int) -> Rows:
    seen = one.statistics
    yield _row(
        one.oid,
        one.name,
        where,
        relowner=owner,
        relfilenode=one.filenode or one.oid,
        reltablespace=space,
        relpages=seen.pages if seen.tuples >= 0 else 0,
        reltuples=seen.tuples,
        relhasindex=bool(one.index_names()),
        relpersistence="u" if one.unlogged else "p",
        relnatts=len(one.columns),
        relrowsecurity=one.row_security,
        relforcerowsecurity=one.force_row_security,
        relacl=_acl(one.acl),
        reloptions=one.options or None,
    )
    for name, oid, _ in table_indexes(one):
        yield _row(oid, name, where, relkind="i", relowner=owner)


def _class(ctx: Context) -> Rows:
    schemas, roles = schema_oids(ctx), role_oids(ctx)
    spaces = {name: one.oid for name, one in ctx.catalog.tablespaces.items()}
    for one in ctx.database.relations.values():
        owner, where = roles.get(one.owner, 10), schemas.get(one.schema, 0)
        match one:
            case Table():
                yield from _of_table(one, where, owner, spaces.get(one.tablespace, 0))
            case Sequence():
                acl = _acl(one.acl)
                yield _row(one.oid, one.name, where, relkind="S", relowner=owner, reltuples=1.0, relnatts=3, relacl=acl)
            case View():
                kind = "m" if one.materialized else "v"
                count = len(one.columns)
                acl = _acl(one.acl)
                yield _row(
                    one.oid, one.name, where, relkind=kind, relowner=owner, relfilenode=0, relnatts=count, relacl=acl
                )
    for name, oid in _system(ctx):
        yield _row(oid, name, 11, relkind="v" if name.startswith("pg_stat") else "r", relhasindex=True)


def _namespaces(ctx: Context) -> Rows:
    roles = role_oids(ctx)
    for name, oid in _SYSTEM_SCHEMAS:
        yield (oid, name, 10, None)
    for one in ctx.database.schemas.values():
        yield (one.oid, one.name, roles.get(one.owner, 10), _acl(one.acl))


def _tables(ctx: Context) -> Rows:
    for one in ctx.database.tables():
        yield (
            one.schema,
            one.name,
            one.owner,
            one.tablespace or None,
            bool(one.index_names()),
            False,
            bool(one.triggers),
            one.row_security,
        )
    for name, _ in _system(ctx):
        if not name.startswith("pg_stat"):
            yield ("pg_catalog", name, ctx.catalog.superuser, None, True, False, False, False)


_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}


def _policies(ctx: Context) -> Rows:
    for one in ctx.database.tables():
        for policy in one.policies:
            yield (
                one.schema,
                one.name,
                policy.name,
                "PERMISSIVE" if policy.permissive else "RESTRICTIVE",
                tuple(sorted(policy.roles)) or ("public",),
                _COMMANDS[policy.command],
                policy.using or None,
                policy.check or None,
            )


def _definition(ctx: Context, one: View) -> str:
    """What is in a schema of the search path is shown without it."""
    text = one.definition
    for schema in ctx.search_path:
        text = text.replace(f" {schema}.", " ").replace(f"({schema}.", "(")
    return f"{text};"


def _views(ctx: Context) -> Rows:
    for one in ctx.database.views():
        if not one.materialized:
            yield (one.schema, one.name, one.owner, _definition(ctx, one))


def _matviews(ctx: Context) -> Rows:
    for one in ctx.database.views():
        if one.materialized:
            yield (one.schema, one.name, one.owner, one.tablespace or None, False, True, _definition(ctx, one))
