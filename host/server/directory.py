"""A data directory in the file tree as the model's value: what a server finds when it starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from host import tree
from host.catalog.model import Catalog, Database
from host.content import Content, Damaged, Mixed, Payload, Piece, text_of
from host.server.files import ClusterFile, ControlFile, IndexFile, TableFile, WalFile
from host.server.layout import CATALOG_FILE, tablespace_directory
from host.tree import Dir, File
from simulator.cluster import DataDirectory, Pages
from simulator.lsn import XLOG_BLCKSZ, is_segment_name, parse_segment_name
from simulator.pg_wal import OtherFile, PgWal, file_number, from_listing
from simulator.recovery import files as recovery_files
from simulator.settings import ServerSettings
from simulator.versions import Version

if TYPE_CHECKING:
    from host.machine import Host


@dataclass(frozen=True, slots=True)
class Labels:
    """The text files that decide how a server starts; None: not there."""

    backup_label: str | None
    tablespace_map: str | None
    recovery_signal: bool
    standby_signal: bool
    recovery_conf: bool


NO_LABELS = Labels(None, None, recovery_signal=False, standby_signal=False, recovery_conf=False)


def labels(top: Dir) -> Labels:
    """Read them."""

    def text(name: str) -> str | None:
        node = top.entries.get(name)
        return text_of(node.content) if isinstance(node, File) else None

    here = top.entries
    return Labels(
        text("backup_label"),
        text("tablespace_map"),
        "recovery.signal" in here,
        "standby.signal" in here,
        "recovery.conf" in here,
    )


def wal_listing(host: Host, path: str, segment_size: int) -> tuple[PgWal, recovery_files.WalFiles]:
    """pg_wal by name, and what the segment files really hold."""
    node = tree.find(host.root, f"{path}/pg_wal")
    if not isinstance(node, Dir):
        return PgWal(), recovery_files.WalFiles()
    status = node.entries.get("archive_status")
    marks = list(status.entries) if isinstance(status, Dir) else []
    names = [name for name, entry in node.entries.items() if isinstance(entry, File)]
    listed = from_listing(names, marks, segment_size)
    others = tuple(_with_text(other, node) for other in listed.others)
    held = {}
    for name in names:
        entry = node.entries[name]
        if not is_segment_name(name) or not isinstance(entry, File):
            continue
        number = file_number(*parse_segment_name(name, segment_size))
        held[number] = wal_value(entry, *parse_segment_name(name, segment_size))
    return replace(listed, others=others), recovery_files.WalFiles(MappingProxyType(held))


def _with_text(other: OtherFile, node: Dir) -> OtherFile:
    entry = node.entries.get(other.name)
    return replace(other, text=text_of(entry.content) if isinstance(entry, File) else "")


def wal_value(entry: File, timeline: int, segment: int) -> recovery_files.WalFile:
    """What a file under a segment's name holds: its WAL, or something that is none of that segment."""
    content, whole = sound(entry.content)
    if content is None or (content.timeline, content.segment) != (timeline, segment):
        size = None if isinstance(entry.content, WalFile) and entry.content.truncated is None else entry.size
        first = content.system_identifier if content is not None else 0
        return replace(recovery_files.recycled(timeline, segment), size=size, system_identifier=first)
    valid = content.upto if whole is None else min(content.upto, segment * content.segment_size + whole)
    size = None if entry.size == content.segment_size else entry.size
    return recovery_files.WalFile(timeline, segment, content.branch, valid, size, content.system_identifier)


def sound(content: Content) -> tuple[WalFile | None, int | None]:
    """The WAL that a file began as, and how many of its bytes a reader of pages can use (None: all)."""
    match content:
        case WalFile():
            return content, content.truncated
        case Piece(WalFile() as inner, 0, stop):
            return inner, stop // XLOG_BLCKSZ * XLOG_BLCKSZ
        case Damaged(WalFile() as inner, start, _):
            return inner, start
        case Mixed((Piece(WalFile() as inner, 0, stop), *_)):
            return inner, stop
        case _:
            return None, None


def control_value(control: ControlFile) -> recovery_files.ControlFile:
    """pg_control for the model of recovery."""
    return recovery_files.ControlFile(
        state=control.state,
        checkpoint_lsn=control.checkpoint,
        redo_lsn=control.redo,
        timeline=control.timeline,
        previous=control.prev_timeline,
        min_recovery=control.min_recovery,
        min_recovery_timeline=control.min_recovery_timeline,
        backup_start=control.backup_start,
        backup_end=control.backup_end,
        backup_end_required=control.backup_end_required,
        full_page_writes=control.full_page_writes,
        needed=(
            ("wal_level", control.wal_level),
            ("max_connections", control.max_connections),
            ("max_worker_processes", control.max_worker_processes),
            ("max_wal_senders", control.max_wal_senders),
            ("max_prepared_transactions", control.max_prepared_xacts),
            ("max_locks_per_transaction", control.max_locks_per_xact),
        ),
    )


def data_directory(
    facts: Version, settings: ServerSettings, control: ControlFile, pg_wal: PgWal, wal_end: int
) -> DataDirectory:
    """The model's data directory."""
    return DataDirectory(
        facts=facts,
        segment_size=control.segment_size,
        system_identifier=control.system_identifier,
        settings=settings,
        control=control_value(control),
        pg_wal=pg_wal,
        wal_end=wal_end,
        pages=Pages(control.redo, control.checkpoint),
    )


def catalog_in_files(host: Host, path: str, facts: Version) -> Catalog | None:
    """The catalogue as the data files have it: definitions from global/, rows from each table's own file."""
    shared = tree.find(host.root, f"{path}/global/{CATALOG_FILE}")
    if not isinstance(shared, File) or not isinstance(shared.content, ClusterFile):
        return None
    catalog = shared.content.catalog
    databases = {name: _with_rows(host, path, facts, catalog, database) for name, database in catalog.databases.items()}
    return replace(catalog, databases=MappingProxyType(databases))


def _with_rows(host: Host, path: str, facts: Version, catalog: Catalog, database: Database) -> Database:
    """A database with each table as its file holds it."""
    relations = dict(database.relations)

    def held(space: str, oid: int) -> Payload | None:
        place = catalog.tablespaces.get(space) if space else None
        base = f"{place.location}/{tablespace_directory(facts)}" if place and place.location else f"{path}/base"
        node = tree.find(host.root, f"{base}/{database.oid}/{oid}")
        return node.content if isinstance(node, File) and isinstance(node.content, Payload) else None

    for table in database.tables():
        file = held(table.tablespace, table.oid)
        if not isinstance(file, TableFile):
            continue
        rows, torn = file.table.rows, []
        for oid, space in table.index_files():
            index = held(space, oid)
            if isinstance(index, IndexFile) and index.rows is not rows and index.rows != rows:
                torn.append((oid, index.rows))
        relations[table.schema, table.name] = replace(table, rows=rows, torn=tuple(torn))
    return replace(database, relations=MappingProxyType(relations))
