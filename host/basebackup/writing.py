"""Directories that pg_basebackup makes, fills and takes away (verify_dir_is_empty_or_create, cleanup)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType

from host import tree
from host.basebackup import sending
from host.machine import Host
from host.tree import Dir, File, Node, PathError

OWNER_WRITES = 0o200
NEW, EXISTING = "new", "existing"


@dataclass(frozen=True, slots=True)
class Made:
    """The directories it has made or found empty: (path as shown, new or existing), in order."""

    directories: tuple[tuple[str, str], ...] = ()

    def kept_lines(self) -> list[str]:
        """-n: what it says instead of taking them away."""
        return [f'data directory "{path}" not removed at user\'s request' for path, _ in self.directories[:1]]


@dataclass(frozen=True, slots=True)
class Places:
    """What is to be written: the data directory, other tablespaces (oid, location, tree), WAL, the manifest's text."""

    top: Dir
    spaces: tuple[tuple[int, str, Dir], ...]
    wal: dict[str, File]
    manifest: str
    finished: tuple[str, ...] = ()
    """Streamed segments that were received to their end: these get a .done file."""


def make_ready(host: Host, shown: str, made: Made) -> tuple[Host, Made]:
    """The directory is there and empty; raises PathError."""
    path = host.path(shown)
    node = tree.find(host.root, path)
    if node is None:
        host.need_writable(path, shown)
        root = tree.make_dirs(host.root, path, Dir(mtime=host.clock))
        return host.with_root(root), replace(made, directories=(*made.directories, (shown, NEW)))
    if not isinstance(node, Dir):
        raise PathError(shown, tree.NOT_A_DIR)
    if node.entries:
        raise PathError(shown, tree.NOT_EMPTY)
    return host, replace(made, directories=(*made.directories, (shown, EXISTING)))


class Full(Exception):
    """The file system got full: `path` found no room, `host` has what went in before."""

    def __init__(self, host: Host, path: str) -> None:
        super().__init__(path)
        self.host, self.path = host, path


def put(host: Host, shown: str, path: str, top: Dir, *, wal_first: bool = False) -> Host:
    """Write a tree where an empty directory is, in the order in which it is sent; raises Full."""
    at = tree.resolve(host.root, path)
    there = tree.find(host.root, at)
    kept = there if isinstance(there, Dir) else Dir()
    entries = MappingProxyType({**kept.entries, **top.entries})
    whole = replace(top, entries=entries, mode=kept.mode, capacity=kept.capacity)
    try:
        return host.with_root(tree.put(tree.make_dirs(host.root, at, Dir()), at, whole))
    except PathError:
        room = _room(host, at)
    part, name = sending.until(whole, room, wal_first=wal_first)
    left = replace(part, mode=kept.mode, capacity=kept.capacity)
    raise Full(host.with_root(tree.put(host.root, at, left)), f"{shown.rstrip('/')}{name}")


def _room(host: Host, at: str) -> int:
    parts = at.split("/")
    for length in range(len(parts), 1, -1):
        node = tree.find(host.root, "/".join(parts[:length]))
        if isinstance(node, Dir) and node.capacity is not None:
            return node.capacity - tree.used(node)
    return 0


def take_away(host: Host, made: Made) -> tuple[Host, list[str]]:
    """cleanup_directories_atexit: a new directory goes, an existing one is emptied."""
    lines = []
    for number, (shown, kind) in enumerate(made.directories):
        path = host.path(shown)
        if number == 0:
            word = "removing data directory" if kind == NEW else "removing contents of data directory"
            lines.append(f'{word} "{shown}"')
        host = _removed(host, path, kind)
    return host, lines


def _removed(host: Host, path: str, kind: str) -> Host:
    node: Node | None = tree.find(host.root, path)
    if not isinstance(node, Dir):
        return host
    if kind == NEW:
        return host.with_root(tree.remove(host.root, path))
    emptied = replace(node, entries=MappingProxyType({}))
    return host.with_root(tree.put(host.root, tree.resolve(host.root, path), emptied))
