"""The folders that matter, and what the last command did to them, told in words as well as in style."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from host import tree
from host.machine import Host
from host.tree import Dir, File, Link, Node

NEW, GONE, CHANGED, SAME = "new", "gone", "changed", ""
MOST_FOLDERS, MOST_ROWS = 14, 24
"""More is for ls."""
_SYSTEM = frozenset({"bin", "etc", "usr"})
_SEGMENT = re.compile(r"[0-9A-F]{24}\Z")
# Of a data directory's many entries those that backup and recovery are about.
_TELLING = frozenset(
    "PG_VERSION backup_label backup_label.old tablespace_map backup_manifest recovery.conf recovery.done"
    " recovery.signal standby.signal postmaster.pid postgresql.conf postgresql.auto.conf"
    " base global pg_wal pg_tblspc".split()
)


@dataclass(frozen=True, slots=True)
class Row:
    """An entry, or a run of WAL files with the same fate."""

    name: str
    state: str = SAME
    folder: bool = False
    inside: bool = False
    """It is a folder, and what changed is below it."""
    first: str = ""
    count: int = 1
    target: str = ""
    """Of a symbolic link."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as it is shown; `others`: entries that are not listed."""

    path: str
    state: str
    rows: tuple[Row, ...]
    others: int = 0


def folders(now: Host, before: Host) -> tuple[tuple[Folder, ...], int]:
    """What is shown, the most telling first; and how many folders are not."""
    paths = dict.fromkeys([*_telling(before.root), *_telling(now.root), _real(now)])
    first = _first(now)
    found = []
    for path in paths:
        here, was = _dir(now.root, path), _dir(before.root, path)
        if here is not None or was is not None:
            found.append(_folder(path, here, was))
    found = [each for each in found if each.rows or each.state or each.path in first]
    found.sort(key=lambda each: (_rank(each, first), each.path))
    return tuple(found[:MOST_FOLDERS]), max(0, len(found) - MOST_FOLDERS)


def _real(host: Host) -> str:
    try:
        return tree.resolve(host.root, host.cwd)
    except tree.PathError:
        return "/"


def _first(host: Host) -> tuple[str, ...]:
    """The data directories of what runs, their WAL, and where one is."""
    own = [path for one in host.instances for path in (one.pgdata, f"{one.pgdata}/pg_wal")]
    return (*own, _real(host))


def _rank(folder: Folder, first: tuple[str, ...]) -> tuple[bool, int]:
    """What the last command touched comes first."""
    untouched = not folder.state and not any(row.state for row in folder.rows)
    return untouched, first.index(folder.path) if folder.path in first else len(first)


def _dir(root: Dir, path: str) -> Dir | None:
    node = tree.find(root, path, follow=False)
    return node if isinstance(node, Dir) else None


def _telling(node: Dir, path: str = "") -> Iterator[str]:
    """Folders with files in them; of a data directory its top and pg_wal."""
    entries = node.entries
    if isinstance(entries.get("PG_VERSION"), File) and "base" in entries:
        yield path
        yield f"{path}/pg_wal"
        return
    if path and any(not isinstance(each, Dir) for each in entries.values()):
        yield path
    for name, each in entries.items():
        if isinstance(each, Dir) and (path or name not in _SYSTEM):
            yield from _telling(each, f"{path}/{name}")


def _folder(path: str, here: Dir | None, was: Dir | None) -> Folder:
    state = GONE if here is None else NEW if was is None else SAME
    now = here.entries if here is not None else {}
    old = was.entries if was is not None else {}
    if state:
        # All of it came or went: said once, of the folder.
        rows = [_row(name, node, node) for name, node in (now or old).items()]
    else:
        rows = [_row(name, now.get(name), old.get(name)) for name in {**old, **now}]
    data = "PG_VERSION" in now and "base" in now
    told = [row for row in rows if not data or row.name in _TELLING or row.state]
    joined = list(_joined(sorted(told, key=lambda row: row.name)))
    # What changed must be seen, however long the folder is.
    shown = sorted(joined, key=lambda row: not row.state)[:MOST_ROWS]
    left = {row.name for row in shown}
    hidden = sum(row.count for row in joined) - sum(row.count for row in shown) + len(rows) - len(told)
    return Folder(path, state, tuple(row for row in joined if row.name in left), hidden)


def _row(name: str, now: Node | None, old: Node | None) -> Row:
    node = now if now is not None else old
    folder = isinstance(node, Dir)
    target = node.target if isinstance(node, Link) else ""
    if old is None:
        return Row(name, NEW, folder, target=target)
    if now is None:
        return Row(name, GONE, folder, target=target)
    differs = _differs(now, old)
    return Row(name, CHANGED if differs else SAME, folder, inside=folder and differs, target=target)


def _differs(one: Node, two: Node) -> bool:
    if one is two:
        return False
    if isinstance(one, Dir) and isinstance(two, Dir):
        if one.entries is two.entries or one.entries == two.entries:
            return (one.mode, one.owner) != (two.mode, two.owner)
        return one.entries.keys() != two.entries.keys() or any(
            _differs(node, two.entries[name]) for name, node in one.entries.items()
        )
    if isinstance(one, File) and isinstance(two, File) and one.content is two.content:
        return (one.mode, one.owner) != (two.mode, two.owner)
    return one != two


def _joined(rows: Iterable[Row]) -> Iterator[Row]:
    """WAL files that follow each other and share their fate become one row."""
    listed = list(rows)
    numbers = {row.name: _number(row.name) for row in listed}

    def key(pair: tuple[int, Row]) -> tuple[object, ...]:
        at, row = pair
        number = numbers[row.name]
        return (number - at, row.state) if number is not None else (row.name,)

    for _, members in groupby(enumerate(listed), key):
        run = [row for _, row in members]
        first, last = run[0], run[-1]
        yield first if len(run) == 1 else Row(last.name, last.state, first=first.name, count=len(run))


def _number(name: str) -> int | None:
    """Neighbours have neighbouring numbers (within 4 GB, which is enough for a list)."""
    return int(name, 16) if _SEGMENT.match(name) else None


def as_told(found: tuple[tuple[Folder, ...], int]) -> Mapping[str, Any]:
    """For the browser."""
    shown, more = found
    return {"more": more, "folders": [_told(each) for each in shown]}


def _told(folder: Folder) -> dict[str, Any]:
    rows = []
    for row in folder.rows:
        name = row.name + ("/" if row.folder else "") + (f" → {row.target}" if row.target else "")
        told: dict[str, Any] = {"n": name}
        if row.first:
            told |= {"a": row.first, "c": row.count}
        if row.state:
            told["s"] = "inside" if row.inside else row.state
        rows.append(told)
    return {"p": folder.path, "s": folder.state, "r": rows, "o": folder.others}
