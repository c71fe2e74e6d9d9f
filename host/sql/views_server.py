"""Views of the server: settings, sessions, roles, databases, tablespaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from host.effort import ROW, spend
from host.server.file_settings import file_settings
from host.sql.context_clock import moment
from host.sql.functions_objects import database_bytes
from host.sql.parameters import show, shown_name
from host.sql.parameters_table import _DEFAULTS, unmodelled_default
from host.sql.reply import Field, Reply
from host.sql.setting_groups import category
from simulator.settings import Parameter, parameters, setting_text

if TYPE_CHECKING:
    from host.server.instance import Session
    from host.sql.context import Context

Rows = Iterable[tuple[Any, ...]]


def _settings(ctx: Context) -> Rows:
    known = parameters(ctx.major)
    left_out = {name for name in _DEFAULTS if unmodelled_default(ctx.major, name) is not None}
    for name in sorted({*known, *left_out}):
        param = known.get(name)
        if param is None:
            text = show(ctx, name)
            middle = ("Client Connection Defaults", "", None, "user", "string", "default", None, None, None)
            yield (name, text, None, *middle, text, text, None, None, False)
        else:
            yield _setting(ctx, param)


def _setting(ctx: Context, param: Parameter) -> tuple[Any, ...]:
    """A row of pg_settings."""
    settings, name = ctx.instance.settings, param.name
    text = ctx.setting(name, setting_text(param, settings.values.get(name, param.default)))
    lines = {key for key, _ in settings.conf} | {key for key, _ in settings.auto_conf}
    file = settings.file_of(name) if name in lines else None
    source = "session" if name in ctx.session.settings else "configuration file" if file else "default"
    numeric = param.vartype in ("integer", "real")
    boot = setting_text(param, param.default)
    return (
        name,
        text,
        param.unit,
        category(ctx.major, name),
        "",
        None,
        param.context,
        param.vartype,
        "default" if param.context == "internal" else source,
        f"{param.min:g}" if numeric and param.min is not None else None,
        f"{param.max:.17g}" if numeric and param.max is not None else None,
        param.enumvals if param.vartype == "enum" else None,
        boot,
        boot,
        file,
        1 if file else None,
        name in settings.pending_restart,
    )


def all_settings(ctx: Context) -> Reply:
    """SHOW ALL."""
    names = sorted(row[0] for row in _settings(ctx))
    spend(6 * ROW * len(names))
    rows = tuple((shown_name(name), show(ctx, name), "") for name in names)
    return Reply("SHOW", (Field("name", "text"), Field("setting", "text"), Field("description", "text")), rows)


_BACKGROUND = (
    "checkpointer",
    "background writer",
    "walwriter",
    "autovacuum launcher",
    "logical replication launcher",
)


def _activity(ctx: Context) -> Rows:
    for one in ctx.sessions():
        yield _backend(ctx, one)
    nobody, nothing = (None,) * 3, (None,) * 5
    started = moment(ctx.instance.started)
    for number, kind in enumerate(_BACKGROUND, 1):
        pid = ctx.instance.pid + number
        yield (None, None, pid, *nobody, "", *nobody, started, *nobody, "Activity", *nothing, None, "", kind)


def _backend(ctx: Context, one: Session) -> tuple[Any, ...]:
    """A row of pg_stat_activity."""
    mine = one.pid == ctx.pid
    role, database = ctx.catalog.roles.get(one.user), ctx.catalog.databases.get(one.database)
    local = one.host == "[local]"
    started = moment(ctx.host.clock if mine else one.opened)
    return (
        database.oid if database else None,
        one.database or None,
        one.pid,
        None,
        role.oid if role else None,
        one.user,
        one.application,
        None if local else one.host,
        None,
        -1 if local else 50000 + one.pid % 9999,
        moment(one.opened),
        started if mine or one.state != "idle" else None,
        started,
        started,
        None if mine else "Client",
        None if mine else "ClientRead",
        "active" if mine or one.kind == "walsender" else one.state,
        one.xid or None,
        None,
        None,
        ctx.statement.source if mine else "",
        one.kind,
    )


def _databases(ctx: Context) -> Rows:
    spaces = {name: one.oid for name, one in ctx.catalog.tablespaces.items()}
    roles = {name: one.oid for name, one in ctx.catalog.roles.items()}
    for one in ctx.catalog.databases.values():
        acl = None if one.acl is None else tuple(str(item) for item in one.acl)
        yield (
            one.oid,
            one.name,
            roles.get(one.owner, 10),
            6,
            one.locale_provider[:1],
            one.template,
            one.allow_connections,
            one.connection_limit,
            700,
            1,
            spaces.get(one.tablespace, 1663),
            one.collate,
            one.ctype,
            acl,
        )


def _roles(ctx: Context) -> Rows:
    for one in ctx.catalog.roles.values():
        settings = tuple(f"{key}={value}" for key, value in one.settings) or None
        yield (
            one.name,
            one.superuser,
            one.inherit,
            one.create_role,
            one.create_db,
            one.login,
            one.replication,
            one.connection_limit,
            "********",
            one.valid_until,
            one.bypass_rls,
            settings,
            one.oid,
        )


def _users(ctx: Context) -> Rows:
    for one in ctx.catalog.roles.values():
        if one.login:
            yield (
                one.name,
                one.oid,
                one.create_db,
                one.superuser,
                one.replication,
                one.bypass_rls,
                "********",
                one.valid_until,
                None,
            )


def _members(ctx: Context) -> Rows:
    roles = {name: one.oid for name, one in ctx.catalog.roles.items()}
    for number, one in enumerate(ctx.catalog.memberships):
        yield (
            15000 + number,
            roles.get(one.role, 0),
            roles.get(one.member, 0),
            roles.get(one.grantor, 10),
            one.admin,
            one.inherit,
            one.set,
        )


def _tablespaces(ctx: Context) -> Rows:
    roles = {name: one.oid for name, one in ctx.catalog.roles.items()}
    for one in ctx.catalog.tablespaces.values():
        acl = None if one.acl is None else tuple(str(item) for item in one.acl)
        yield (one.oid, one.name, roles.get(one.owner, 10), acl, one.options or None)


def _stat_database(ctx: Context) -> Rows:
    for one in ctx.catalog.databases.values():
        count = sum(session.database == one.name for session in ctx.sessions())
        yield (
            one.oid,
            one.name,
            count,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            moment(ctx.instance.started),
            database_bytes(one),
        )


def _locks(ctx: Context) -> Rows:
    for session in ctx.sessions():
        for name in session.holds_lock_on:
            schema, _, table = name.partition(".")
            database = ctx.catalog.databases.get(session.database)
            found = database.relations.get((schema, table)) if database is not None else None
            yield (
                "relation",
                database.oid if database else None,
                found.oid if found else None,
                session.pid,
                "AccessExclusiveLock",
                True,
            )


def _settings_lines(ctx: Context) -> Rows:
    for number, one in enumerate(file_settings(ctx.host, ctx.instance), 1):
        yield (one.path, one.number, number, one.name, one.value, one.applied, one.error)


_TIME = "timestamp with time zone"
SERVER_VIEWS: Mapping[str, tuple[str, Callable[[Context], Rows]]] = {
    "pg_settings": (
        (
            "name text, setting text, unit text, category text, short_desc text, extra_desc text, "
            "context text, vartype text, "
            "source text, min_val text, max_val text, enumvals text[], boot_val text, reset_val text, sourcefile text, "
            "sourceline integer, pending_restart boolean"
        ),
        _settings,
    ),
    "pg_file_settings": (
        "sourcefile text, sourceline integer, seqno integer, name text, setting text, applied boolean, error text",
        _settings_lines,
    ),
    "pg_stat_activity": (
        (
            "datid oid, datname name, pid integer, leader_pid integer [13+], usesysid oid, "
            "usename name, application_name text, "
            f"client_addr inet, client_hostname text, client_port integer, backend_start {_TIME}, xact_start {_TIME}, "
            f"query_start {_TIME}, state_change {_TIME}, wait_event_type text, wait_event text, "
            f"state text, backend_xid xid, "
            "backend_xmin xid, query_id bigint [14+], query text, backend_type text"
        ),
        _activity,
    ),
    "pg_database": (
        (
            "oid oid, datname name, datdba oid, encoding integer, datlocprovider text [15+], datistemplate boolean, "
            "datallowconn boolean, datconnlimit integer, datfrozenxid xid, datminmxid xid, "
            "dattablespace oid, datcollate text, "
            "datctype text, datacl text[]"
        ),
        _databases,
    ),
    "pg_roles": (
        (
            "rolname name, rolsuper boolean, rolinherit boolean, rolcreaterole boolean, rolcreatedb boolean, "
            f"rolcanlogin boolean, rolreplication boolean, rolconnlimit integer, rolpassword text, "
            f"rolvaliduntil {_TIME}, "
            "rolbypassrls boolean, rolconfig text[], oid oid"
        ),
        _roles,
    ),
    "pg_user": (
        (
            "usename name, usesysid oid, usecreatedb boolean, usesuper boolean, userepl boolean, usebypassrls boolean, "
            f"passwd text, valuntil {_TIME}, useconfig text[]"
        ),
        _users,
    ),
    "pg_auth_members": (
        (
            "oid oid [16+], roleid oid, member oid, grantor oid, admin_option boolean, inherit_option boolean [16+], "
            "set_option boolean [16+]"
        ),
        _members,
    ),
    "pg_tablespace": ("oid oid, spcname name, spcowner oid, spcacl text[], spcoptions text[]", _tablespaces),
    "pg_stat_database": (
        (
            "datid oid, datname name, numbackends integer, xact_commit bigint, xact_rollback bigint, blks_read bigint, "
            "blks_hit bigint, tup_returned bigint, tup_fetched bigint, tup_inserted bigint, tup_updated bigint, "
            f"tup_deleted bigint, conflicts bigint, stats_reset {_TIME}"
        ),
        _stat_database,
    ),
    "pg_locks": (
        "locktype text, database oid, relation oid, pid integer, mode text, granted boolean",
        _locks,
    ),
}
