r"""\\l, \\d and their kin: read from the catalogue that the session sees (describe.c)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from host.catalog import Catalog, Database, Table
from host.network import address_of
from host.psql import listing
from host.psql.described import describe_relation
from host.psql.printing import Grid
from host.psql.relations import kind_of, list_relations, matcher, regex
from host.sql import snapshots
from host.sql.functions_objects import database_bytes
from host.sql.scalars import pretty
from simulator.versions import since

if TYPE_CHECKING:
    from host.psql.state import Psql

_LIST = re.compile(r"d[tvmsiE]+S?\+?")


def known(name: str) -> bool:
    """A command that this module has."""
    return name.rstrip("+").rstrip("S") in _ACTS or _LIST.fullmatch(name) is not None


def catalog_of(psql: Psql) -> Catalog | None:
    """What the session sees."""
    instance = psql.instance
    session = instance.session(psql.pid) if instance is not None else None
    if instance is None or session is None:
        return None
    return snapshots.listed(session, instance)


def _simple(words: list[str]) -> Callable[[str], bool]:
    test = regex(words[0]) if words else regex("*")
    return lambda name: test.fullmatch(name) is not None


def _acl(items: Any) -> str | None:
    if items is None:
        return None
    return "\n".join(str(item) for item in items) or "(none)"


def _table(
    psql: Psql, title: str, heads: Iterable[str], rows: list[tuple[Any, ...]], kinds: dict[str, str] | None = None
) -> bool:
    names = tuple(heads)
    grid = Grid(names, tuple((kinds or {}).get(name, "text") for name in names), tuple(rows), title)
    psql.show(grid)
    return True


_NO_ICU_LOCALE = """\
ERROR:  column d.daticulocale does not exist
LINE {number}: {margin}d.daticulocale as "ICU Locale",
        {margin}^
HINT:  Perhaps you meant to reference the column "d.datlocale".
"""
_OLD_LISTS = {
    15: _NO_ICU_LOCALE.format(number=6, margin="       "),
    16: _NO_ICU_LOCALE.format(number=8, margin="  "),
}
"""What these clients ask for the list of databases, servers from 17 on have under another name."""


def list_databases(psql: Psql, words: list[str] | None = None, *, verbose: bool = False) -> bool:
    r"""\\l."""
    catalog = catalog_of(psql)
    if catalog is None:
        psql.complain("You are currently not connected to a database.")
        return False
    if psql.instance is not None and since(psql.instance.major, {12: False, 17: True}) and psql.major in _OLD_LISTS:
        psql.errors.append(f"{psql.locus or ('' if psql.scripted else 'psql: ')}{_OLD_LISTS[psql.major]}")
        return False
    wanted = _simple(words or [])
    layout = since(psql.major, {12: "", 15: "15", 16: "16", 17: "17"})
    heads = {
        "": ["Name", "Owner", "Encoding", "Collate", "Ctype"],
        "15": ["Name", "Owner", "Encoding", "Collate", "Ctype", "ICU Locale", "Locale Provider"],
        "16": ["Name", "Owner", "Encoding", "Locale Provider", "Collate", "Ctype", "ICU Locale", "ICU Rules"],
        "17": ["Name", "Owner", "Encoding", "Locale Provider", "Collate", "Ctype", "Locale", "ICU Rules"],
    }[layout]
    heads = [*heads, "Access privileges", *(["Size", "Tablespace", "Description"] if verbose else [])]
    rows = []
    for one in sorted(catalog.databases.values(), key=lambda database: database.name):
        if not wanted(one.name):
            continue
        values = {
            "Name": one.name,
            "Owner": one.owner,
            "Encoding": one.encoding,
            "Collate": one.collate,
            "Ctype": one.ctype,
            "ICU Locale": one.icu_locale or None,
            "Locale": one.icu_locale or None,
            "ICU Rules": None,
            "Locale Provider": one.locale_provider,
            "Access privileges": _acl(one.acl),
            "Size": pretty(database_bytes(one)),
            "Tablespace": one.tablespace,
            "Description": one.comment or None,
        }
        rows.append(tuple(values[head] for head in heads))
    return _table(psql, "List of databases", heads, rows)


def describe(psql: Psql, name: str, words: list[str]) -> bool:
    r"""\\d and all that begin with it."""
    catalog = catalog_of(psql)
    database = catalog.databases.get(psql.target.dbname) if catalog is not None else None
    if catalog is None or database is None:
        psql.complain("You are currently not connected to a database.")
        return False
    verbose = "+" in name
    bare = name.rstrip("+").rstrip("S")
    if bare == "d" and words:
        return _relations_named(psql, database, words, verbose)
    if bare == "d":
        return list_relations(psql, database, "tvmsE", words, verbose=verbose)
    if bare in _ACTS:
        return _ACTS[bare](psql, catalog, database, words, verbose)
    return list_relations(psql, database, bare[1:], words, verbose=verbose)


def _relations_named(psql: Psql, database: Database, words: list[str], verbose: bool) -> bool:
    wanted = matcher(words)
    found = [one for one in database.relations.values() if wanted(one.schema, one.name)]
    indexes = [
        (table, name) for table in database.tables() for name in table.index_names() if wanted(table.schema, name)
    ]
    if not found and not indexes:
        if not psql.quiet:
            psql.errors.append(
                psql.locus + ("error: " if psql.locus else "") + f'Did not find any relation named "{words[0]}".\n'
            )
        return False
    for one in sorted(found, key=lambda relation: (relation.schema, relation.name)):
        describe_relation(psql, database, one, verbose=verbose)
    for table, name in sorted(indexes, key=lambda pair: (pair[0].schema, pair[1])):
        _index(psql, table, name)
    return True


def _index(psql: Psql, table: Table, name: str) -> None:
    key = table.constraint(name)
    columns = key.columns if key is not None else next(one.columns for one in table.indexes if one.name == name)
    kinds = {column.name: column.type for column in table.columns}
    rows = tuple((column, kinds.get(column, "text"), "yes", column) for column in columns)
    word = "primary key, " if key is not None and key.kind == "p" else "unique, " if key is not None else ""
    footer = f'{word}btree, for table "{table.schema}.{table.name}"'
    title = f'Index "{table.schema}.{name}"'
    psql.show(Grid(("Column", "Type", "Key?", "Definition"), ("text",) * 4, rows, title, (footer,)))


def _attributes(role: Any) -> str:
    words = [
        ("Superuser", role.superuser),
        ("No inheritance", not role.inherit),
        ("Create role", role.create_role),
        ("Create DB", role.create_db),
        ("Cannot login", not role.login),
        ("Replication", role.replication),
        ("Bypass RLS", role.bypass_rls),
    ]
    text = ", ".join(word for word, true in words if true)
    if role.connection_limit >= 0:
        count = role.connection_limit
        text += "\n" + ("No connections" if count == 0 else f"{count} connection{'' if count == 1 else 's'}")
    if role.valid_until:
        text += f"\nPassword valid until {role.valid_until}"
    return text


def _roles(psql: Psql, catalog: Catalog, _database: Database, words: list[str], verbose: bool) -> bool:
    wanted = _simple(words)
    members = since(psql.major, {12: True, 16: False})
    rows = []
    for role in sorted(catalog.roles.values(), key=lambda one: one.name):
        if wanted(role.name) and (words or not role.predefined):
            of = sorted(one.role for one in catalog.memberships if one.member == role.name)
            row: tuple[Any, ...] = (role.name, _attributes(role))
            row += ("{" + ",".join(of) + "}",) if members else ()
            rows.append(row + ((role.comment or None,) if verbose else ()))
    heads = ["Role name", "Attributes", *(["Member of"] if members else []), *(["Description"] if verbose else [])]
    psql.show(Grid(tuple(heads), ("text",) * len(heads), tuple(rows), "List of roles", ()))
    return True


def _schemas(psql: Psql, _catalog: Catalog, database: Database, words: list[str], verbose: bool) -> bool:
    wanted = _simple(words)
    found = [one for one in sorted(database.schemas.values(), key=lambda s: s.name) if wanted(one.name)]
    heads = ["Name", "Owner", *(["Access privileges", "Description"] if verbose else [])]
    rows = [(one.name, one.owner, *((_acl(one.acl), one.comment or None) if verbose else ())) for one in found]
    return _table(psql, "List of schemas", heads, rows)


def _tablespaces(psql: Psql, catalog: Catalog, _database: Database, words: list[str], verbose: bool) -> bool:
    wanted = _simple(words)
    found = [one for one in sorted(catalog.tablespaces.values(), key=lambda s: s.name) if wanted(one.name)]
    heads = ["Name", "Owner", "Location", *(["Access privileges", "Options", "Size", "Description"] if verbose else [])]

    def more(one: Any) -> tuple[Any, ...]:
        return (_acl(one.acl), None, "0 bytes", one.comment or None) if verbose else ()

    rows = [(one.name, one.owner, one.location, *more(one)) for one in found]
    return _table(psql, "List of tablespaces", heads, rows)


def _privileges(psql: Psql, _catalog: Catalog, database: Database, words: list[str], _verbose: bool) -> bool:
    wanted = matcher(words)
    rows = []
    for one in sorted(database.relations.values(), key=lambda r: (r.schema, r.name)):
        if wanted(one.schema, one.name):
            columns = "\n".join(f"{c.name}:\n  {_acl(c.acl)}" for c in getattr(one, "columns", ()) if c.acl) or ""
            rows.append((one.schema, one.name, kind_of(one), _acl(one.acl), columns, ""))
    heads = ("Schema", "Name", "Type", "Access privileges", "Column privileges", "Policies")
    return _table(psql, "Access privileges", heads, rows)


def _functions(psql: Psql, _catalog: Catalog, database: Database, words: list[str], _verbose: bool) -> bool:
    wanted = matcher(words)
    rows = [
        (one.schema, one.name, one.returns, one.arguments, "proc" if one.procedure else "func")
        for one in sorted(database.functions.values(), key=lambda f: (f.schema, f.name))
        if wanted(one.schema, one.name)
    ]
    heads = ("Schema", "Name", "Result data type", "Argument data types", "Type")
    return _table(psql, "List of functions", heads, rows)


def _extensions(psql: Psql, _catalog: Catalog, database: Database, words: list[str], _verbose: bool) -> bool:
    wanted = _simple(words)
    newer = since(psql.major, {12: False, 18: True})
    rows = [
        (one.name, one.version, *((one.version,) if newer else ()), one.schema, one.comment or None)
        for one in sorted(database.extensions.values(), key=lambda e: e.name)
        if wanted(one.name)
    ]
    heads = ["Name", "Version", *(["Default version"] if newer else []), "Schema", "Description"]
    return _table(psql, "List of installed extensions", heads, rows)


def _large_objects(psql: Psql, _catalog: Catalog, database: Database, _words: list[str], _verbose: bool) -> bool:
    rows = [
        (str(one.oid), one.owner, one.comment or None)
        for one in sorted(database.large_objects.values(), key=lambda o: o.oid)
    ]
    return _table(psql, "Large objects", ("ID", "Owner", "Description"), rows, {"ID": "oid"})


def connection_table(psql: Psql) -> None:
    r"""\\conninfo of 18: a table."""
    target = psql.target
    instance = psql.instance
    assert instance is not None
    host = ("Socket Directory", target.host) if target.socket else ("Host", target.host)
    address = "" if target.socket else address_of(psql.host, target.host)
    rows = (
        ("Database", target.dbname),
        ("Client User", target.user),
        host,
        *([("Host Address", address)] if address not in ("", target.host) else []),
        ("Server Port", target.port),
        ("Options", ""),
        ("Protocol Version", "3.0"),
        ("Password Used", "false"),
        ("GSSAPI Authenticated", "false"),
        ("Backend PID", str(psql.pid)),
        ("SSL Connection", "false"),
        ("Superuser", "on" if instance.catalog.roles[target.user].superuser else "off"),
        ("Hot Standby", "on" if instance.recovery is not None else "off"),
    )
    psql.show(Grid(("Parameter", "Value"), ("text", "text"), rows, "Connection Information"))


_ACTS: dict[str, Callable[[Psql, Catalog, Database, list[str], bool], bool]] = {
    "d": lambda *_: True,
    "du": _roles,
    "dg": _roles,
    "dn": _schemas,
    "db": _tablespaces,
    "dp": _privileges,
    "df": _functions,
    "dx": _extensions,
    "dl": _large_objects,
    "dL": listing.languages,
    "dT": listing.types,
    "ddp": listing.default_privileges,
    "drds": listing.role_settings,
    "dconfig": listing.parameters,
}
