"""What the files of a data directory hold, as payloads: pg_control, WAL segments, tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from host.catalog.model import Catalog
from host.catalog.objects import Table
from host.catalog.rows import Rows
from host.catalog.sizes import index_bytes, table_bytes
from host.content import Payload
from simulator.cluster import Slot


@dataclass(frozen=True, slots=True)
class ControlFile(Payload):
    """global/pg_control (ControlFileData)."""

    major: int
    system_identifier: int
    segment_size: int
    state: str
    checkpoint: int
    """LSN of the last checkpoint record."""
    redo: int
    timeline: int
    prev_timeline: int = 1
    min_recovery: int = 0
    min_recovery_timeline: int = 0
    backup_start: int = 0
    backup_end: int = 0
    backup_end_required: bool = False
    checksums: bool = False
    next_xid: int = 740
    next_oid: int = 24576
    epoch: int = 0
    oldest_xid: int | None = None
    """None: that of initdb, in database 1; another one was set by pg_resetwal, in no database."""
    next_multixact: int = 1
    next_multixact_offset: int = 0
    oldest_multixact: int | None = None
    """None: 1, in database 1."""
    commit_timestamps: tuple[int, int] = (0, 0)
    checkpoint_time: float = 0.0
    time: float = 0.0
    """When it was last written."""
    wal_level: str = "replica"
    max_connections: int = 100
    max_worker_processes: int = 8
    max_wal_senders: int = 10
    max_prepared_xacts: int = 0
    max_locks_per_xact: int = 64
    full_page_writes: bool = True
    wal_log_hints: bool = False
    track_commit_timestamp: bool = False


@dataclass(frozen=True, slots=True)
class WalFile(Payload):
    """One segment's bytes: what was written into it, by whom, and how far.

    The file may have another name than `timeline` and `segment` say: it was recycled, or somebody renamed it.
    """

    timeline: int
    segment: int
    branch: str
    """The writer: a server on one timeline (two servers may both make a timeline 2)."""
    upto: int
    """LSN up to which it holds valid WAL; at most its end."""
    segment_size: int
    truncated: int | None = None
    """Bytes left when somebody shortened it."""
    major: int = 0
    """Whose format it has (XLOG_PAGE_MAGIC); 0: nobody has looked."""

    @property
    def bytes(self) -> int:
        return self.segment_size if self.truncated is None else self.truncated

    @property
    def system_identifier(self) -> int:
        """Of the cluster that wrote it: branches are named after their cluster."""
        return int(self.branch.partition("/")[0] or 0)


@dataclass(frozen=True, slots=True)
class ClusterFile(Payload):
    """global/1262 (pg_database) and its like: roles, tablespaces, databases with their definitions.

    As last written by a checkpoint; the rows of the tables are in files of their own (TableFile).
    """

    catalog: Catalog

    @property
    def identity(self) -> str:
        names = ",".join(f"{one.oid}:{one.name}" for one in self.catalog.databases.values())
        return f"catalog {self.catalog.next_oid} {names} {','.join(self.catalog.roles)}"


@dataclass(frozen=True, slots=True)
class TableFile(Payload):
    """base/<database>/<table>: a table with its rows as last written by a checkpoint."""

    database: int
    table: Table

    @property
    def bytes(self) -> int:
        return _table_bytes(_Known(self.table))

    @property
    def identity(self) -> str:
        return f"table {self.database} {_table_identity(_Known(self.table))}"


@dataclass(frozen=True, slots=True)
class IndexFile(Payload):
    """base/<database>/<index>: the entries of an index as last written by a checkpoint, one for each row then."""

    database: int
    oid: int
    table: Table

    @property
    def rows(self) -> Rows:
        """The rows it points to: its table's, or those of another moment when it was copied at another moment."""
        return dict(self.table.torn).get(self.oid, self.table.rows)

    @property
    def bytes(self) -> int:
        return index_bytes(self.table)

    @property
    def identity(self) -> str:
        known = _table_identity(_Known(self.table))
        torn = crc32(self.rows.identity.encode("utf-8", "surrogateescape")) if self.table.torn else 0
        return f"index {self.database} {self.oid} {known} {torn}"


class _Known:
    """A table as a key: itself, never one that is equal."""

    __slots__ = ("table",)

    def __init__(self, table: Table) -> None:
        self.table = table

    def __hash__(self) -> int:
        return id(self.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.table is self.table


@lru_cache(maxsize=5_000)
def _table_bytes(known: _Known) -> int:
    return table_bytes(known.table)


@lru_cache(maxsize=5_000)
def _table_identity(known: _Known) -> str:
    table = known.table
    rows = crc32(table.rows.identity.encode("utf-8", "surrogateescape"))
    return f"{table.oid} {table.rows.count} {rows} {table.dead_rows}"


@dataclass(frozen=True, slots=True)
class SlotFile(Payload):
    """pg_replslot/<name>/state: a slot as it was last saved."""

    slot: Slot

    @property
    def bytes(self) -> int:
        return 200


@dataclass(frozen=True, slots=True)
class Bytes(Payload):
    """A file whose content matters to nobody but its server: its size and a word on what it is."""

    what: str
    size: int = 8192

    @property
    def bytes(self) -> int:
        return self.size
