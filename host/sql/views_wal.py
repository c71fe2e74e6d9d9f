"""Views of WAL, archiving, replication and backups in progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from host.network import ELSEWHERE
from host.server import primary
from host.server.instance import SOCKET_DIRECTORY
from host.sql import synchronous
from host.sql.context_clock import moment
from simulator import slots

if TYPE_CHECKING:
    from host.server.instance import Instance
    from host.sql.context import Context
    from simulator.cluster import DataDirectory

Rows = Iterable[tuple[Any, ...]]


def _at(clock: float) -> datetime | None:
    return moment(clock) if clock else None


def _counted_since(ctx: Context, target: str) -> float:
    """Clock from which shared statistics are counted: the start, or the last pg_stat_reset_shared."""
    return ctx.instance.stats_reset.get(target, ctx.instance.started)


def _archiver(ctx: Context) -> Rows:
    stats = ctx.instance.archiver
    yield (
        stats.archived_count,
        stats.last_archived or None,
        _at(stats.last_archived_at),
        stats.failed_count,
        stats.last_failed or None,
        _at(stats.last_failed_at),
        moment(_counted_since(ctx, "archiver")),
    )


def _slots(ctx: Context) -> Rows:
    cluster = ctx.instance.cluster
    live = cluster.live
    for row in slots.rows(cluster.data, live.limits, live.last_removed, cluster.data.wal_end):
        pid = next((one.pid for one in ctx.sessions() if one.kind == "walsender"), None) if row.active else None
        yield (
            row.name,
            None,
            "physical",
            None,
            None,
            row.temporary,
            row.active,
            pid,
            None,
            None,
            row.restart_lsn,
            None,
            row.wal_status,
            row.safe_wal_size,
            False,
            None,
            _idle_since(cluster.data, row.name),
            row.invalidation_reason,
            False,
            False,
        )


def _idle_since(data: DataDirectory, name: str) -> datetime | None:
    slot = data.slot(name)
    return _at(slot.idle_since or 0.0) if slot is not None else None


def streaming(ctx: Context) -> list[Instance]:
    """The standbys that stream from this server."""
    return [
        one
        for one in ctx.host.instances
        if one.recovery is not None and one.recovery.streaming and one.recovery.upstream == ctx.port
    ]


def _replication(ctx: Context) -> Rows:
    end, sync = ctx.instance.cluster.data.wal_end, synchronous.states(ctx.instance)
    for session in ctx.sessions():
        if session.kind != "walsender":
            continue
        standby = next((one for one in streaming(ctx) if session.pid == one.pid + primary.SENDER_AFTER), None)
        followed = standby.recovery if standby is not None else None
        at, has = (followed.replay_lsn, followed.has) if followed is not None else (end, end)
        copying = session.state == "backup"
        yield (
            session.pid,
            10,
            session.user,
            session.application,
            None if session.host == "[local]" else session.host,
            None,
            -1 if session.host == "[local]" else 50000 + session.pid % 9999,
            moment(session.opened),
            None,
            "backup" if copying else "streaming",
            None if copying else has,
            None if copying else has,
            None if copying else has,
            None if copying else at,
            None,
            None,
            None,
            *sync.get(session.pid, (0, "async")),
            None if copying else moment(ctx.host.clock),
        )


def _receiver(ctx: Context) -> Rows:
    recovery = ctx.instance.recovery
    if recovery is None or not recovery.streaming:
        return
    at = moment(ctx.host.clock)
    tli = recovery.replay_timeline
    lsn = recovery.received
    slot = str(ctx.instance.settings.value("primary_slot_name")) or None
    info = str(ctx.instance.settings.value("primary_conninfo"))
    named = primary.words_of(ctx.instance.settings).get("host", "")
    yield (
        ctx.instance.pid + 5,
        "streaming",
        lsn,
        tli,
        lsn,
        lsn,
        tli,
        at,
        at,
        lsn,
        at,
        slot,
        named or SOCKET_DIRECTORY,
        recovery.upstream % ELSEWHERE,
        info,
    )


def _basebackup(ctx: Context) -> Rows:
    for session in ctx.sessions():
        if session.kind == "walsender" and session.state == "backup":
            yield (session.pid, "streaming database files", None, 0, 0, 0)


def _ls_waldir(ctx: Context) -> Rows:
    data = ctx.instance.cluster.data
    at, size = moment(ctx.host.clock), data.segment_size
    for name in data.pg_wal.listing(size):
        yield (name, size if len(name) == 24 or name.endswith(".partial") else 400, at)


def _ls_status(ctx: Context) -> Rows:
    data = ctx.instance.cluster.data
    at = moment(ctx.host.clock)
    for name in sorted(data.pg_wal.status_listing(data.segment_size)):
        yield (name, 0, at)


def _bgwriter(ctx: Context) -> Rows:
    at, counts = moment(_counted_since(ctx, "bgwriter")), ctx.instance.checkpoints
    yield (counts.timed, counts.requested, 0.0, 0.0, 0, 0, 0, 0, 0, 0, at)


def _checkpointer(ctx: Context) -> Rows:
    at, counts = moment(_counted_since(ctx, "checkpointer")), ctx.instance.checkpoints
    yield (counts.timed, counts.requested, counts.done, 0, 0, 0, 0.0, 0.0, 0, 0, at)


def _wal(ctx: Context) -> Rows:
    instance = ctx.instance
    written = instance.cluster.insert_end - (instance.wal_counted_from or instance.cluster.data.control.redo_lsn)
    yield (
        max(written // 100, 0),
        max(written // 8192, 0),
        Decimal(max(written, 0)),
        0,
        0,
        0,
        0.0,
        0.0,
        moment(_counted_since(ctx, "wal")),
    )


def _recovery_prefetch(ctx: Context) -> Rows:
    yield (moment(_counted_since(ctx, "recovery_prefetch")), 0, 0, 0, 0, 0, 0, 0, 0, 0)


WAL_VIEWS: Mapping[str, tuple[str, Callable[[Context], Rows]]] = {
    "pg_stat_archiver": (
        (
            "archived_count bigint, last_archived_wal text, "
            "last_archived_time timestamp with time zone, failed_count bigint, "
            "last_failed_wal text, last_failed_time timestamp with time zone, stats_reset timestamp with time zone"
        ),
        _archiver,
    ),
    "pg_replication_slots": (
        (
            "slot_name name, plugin name, slot_type text, datoid oid, database name, "
            "temporary boolean, active boolean, "
            "active_pid integer, xmin xid, catalog_xmin xid, restart_lsn pg_lsn, confirmed_flush_lsn pg_lsn, "
            "wal_status text [13+], safe_wal_size bigint [13+], two_phase boolean [14+], two_phase_at pg_lsn [18+], "
            "inactive_since timestamp with time zone [17+], invalidation_reason text [17+], "
            "failover boolean [17+], synced boolean [17+]"
        ),
        _slots,
    ),
    "pg_stat_replication": (
        (
            "pid integer, usesysid oid, usename name, application_name text, client_addr inet, client_hostname text, "
            "client_port integer, backend_start timestamp with time zone, backend_xmin xid, "
            "state text, sent_lsn pg_lsn, "
            "write_lsn pg_lsn, flush_lsn pg_lsn, replay_lsn pg_lsn, write_lag interval, flush_lag interval, "
            "replay_lag interval, sync_priority integer, sync_state text, reply_time timestamp with time zone"
        ),
        _replication,
    ),
    "pg_stat_wal_receiver": (
        (
            "pid integer, status text, receive_start_lsn pg_lsn, receive_start_tli integer, written_lsn pg_lsn [13+], "
            "flushed_lsn pg_lsn [13+], received_tli integer, last_msg_send_time timestamp with time zone, "
            "last_msg_receipt_time timestamp with time zone, latest_end_lsn pg_lsn, "
            "latest_end_time timestamp with time zone, slot_name text, sender_host text, "
            "sender_port integer, conninfo text"
        ),
        _receiver,
    ),
    "pg_stat_subscription": (
        (
            "subid oid, subname name, worker_type text [17+], pid integer, leader_pid integer [16+], relid oid, "
            "received_lsn pg_lsn, last_msg_send_time timestamp with time zone, "
            "last_msg_receipt_time timestamp with time zone, latest_end_lsn pg_lsn, "
            "latest_end_time timestamp with time zone"
        ),
        lambda _ctx: (),  # there is no logical replication here, so nobody has subscribed
    ),
    "pg_stat_progress_basebackup": (
        (
            "13+: pid integer, phase text, backup_total bigint, backup_streamed bigint, tablespaces_total bigint, "
            "tablespaces_streamed bigint"
        ),
        _basebackup,
    ),
    "pg_stat_bgwriter": (
        (
            "checkpoints_timed bigint [12-16], checkpoints_req bigint [12-16], "
            "checkpoint_write_time double precision [12-16], "
            "checkpoint_sync_time double precision [12-16], buffers_checkpoint bigint [12-16], buffers_clean bigint, "
            "maxwritten_clean bigint, buffers_backend bigint [12-16], buffers_backend_fsync bigint [12-16], "
            "buffers_alloc bigint, stats_reset timestamp with time zone"
        ),
        _bgwriter,
    ),
    "pg_stat_checkpointer": (
        (
            "17+: num_timed bigint, num_requested bigint, num_done bigint [18+], restartpoints_timed bigint, "
            "restartpoints_req bigint, restartpoints_done bigint, write_time double precision, "
            "sync_time double precision, "
            "buffers_written bigint, slru_written bigint [18+], stats_reset timestamp with time zone"
        ),
        _checkpointer,
    ),
    "pg_stat_wal": (
        (
            "14+: wal_records bigint, wal_fpi bigint, wal_bytes numeric, wal_buffers_full bigint, "
            "wal_write bigint [14-17], "
            "wal_sync bigint [14-17], wal_write_time double precision [14-17], wal_sync_time double precision [14-17], "
            "stats_reset timestamp with time zone"
        ),
        _wal,
    ),
    "pg_stat_recovery_prefetch": (
        (
            "15+: stats_reset timestamp with time zone, prefetch bigint, hit bigint, "
            "skip_init bigint, skip_new bigint, "
            "skip_fpw bigint, skip_rep bigint, wal_distance integer, block_distance integer, io_depth integer"
        ),
        _recovery_prefetch,
    ),
}
LISTINGS: Mapping[str, Callable[[Context], Rows]] = {
    "pg_ls_waldir": _ls_waldir,
    "pg_ls_archive_statusdir": _ls_status,
}
