"""CREATE DATABASE with what belongs to it: comment, privileges, settings."""

from __future__ import annotations

from dataclasses import replace

from host.catalog import acl
from host.catalog.model import DatabaseSetting
from host.dump import privileges
from host.dump.items import Dumping
from host.dump.relations import acl_entry, comment_entry, sql_string
from host.dump.toc import CLASS_DATABASE, PRE_DATA, TocEntry

_NO_TEMPLATE = "UPDATE pg_catalog.pg_database SET datistemplate = false WHERE datname = {name};\n"
_LISTS = ("search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries")


def setting(prefix: str, name: str, value: str) -> str:
    """`… SET name TO value;`: lists of names become lists of literals."""
    if name.lower() in _LISTS:
        shown = ", ".join(sql_string(part) for part in split_list(value)) or "''"
    else:
        shown = sql_string(value)
    return f"{prefix} SET {name} TO {shown};\n"


def split_list(value: str) -> list[str]:
    """SplitGUCList: names separated by commas, each perhaps in double quotes."""
    parts: list[str] = []
    now, quoted = "", False
    for letter in value:
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            parts, now = [*parts, now.strip()], ""
        else:
            now += letter if quoted or letter != " " else ""
    return [*parts, now] if value else []


def database_entries(d: Dumping) -> list[TocEntry]:
    """The entries that -C adds: DATABASE, COMMENT, ACL and DATABASE PROPERTIES."""
    database, name = d.database, d.q(d.database.name)
    create = TocEntry(
        database.name,
        "DATABASE",
        PRE_DATA,
        class_oid=CLASS_DATABASE,
        oid=database.oid,
        owner=database.owner,
        definition=_create(d, name),
        drop=f"DROP DATABASE {name};\n",
    )
    made = [create]
    if database.comment:
        made.append(comment_entry("DATABASE", name, name, database.comment, None, database.owner))
    base = acl.default("DATABASE", database.owner)
    text = privileges.commands("DATABASE", name, database.acl, base, database.owner, always=d.always)
    if text:
        made.append(acl_entry(f"DATABASE {name}", text, None, database.owner))
    properties, undo = _properties(d, name)
    if properties:
        entry = TocEntry(database.name, "DATABASE PROPERTIES", PRE_DATA, owner=database.owner, drop=undo)
        made.append(replace(entry, definition=properties))
    return made


def _create(d: Dumping, name: str) -> str:
    database = d.database
    text = f"CREATE DATABASE {name} WITH TEMPLATE = template0 ENCODING = {sql_string(database.encoding)}"
    if d.tool.locale_provider:
        text += f" LOCALE_PROVIDER = {database.locale_provider}"
    if d.tool.locale_of_database and database.collate == database.ctype:
        text += f" LOCALE = {sql_string(database.collate)}"
    else:
        text += f" LC_COLLATE = {sql_string(database.collate)} LC_CTYPE = {sql_string(database.ctype)}"
    if database.icu_locale and d.tool.locale_provider:
        text += f" ICU_LOCALE = {sql_string(database.icu_locale)}"
    if database.tablespace != "pg_default" and not d.options.output.no_tablespaces:
        text += f" TABLESPACE = {d.q(database.tablespace)}"
    return text + ";\n"


def _properties(d: Dumping, name: str) -> tuple[str, str]:
    database = d.database
    text = undo = ""
    if database.connection_limit != -1:
        text += f"ALTER DATABASE {name} CONNECTION LIMIT = {database.connection_limit};\n"
    if database.template:
        text += f"ALTER DATABASE {name} IS_TEMPLATE = true;\n"
        undo = _NO_TEMPLATE.format(name=sql_string(database.name))
    whole = [one for one in database.settings if not one.role]
    text += "".join(setting(f"ALTER DATABASE {name}", one.name, one.value) for one in whole)
    return text + "".join(_of_role(d, name, one) for one in database.settings if one.role), undo


def _of_role(d: Dumping, name: str, one: DatabaseSetting) -> str:
    return setting(f"ALTER ROLE {d.q(one.role)} IN DATABASE {name}", one.name, one.value)


def fixed_entries(d: Dumping) -> list[TocEntry]:
    """ENCODING, STDSTRINGS and SEARCHPATH: what a restore sets first."""
    encoding = d.options.encoding or d.database.encoding
    texts = {
        "ENCODING": f"SET client_encoding = {sql_string(encoding)};\n",
        "STDSTRINGS": "SET standard_conforming_strings = 'on';\n",
        "SEARCHPATH": "SELECT pg_catalog.set_config('search_path', '', false);\n",
    }
    return [TocEntry(desc, desc, PRE_DATA, definition=text) for desc, text in texts.items()]
