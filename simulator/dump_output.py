"""What psql prints of a plain dump: one command tag a statement, in the order in which pg_dump writes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import groupby

from simulator.versions import since
from simulator.world import Dump

_SETTINGS: Mapping[int, int] = {12: 5, 17: 6}
"""SET statements before that of search_path; transaction_timeout came with 17."""
_SEARCH_PATH = (" set_config ", "------------", " ", "(1 row)", "")
_CONNECTED = 'You are now connected to database "{database}" as user "postgres".'


def script_output(
    dump: Dump, major: int, databases: Collection[str], clashes: Collection[tuple[str, str]], target: str
) -> tuple[str, ...]:
    """The tags of a dump of one database into `target`, or ('') of all databases into their own.

    `databases` are there already, and so are the tables in `clashes`: an error prints no tag.
    """
    tables = {own: tuple(rows) for own, rows in groupby(dump.tables, key=lambda table: table[0])}
    if target:
        return _database(tables.get(dump.database, ()), major, {name for own, name in clashes if own == target})
    globals_ = ("SET",) * 3 + ("ALTER ROLE",)
    if dump.globals_only:
        return globals_
    found = [*globals_, _CONNECTED.format(database="template1"), *_header(major)]
    for own in sorted({"postgres", *tables}):
        if own != "postgres":
            found += [*_header(major), *(() if own in databases else ("CREATE DATABASE",)), "ALTER DATABASE"]
        found += [_CONNECTED.format(database=own)]
        found += _database(tables.get(own, ()), major, {name for its, name in clashes if its == own})
    return tuple(found)


def _header(major: int) -> tuple[str, ...]:
    return (*("SET",) * since(major, _SETTINGS), *_SEARCH_PATH, *("SET",) * 4)


def _database(tables: tuple[tuple[str, str, int], ...], major: int, there: Collection[str]) -> tuple[str, ...]:
    found = list(_header(major))
    if tables:
        found += ["SET"] * 2  # default_tablespace, default_table_access_method
    for _, name, _ in tables:
        found += ["ALTER TABLE"] if name in there else ["CREATE TABLE", "ALTER TABLE"]
    return (*found, *(f"COPY {rows}" for _, _, rows in tables))
