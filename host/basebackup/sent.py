"""What a server sends for BASE_BACKUP: its data directory without what a backup leaves out (basebackup.c)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from host import tree
from host.network import path_there
from host.server.layout import INIT_FORK, tablespace_directory
from host.tree import Dir, File, Link, Node
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.instance import Instance

_EMPTIED = frozenset("pg_stat_tmp pg_replslot pg_dynshmem pg_notify pg_serial pg_snapshots pg_subtrans".split())
_LEFT_OUT = frozenset(
    "postgresql.auto.conf.tmp current_logfiles.tmp backup_label tablespace_map postmaster.pid postmaster.opts".split()
)
_TEMPORARY = ("pgsql_tmp", "pg_internal.init")
"""What begins so is left out of every directory: temporary files, and a cache that is made anew."""
_ALSO_LEFT_OUT = {12: frozenset[str](), 13: frozenset({"backup_manifest"})}
_BUFFER = 8 * 1024


@dataclass(frozen=True, slots=True)
class Space:
    """One archive of the backup: a tablespace, or (oid 0) the data directory."""

    oid: int
    location: str
    node: Dir

    @property
    def kilobytes(self) -> int:
        """Its size, as progress counts it."""
        return tree.used(self.node) // 1024


def spaces(host: Host, instance: Instance) -> tuple[Space, ...]:
    """All tablespaces, the data directory last."""
    found = []
    for space in sorted(instance.catalog.tablespaces.values(), key=lambda one: one.oid):
        if not space.location:
            continue
        own = tablespace_directory(instance.facts)
        node = tree.find(host.root, path_there(host, instance.port, f"{space.location}/{own}"))
        inside = Dir(MappingProxyType({own: _lasting(node)} if isinstance(node, Dir) else {}))
        found.append(Space(space.oid, space.location, inside))
    return (*found, Space(0, "", data_directory(host, instance)))


def data_directory(host: Host, instance: Instance) -> Dir:
    """The data directory as it is sent: pg_wal and some others empty, links to tablespaces left to the client."""
    top = tree.find(host.root, instance.pgdata)
    if not isinstance(top, Dir):
        return Dir()
    left_out = _LEFT_OUT | since(instance.major, _ALSO_LEFT_OUT)
    kept = {name: _sent(host, instance, name, node) for name, node in top.entries.items() if name not in left_out}
    return _lasting(replace(top, entries=MappingProxyType(kept), capacity=None))


def _lasting(top: Dir) -> Dir:
    """A directory without temporary files and unlogged relations, at any depth; the same value when it has none.

    Of an unlogged relation the init fork is sent alone: recovery would not keep the others.
    """
    unlogged = {name.removesuffix(INIT_FORK) for name in top.entries if name.endswith(INIT_FORK)}
    kept = {
        name: _lasting(node) if isinstance(node, Dir) else node
        for name, node in top.entries.items()
        if not name.startswith(_TEMPORARY) and name not in unlogged
    }
    same = len(kept) == len(top.entries) and all(kept[name] is node for name, node in top.entries.items())
    return top if same else replace(top, entries=MappingProxyType(kept))


def _sent(host: Host, instance: Instance, name: str, node: Node) -> Node:
    if name == "pg_wal":
        return _empty_wal(instance)
    if name == "pg_tblspc" and isinstance(node, Dir):
        return Dir(mode=node.mode)
    if name in _EMPTIED:
        followed = tree.find(host.root, f"{instance.pgdata}/{name}")
        return Dir(mode=followed.mode) if isinstance(followed, Dir) else node
    return node


def _empty_wal(instance: Instance) -> Dir:
    entries: dict[str, Node] = {"archive_status": Dir()}
    if instance.facts.summarize_wal:
        entries["summaries"] = Dir()
    return Dir(MappingProxyType(entries))


def tablespace_map(mapped: tuple[tuple[int, str], ...]) -> str:
    """tablespace_map: '<oid> <path>', a line each."""
    return "".join(f"{oid} {path}\n" for oid, path in mapped)


def links(mapped: tuple[tuple[int, str], ...], now: float) -> Dir:
    """pg_tblspc of a plain backup: the client makes the links."""
    return Dir(MappingProxyType({str(oid): Link(path, now) for oid, path in mapped}), mtime=now)


def with_file(top: Dir, path: str, file: Node) -> Dir:
    """A directory value with a file put at a relative path."""
    first, _, rest = path.partition("/")
    if not rest:
        return top.with_entry(first, file)
    below = top.entries.get(first)
    return top.with_entry(first, with_file(below if isinstance(below, Dir) else Dir(), rest, file))


def text_file(text: str, now: float) -> File:
    """A small file that the server or the client makes up."""
    return File(text, mtime=now)
