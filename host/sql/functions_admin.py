"""Functions that act on the server: reload, signals, sleep, settings, transactions, and what is running."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from host.network import LOOPBACK
from host.server import archiving, passing, work
from host.server.instance import Checkpoints
from host.sql import snapshots
from host.sql.context_clock import moment, now
from host.sql.functions_wal import timeout
from host.sql.reply import fail
from host.sql.types import Composite
from simulator.versions import since

if TYPE_CHECKING:
    from host.sql.context import Context


def _reload(ctx: Context) -> bool:
    ctx.host = work.reload(ctx.host, ctx.port)
    return True


def sleep(ctx: Context, seconds: float) -> None:
    """pg_sleep: the clock of the host goes on, until statement_timeout."""
    limit = timeout(ctx)
    taken = min(max(seconds, 0.0), limit or 1e7)
    ctx.host = passing.until(archiving.turn(ctx.host, ctx.port), ctx.host.clock + taken)
    ctx.seconds += taken
    if ctx.host.instance(ctx.port) is None:
        raise work.ServerGone(ctx.host, ())
    if limit and seconds > limit:
        raise fail("canceling statement due to statement timeout", "57014")


def _terminate(ctx: Context, pid: int) -> bool:
    found = ctx.instance.session(pid)
    if found is None:
        ctx.notice(_no_process(ctx, pid), "WARNING")
        return False
    role = ctx.catalog.roles.get(found.user)
    if not ctx.superuser and (
        role is None or role.superuser or not (ctx.has_role(found.user) or ctx.has_role("pg_signal_backend"))
    ):
        raise _may_not_signal(ctx, role is not None and role.superuser)
    if pid == ctx.pid:
        raise fail("terminating connection due to administrator command", "57P01")
    from host.server.connect import close

    ctx.host = close(ctx.host, ctx.port, pid)
    return True


def _may_not_signal(ctx: Context, superuser: bool) -> Exception:
    if superuser:
        old = "must be a superuser to terminate superuser process"
        detail = (
            "Only roles with the SUPERUSER attribute may terminate processes of roles with the SUPERUSER attribute."
        )
    else:
        old = "must be a member of the role whose process is being terminated or member of pg_signal_backend"
        detail = (
            "Only roles with privileges of the role whose process is being terminated or with privileges of the "
            '"pg_signal_backend" role may terminate this process.'
        )
    new = since(ctx.major, {12: False, 16: True})
    return fail("permission denied to terminate process" if new else old, "42501", detail=detail if new else "")


def _no_process(ctx: Context, pid: int) -> str:
    return since(
        ctx.major,
        {12: f"PID {pid} is not a PostgreSQL server process", 15: f"PID {pid} is not a PostgreSQL backend process"},
    )


def _cancel(ctx: Context, pid: int) -> bool:
    if ctx.instance.session(pid) is None:
        ctx.notice(_no_process(ctx, pid), "WARNING")
        return False
    return True


def _version(ctx: Context) -> str:
    release = ctx.instance.build_release
    return f"PostgreSQL {release} on x86_64-pc-linux-gnu, compiled by gcc, 64-bit"


def _current_setting(ctx: Context, name: str, missing_ok: bool = False) -> str | None:
    from host.sql.parameters import show

    if missing_ok:
        from host.sql.reply import Raised

        try:
            return show(ctx, name)
        except Raised:
            return None
    return show(ctx, name)


def _set_config(ctx: Context, name: str, value: str | None, local: bool) -> str:
    from host.sql.parameters import set_value, show

    set_value(ctx, name.lower(), "" if value is None else value, local=local)
    return show(ctx, name)


def current_xid(ctx: Context) -> int:
    """pg_current_xact_id: the transaction gets a number when it had none."""
    from host.sql.transactions import assign_xid

    if ctx.instance.recovery is not None:
        raise fail("cannot assign TransactionIds during recovery", "55000")
    return assign_xid(ctx)


def _if_assigned(ctx: Context) -> int | None:
    return ctx.session.xid or None


def _snapshot(ctx: Context) -> str:
    return f"{ctx.instance.next_xid}:{ctx.instance.next_xid}:"


def _series(_ctx: Context, first: Any, last: Any, step: Any = None) -> Iterator[Any]:
    if step is None:
        step = 1
    if step == 0 or (isinstance(step, timedelta) and not step):
        raise fail("step size cannot equal zero", "22023")
    forward = step > (timedelta(0) if isinstance(step, timedelta) else 0)
    while (first <= last) if forward else (first >= last):
        yield first
        first = first + step


def _control_checkpoint(ctx: Context) -> Composite:
    instance = ctx.instance
    control, size = instance.cluster.data.control, instance.cluster.data.segment_size
    from simulator.lsn import segment_name
    from simulator.recovery.files import ControlFile

    redo_file = segment_name(control.timeline, control.redo_lsn // size, size)
    values = (
        control.checkpoint_lsn,
        control.redo_lsn,
        redo_file,
        control.timeline,
        control.previous if isinstance(control, ControlFile) else control.timeline,
        instance.checkpoint_full_page_writes,
        f"0:{instance.next_xid}",
        instance.catalog.next_oid,
        moment(instance.checkpoint_time or instance.started),
    )
    return Composite(_CONTROL_CHECKPOINT, values)


_CONTROL_CHECKPOINT = (
    ("checkpoint_lsn", "pg_lsn"),
    ("redo_lsn", "pg_lsn"),
    ("redo_wal_file", "text"),
    ("timeline_id", "integer"),
    ("prev_timeline_id", "integer"),
    ("full_page_writes", "boolean"),
    ("next_xid", "text"),
    ("next_oid", "oid"),
    ("checkpoint_time", "timestamp with time zone"),
)
_CONTROL_SYSTEM = (
    ("pg_control_version", "integer"),
    ("catalog_version_no", "integer"),
    ("system_identifier", "bigint"),
    ("pg_control_last_modified", "timestamp with time zone"),
)
_CONTROL_RECOVERY = (
    ("min_recovery_end_lsn", "pg_lsn"),
    ("min_recovery_end_timeline", "integer"),
    ("backup_start_lsn", "pg_lsn"),
    ("backup_end_lsn", "pg_lsn"),
    ("end_of_backup_record_required", "boolean"),
)


def _control_system(ctx: Context) -> Composite:
    from host.server.layout import tablespace_directory

    version = since(ctx.major, {12: 1201, 13: 1300, 17: 1700, 18: 1800})
    number = int(tablespace_directory(ctx.instance.facts).rpartition("_")[2])
    return Composite(
        _CONTROL_SYSTEM, (version, number, ctx.instance.cluster.data.system_identifier, moment(ctx.host.clock))
    )


def _control_recovery(ctx: Context) -> Composite:
    recovery = ctx.instance.recovery
    end, timeline = (recovery.replay_lsn, recovery.replay_timeline) if recovery else (0, 0)
    return Composite(_CONTROL_RECOVERY, (end, timeline, 0, 0, False))


def _columns(fields: tuple[tuple[str, str], ...]) -> str:
    return "(" + ", ".join(f"{name} {kind}" for name, kind in fields) + ")"


def _random(ctx: Context) -> float:
    """The same numbers at the same moment: undo and replay must agree."""
    return random.Random(f"{ctx.host.clock}/{ctx.instance.next_xid}/{ctx.looked_at}/{ctx.pid}").random()  # noqa: S311


def _uuid(ctx: Context) -> str:
    digits = f"{random.Random(f'{ctx.host.clock}/{ctx.looked_at}/{ctx.pid}').getrandbits(128):032x}"  # noqa: S311
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _age(ctx: Context, at: datetime) -> timedelta:
    midnight = now(ctx).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - at


def _no_collector(ctx: Context) -> bool:
    ctx.notice("rotation not possible because log collection not active", "WARNING")
    return False


_RESET_TARGETS = {
    12: "archiver bgwriter",
    14: "archiver bgwriter wal",
    15: "archiver bgwriter recovery_prefetch wal",
    16: "archiver bgwriter io recovery_prefetch wal",
    17: "archiver bgwriter checkpointer io recovery_prefetch slru wal",
}

_COUNTS_CHECKPOINTS = {12: "bgwriter", 17: "checkpointer"}


def _reset_shared(ctx: Context, what: str | None = None) -> None:
    known = since(ctx.major, _RESET_TARGETS).split()
    if what is not None and what not in known:
        listed = ", ".join(f'"{one}"' for one in known[:-1])
        hint = f'Target must be {listed}, or "{known[-1]}".'
        raise fail(f'unrecognized reset target: "{what}"', "22023", hint=hint)
    targets = known if what is None else [what]
    instance, now = ctx.instance, ctx.host.clock
    instance = replace(instance, stats_reset=MappingProxyType({**instance.stats_reset, **dict.fromkeys(targets, now)}))
    if "archiver" in targets:
        instance = replace(instance, archiver=archiving.forgotten(instance.archiver))
    if since(ctx.major, _COUNTS_CHECKPOINTS) in targets:
        instance = replace(instance, checkpoints=Checkpoints())
    if "wal" in targets:
        instance = replace(instance, wal_counted_from=instance.cluster.insert_end)
    ctx.host = ctx.host.with_instance(instance)


def _server_address(ctx: Context) -> str | None:
    """The address that the client has connected to."""
    client, network = ctx.session.host, ctx.host.network
    if client == "[local]":
        return None
    own = network.machines.get(network.here)
    return own.address if own is not None and client not in LOOPBACK else client


ADMIN: Mapping[str, Callable[..., Any]] = {
    "pg_reload_conf() -> boolean": _reload,
    "pg_rotate_logfile() -> boolean": _no_collector,
    "pg_sleep(double precision)": sleep,
    "pg_sleep_for(interval)": lambda ctx, span: sleep(ctx, span.total_seconds()),
    "pg_terminate_backend(pid integer, timeout bigint = 0) -> boolean [14+]": lambda ctx, pid, _wait: _terminate(
        ctx, pid
    ),
    "pg_terminate_backend(pid integer) -> boolean [12-13]": _terminate,
    "pg_cancel_backend(pid integer) -> boolean": _cancel,
    "pg_backend_pid() -> integer": lambda ctx: ctx.pid,
    "version() -> text": _version,
    "now() -> timestamp with time zone": now,
    "clock_timestamp() -> timestamp with time zone": now,
    "statement_timestamp() -> timestamp with time zone": now,
    "transaction_timestamp() -> timestamp with time zone": now,
    "timeofday() -> text": lambda ctx: now(ctx).strftime("%a %b %d %H:%M:%S.%f %Y UTC"),
    "age(timestamp with time zone) -> interval": _age,
    "current_database() -> name": lambda ctx: ctx.session.database,
    "current_schema() -> name": lambda ctx: next(iter(ctx.search_path), None),
    "current_schemas(boolean) -> name[]": lambda ctx, system: (("pg_catalog",) if system else ()) + ctx.search_path,
    "current_user() -> name": lambda ctx: ctx.user,
    "session_user() -> name": lambda ctx: ctx.session_user,
    "current_setting(text) -> text": _current_setting,
    "current_setting(text, boolean) -> text": _current_setting,
    "pg_postmaster_start_time() -> timestamp with time zone": lambda ctx: moment(ctx.instance.started),
    "pg_conf_load_time() -> timestamp with time zone": lambda ctx: moment(ctx.instance.started),
    "inet_server_port() -> integer": lambda ctx: ctx.port if ctx.session.host != "[local]" else None,
    "inet_server_addr() -> inet": _server_address,
    "inet_client_addr() -> inet": lambda ctx: ctx.session.host if ctx.session.host != "[local]" else None,
    "txid_current() -> bigint": current_xid,
    "pg_current_xact_id() -> xid8 [13+]": current_xid,
    "txid_current_if_assigned() -> bigint": _if_assigned,
    "pg_current_xact_id_if_assigned() -> xid8 [13+]": _if_assigned,
    "txid_current_snapshot() -> text": _snapshot,
    "pg_current_snapshot() -> text [13+]": _snapshot,
    "pg_export_snapshot() -> text": snapshots.exported,
    "generate_series(integer, integer) -> setof integer": _series,
    "generate_series(integer, integer, integer) -> setof integer": _series,
    "generate_series(bigint, bigint) -> setof bigint": _series,
    "generate_series(bigint, bigint, bigint) -> setof bigint": _series,
    "generate_series(numeric, numeric) -> setof numeric": _series,
    "generate_series(timestamp with time zone, timestamp with time zone, interval)"
    " -> setof timestamp with time zone": _series,
    "generate_series(timestamp without time zone, timestamp without time zone, interval)"
    " -> setof timestamp without time zone": _series,
    f"pg_control_checkpoint() -> {_columns(_CONTROL_CHECKPOINT)}": _control_checkpoint,
    f"pg_control_system() -> {_columns(_CONTROL_SYSTEM)}": _control_system,
    f"pg_control_recovery() -> {_columns(_CONTROL_RECOVERY)}": _control_recovery,
    "random() -> double precision": _random,
    "gen_random_uuid() -> uuid [13+]": _uuid,
    "pg_stat_reset()": lambda _ctx: None,
    "pg_stat_reset_shared(text) [12-16]": _reset_shared,
    "pg_blocking_pids(integer) -> integer[]": lambda _ctx, _pid: (),
    "pg_advisory_lock(bigint)": lambda _ctx, _key: None,
    "pg_try_advisory_lock(bigint) -> boolean": lambda _ctx, _key: True,
    "pg_advisory_unlock(bigint) -> boolean": lambda _ctx, _key: True,
    "pg_current_logfile() -> text": lambda _ctx: None,
}
ADMIN_NOT_STRICT: Mapping[str, Callable[..., Any]] = {
    "set_config(text, text, boolean) -> text": _set_config,
    "pg_stat_reset_shared(target text = null) [17+]": _reset_shared,
}
