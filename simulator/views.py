"""System views as a DBA reads them with psql: columns, rows as text, and which columns hold numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from simulator import slots
from simulator.commands import PgBasebackup
from simulator.lsn import format_lsn
from simulator.world import World

Rows = tuple[tuple[str, ...], Sequence[tuple[str, ...]], frozenset[str]]


def _replication_slots(world: World) -> Rows:
    cluster = world.primary
    data, server = cluster.data, cluster.live
    columns = ["slot_name", "slot_type", "temporary", "active", "restart_lsn"]
    if data.facts.slot_loss:
        columns += ["wal_status", "safe_wal_size"]
    if data.facts.invalidation_reason:
        columns.append("invalidation_reason")
    rows = []
    for row in slots.rows(data, server.limits, server.last_removed, data.wal_end):
        shown = [
            row.name,
            "physical",
            _bool(row.temporary),
            _bool(row.active),
            "" if row.restart_lsn is None else format_lsn(row.restart_lsn),
        ]
        if data.facts.slot_loss:
            shown += [row.wal_status or "", "" if row.safe_wal_size is None else str(row.safe_wal_size)]
        if data.facts.invalidation_reason:
            shown.append(row.invalidation_reason or "")
        rows.append(tuple(shown))
    return tuple(columns), rows, frozenset({"safe_wal_size"})


def _archiver(world: World) -> Rows:
    archive = world.archive
    columns = ("archived_count", "last_archived_wal", "failed_count", "last_failed_wal")
    row = (str(archive.archived_count), archive.last_archived, str(archive.failed_count), archive.last_failed)
    return columns, [row], frozenset({"archived_count", "failed_count"})


def _control_checkpoint(world: World) -> Rows:
    control = world.primary.data.control
    columns = ("checkpoint_lsn", "redo_lsn", "timeline_id")
    row = (format_lsn(control.checkpoint_lsn), format_lsn(control.redo_lsn), str(control.timeline))
    return columns, [row], frozenset({"timeline_id"})


def _ls_waldir(world: World) -> Rows:
    data = world.primary.data
    rows = [(name, str(data.segment_size)) for name in data.pg_wal.listing(data.segment_size)]
    return ("name", "size"), rows, frozenset({"size"})


def _replication(world: World) -> Rows:
    end = format_lsn(world.primary.data.wal_end)
    rows = [("walreceiver", "streaming", end) for standby in world.standbys if not standby.lost]
    for client in world.clients:
        if client.phase == "copying":
            rows.append(("pg_basebackup", "backup", ""))
            if isinstance(client.command, PgBasebackup) and client.command.wal_method == "stream":
                rows.append(("pg_basebackup", "streaming", end))
    rows.sort()
    return ("application_name", "state", "sent_lsn"), rows, frozenset()


def _bool(value: bool) -> str:
    return "t" if value else "f"


VIEWS: Mapping[str, Callable[[World], Rows]] = {
    "pg_replication_slots": _replication_slots,
    "pg_stat_archiver": _archiver,
    "pg_control_checkpoint()": _control_checkpoint,
    "pg_ls_waldir()": _ls_waldir,
    "pg_stat_replication": _replication,
}


def view_rows(world: World, name: str) -> Rows:
    """Columns, rows and numeric columns of a view; raises KeyError for one that the dojo does not have."""
    return VIEWS[name](world)
