"""The file tree in the words of a recording: kind, names at the top, WAL segments, a few texts, tar files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from host import tree
from host.archives import Tar, plain_name
from host.conformance.normalise import Names
from host.content import Content, Gzip, text_of
from host.machine import Host
from host.tree import Dir, File, Link, Node

TEXTS = ("backup_label", "tablespace_map", "postgresql.auto.conf")
_TAR = re.compile(r"\.tar(\.gz)?\Z")
_SEGMENT = re.compile(r"[0-9A-F]{24}(?:\.partial)?\Z")
_MANY = 2
_UNREADABLE = {"unreadable": "ReadError"}
"""pg_wal.tar.gz as the recorder's tar library finds it: the tool pads the end of that archive in its own way."""


def listing(host: Host, path: str, names: Names) -> Mapping[str, Any]:
    """What is at a path."""
    node = tree.find(host.root, path)
    if node is None:
        return {"exists": False}
    if isinstance(node, File):
        return {"kind": "file", "empty": node.size == 0, "magic": _magic(node.content)}
    assert isinstance(node, Dir)
    shown: dict[str, Any] = {"kind": "data directory" if "PG_VERSION" in node.entries else "directory"}
    shown["top"] = _counted(_line(name, below, names) for name, below in node.entries.items())
    if shown["kind"] == "data directory":
        wal = tree.find(host.root, f"{path}/pg_wal")
        shown["pg_wal"] = _wal(wal.entries if isinstance(wal, Dir) else {}, names)
        spaces = tree.find(host.root, f"{path}/pg_tblspc")
        found = spaces.entries if isinstance(spaces, Dir) else {}
        shown["pg_tblspc"] = sorted(_line(name, below, names).replace("@ -> ", " -> ") for name, below in found.items())
        shown |= _texts(node.entries, names)
    tars = {names.name(name): below for name, below in sorted(node.entries.items()) if _TAR.search(name)}
    if tars and shown["kind"] == "directory":
        shown["tar"] = {
            name: _UNREADABLE if name.startswith("pg_wal.tar.gz") else contents(below.content, names)
            for name, below in tars.items()
            if isinstance(below, File)
        }
    return shown


def contents(archive: Content, names: Names) -> Mapping[str, Any]:
    """The table of contents of a tar archive, compressed with gzip or not."""
    archive = archive.inner if isinstance(archive, Gzip) and archive.method == "gzip" else archive
    if not isinstance(archive, Tar):
        return _UNREADABLE
    top: dict[str, Node] = {}
    wal: dict[str, Node] = {}
    for path, node in archive.members:
        plain = plain_name(path)
        first, slash, rest = plain.partition("/")
        top[first] = Dir() if slash or isinstance(node, Dir) else node
        if first == "pg_wal" and rest and "/" not in rest and isinstance(node, File):
            wal[rest] = node
    shown: dict[str, Any] = {"top": _counted(_line(name, node, names) for name, node in top.items())}
    if "pg_wal" in top:
        shown["pg_wal"] = _wal(wal, names)
    return shown | _texts(dict(archive.members), names)


def _texts(entries: Mapping[str, Node], names: Names) -> dict[str, str]:
    found = ((name, entries.get(name)) for name in TEXTS)
    return {name: names.text(text_of(node.content)) for name, node in found if isinstance(node, File)}


def _wal(entries: Mapping[str, Node], names: Names) -> dict[str, Any]:
    segments = sum(1 for name in entries if _SEGMENT.match(name))
    shown = sorted({_line(name, node, names) for name, node in entries.items()})
    return {"names": shown, "segments": segments if segments < _MANY else "2+"}


def _line(name: str, node: Node, names: Names) -> str:
    shown = names.name(name)
    if isinstance(node, Dir):
        return f"{shown}/"
    return f"{shown}@ -> {names.text(node.target)}" if isinstance(node, Link) else shown


def _counted(lines: Iterable[str]) -> list[str]:
    counted = Counter(lines)
    return [line if counted[line] == 1 else f"{line} x{counted[line]}" for line in sorted(counted)]


def _magic(content: Content) -> str:
    if isinstance(content, str):
        return "text"
    return content.magic if content.magic in {"PGDMP", "gzip", "tar"} else "binary"


# Where a recording looked, when it does not say


def place(cmd: str, tool: str, recorded: Mapping[str, Any]) -> str:
    """The place whose tree a recording shows: the target that the command names, as a path with the README's names."""
    if tool in {"pg_basebackup", "pg_combinebackup"}:
        return _backup_target(cmd, tool)
    if tool == "pg_dump" and (match := re.search(r"(?:-f|--file)[ =]?(\$\w+/[\w/]+)(?![\w.])", cmd)):
        return match[1]
    if tool == "pg_ctl" and (match := re.search(r"(?:-D|--pgdata)[ =]?(\$\w+)", cmd)):
        return match[1]
    if tool in {"cp", "rsync"}:
        match = re.search(r"(\$BACKUP(?:/[\w./]+)?)/?$", cmd)
        return match[1] if match else "$BACKUP"
    if recorded.get("kind") == "data directory" and "$BACKUP" not in cmd:
        return "$PGDATA"
    return "$BACKUP"


def _backup_target(cmd: str, tool: str) -> str:
    option = r"(?:-D|--pgdata)" if tool == "pg_basebackup" else r"(?:-o|--output)"
    match = re.search(rf"(?<!\S){option}[ =]?(\S+)", cmd) or re.search(r"server:(\S+)", cmd)
    if match is None:
        return "$BACKUP/b" if tool == "pg_basebackup" else "$BACKUP/out"
    target = match[1].strip("'\"")
    if target == "-":
        return "$WORK"
    return target if target.startswith(("$", "/")) else f"$WORK/{target}"
