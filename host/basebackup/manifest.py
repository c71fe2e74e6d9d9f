"""backup_manifest: every file with its size and checksum, and the WAL that is needed (backup_manifest.c)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from host.digest import checksum
from host.server import clock
from host.tree import Dir, File, walk
from simulator.lsn import format_lsn
from simulator.versions import since

_NOT_LISTED = ("pg_wal/", "backup_manifest")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the manifest is to have."""

    algorithm: str = "CRC32C"
    force_encode: bool = False


def text(
    major: int,
    system_identifier: int,
    parts: tuple[tuple[str, Dir], ...],
    asked: Asked,
    timeline: int,
    wal: tuple[int, int],
    now: float,
) -> str:
    """The file.  `parts`: prefix ('' or 'pg_tblspc/16390/') and tree; `wal`: start and end LSN."""
    modified = clock.plain(now).replace("UTC", "GMT")
    lines = []
    for prefix, top in parts:
        for path, node in walk(top):
            name = prefix + path[1:]
            if isinstance(node, File) and not name.startswith(_NOT_LISTED):
                lines.append(_line(name, node, asked, modified))
    head = ['{ "PostgreSQL-Backup-Manifest-Version": ' + since(major, {13: "1,", 17: "2,"})]
    if since(major, {13: False, 17: True}):
        head.append(f'"System-Identifier": {system_identifier},')
    ranges = f'{{ "Timeline": {timeline}, "Start-LSN": "{format_lsn(wal[0])}", "End-LSN": "{format_lsn(wal[1])}" }}'
    body = "\n".join([*head, '"Files": [', ",\n".join(lines), "],", '"WAL-Ranges": [', ranges, "],", ""])
    return body + f'"Manifest-Checksum": "{own_checksum(body)}"}}\n'


def _line(name: str, node: File, asked: Asked, modified: str) -> str:
    key = f'"Encoded-Path": "{name.encode().hex()}"' if asked.force_encode else f'"Path": {json.dumps(name)}'
    size = node.size
    line = f'{{ {key}, "Size": {size}, "Last-Modified": "{modified}"'
    if asked.algorithm != "NONE":
        total = checksum(node.content, asked.algorithm)
        line += f', "Checksum-Algorithm": "{asked.algorithm}", "Checksum": "{total}"'
    return line + " }"


def own_checksum(body: str) -> str:
    """SHA-256 of everything before the last line."""
    return checksum(body, "SHA256")
