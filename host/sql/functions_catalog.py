"""Functions that ask the catalogue: privileges, definitions, names, files of the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from host import tree
from host.catalog import Table, View
from host.catalog.acl import LETTERS
from host.content import text_of
from host.sql.casts import relation_name, relation_oid, table_indexes
from host.sql.context_clock import moment
from host.sql.reply import fail
from host.sql.system_functions import has_privilege
from host.sql.types import Composite
from host.tree import Dir, File

if TYPE_CHECKING:
    from host.sql.context import Context

_ENTRY = (("name", "text"), ("size", "bigint"), ("modification", "timestamp with time zone"))


def _listing(which: str) -> Callable[[Context], Iterator[Composite]]:
    def rows(ctx: Context) -> Iterator[Composite]:
        from host.sql.views_wal import LISTINGS

        return (Composite(_ENTRY, row) for row in LISTINGS[which](ctx))

    return rows


def _path(ctx: Context, path: str) -> str:
    return tree.absolute(path, ctx.instance.pgdata)


def _ls_dir(ctx: Context, path: str) -> Iterator[str]:
    found = tree.find(ctx.host.root, _path(ctx, path))
    if not isinstance(found, Dir):
        raise fail(f'could not open directory "{path}": No such file or directory', "58P01")
    return iter(sorted(found.entries))


def _read_file(ctx: Context, path: str) -> str:
    found = tree.find(ctx.host.root, _path(ctx, path))
    if not isinstance(found, File):
        raise fail(f'could not open file "{path}" for reading: No such file or directory', "58P01")
    return text_of(found.content)


def _stat_file(ctx: Context, path: str) -> Composite:
    found = tree.find(ctx.host.root, _path(ctx, path))
    if found is None:
        raise fail(f'could not stat file "{path}": No such file or directory', "58P01")
    size = found.size if isinstance(found, File) else 4096
    return Composite(
        (("size", "bigint"), ("modification", "timestamp with time zone"), ("isdir", "boolean")),
        (size, moment(found.mtime), isinstance(found, Dir)),
    )


def _location(ctx: Context, oid: int) -> str:
    for one in ctx.catalog.tablespaces.values():
        if one.oid == oid:
            return one.location
    raise fail(f"tablespace with OID {oid} does not exist", "42704")


def _user_by_oid(ctx: Context, oid: int) -> str:
    return next((one.name for one in ctx.catalog.roles.values() if one.oid == oid), f"unknown (OID={oid})")


def _definition(ctx: Context, oid: int) -> str | None:
    for table in ctx.database.tables():
        for one in table.constraints:
            if one.oid == oid:
                return one.definition
    return None


def _index_definition(ctx: Context, oid: int) -> str | None:
    from host.sql.views_catalog import index_definition

    for table in ctx.database.tables():
        for name, number, _ in table_indexes(table):
            if number == oid:
                return index_definition(table, name)
    return None


def _view_definition(ctx: Context, oid: int) -> str | None:
    found = next((one for one in ctx.database.views() if one.oid == oid), None)
    return f"{found.definition};" if isinstance(found, View) else None


def _has_table_privilege(ctx: Context, user: str, table: str, privilege: str) -> bool:
    oid = relation_oid(ctx, table)
    found = next((one for one in ctx.database.relations.values() if one.oid == oid), None)
    role = ctx.catalog.roles.get(user)
    if role is None:
        raise fail(f'role "{user}" does not exist', "42704")
    if not isinstance(found, Table) or role.superuser or ctx.catalog.is_member(user, found.owner):
        return True
    letter = LETTERS.get(privilege.upper(), "r")
    return any(
        letter in one.privileges and (not one.grantee or ctx.catalog.is_member(user, one.grantee))
        for one in found.acl or ()
    )


def _comment(ctx: Context, oid: int) -> str | None:
    for one in ctx.database.relations.values():
        if one.oid == oid:
            return getattr(one, "comment", "") or None
    return None


def _database_comment(ctx: Context, oid: int, catalog: str) -> str | None:
    groups: Mapping[str, Any] = {
        "pg_database": ctx.catalog.databases,
        "pg_authid": ctx.catalog.roles,
        "pg_tablespace": ctx.catalog.tablespaces,
    }
    for one in groups.get(catalog, {}).values():
        if one.oid == oid:
            return str(one.comment) or None
    return None


def _is_member(ctx: Context, user: str, role: str, _privilege: str) -> bool:
    known = ctx.catalog.roles.get(user)
    return known is not None and (known.superuser or ctx.catalog.is_member(user, role))


CATALOG: Mapping[str, Callable[..., Any]] = {
    "pg_ls_waldir() -> setof (name text, size bigint, modification timestamp with time zone)": _listing("pg_ls_waldir"),
    "pg_ls_archive_statusdir() -> setof (name text, size bigint, modification timestamp with time zone)": _listing(
        "pg_ls_archive_statusdir"
    ),
    "pg_ls_dir(text) -> setof text": _ls_dir,
    "pg_read_file(text) -> text": _read_file,
    "pg_stat_file(text) -> (size bigint, modification timestamp with time zone, isdir boolean)": _stat_file,
    "pg_tablespace_location(oid) -> text": _location,
    "pg_get_userbyid(oid) -> name": _user_by_oid,
    "pg_get_constraintdef(oid) -> text": _definition,
    "pg_get_constraintdef(oid, boolean) -> text": lambda ctx, oid, _pretty: _definition(ctx, oid),
    "pg_get_indexdef(oid) -> text": _index_definition,
    "pg_get_viewdef(oid) -> text": _view_definition,
    "pg_get_viewdef(regclass) -> text": _view_definition,
    "pg_table_is_visible(oid) -> boolean": lambda ctx, oid: "." not in relation_name(ctx, oid),
    "has_table_privilege(text, text) -> boolean": lambda ctx, table, right: _has_table_privilege(
        ctx, ctx.user, table, right
    ),
    "has_table_privilege(name, text, text) -> boolean": _has_table_privilege,
    "has_function_privilege(text, text) -> boolean": lambda ctx, function, right: has_privilege(
        ctx, ctx.user, function, right
    ),
    "has_function_privilege(name, text, text) -> boolean": has_privilege,
    "pg_has_role(name, name, text) -> boolean": _is_member,
    "pg_encoding_to_char(integer) -> name": lambda _ctx, number: "UTF8" if number == 6 else "SQL_ASCII",
    "obj_description(oid) -> text": _comment,
    "obj_description(oid, name) -> text": lambda ctx, oid, _catalog: _comment(ctx, oid),
    "shobj_description(oid, name) -> text": _database_comment,
    "col_description(oid, integer) -> text": lambda _ctx, _oid, _number: None,
    "format_type(oid, integer) -> text": lambda _ctx, oid, _size: str(oid),
}
CATALOG_NOT_STRICT: Mapping[str, Callable[..., Any]] = {}
