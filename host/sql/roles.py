"""Roles: CREATE, ALTER and DROP ROLE."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from host.catalog import Role, change, passwords
from host.sql import parameters
from host.sql.casts import convert, shown
from host.sql.reader import Reader
from host.sql.reply import Reply, fail
from simulator.versions import since, spans

if TYPE_CHECKING:
    from host.sql.context import Context

_FLAGS = {
    "SUPERUSER": "superuser",
    "INHERIT": "inherit",
    "CREATEROLE": "create_role",
    "CREATEDB": "create_db",
    "LOGIN": "login",
    "REPLICATION": "replication",
    "BYPASSRLS": "bypass_rls",
}
_DETAILED = spans("16+")
_OWN = {
    "SUPERUSER": "superuser",
    "CREATEDB": "create_db",
    "REPLICATION": "replication",
    "BYPASSRLS": "bypass_rls",
}
"""Attributes that from 16 on only those give who have them, in the server's order."""
_ALTERS_SUPERUSER = {
    12: "must be superuser to alter superusers",
    14: "must be superuser to alter superuser roles or change superuser attribute",
}
_ALTERS_REPLICATION = {
    12: "must be superuser to alter replication users",
    14: "must be superuser to alter replication roles or change replication attribute",
}


def role_name(ctx: Context, reader: Reader) -> str:
    """A role where CURRENT_USER and its like may stand."""
    if reader.one_of("CURRENT_USER", "CURRENT_ROLE"):
        return ctx.user
    if reader.one_of("SESSION_USER"):
        return ctx.session_user
    return reader.name()


def need_role(ctx: Context, name: str) -> Role:
    """The role; raises Raised."""
    found = ctx.catalog.roles.get(name)
    if found is None:
        raise fail(f'role "{name}" does not exist', "42704")
    return found


def need_new_owner(ctx: Context, name: str) -> None:
    """The role exists, and the current one may give things to it; raises Raised."""
    need_role(ctx, name)
    if not ctx.superuser and not ctx.catalog.is_member(ctx.user, name):
        detailed = ctx.major in _DETAILED
        raise fail(f'must be able to SET ROLE "{name}"' if detailed else f'must be member of role "{name}"', "42501")


def _options(ctx: Context, reader: Reader, role: Role, members: dict[str, list[str]]) -> Role:
    reader.accept("WITH")
    while reader.token is not None:
        word = reader.word
        if word in _FLAGS or (word.startswith("NO") and word[2:] in _FLAGS):
            reader.at += 1
            changes: dict[str, Any] = {_FLAGS[word.removeprefix("NO") if word not in _FLAGS else word]: word in _FLAGS}
            role = replace(role, **changes)
        elif reader.accept("CONNECTION", "LIMIT"):
            role = replace(role, connection_limit=reader.number())
        elif reader.accept("PASSWORD") or reader.accept("ENCRYPTED", "PASSWORD"):
            role = replace(role, password=None if reader.accept("NULL") else _password(ctx, role, reader.string()))
        elif reader.accept("VALID", "UNTIL"):
            role = replace(role, valid_until=_moment(ctx, reader.string()))
        elif reader.accept("SYSID"):
            reader.number()
        elif (clause := _membership(reader)) != "":
            members[clause] = [role_name(ctx, reader)]
            while reader.accept(","):
                members[clause].append(role_name(ctx, reader))
        elif word.isalpha():
            raise fail(f'unrecognized role option "{word.lower()}"', "42601", position=reader.place)
        else:
            raise reader.wrong()
    return role


def _membership(reader: Reader) -> str:
    for words, clause in (
        (("IN", "ROLE"), "in"),
        (("IN", "GROUP"), "in"),
        (("ROLE",), "of"),
        (("USER",), "of"),
        (("ADMIN",), "admin"),
    ):
        if reader.accept(*words):
            return clause
    return ""


def _password(ctx: Context, role: Role, text: str) -> str | None:
    if not text:
        ctx.notice("empty string is not a valid password, clearing password")
        return None
    return passwords.kept(parameters.show(ctx, "password_encryption"), role.name, text)


def _moment(ctx: Context, text: str) -> str:
    """VALID UNTIL as pg_authid keeps it and shows it."""
    if text.strip().lower() in ("infinity", "-infinity"):
        return text.strip().lower()
    kind = "timestamp with time zone"
    return shown(ctx, kind, convert(ctx, "unknown", kind, text)) or text


def _may(ctx: Context, before: Role | None, wanted: Role) -> None:
    """May the current role create (`before`: None) or alter a role so?  Raises Raised."""
    if ctx.superuser:
        return
    if ctx.major in _DETAILED:
        _has_itself(ctx, before, wanted)
        return
    creates = before is None
    if wanted.superuser or (before is not None and before.superuser):
        message = "must be superuser to create superusers" if creates else since(ctx.major, _ALTERS_SUPERUSER)
    elif wanted.replication or (before is not None and before.replication):
        message = "must be superuser to create replication users" if creates else since(ctx.major, _ALTERS_REPLICATION)
    elif wanted.bypass_rls != (before is not None and before.bypass_rls):
        message = f"must be superuser to {'create bypassrls users' if creates else 'change bypassrls attribute'}"
    elif not _creates_roles(ctx):
        message = "permission denied to create role" if creates else "permission denied"
    else:
        return
    raise fail(message, "42501")


def _has_itself(ctx: Context, before: Role | None, wanted: Role) -> None:
    """From 16: nobody gives an attribute that he has not."""
    what, me = "create" if before is None else "alter", ctx.catalog.roles.get(ctx.user)

    def refuse(word: str, more: str) -> None:
        detail = f"Only roles with the {word} attribute may {more}"
        raise fail(f"permission denied to {what} role", "42501", detail=detail)

    if before is not None and before.superuser:
        refuse("SUPERUSER", "alter roles with the SUPERUSER attribute.")
    if before is not None and wanted.superuser:
        refuse("SUPERUSER", "change the SUPERUSER attribute.")
    if not _creates_roles(ctx):
        refuse("CREATEROLE", f"{what} roles.")
    for word, name in _OWN.items():
        changes = getattr(wanted, name) != (before is not None and getattr(before, name))
        if changes and not getattr(me, name):
            refuse(word, f"change the {word} attribute." if before else f"create roles with the {word} attribute.")


def _creates_roles(ctx: Context) -> bool:
    me = ctx.catalog.roles.get(ctx.user)
    return me is not None and me.create_role


def _may_drop(ctx: Context, wanted: Role) -> None:
    if ctx.superuser:
        return
    if not _creates_roles(ctx):
        detail = "Only roles with the CREATEROLE attribute and the ADMIN option on the target roles may drop roles."
        detail, message = (
            (detail, "permission denied to drop role") if ctx.major in _DETAILED else ("", "permission denied")
        )
        raise fail(message, "42501", detail=detail)
    if wanted.superuser:
        detail = "Only roles with the SUPERUSER attribute may drop roles with the SUPERUSER attribute."
        if ctx.major in _DETAILED:
            raise fail("permission denied to drop role", "42501", detail=detail)
        raise fail("must be superuser to drop superusers", "42501")


def create_role(ctx: Context, reader: Reader, *, login: bool) -> Reply:
    """CREATE ROLE name options."""
    place = reader.place
    name = reader.name()
    members: dict[str, list[str]] = {}
    role = _options(ctx, reader, Role(name, 0, login=login), members)
    _may(ctx, None, role)
    if name.startswith("pg_"):
        detail = 'Role names starting with "pg_" are reserved.'
        raise fail(f'role name "{name}" is reserved', "42939", detail=detail)
    if name in ("public", "none"):
        raise fail(f'role name "{name}" is reserved', "42939", position=place)
    if name in ctx.catalog.roles:
        raise fail(f'role "{name}" already exists', "42710")
    role = replace(role, oid=ctx.new_oid())
    catalog = change.with_role(ctx.catalog, role)
    from host.catalog import Membership

    for clause, others in members.items():
        for other in others:
            pair = (other, name) if clause == "in" else (name, other)
            if other == name or (other in catalog.roles and catalog.is_member(*pair)):
                raise fail(f'role "{pair[0]}" is a member of role "{pair[1]}"', "0LP01")
            need_role(ctx, other)
            catalog = change.with_membership(catalog, Membership(*pair, ctx.user, admin=clause == "admin"))
    ctx.write(catalog, 500)
    return Reply("CREATE ROLE")


def alter_role(ctx: Context, reader: Reader) -> Reply:
    """ALTER ROLE name options | RENAME TO | [IN DATABASE d] SET | RESET."""
    everybody = reader.accept("ALL")
    name = "" if everybody else role_name(ctx, reader)
    if reader.accept("RENAME", "TO"):
        new = reader.name()
        reader.end()
        old = need_role(ctx, name)
        if new in ctx.catalog.roles:
            raise fail(f'role "{new}" already exists', "42710")
        if old.password is not None and passwords.is_md5(old.password):
            ctx.notice("MD5 password cleared because of role rename")
            old = replace(old, password=None)
        ctx.write(_renamed(ctx, old, new), 400)
        return Reply("ALTER ROLE")
    database = ""
    if reader.accept("IN", "DATABASE"):
        database = reader.name()
    word = reader.one_of("SET", "RESET")
    if word:
        return _setting(ctx, reader, name, database, word)
    role = need_role(ctx, name)
    changed = _options(ctx, reader, role, {})
    only_password = replace(changed, password=role.password) == role
    if not (only_password and name == ctx.user):
        _may(ctx, role, changed)
    ctx.write(change.with_role(ctx.catalog, changed), 300)
    return Reply("ALTER ROLE")


def _renamed(ctx: Context, old: Role, new: str) -> Any:
    """The catalogue with a role of another name, owners and privileges with it."""
    from host.sql.ownership import reowned

    catalog = change.without_role(ctx.catalog, old.name)
    swap = {old.name: new}
    members = tuple(
        replace(
            one,
            role=swap.get(one.role, one.role),
            member=swap.get(one.member, one.member),
            grantor=swap.get(one.grantor, one.grantor),
        )
        for one in ctx.catalog.memberships
    )
    catalog = replace(change.with_role(catalog, replace(old, name=new)), memberships=members)
    return reowned(catalog, old.name, new, acls=True)


def _setting(ctx: Context, reader: Reader, name: str, database: str, word: str) -> Reply:
    from host.sql.databases import stored_setting

    if name:
        need_role(ctx, name)
    key, text = stored_setting(ctx, reader, word)
    reader.end()
    if database or not name:
        from host.sql.databases import with_setting

        return with_setting(ctx, database, name, key, text, "ALTER ROLE")
    role = need_role(ctx, name)
    kept = tuple(pair for pair in role.settings if key and pair[0] != key)
    settings = kept if text is None else (*kept, (key, text))
    ctx.write(change.with_role(ctx.catalog, replace(role, settings=settings)), 200)
    return Reply("ALTER ROLE")


def drop_role(ctx: Context, reader: Reader) -> Reply:
    """DROP ROLE [IF EXISTS] a, b."""
    skip = reader.accept("IF", "EXISTS")
    names = [role_name(ctx, reader)]
    while reader.accept(","):
        names.append(role_name(ctx, reader))
    reader.end()
    from host.sql.ownership import dependencies

    for name in names:
        role = ctx.catalog.roles.get(name)
        if role is None:
            if not skip:
                raise fail(f'role "{name}" does not exist', "42704")
            ctx.notice(f'role "{name}" does not exist, skipping')
            continue
        _may_drop(ctx, role)
        if name == ctx.session.user:
            raise fail(
                "session user cannot be dropped" if name != ctx.user else "current user cannot be dropped", "55006"
            )
        held = dependencies(ctx, name)
        if held:
            message = f'role "{name}" cannot be dropped because some objects depend on it'
            raise fail(message, "2BP01", detail="\n".join(held))
        ctx.write(change.without_role(ctx.catalog, name), 300)
    return Reply("DROP ROLE")


def reassign(ctx: Context, reader: Reader) -> Reply:
    """REASSIGN OWNED BY a TO b."""
    from host.sql.ownership import reowned

    reader.expect("OWNED", "BY")
    old = role_name(ctx, reader)
    reader.expect("TO")
    new = role_name(ctx, reader)
    reader.end()
    need_role(ctx, old)
    need_role(ctx, new)
    ctx.write(reowned(ctx.catalog, old, new, database=ctx.session.database), 800)
    return Reply("REASSIGN OWNED")
