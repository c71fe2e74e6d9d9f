"""What a dump is and holds: its format by its content, and the rows of a table in it."""

from __future__ import annotations

import re

from host.archives import Tar
from host.content import Content, Gzip
from host.dump.toc import CopyData, DumpArchive, InsertData
from host.tree import Dir, File, Node
from levels.conditions import DumpHolds

_HEAD = "--\n-- PostgreSQL database dump\n--\n"
_CLUSTER_HEAD = "--\n-- PostgreSQL database cluster dump\n--\n"
_FORMATS = {"c": "custom", "d": "directory", "t": "tar"}
_ABSENT = -2


def fault_of(node: Node, wanted: DumpHolds) -> tuple[str, dict[str, object]]:
    """Why the dump is not as wanted: the key of a sentence and its facts; '' when it is."""
    dump = _content(node)
    now = _format(dump, node)
    if now != wanted.format:
        return ("no_dump", {}) if not now else ("other_format", {"now": now})
    if not wanted.table:
        return "", {}
    count = _in_archive(dump, wanted.table) if isinstance(dump, DumpArchive) else _in_text(str(dump), wanted.table)
    if count == _ABSENT:
        return "not_in_dump", {}
    if wanted.count not in (-1, count):
        return "other_count_in_dump", {"now": count}
    return "", {}


def _content(node: Node) -> Content | DumpArchive | None:
    if isinstance(node, Dir):
        toc = node.entries.get("toc.dat")
        return toc.content if isinstance(toc, File) else None
    if not isinstance(node, File):
        return None
    content = node.content.inner if isinstance(node.content, Gzip) else node.content
    if isinstance(content, Tar):
        toc = content.member("toc.dat")
        return toc.content if isinstance(toc, File) else None
    return content


def _format(dump: Content | None, node: Node) -> str:
    if isinstance(dump, DumpArchive):
        known = _FORMATS.get(dump.format, "")
        return "" if dump.damage or (known == "directory") is not isinstance(node, Dir) else known
    if not isinstance(dump, str):
        return ""
    if dump.startswith(_CLUSTER_HEAD):
        return "cluster" if _HEAD in dump else "globals"
    return "plain" if dump.startswith(_HEAD) else ""


def _in_archive(dump: DumpArchive, table: str) -> int:
    """Rows of a table in an archive: 0 when only its definition is there."""
    schema, _, name = table.rpartition(".")
    wanted = (schema or "public", name)
    mine = [one for one in dump.entries if (one.schema, one.tag) == wanted and one.desc in ("TABLE", "TABLE DATA")]
    if not mine:
        return _ABSENT
    return sum(one.data.rows.count for one in mine if isinstance(one.data, CopyData | InsertData))


def _in_text(dump: str, table: str) -> int:
    """Rows of a table in SQL: of COPY and of INSERT."""
    name = re.escape(table if "." in table else f"public.{table}")
    copied: list[str] = re.findall(rf"^COPY {name} .*FROM stdin;\n((?:.*\n)*?)\\\.$", dump, re.MULTILINE)
    inserted = len(re.findall(rf"^INSERT INTO {name} ", dump, re.MULTILINE))
    if not copied and not inserted and not re.search(rf"^CREATE TABLE {name} ", dump, re.MULTILINE):
        return _ABSENT
    return inserted + sum(text.count("\n") for text in copied)
