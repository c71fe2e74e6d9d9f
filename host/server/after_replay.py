"""What the database holds after a replay: what the WAL brought, on top of what the data files had."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from host.catalog.model import Catalog, Database
from host.catalog.objects import Table
from host.catalog.rows import Rows
from simulator.cluster import Cluster, Server, WalLimits
from simulator.recovery.ending import Ended
from simulator.recovery.journal import Journal
from simulator.recovery.server import Outcome
from simulator.recovery.state import Recovery

if TYPE_CHECKING:
    from host.server.instance import Instance
    from host.server.starting import Postmaster


def catalog(master: Postmaster, instance: Instance, ended: Ended) -> tuple[Catalog, int]:
    """After a recovery that has ended: the catalogue, and the next transaction id."""
    found, xid = _merged(master.host.journal, instance.catalog, ended.recovery, ended.branch, ended.end)
    return _without_unlogged(found), xid


def _without_unlogged(catalog: Catalog) -> Catalog:
    """ResetUnloggedRelations: an init fork takes the place of each unlogged table, for no WAL has its rows."""
    databases = {}
    for name, database in catalog.databases.items():
        emptied = {
            key: replace(one, rows=Rows(), dead_rows=0, torn=())
            for key, one in database.relations.items()
            if isinstance(one, Table) and one.unlogged and one.rows.count
        }
        relations = MappingProxyType({**database.relations, **emptied})
        databases[name] = replace(database, relations=relations) if emptied else database
    return replace(catalog, databases=MappingProxyType(databases))


def replayed(master: Postmaster, instance: Instance, recovery: Recovery) -> tuple[Catalog, int]:
    """So far, on a server that is still in recovery."""
    if not recovery.redoing:
        return instance.catalog, 0
    return _merged(master.host.journal, instance.catalog, recovery, recovery.replayed_branch, recovery.replayed)


def _merged(journal: Journal, files: Catalog, recovery: Recovery, branch: str, end: int) -> tuple[Catalog, int]:
    """Replay writes anew what was changed since the redo point; the rest is as the files have it."""
    checkpoint = recovery.checkpoint
    if checkpoint is None:
        return files, 0
    before = journal.state_at(branch, checkpoint.redo)
    after = journal.state_at(branch, end)
    xid = _next_xid(journal, branch, checkpoint.redo, end)
    if not isinstance(before, Catalog) or not isinstance(after, Catalog) or before is after:
        return files, xid
    databases = {
        name: _changed(files.databases.get(name), before.databases.get(name), database)
        for name, database in after.databases.items()
    }
    return replace(after, databases=MappingProxyType(databases)), xid


def _changed(in_files: Database | None, before: Database | None, after: Database) -> Database:
    """One database: relations that the WAL touched are as it left them, others as the files have them."""
    if in_files is None or before is None or in_files.oid != after.oid:
        return after
    if before is after:
        return in_files
    relations = {}
    for key, relation in after.relations.items():
        untouched = before.relations.get(key) is relation
        relations[key] = in_files.relations.get(key, relation) if untouched else relation
    return replace(after, relations=MappingProxyType(relations))


def _next_xid(journal: Journal, branch: str, start: int, end: int) -> int:
    """One more than the highest transaction id replayed."""
    highest, at = 0, start
    while (record := journal.next_record(branch, at)) is not None and record.end <= end:
        highest = max(highest, record.xid + 1 if record.xid else 0)
        at = record.end
    return highest


def ends_transactions(journal: Journal, ended: Ended) -> bool:
    """Was the end of a transaction replayed, whose status is kept in pg_xact?"""
    checkpoint = ended.recovery.checkpoint
    return checkpoint is not None and bool(_next_xid(journal, ended.branch, checkpoint.redo, ended.end))


def standing(outcome: Outcome, path: str) -> Cluster:
    """A server in recovery as the model's Cluster: it writes nothing."""
    data = outcome.place.data
    data = replace(data, wal_end=max(outcome.recovery.replayed, data.control.redo_lsn))
    limits = WalLimits.of(data.settings, data.facts, data.segment_size)
    return Cluster(path, data, Server(limits))
