"""Databases and tablespaces: CREATE, ALTER and DROP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.catalog import Database, DatabaseSetting, change
from host.dump.encodings import encoding as encoding_named
from host.server import work
from host.sql import parameters, roles
from host.sql.reader import Reader
from host.sql.reply import Reply, fail
from host.sql.rights import not_owner
from host.sql.transactions import not_in_block
from host.weather import sessions_elsewhere
from simulator.settings import InvalidValue
from simulator.versions import since, spans

if TYPE_CHECKING:
    from host.sql.context import Context


def others_connected(ctx: Context, name: str) -> str:
    """There is 1 other session using the database: '' when there is none."""
    count = sum(one.database == name and one.pid != ctx.pid and one.kind == "client backend" for one in ctx.sessions())
    count += sum(database == name for _, database in sessions_elsewhere(ctx.host.weather))
    if not count:
        return ""
    return (
        "There is 1 other session using the database."
        if count == 1
        else f"There are {count} other sessions using the database."
    )


def _database(ctx: Context, name: str) -> Database:
    found = ctx.catalog.databases.get(name)
    if found is None:
        raise fail(f'database "{name}" does not exist', "3D000")
    return found


def create_database(ctx: Context, reader: Reader) -> Reply:
    """CREATE DATABASE name [WITH] option [=] value …"""
    name = reader.name()
    options = _options(reader, ctx.major)
    not_in_block(ctx, "CREATE DATABASE")
    template_name = options.get("template", "template1")
    owner = options.get("owner", ctx.user)
    roles.need_role(ctx, owner)
    me = ctx.catalog.roles.get(ctx.user)
    if not ctx.superuser and not (me is not None and me.create_db):
        raise fail("permission denied to create database", "42501")
    encoding = _encoding(options.get("encoding", ""))
    _check_strategy(options)
    template = ctx.catalog.databases.get(template_name)
    if template is None:
        raise fail(f'template database "{template_name}" does not exist', "3D000")
    if not template.template and not ctx.superuser and template.owner != ctx.user:
        raise fail(f'permission denied to copy database "{template_name}"', "42501")
    _check_provider(ctx, options)
    _check_locale(template, options, encoding)
    space = options.get("tablespace", template.tablespace)
    if space not in ctx.catalog.tablespaces:
        raise fail(f'tablespace "{space}" does not exist', "42704")
    if name in ctx.catalog.databases:
        raise fail(f'database "{name}" already exists', "42P04")
    busy = others_connected(ctx, template_name)
    if busy:
        message = f'source database "{template_name}" is being accessed by other users'
        raise fail(message, "55006", detail=busy)
    catalog = change.copied_database(ctx.catalog, template_name, name, owner)
    made = replace(
        catalog.databases[name],
        encoding=encoding or template.encoding,
        collate=options.get("lc_collate", options.get("locale", template.collate)),
        ctype=options.get("lc_ctype", options.get("locale", template.ctype)),
        tablespace=space,
        connection_limit=int(options.get("connection_limit", -1)),
        template=options.get("is_template", "false") in ("true", "on", "1"),
        allow_connections=options.get("allow_connections", "true") in ("true", "on", "1"),
    )
    facts = ctx.instance.facts
    if facts.create_database_checkpoints:
        ctx.host = work.checkpoint(ctx.host, ctx.port, "immediate force wait flush-all")
    ctx.write(change.with_database(catalog, made), facts.create_database_bytes)
    return Reply("CREATE DATABASE")


def _encoding(text: str, position: int = 0) -> str:
    if text and not encoding_named(text):
        raise fail(f"{text} is not a valid encoding name", "42704", position=position)
    return encoding_named(text)


def _check_strategy(options: dict[str, str]) -> None:
    strategy = options.get("strategy", "wal_log")
    if strategy not in ("wal_log", "file_copy"):
        hint = 'Valid strategies are "wal_log" and "file_copy".'
        raise fail(f'invalid create database strategy "{strategy}"', "22023", hint=hint)


_LOCALES = frozenset({"C", "POSIX", "C.UTF-8", "C.UTF8", "C.utf8"})
"""What the host has installed."""
_NAMES_CATEGORY = {12: False, 16: True}
_BUILTIN = {12: False, 17: True}
_LOCALE_HINT = {12: "", 16: "If the locale name is specific to ICU, use ICU_LOCALE.", 18: ""}


def _check_provider(ctx: Context, options: dict[str, str]) -> None:
    provider = options.get("locale_provider", "libc").lower()
    if provider not in ("libc", "icu", *(("builtin",) if since(ctx.major, _BUILTIN) else ())):
        raise fail(f"unrecognized locale provider: {provider}", "42P17")
    if provider != "icu" and "icu_locale" in options:
        raise fail("ICU locale cannot be specified unless locale provider is ICU", "42P17")
    if provider == "icu" and not ctx.host.server.icu:
        raise fail("ICU is not supported in this build", "0A000")
    for key, category in (("lc_collate", "LC_COLLATE"), ("lc_ctype", "LC_CTYPE")):
        locale = options.get(key, options.get("locale", "C"))
        if locale in _LOCALES:
            continue
        if not since(ctx.major, _NAMES_CATEGORY):
            raise fail(f'invalid locale name: "{locale}"', "42809")
        hint = since(ctx.major, _LOCALE_HINT)
        raise fail(f'invalid {category} locale name: "{locale}"', "42809", hint=hint)


def _check_locale(template: Database, options: dict[str, str], encoding: str) -> None:
    for key, known, word in (("lc_ctype", template.ctype, "LC_CTYPE"), ("lc_collate", template.collate, "LC_COLLATE")):
        locale = options.get(key, options.get("locale", known))
        if encoding not in ("", "SQL_ASCII", "UTF8") and locale.upper().endswith(("UTF-8", "UTF8")):
            detail = f'The chosen {word} setting requires encoding "UTF8".'
            raise fail(f'encoding "{encoding}" does not match locale "{locale}"', "22023", detail=detail)
    if template.name == "template0":
        return
    hint = "Use the same {} as in the template database, or use template0 as template."
    if encoding and encoding != template.encoding:
        known = template.encoding
        message = f"new encoding ({encoding}) is incompatible with the encoding of the template database ({known})"
        raise fail(message, "22023", hint=hint.format("encoding"))
    for key, known, word in (("lc_collate", template.collate, "collation"), ("lc_ctype", template.ctype, "LC_CTYPE")):
        said = options.get(key, options.get("locale", known))
        if said != known:
            what = "collation" if word == "collation" else "LC_CTYPE"
            message = f"new {what} ({said}) is incompatible with the {what} of the template database ({known})"
            raise fail(message, "22023", hint=hint.format(word))


_NAMES = (
    "OWNER",
    "TEMPLATE",
    "ENCODING",
    "STRATEGY",
    "LOCALE",
    "LC_COLLATE",
    "LC_CTYPE",
    "TABLESPACE",
    "ALLOW_CONNECTIONS",
    "IS_TEMPLATE",
    "OID",
    "LOCALE_PROVIDER",
    "ICU_LOCALE",
    "ICU_RULES",
    "BUILTIN_LOCALE",
    "COLLATION_VERSION",
)


_SINCE = {
    "LOCALE": spans("13+"),
    "STRATEGY": spans("15+"),
    "OID": spans("15+"),
    "LOCALE_PROVIDER": spans("15+"),
    "ICU_LOCALE": spans("15+"),
    "COLLATION_VERSION": spans("15+"),
    "ICU_RULES": spans("16+"),
    "BUILTIN_LOCALE": spans("17+"),
}
"""Options that not every major has."""


def _options(reader: Reader, major: int) -> dict[str, str]:
    reader.accept("WITH")
    found: dict[str, str] = {}
    while reader.token is not None:
        if reader.accept("CONNECTION", "LIMIT"):
            reader.accept("=")
            found["connection_limit"] = str(reader.number())
            continue
        place, word = reader.place, reader.one_of(*_NAMES)
        if word in _SINCE and major not in _SINCE[word]:
            raise fail(f'option "{word.lower()}" not recognized', "42601", position=place)
        if not word:
            if reader.word.isalpha():
                raise fail(f'option "{reader.word.lower()}" not recognized', "42601", position=place)
            raise reader.wrong()
        reader.accept("=")
        if reader.accept("DEFAULT"):
            continue
        found[word.lower()] = reader.value()
        if word == "ENCODING":
            _encoding(found["encoding"], place)
    return found


def drop_database(ctx: Context, reader: Reader) -> Reply:
    """DROP DATABASE [IF EXISTS] name [WITH (FORCE)]."""
    skip = reader.accept("IF", "EXISTS")
    name = reader.name()
    if reader.word == "WITH" and not since(ctx.major, {12: False, 13: True}):
        raise reader.wrong()
    reader.accept("WITH")
    force = False
    if reader.word == "(":
        word = reader.parenthesised()
        if word.upper() != "FORCE":
            raise fail(f'unrecognized DROP DATABASE option "{word.lower()}"', "42601")
        force = True
    reader.end()
    not_in_block(ctx, "DROP DATABASE")
    if name not in ctx.catalog.databases:
        if not skip:
            raise fail(f'database "{name}" does not exist', "3D000")
        ctx.notice(f'database "{name}" does not exist, skipping')
        return Reply("DROP DATABASE")
    found = _database(ctx, name)
    if not ctx.has_role(found.owner):
        raise not_owner("database", name)
    if found.template:
        raise fail("cannot drop a template database", "42809")
    if name == ctx.session.database:
        raise fail("cannot drop the currently open database", "55006")
    if force:
        _end_sessions(ctx, name)
    busy = others_connected(ctx, name)
    if busy:
        raise fail(f'database "{name}" is being accessed by other users', "55006", detail=busy)
    ctx.write(change.without_database(ctx.catalog, name), 500)
    return Reply("DROP DATABASE")


def _end_sessions(ctx: Context, name: str) -> None:
    from host.server.connect import close

    gone = {
        word
        for word in ctx.host.weather
        if any(database == name for _, database in sessions_elsewhere(frozenset({word})))
    }
    ctx.host = replace(ctx.host, weather=ctx.host.weather - gone)
    for one in tuple(ctx.sessions()):
        if one.database == name and one.pid != ctx.pid:
            ctx.host = close(ctx.host, ctx.port, one.pid)


def alter_database(ctx: Context, reader: Reader) -> Reply:
    """ALTER DATABASE name RENAME TO, OWNER TO, SET, RESET, WITH …"""
    name = reader.name()
    found = _database(ctx, name)
    if not ctx.has_role(found.owner):
        raise not_owner("database", name)
    if reader.accept("RENAME", "TO"):
        new = reader.name()
        reader.end()
        return _rename(ctx, name, new)
    if reader.accept("OWNER", "TO"):
        owner = roles.role_name(ctx, reader)
        reader.end()
        roles.need_role(ctx, owner)
        ctx.write(change.with_database(ctx.catalog, replace(found, owner=owner)), 300)
        return Reply("ALTER DATABASE")
    if reader.accept("SET", "TABLESPACE"):
        space = reader.name()
        reader.end()
        not_in_block(ctx, "ALTER DATABASE SET TABLESPACE")
        if space not in ctx.catalog.tablespaces:
            raise fail(f'tablespace "{space}" does not exist', "42704")
        ctx.write(change.with_database(ctx.catalog, replace(found, tablespace=space)), 500)
        return Reply("ALTER DATABASE")
    word = reader.one_of("SET", "RESET")
    if word:
        key, text = stored_setting(ctx, reader, word)
        reader.end()
        return with_setting(ctx, name, "", key, text, "ALTER DATABASE")
    options = _options(reader, ctx.major)
    changed = replace(
        found,
        allow_connections=options.get("allow_connections", str(found.allow_connections)).lower() in ("true", "on", "1"),
        template=options.get("is_template", str(found.template)).lower() in ("true", "on", "1"),
        connection_limit=int(options.get("connection_limit", found.connection_limit)),
    )
    ctx.write(change.with_database(ctx.catalog, changed), 300)
    return Reply("ALTER DATABASE")


def _rename(ctx: Context, name: str, new: str) -> Reply:
    if new in ctx.catalog.databases:
        raise fail(f'database "{new}" already exists', "42P04")
    if name == ctx.session.database:
        raise fail("current database cannot be renamed", "0A000")
    busy = others_connected(ctx, name)
    if busy:
        raise fail(f'database "{name}" is being accessed by other users', "55006", detail=busy)
    ctx.write(change.renamed_database(ctx.catalog, name, new), 400)
    return Reply("ALTER DATABASE")


def stored_setting(ctx: Context, reader: Reader, word: str) -> tuple[str, str | None]:
    """SET name TO value, RESET name ('': ALL) of ALTER DATABASE and ALTER ROLE: only what a session may set."""
    from simulator.settings import UnmodelledParameter, parameter, parse_value

    if word == "RESET" and reader.accept("ALL"):
        return "", None
    if reader.accept("TIME", "ZONE"):
        return "timezone", reader.value() if word == "SET" else None
    name, text = parameters.assignment(reader) if word == "SET" else (parameters.dotted(reader).lower(), None)
    parameters.check_context(ctx, name)
    try:
        known = parameter(ctx.major, name) if "." not in name else None
        if text is not None and known is not None:
            parse_value(known, text)
    except UnmodelledParameter:
        pass
    except InvalidValue as error:
        raise parameters.from_invalid(error) from None
    return name, text


def with_setting(ctx: Context, database: str, role: str, key: str, text: str | None, tag: str) -> Reply:
    """A setting kept for a database, or for a role in one (key '': all of them go)."""
    found = _database(ctx, database)
    kept = tuple(one for one in found.settings if one.role != role or (key and one.name != key))
    settings = kept if text is None else (*kept, DatabaseSetting(key, text, role))
    ctx.write(change.with_database(ctx.catalog, replace(found, settings=settings)), 200)
    return Reply(tag)
