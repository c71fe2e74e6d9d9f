"""Tablespaces: CREATE, ALTER and DROP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host import tree
from host.catalog import Table, Tablespace, View, change
from host.server.layout import tablespace_directory
from host.sql import roles
from host.sql.reader import Reader
from host.sql.reply import Reply, ServerError, fail
from host.sql.rights import denied, not_owner
from host.sql.transactions import not_in_block
from host.tree import Dir, PathError

if TYPE_CHECKING:
    from host.sql.context import Context


def create_tablespace(ctx: Context, reader: Reader) -> Reply:
    """CREATE TABLESPACE name [OWNER o] LOCATION 'dir'."""
    name = reader.name()
    owner = roles.role_name(ctx, reader) if reader.accept("OWNER") else ctx.user
    reader.expect("LOCATION")
    location = reader.string().rstrip("/")
    if reader.accept("WITH"):
        reader.parenthesised()
    reader.end()
    not_in_block(ctx, "CREATE TABLESPACE")
    if not ctx.superuser:
        hint = "Must be superuser to create a tablespace."
        raise fail(f'permission denied to create tablespace "{name}"', "42501", hint=hint)
    roles.need_role(ctx, owner)
    _check_location(ctx, name, location)
    inside = f"{location}/{tablespace_directory(ctx.instance.facts)}"
    here = tree.find(ctx.host.root, location)
    if here is None:
        hint = (
            ""
            if ctx.instance.recovery is None
            else "Create this directory for the tablespace before restarting the server."
        )
        raise fail(f'directory "{location}" does not exist', "58P01", hint=hint)
    if not isinstance(here, Dir):
        raise fail(f'could not set permissions on directory "{location}": Not a directory', "42501")
    if tree.find(ctx.host.root, inside) is not None:
        raise fail(f'directory "{inside}" already in use as a tablespace', "55006")
    oid = ctx.new_oid()
    try:
        root = tree.make_dirs(ctx.host.root, inside, Dir(mtime=ctx.host.clock))
        link = f"{ctx.instance.pgdata}/pg_tblspc/{oid}"
        root = tree.put(root, link, tree.Link(location, ctx.host.clock))
    except PathError as error:
        raise fail(f'could not create symbolic link "pg_tblspc/{oid}": {error.reason}', "58P01") from None
    ctx.host = ctx.host.with_root(root)
    ctx.write(change.with_tablespace(ctx.catalog, Tablespace(name, oid, owner, location)), 400)
    return Reply("CREATE TABLESPACE")


def _check_location(ctx: Context, name: str, location: str) -> None:
    if "'" in location:
        raise fail("tablespace location cannot contain single quotes", "42602")
    if not location.startswith("/"):
        raise fail("tablespace location must be an absolute path", "42P17")
    if f"{location}/".startswith(f"{ctx.instance.pgdata}/"):
        warning = "tablespace location should not be inside the data directory"
        ctx.notices.append(ServerError(warning, "42P17", "WARNING"))
    if name.startswith("pg_"):
        detail = 'The prefix "pg_" is reserved for system tablespaces.'
        raise fail(f'unacceptable tablespace name "{name}"', "42939", detail=detail)
    if name in ctx.catalog.tablespaces:
        raise fail(f'tablespace "{name}" already exists', "42710")


def _is_in(one: Table | View, name: str) -> bool:
    """Does the tablespace hold the table or materialized view, or an index of it?"""
    files = one.index_files() if isinstance(one, Table) else ((index.oid, index.tablespace) for index in one.indexes)
    return name in (one.tablespace, *(space for _, space in files))


def drop_tablespace(ctx: Context, reader: Reader) -> Reply:
    """DROP TABLESPACE [IF EXISTS] name."""
    skip = reader.accept("IF", "EXISTS")
    name = reader.name()
    reader.end()
    not_in_block(ctx, "DROP TABLESPACE")
    space = ctx.catalog.tablespaces.get(name)
    if space is None:
        if not skip:
            raise fail(f'tablespace "{name}" does not exist', "42704")
        ctx.notice(f'tablespace "{name}" does not exist, skipping')
        return Reply("DROP TABLESPACE")
    if not ctx.has_role(space.owner):
        raise not_owner("tablespace", name)
    if not space.location:
        raise denied("tablespace", name)
    used = any(
        database.tablespace == name
        or any(_is_in(table, name) for table in database.tables())
        or any(_is_in(view, name) for view in database.views())
        for database in ctx.catalog.databases.values()
    )
    if used:
        raise fail(f'tablespace "{name}" is not empty', "55000")
    for path in (
        f"{space.location}/{tablespace_directory(ctx.instance.facts)}",
        f"{ctx.instance.pgdata}/pg_tblspc/{space.oid}",
    ):
        if tree.find(ctx.host.root, path, follow=False) is not None:
            ctx.host = ctx.host.with_root(tree.remove(ctx.host.root, path))
    ctx.write(change.without_tablespace(ctx.catalog, name), 300)
    return Reply("DROP TABLESPACE")


def alter_tablespace(ctx: Context, reader: Reader) -> Reply:
    """ALTER TABLESPACE name RENAME TO, OWNER TO, SET (…)."""
    name = reader.name()
    space = ctx.catalog.tablespaces.get(name)
    if space is None:
        raise fail(f'tablespace "{name}" does not exist', "42704")
    catalog = ctx.catalog
    if reader.accept("RENAME", "TO"):
        new = reader.name()
        catalog = change.with_tablespace(change.without_tablespace(catalog, name), replace(space, name=new))
    elif reader.accept("OWNER", "TO"):
        owner = roles.role_name(ctx, reader)
        roles.need_role(ctx, owner)
        catalog = change.with_tablespace(catalog, replace(space, owner=owner))
    elif reader.one_of("SET", "RESET"):
        options = tuple(one.strip() for one in reader.parenthesised().split(","))
        catalog = change.with_tablespace(catalog, replace(space, options=options))
    else:
        raise reader.wrong()
    reader.end()
    ctx.write(catalog, 300)
    return Reply("ALTER TABLESPACE")
