"""The server's own functions as objects that rights are granted on: GRANT EXECUTE, has_function_privilege."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from host.catalog import acl
from host.sql import types
from host.sql.reply import fail
from simulator.frozen import replace

if TYPE_CHECKING:
    from host.sql.context import Context

_RESTRICTED = frozenset(
    """
    pg_create_restore_point pg_switch_wal pg_wal_replay_pause pg_wal_replay_resume pg_reload_conf pg_rotate_logfile
    pg_promote pg_start_backup pg_stop_backup pg_backup_start pg_backup_stop pg_ls_dir pg_read_file
    """.split()
)
"""system_functions.sql takes EXECUTE on them from PUBLIC."""
_FOR_MONITOR = frozenset({"pg_ls_waldir", "pg_ls_logdir", "pg_ls_tmpdir", "pg_ls_archive_statusdir"})
_OWNER = 10
"""BOOTSTRAP_SUPERUSERID."""


@dataclass(frozen=True, slots=True)
class SystemFunction:
    """A function of pg_catalog as GRANT sees it."""

    name: str
    types: str
    owner: str
    acl: acl.Acl


def find(ctx: Context, name: str, wanted: str | None) -> SystemFunction | None:
    """The function of that name with these argument types; None for the types: the only one of its name."""
    from host.sql.calls import signatures

    here = {", ".join(one.type for one in signature.arguments) for signature in signatures(name, ctx.major)}
    if wanted is None and len(here) > 1:
        raise fail(f'function name "{name}" is not unique', "42725", hint=_SPECIFY)
    chosen = next(iter(here), None) if wanted is None else wanted
    return _described(ctx, name, chosen) if chosen in here and chosen is not None else None


_SPECIFY = "Specify the argument list to select the function unambiguously."


def _described(ctx: Context, name: str, kinds: str) -> SystemFunction:
    owner = next((role.name for role in ctx.catalog.roles.values() if role.oid == _OWNER), "postgres")
    granted = ctx.database.system_acl.get((name, kinds))
    if granted is not None:
        return SystemFunction(name, kinds, owner, granted)
    items: acl.Acl = None
    if name in _RESTRICTED or name in _FOR_MONITOR:
        items = acl.items(f"{owner}=X/{owner}" + (f" pg_monitor=X/{owner}" if name in _FOR_MONITOR else ""))
    return SystemFunction(name, kinds, owner, items)


def store(ctx: Context, changed: SystemFunction, wal: int) -> None:
    """A GRANT or REVOKE has changed its access privileges, in this database."""
    kept = {**ctx.database.system_acl, (changed.name, changed.types): changed.acl or ()}
    ctx.write_database(replace(ctx.database, system_acl=MappingProxyType(kept)), wal)


def check_allowed(ctx: Context, name: str, kinds: str) -> None:
    """May the session call it? Raises Raised."""
    if not ctx.superuser and not _may(ctx, ctx.user, _described(ctx, name, kinds)):
        raise fail(f"permission denied for function {name}", "42501")


def _may(ctx: Context, user: str, one: SystemFunction) -> bool:
    role = ctx.catalog.roles.get(user)
    if one.acl is None or (role is not None and role.superuser):
        return True
    holders = (item.grantee for item in one.acl if "X" in item.privileges)
    return any(not holder or ctx.catalog.is_member(user, holder) for holder in holders)


def has_privilege(ctx: Context, user: str, function: str, privilege: str) -> bool:
    """has_function_privilege(user, 'name(types)', 'EXECUTE')."""
    if user not in ctx.catalog.roles:
        raise fail(f'role "{user}" does not exist', "42704")
    match = re.fullmatch(r"\s*(?:pg_catalog\.)?(\w+)\s*\((.*)\)\s*", function)
    if match is None:
        raise fail("expected a left parenthesis" if "(" not in function else "expected a right parenthesis", "22P02")
    words = [one.strip() for one in match[2].split(",") if one.strip()]
    kinds = ", ".join(types.canonical(word) or word for word in words)
    found = find(ctx, match[1].lower(), kinds)
    if found is None:
        raise fail(f'function "{function}" does not exist', "42883")
    if any(word.strip().upper() not in ("EXECUTE", "EXECUTE WITH GRANT OPTION") for word in privilege.split(",")):
        raise fail(f'unrecognized privilege type: "{privilege}"', "22023")
    return _may(ctx, user, found)
