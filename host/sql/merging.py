"""Two transactions that changed one state: what is there when both have committed."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from host.catalog import Catalog, Database, Rows, Sequence, Statistics, Table
from host.catalog.rows import Literal, Row, of
from host.effort import CELL, spend
from simulator.frozen import replace

K = TypeVar("K")
_PARTS = ("schemas", "functions", "types", "large_objects", "extensions", "system_acl")


def merged(base: Catalog, mine: Catalog, theirs: Catalog) -> Catalog:
    """Two sets of changes to one state: mine win where both touched the same object, or the same row."""
    changes: dict[str, Any] = {
        name: _mapping(getattr(base, name), getattr(mine, name), getattr(theirs, name))
        for name in ("roles", "tablespaces")
    }
    databases = dict(theirs.databases)
    for name, database in mine.databases.items():
        before, other = base.databases.get(name), theirs.databases.get(name)
        if database is before:
            continue
        databases[name] = _database(before, database, other) if before is not None and other is not None else database
    for name in set(base.databases) - set(mine.databases):
        databases.pop(name, None)
    memberships = mine.memberships if mine.memberships != base.memberships else theirs.memberships
    return replace(
        mine,
        **changes,
        databases=MappingProxyType(databases),
        memberships=memberships,
        next_oid=max(mine.next_oid, theirs.next_oid),
    )


def _database(base: Database, mine: Database, theirs: Database) -> Database:
    changes: dict[str, Any] = {
        name: _mapping(getattr(base, name), getattr(mine, name), getattr(theirs, name)) for name in _PARTS
    }
    relations = dict(_mapping(base.relations, mine.relations, theirs.relations))
    for key, one in mine.relations.items():
        before, other = base.relations.get(key), theirs.relations.get(key)
        if before is None or other is None or one is before or other is before:
            continue
        if isinstance(one, Table) and isinstance(before, Table) and isinstance(other, Table):
            relations[key] = _table(before, one, other)
        elif isinstance(one, Sequence) and isinstance(other, Sequence):
            relations[key] = max(other, one, key=_further)  # a value that was given out is never given out again
    return replace(mine, relations=MappingProxyType(relations), **changes)


def _mapping(base: Mapping[K, Any], mine: Mapping[K, Any], theirs: Mapping[K, Any]) -> Mapping[K, Any]:
    if mine is base or theirs is base:
        return theirs if mine is base else mine
    found = {**theirs, **{key: value for key, value in mine.items() if base.get(key) is not value}}
    for key in set(base) - set(mine):
        found.pop(key, None)
    return MappingProxyType(found)


def _further(one: Sequence) -> tuple[int, bool]:
    return (one.last_value if one.increment > 0 else -one.last_value), one.is_called


def _table(base: Table, mine: Table, theirs: Table) -> Table:
    """A table that both have changed: its rows one by one, all else from whom changed it."""
    if not base.filenode == mine.filenode == theirs.filenode or not base.columns == mine.columns == theirs.columns:
        return mine  # a new file, or other columns: nobody else could have touched it meanwhile
    kept = theirs if _bare(mine) == _bare(base) else mine
    dead = max(0, mine.dead_rows + theirs.dead_rows - base.dead_rows)
    return dataclasses.replace(kept, rows=_rows(mine, base.rows, theirs.rows), dead_rows=dead)


def _bare(table: Table) -> Table:
    return dataclasses.replace(table, rows=Rows(), dead_rows=0, statistics=Statistics())


def _rows(mine: Table, base: Rows, theirs: Rows) -> Rows:
    removed, added = difference(base, mine.rows)
    if not removed and not added:
        return theirs
    places = key_places(mine)
    keys = {tuple(row[place] for place in places) for row in added} if places else set()

    def stays(row: Row) -> bool:
        if removed[row]:
            removed[row] -= 1
            return False
        return not keys or tuple(row[place] for place in places) not in keys

    return (theirs.where(stays) if removed or keys else theirs) + of(added)


def key_places(table: Table) -> tuple[int, ...]:
    """The places of its primary key's columns in a row; empty when it has none."""
    names, key = table.column_names(), table.primary_key
    return tuple(names.index(name) for name in key.columns) if key is not None else ()


def difference(before: Rows, after: Rows) -> tuple[Counter[Row], list[Row]]:
    """The rows that are gone, with their number, and those that have come, in their order."""
    old, new = _differing(before, after)
    gone, come = Counter(old), []
    spend(CELL * (len(old) + len(new)))
    for row in new:
        if gone[row]:
            gone[row] -= 1
        else:
            come.append(row)
    return +gone, come


def _differing(before: Rows, after: Rows) -> tuple[list[Row], list[Row]]:
    """The rows behind all that both begin with."""
    old, new = list(before.chunks), list(after.chunks)
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    if old and new and isinstance(old[0], Literal) and isinstance(new[0], Literal):
        pairs = zip(old[0].rows, new[0].rows, strict=False)
        same = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(old[0]), len(new[0])))
        old[0], new[0] = old[0].part(same, len(old[0])), new[0].part(same, len(new[0]))
    return [row for chunk in old for row in chunk], [row for chunk in new for row in chunk]
