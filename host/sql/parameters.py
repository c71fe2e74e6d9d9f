"""SET, SHOW, RESET and ALTER SYSTEM."""

from __future__ import annotations

import contextlib
from types import MappingProxyType
from typing import TYPE_CHECKING

from host.content import text_of
from host.server import conf
from host.server.layout import AUTO_CONF
from host.sql import hot_standby, snapshots
from host.sql.parameters_table import _CONTEXTS, _FIXED, _NOT_NOW, _SHOWN, unmodelled_default
from host.sql.reader import Reader
from host.sql.reply import Field, Raised, Reply, fail
from host.sql.transactions import IMPLICIT, in_block, not_in_block
from host.tree import PathError
from simulator.settings import (
    InvalidValue,
    ServerSettings,
    UnknownParameter,
    UnmodelledParameter,
    parameter,
    parse_value,
    show_value,
)
from simulator.versions import spans

if TYPE_CHECKING:
    from host.sql.context import Context


def from_invalid(error: InvalidValue) -> Raised:
    """The exception for the model's refusal of a value."""
    unknown = isinstance(error, UnknownParameter)
    return fail(error.message, "42704" if unknown else "22023", detail=error.detail or "", hint=error.hint or "")


def _minor(release: str) -> int:
    """18 of '15.18 (Debian …)'."""
    return int(release.partition(" ")[0].partition(".")[2] or 0)


def _own(ctx: Context, name: str) -> str | None:
    """Parameters whose value the server works out."""
    instance = ctx.instance
    values = {
        "server_version": instance.build_release,
        "server_version_num": f"{instance.major}{_minor(instance.build_release):04d}",
        "port": str(ctx.port),
        "data_directory": instance.pgdata,
        "unix_socket_directories": instance.socket_dir,
        "listen_addresses": ",".join(instance.listen),
        "is_superuser": "on" if ctx.superuser else "off",
        "in_hot_standby": "on" if instance.recovery is not None else "off",
        "session_authorization": ctx.session_user,
        "transaction_read_only": "on" if instance.recovery is not None else "",
    }
    return values.get(name) or None


def show(ctx: Context, written: str) -> str:
    """The value that SHOW prints; raises Raised."""
    name = written.lower()
    own = _own(ctx, name)
    if own is not None:
        return own
    if name == snapshots.ISOLATION and name not in ctx.session.local_settings:
        name = snapshots.DEFAULT_ISOLATION
    said = ctx.setting(name, "\0")
    stored = ctx.stored(name, "\0") if said == "\0" else said
    try:
        known = parameter(ctx.major, name)
    except UnmodelledParameter:
        known = None
    except UnknownParameter as error:
        if stored == "\0" and unmodelled_default(ctx.major, name) is None:
            raise from_invalid(error) from None
        known = None
    if known is None or "." in name:
        if stored != "\0":
            return stored
        default = unmodelled_default(ctx.major, name)
        if default is not None:
            return default
        if "." in name:
            raise fail(f'unrecognized configuration parameter "{written}"', "42704")
        raise fail(f"the dojo does not have the parameter {name}", "0A000")
    if stored == "\0":
        return ctx.instance.settings.show(name)
    return show_value(known, parse_value(known, stored))


def shown_name(name: str) -> str:
    """The parameter's name as its column is headed."""
    return _SHOWN.get(name.lower(), name.lower())


def show_statement(ctx: Context, reader: Reader) -> Reply:
    """SHOW name, SHOW ALL."""
    if reader.accept("ALL"):
        reader.end()
        from host.sql.views_server import all_settings

        return all_settings(ctx)
    if reader.accept("TRANSACTION", "ISOLATION", "LEVEL"):
        name = "transaction_isolation"
    elif reader.accept("TIME", "ZONE"):
        name = "timezone"
    elif reader.accept("SESSION", "AUTHORIZATION"):
        name = "session_authorization"
    else:
        name = dotted(reader)
    reader.end()
    return Reply("SHOW", (Field(shown_name(name), "text"),), ((show(ctx, name),),))


def dotted(reader: Reader) -> str:
    """A parameter's name: `name`, or `extension.name`."""
    name = reader.name()
    while reader.accept("."):
        name += "." + reader.name()
    return name


def set_value(ctx: Context, name: str, text: str | None, *, local: bool = False) -> None:
    """SET name TO text (None: its default); raises Raised for what the server would not take."""
    if text is not None:
        _check(ctx, name, text)
    if name == snapshots.ISOLATION:
        snapshots.isolate(ctx, (text or show(ctx, snapshots.DEFAULT_ISOLATION)).lower())
        return
    session = ctx.session
    kept = dict(session.local_settings if local else session.settings)
    if text is None:
        kept.pop(name, None)
    else:
        kept[name] = text
    frozen = MappingProxyType(kept)
    if local:
        ctx.update_session(local_settings=frozen)
    else:
        ctx.update_session(settings=frozen)


def _check(ctx: Context, name: str, text: str) -> None:
    if name in ("role", "session_authorization"):
        _check_role(ctx, name, text)
        return
    if name == "default_tablespace" and text and text not in ctx.catalog.tablespaces:
        message = f'invalid value for parameter "{name}": "{text}"'
        raise fail(message, "22023", detail=f'Tablespace "{text}" does not exist.')
    check_context(ctx, name)
    snapshots.check_level(name, text)
    if name == "transaction_read_only" and text.lower() in ("off", "false", "no", "0"):
        hot_standby.read_write(ctx)
    try:
        known = parameter(ctx.major, name)
        if "." not in name:
            parse_value(known, text)
    except UnmodelledParameter:
        return
    except UnknownParameter as error:
        if unmodelled_default(ctx.major, name) is None:
            raise from_invalid(error) from None
    except InvalidValue as error:
        raise from_invalid(error) from None


def check_context(ctx: Context, name: str) -> None:
    """May a session set this parameter: not one of the whole server, nor of a superuser only; raises Raised.

    A name that nobody knows is another check's business.
    """
    if name in _FIXED:
        raise fail(f'parameter "{name}" cannot be changed', "55P02")
    context = _CONTEXTS.get(name, "")
    with contextlib.suppress(UnmodelledParameter, UnknownParameter):
        context = parameter(ctx.major, name).context if "." not in name else ""
    if context in _NOT_NOW:
        raise fail(_NOT_NOW[context].format(name), "55P02")
    if context == "superuser" and not ctx.superuser:
        raise fail(f'permission denied to set parameter "{name}"', "42501")


def _check_role(ctx: Context, name: str, text: str) -> None:
    if text.lower() == "none" and name == "role":
        return
    if text not in ctx.catalog.roles:
        raise fail(f'role "{text}" does not exist', "22023")
    if name == "role" and not (ctx.superuser or ctx.catalog.is_member(ctx.session_user, text)):
        raise fail(f'permission denied to set role "{text}"', "42501")
    role = ctx.catalog.roles.get(ctx.session.user)
    if name != "role" and text != ctx.session.user and not (role is not None and role.superuser):
        raise fail(f'permission denied to set session authorization "{text}"', "42501")


def set_statement(ctx: Context, reader: Reader) -> Reply:
    """SET …, in its many forms."""
    local = reader.accept("LOCAL")
    special = reader.ahead("SESSION", "AUTHORIZATION") or reader.ahead("SESSION", "CHARACTERISTICS")
    if not local and not special:
        reader.accept("SESSION")
    if local and not in_block(ctx.session) and ctx.session.state != IMPLICIT:
        ctx.notice("SET LOCAL can only be used in transaction blocks", "WARNING")
    if reader.accept("TRANSACTION"):
        return _transaction(ctx, reader, own=True)
    if reader.accept("SESSION", "CHARACTERISTICS", "AS", "TRANSACTION"):
        return _transaction(ctx, reader, own=False)
    if reader.accept("CONSTRAINTS"):
        reader.rest()
        return Reply("SET CONSTRAINTS")
    if reader.accept("SESSION", "AUTHORIZATION"):
        name = "session_authorization"
        text: str | None = None if reader.accept("DEFAULT") else reader.value()
    elif reader.accept("ROLE"):
        name, text = "role", reader.value()
    elif reader.accept("TIME", "ZONE"):
        name, text = "timezone", reader.value()
        text = None if text in ("local", "default") else text
    elif reader.accept("NAMES"):
        name, text = "client_encoding", reader.value()
    else:
        name, text = assignment(reader)
    reader.end()
    set_value(ctx, name, text, local=local)
    return Reply("SET")


def assignment(reader: Reader) -> tuple[str, str | None]:
    """Name = value, name TO value, value; None for DEFAULT."""
    name = dotted(reader).lower()
    if not (reader.accept("=") or reader.accept("TO")):
        raise reader.wrong()
    if reader.accept("DEFAULT"):
        return name, None
    values = [_listed(reader, name)]
    while reader.accept(","):
        values.append(_listed(reader, name))
    return name, ", ".join(values)


def _listed(reader: Reader, name: str) -> str:
    """One value of a list; names that are not plain keep their quotes in search_path."""
    text = reader.value()
    if name == "search_path" and text != "" and not text.replace("_", "a").isalnum():
        return text if "," in text or text.startswith('"') else f'"{text}"'
    return text


def _transaction(ctx: Context, reader: Reader, *, own: bool) -> Reply:
    """SET TRANSACTION (`own`), or what all transactions of the session begin with."""
    from host.sql.admin import isolation_level

    if own:
        snapshots.warn_outside(ctx)
    while reader.token is not None:
        if reader.accept("READ", "ONLY"):
            set_value_unchecked(ctx, "transaction_read_only", "on")
        elif reader.accept("READ", "WRITE"):
            hot_standby.read_write(ctx) if own else None
            set_value_unchecked(ctx, "transaction_read_only", "off")
        elif reader.accept("ISOLATION", "LEVEL"):
            level = isolation_level(reader)
            snapshots.isolate(ctx, level) if own else set_value(ctx, snapshots.DEFAULT_ISOLATION, level)
        elif own and reader.accept("SNAPSHOT"):
            snapshots.take_over(ctx, reader.string())
        elif not (reader.accept(",") or reader.accept("NOT", "DEFERRABLE") or reader.accept("DEFERRABLE")):
            raise reader.wrong()
    return Reply("SET")


def set_value_unchecked(ctx: Context, name: str, text: str) -> None:
    """A setting of the transaction."""
    ctx.update_session(local_settings=MappingProxyType({**ctx.session.local_settings, name: text}))


def reset_statement(ctx: Context, reader: Reader) -> Reply:
    """RESET name, RESET ALL."""
    if reader.accept("ALL"):
        reader.end()
        kept = {name: text for name, text in ctx.session.settings.items() if name in ("role", "session_authorization")}
        ctx.update_session(settings=MappingProxyType(kept))
        return Reply("RESET")
    if reader.accept("SESSION", "AUTHORIZATION"):
        name = "session_authorization"
    elif reader.accept("ROLE"):
        name = "role"
    else:
        name = dotted(reader)
        show(ctx, name)
    reader.end()
    set_value(ctx, name, None)
    return Reply("RESET")


def alter_system(ctx: Context, reader: Reader) -> Reply:
    """ALTER SYSTEM SET, RESET, RESET ALL: postgresql.auto.conf is written."""
    word = reader.one_of("SET", "RESET")
    if not word:
        raise reader.wrong()
    if word == "SET":
        name, text = assignment(reader)
    else:
        name, text = (reader.name() if not reader.accept("ALL") else "all"), None
    reader.end()
    if not ctx.superuser:
        message = (
            f'permission denied to set parameter "{name}"'
            if name != "all" and ctx.major in _GRANTABLE
            else "must be superuser to execute ALTER SYSTEM command"
        )
        raise fail(message, "42501")
    not_in_block(ctx, "ALTER SYSTEM")
    settings = ctx.instance.settings
    try:
        if name != "all":
            text = _as_kept(settings.alter_system(name, text), name, text)
    except InvalidValue as error:
        raise from_invalid(error) from None
    except UnmodelledParameter:
        pass
    _write_auto_conf(ctx, name, text)
    return Reply("ALTER SYSTEM")


def _as_kept(settings: ServerSettings, name: str, text: str | None) -> str | None:
    """The value as the file will have it (a list item may be quoted)."""
    return next((value for key, value in settings.auto_conf if key == name), text)


def _write_auto_conf(ctx: Context, name: str, text: str | None) -> None:
    path = f"{ctx.instance.pgdata}/postgresql.auto.conf"
    try:
        before = text_of(ctx.host.read(path))
    except PathError:
        before = ""
    lines = {} if name == "all" else {line.name: line.value for line in conf.read(before)[0]}
    lines.pop(name, None)
    if text is not None:
        lines[name] = text
    body = "".join(f"{key} = {conf.quoted(value)}\n" for key, value in lines.items())
    try:
        ctx.host = ctx.host.write(path, AUTO_CONF + body)
    except PathError as error:
        raise fail(f'could not open file "postgresql.auto.conf": {error.reason}', "58P01") from None


_GRANTABLE = spans("15+")
