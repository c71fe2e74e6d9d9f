"""Incremental backups (17+): the manifest that is uploaded, what the server wants of it, what is then sent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from host import tree
from host.basebackup import touched
from host.basebackup.sent import Space
from host.basebackup.server import Denied
from host.basebackup.touched import Touched
from host.catalog.sizes import PAGE
from host.content import Payload, text_of
from host.tree import Dir, File, Node
from simulator.lsn import format_lsn, parse_lsn
from simulator.versions import since

if TYPE_CHECKING:
    from host.basebackup.run import Run

PREFIX = "INCREMENTAL."
TABLESPACES = "pg_tblspc/"
_RELATION = re.compile(r"\d+(_vm|_init)?(\.\d+)?")
"""Files of which blocks are sent: of a relation, but no free space map."""
_NEARLY_ALL = 0.9
_HEADER_WORDS = 3
"""Magic number, number of blocks, length up to which the file before is of use; then the block numbers."""


@dataclass(frozen=True, slots=True)
class IncrementalFile(Payload):
    """INCREMENTAL.<file>: the blocks of a file that have changed since the backup before."""

    file: Payload
    """The file as it was when this backup was taken."""
    changed: int = 0
    """Blocks that it holds."""

    @property
    def bytes(self) -> int:
        header = 4 * (_HEADER_WORDS + self.changed)  # padded to whole blocks where blocks follow
        return -(-header // PAGE) * PAGE + PAGE * self.changed if self.changed else header

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
    paths: frozenset[str] = frozenset()


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
        frozenset(_path(line) for line in told.get("Files", ())),
    )


def _path(line: dict[str, str]) -> str:
    return line.get("Path") or bytes.fromhex(line.get("Encoded-Path", "")).decode()


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
    """The trees as they are sent: whole, or with INCREMENTAL. files in the place of relations' files."""
    others = tuple((space.oid, space.node) for space in spaces if space.oid)
    if not run.wanted.incremental:
        return top, others
    before, instance = previous(run), run.instance
    smaller = _Smaller(before.paths, touched.since(run.host.journal, instance.branch, before.start))
    for name in ("base", "global"):
        node = top.entries.get(name)
        if isinstance(node, Dir):
            top = top.with_entry(name, smaller.directory(node, f"{name}/", 0))
    return top, tuple((oid, smaller.directory(node, f"{TABLESPACES}{oid}/", 0)) for oid, node in others)


@dataclass(frozen=True, slots=True)
class _Smaller:
    """GetFileBackupMethod: what of a file is sent."""

    known: frozenset[str]
    """Paths in the manifest of the backup before."""
    touched: Touched

    def directory(self, node: Dir, path: str, database: int) -> Dir:
        """A directory with increments in the place of the files that the backup before has."""
        entries: dict[str, Node] = {}
        for name, entry in node.entries.items():
            if isinstance(entry, Dir):
                entries[name] = self.directory(entry, f"{path}{name}/", int(name) if name.isdigit() else 0)
                continue
            changed = self._changed(entry, path, name, database) if isinstance(entry, File) else None
            if changed is None or not isinstance(entry, File) or not isinstance(entry.content, Payload):
                entries[name] = entry
            else:
                entries[f"{PREFIX}{name}"] = replace(entry, content=IncrementalFile(entry.content, changed))
        return replace(node, entries=MappingProxyType(entries))

    def _changed(self, file: File, path: str, name: str, database: int) -> int | None:
        """How many blocks an increment of this file has; None: it is sent whole."""
        size = file.size
        if not _RELATION.fullmatch(name) or not isinstance(file.content, Payload) or not size or size % PAGE:
            return None
        if not {f"{path}{name}", f"{path}{PREFIX}{name}"} & self.known or (database, name) in self.touched.whole:
            return None
        blocks = sum(block < size // PAGE for block in self.touched.blocks.get((database, name), ()))
        return None if blocks * PAGE > _NEARLY_ALL * size else blocks
