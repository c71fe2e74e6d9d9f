"""A new data directory: what initdb makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from host import tree
from host.catalog import Catalog
from host.catalog.initial import initial
from host.server import layout
from host.server.files import ControlFile, WalFile
from host.tree import Dir, File
from simulator.lsn import segment_name, segment_of
from simulator.records import shutdown_checkpoint
from simulator.recovery.journal import SHUTDOWN, Branch, Journal, Record
from simulator.versions import since, version

if TYPE_CHECKING:
    from host.machine import Host

WAL_SEGMENT = 16 * 2**20
FIRST_XID = {12: 486, 13: 485, 14: 733, 15: 724, 16: 730, 17: 738, 18: 752}
"""NextXID in pg_control after initdb."""
OLDEST_XID = {12: 479, 13: 478, 14: 726, 15: 716, 16: 722, 17: 730, 18: 731}
"""And its oldestXID."""
_MADE_AHEAD = 0.75
"""PreallocXlogFiles makes the next segment when so much of the present one is written."""
FIRST_SYSTEM_IDENTIFIER = 7_300_000_000_000_000_000


def new_cluster(
    host: Host,
    path: str,
    *,
    superuser: str = "postgres",
    segment_size: int = WAL_SEGMENT,
    local: str = "trust",
    remote: str = "trust",
    checksums: bool | None = None,
    encoding: str = "UTF8",
    locale: str = "C.UTF-8",
    mode: int = 0o700,
    wal_directory: str = "",
) -> Host:
    """Initdb of host.server's major: a data directory that was shut down cleanly.  Raises PathError."""
    facts = version(host.server.major)
    catalog = initial(facts.major, superuser, encoding, locale, locale)
    identifier = FIRST_SYSTEM_IDENTIFIER + host.next_pid
    place = shutdown_checkpoint(segment_size + facts.initdb_end_lsn - WAL_SEGMENT, segment_size)
    control = ControlFile(
        major=facts.major,
        system_identifier=identifier,
        segment_size=segment_size,
        state="shut down",
        checkpoint=place.record,
        redo=place.redo,
        timeline=1,
        checksums=facts.data_checksums_default if checksums is None else checksums,
        next_xid=since(facts.major, FIRST_XID),
        next_oid=catalog.next_oid,
        checkpoint_time=host.clock,
        time=host.clock,
    )
    branch = f"{identifier}/1"
    top = layout.fresh(facts, control, catalog, host.clock, local, remote)
    wal = top.entries["pg_wal"]
    assert isinstance(wal, Dir), "initdb has just made it"
    wal = wal.with_entries(dict(_wal_files(host, branch, place.end, segment_size)))
    host.need_writable(path, path)
    root = tree.make_dirs(host.root, path, Dir(mtime=host.clock, mode=mode))
    if wal_directory:
        host.need_writable(wal_directory, wal_directory)
        root = tree.make_dirs(root, wal_directory, Dir(mtime=host.clock, mode=mode))
        root = tree.put(root, wal_directory, replace(wal, mode=mode))
        top = top.with_entry("pg_wal", tree.Link(wal_directory, host.clock))
    else:
        top = top.with_entry("pg_wal", wal)
    root = tree.put(root, tree.resolve(root, path), replace(top, mode=mode))
    journal = _begun(host, branch, catalog, Record(place.record, place.end, SHUTDOWN, redo=place.redo))
    return replace(host, root=root, next_pid=host.next_pid + 1, journal=journal)


def _wal_files(host: Host, branch: str, end: int, size: int) -> Iterator[tuple[str, File]]:
    """The segment in use, and ahead of it those behind it: the last checkpoint has recycled them, or made one anew."""
    current, major = segment_of(end, size), host.server.major
    ahead = [*range(1, current)] or [0] * (end % size >= _MADE_AHEAD * size)
    for number, old in enumerate([current, *ahead], current):
        upto = end if old == current else (old + 1) * size if old else 0
        content = WalFile(1, old or number, branch, upto, size, major=major)
        yield segment_name(1, number, size), File(content, mtime=host.clock)


def _begun(host: Host, branch: str, catalog: Catalog, record: Record) -> Journal:
    branches = {**host.journal.branches, branch: Branch(1, initial=catalog)}
    return Journal(MappingProxyType(branches)).written(branch, (record,))
