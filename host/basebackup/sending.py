"""In which order a data directory is sent, and what has come when the sending stops halfway.

sendDir reads a directory in the order of the file system; recordings (tmpfs) show the newest entry first, so that
what initdb made first comes last.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from host.tree import Dir, File, Node

_MADE_BY_INITDB = (
    "global pg_wal pg_commit_ts pg_dynshmem pg_notify pg_serial pg_snapshots pg_subtrans pg_twophase pg_multixact base "
    "pg_replslot pg_tblspc pg_stat pg_stat_tmp pg_xact pg_logical PG_VERSION postgresql.conf postgresql.auto.conf "
    "pg_hba.conf pg_ident.conf"
).split()
_FIRST = ("backup_label", "tablespace_map")
_LAST = "backup_manifest"


def order(name: str) -> tuple[int, int, str]:
    """A key: the label first, the manifest last, between them the newest entry first; numbers count as numbers."""
    if name in _FIRST:
        return (-1, _FIRST.index(name), name)
    if name == _LAST:
        return (len(_MADE_BY_INITDB) + 1, 0, name)
    age = _MADE_BY_INITDB.index(name) if name in _MADE_BY_INITDB else len(_MADE_BY_INITDB)
    return (len(_MADE_BY_INITDB) - age, -int(name) if name.isdigit() else 0, name)


def until(top: Dir, room: int, *, wal_first: bool = False) -> tuple[Dir, str]:
    """What has come after `room` bytes, and the path of the file in which they ended ('' when all has come).

    `wal_first`: pg_wal is written by another connection from the beginning.
    """
    names = sorted(top.entries, key=order)
    if wal_first and "pg_wal" in names:
        names = ["pg_wal", *(name for name in names if name != "pg_wal")]
    return _part(top, names, room, "")[::2]


def _part(here: Dir, names: list[str], room: int, path: str) -> tuple[Dir, int, str]:
    kept: dict[str, Node] = {}
    for name in names:
        node = here.entries[name]
        if isinstance(node, Dir):
            part, room, stopped = _part(node, sorted(node.entries, key=order), room, f"{path}/{name}")
            kept[name] = part
        else:
            size = node.size if isinstance(node, File) else 0
            stopped = f"{path}/{name}" if size > room else ""
            room -= size
            if not stopped:
                kept[name] = node
        if stopped:
            return replace(here, entries=MappingProxyType(kept)), room, stopped
    return replace(here, entries=MappingProxyType(kept)), room, ""
