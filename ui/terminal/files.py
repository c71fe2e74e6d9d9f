"""The folders that matter, and what the last command did to them, told in words as well as in style."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from host import tree
from host.machine import Host
from host.tree import Dir, File, Link, Node

NEW, GONE, CHANGED, SAME = "new", "gone", "changed", ""
MOST_FOLDERS, MOST_ROWS = 14, 24
"""More is for ls."""
_SYSTEM = frozenset({"bin", "etc", "usr"})
_SEGMENT = re.compile(r"[0-9A-F]{24}\Z")
_SEGMENT_NAME = 24
MOST_KNOWN = 400
_LOCK = Lock()
_KNOWN: dict[tuple[str, int, int], tuple[Folder, Dir | None, Dir | None]] = {}
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
    own = [path for one in host.servers for path in (one.pgdata, f"{one.pgdata}/pg_wal")]
    return (*own, _real(host))


def _rank(folder: Folder, first: tuple[str, ...]) -> tuple[bool, int]:
    """What the last command touched comes first."""
    untouched = not folder.state and not any(row.state and not row.inside for row in folder.rows)
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
    """The same pair of values is asked about again after most commands: only what is new is worked out."""
    key = (path, id(here), id(was))
    known = _KNOWN.get(key)
    if known is None:
        # The values are kept with it, so that no other can take their identity.
        known = (_worked_out(path, here, was), here, was)
        with _LOCK:
            _KNOWN[key] = known
            if len(_KNOWN) > MOST_KNOWN:
                del _KNOWN[next(iter(_KNOWN))]
    return known[0]


def _worked_out(path: str, here: Dir | None, was: Dir | None) -> Folder:
    state = GONE if here is None else NEW if was is None else SAME
    now = here.entries if here is not None else {}
    old = was.entries if was is not None else {}
    entries = {**old, **now}
    # All of a folder that came or went is said once, of the folder.
    changed = {} if state else _changed(now, old)
    data = "PG_VERSION" in now and "base" in now
    told = sorted(name for name in entries if not data or name in _TELLING or name in changed)
    joined = [_row(run, entries, changed) for run in _runs(told, changed)]
    # What changed must be seen, however long the folder is.
    shown = sorted(range(len(joined)), key=lambda at: (not joined[at].state, at))[:MOST_ROWS]
    rows = tuple(joined[at] for at in sorted(shown))
    return Folder(path, state, rows, len(entries) - sum(row.count for row in rows))


def _changed(now: Mapping[str, Node], old: Mapping[str, Node]) -> dict[str, str]:
    """Names with what became of them; shared values are the same without a look."""
    found = {name: GONE for name in old if name not in now}
    for name, node in now.items():
        was = old.get(name)
        if was is None:
            found[name] = NEW
        elif was is not node and _differs(node, was):
            found[name] = CHANGED
    return found


def _runs(names: list[str], changed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """First and last name: WAL files that follow each other and share their fate are one run."""
    first = last = ""
    number, state = -1, None
    for name in names:
        here = int(name, 16) if len(name) == _SEGMENT_NAME and _SEGMENT.match(name) else -1
        # Neighbours have neighbouring numbers (within 4 GB, which is enough for a list).
        if first and here > 0 and here == number + 1 and changed.get(name) == state:
            last, number = name, here
            continue
        if first:
            yield first, last
        first, last, number, state = name, name, here, changed.get(name)
    if first:
        yield first, last


def _row(run: tuple[str, str], entries: Mapping[str, Node], changed: Mapping[str, str]) -> Row:
    first, name = run
    state = changed.get(name, SAME)
    if first != name:
        return Row(name, state, first=first, count=int(name, 16) - int(first, 16) + 1)
    node = entries[name]
    folder = isinstance(node, Dir)
    return Row(name, state, folder, folder and state == CHANGED, target=node.target if isinstance(node, Link) else "")


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
