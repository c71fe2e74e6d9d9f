"""Incremental backups (17+): the manifest that is uploaded, what the server wants of it, what is then sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from host import tree
from host.basebackup.sent import Space
from host.basebackup.server import Denied
from host.content import Payload, text_of
from host.server.files import TableFile
from host.tree import Dir, File, Node
from simulator.lsn import format_lsn, parse_lsn
from simulator.versions import since

if TYPE_CHECKING:
    from host.basebackup.run import Run


@dataclass(frozen=True, slots=True)
class IncrementalFile(Payload):
    """INCREMENTAL.<file>: the blocks of a file that have changed since the backup before."""

    file: Payload
    """The file as it was when this backup was taken."""
    changed: int = 0

    @property
    def bytes(self) -> int:
        return 8192 * self.changed + 12

    @property
    def identity(self) -> str:
        return f"incremental {self.file.identity} {self.changed}"


def uploaded(run: Run) -> Run:
    """The client reads the manifest of the backup before; raises Failed."""
    from host.basebackup.run import fail

    major, path = run.instance.major, run.wanted.incremental
    if not since(major, {12: False, 17: True}):
        raise fail(run, "server does not support incremental backup")
    node = tree.find(run.host.root, run.host.path(path))
    if node is None:
        raise fail(run, f'could not open file "{path}": {tree.NO_ENTRY}')
    if isinstance(node, Dir):
        raise fail(run, f'could not read file "{path}": {tree.IS_A_DIR}')
    assert isinstance(node, File)
    read = parsed(text_of(node.content))
    if isinstance(read, str):
        raise fail(run, f"could not upload manifest: ERROR:  {read}")
    own = run.instance.cluster.data.system_identifier
    if read.system_identifier not in (0, own):
        said = (
            f"system identifier in backup manifest is {read.system_identifier}, but database system identifier is {own}"
        )
        raise fail(run, f"could not upload manifest: ERROR:  {said}")
    return run


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an incremental backup reads from a manifest."""

    system_identifier: int
    timeline: int
    start: int
    end: int


def parsed(text: str) -> Manifest | str:
    """Read a manifest; a str is the fault, as the server words it."""
    try:
        told = json.loads(text)
    except ValueError:
        return "could not parse backup manifest: parsing failed"
    if not isinstance(told, dict) or "Manifest-Checksum" not in told:
        return "could not parse backup manifest: expected at least 2 lines"
    ranges = told.get("WAL-Ranges") or [{}]
    first = ranges[0]
    return Manifest(
        int(told.get("System-Identifier", 0)),
        int(first.get("Timeline", 1)),
        parse_lsn(first.get("Start-LSN", "0/0")),
        parse_lsn(first.get("End-LSN", "0/0")),
    )


def previous(run: Run) -> Manifest:
    """The manifest of the backup before, which has been read without a fault."""
    node = tree.find(run.host.root, run.host.path(run.wanted.incremental))
    assert isinstance(node, File), "it has been uploaded"
    read = parsed(text_of(node.content))
    assert isinstance(read, Manifest), "it has been read"
    return read


def denied(run: Run) -> Denied | None:
    """PrepareForIncrementalBackup."""
    if not run.instance.settings.values.get("summarize_wal"):
        return Denied("incremental backups cannot be taken unless WAL summarization is enabled")
    before = previous(run)
    if before.start > run.instance.cluster.data.wal_end:
        return Denied(
            f"manifest requires WAL from initial timeline {before.timeline} starting at {format_lsn(before.start)}, "
            "but that timeline begins later"
        )
    return None


def label(run: Run, text: str) -> str:
    """backup_label of an incremental backup says what it continues."""
    if not run.wanted.incremental:
        return text
    before = previous(run)
    return f"{text}INCREMENTAL FROM LSN: {format_lsn(before.start)}\nINCREMENTAL FROM TLI: {before.timeline}\n"


def reduced(run: Run, spaces: tuple[Space, ...], top: Dir) -> tuple[Dir, tuple[tuple[int, Dir], ...]]:
    """The trees as they are sent: whole, or with INCREMENTAL. files in the place of the tables' files."""
    others = tuple((space.oid, space.node) for space in spaces if space.oid)
    if not run.wanted.incremental:
        return top, others
    base = top.entries.get("base")
    if isinstance(base, Dir):
        top = top.with_entry("base", _tables(base))
    return top, tuple((oid, _tables(node)) for oid, node in others)


def _tables(node: Dir) -> Dir:
    """Every table file below becomes its increment; other files are sent whole."""
    entries: dict[str, Node] = {}
    for name, entry in node.entries.items():
        if isinstance(entry, Dir):
            entries[name] = _tables(entry)
        elif isinstance(entry, File) and isinstance(entry.content, TableFile):
            entries[f"INCREMENTAL.{name}"] = replace(entry, content=IncrementalFile(entry.content))
        else:
            entries[name] = entry
    return replace(node, entries=MappingProxyType(entries))
