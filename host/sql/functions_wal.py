"""Functions of WAL, backup, recovery and replication slots."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from host.server import backups, passing, work
from host.sql.context_clock import moment
from host.sql.functions_slots import _advance, _copy_slot, _create_slot, _drop_slot, from_lines, keep
from host.sql.reply import fail
from host.sql.types import Composite
from simulator.lsn import previous_segment_of, segment_name
from simulator.messages import error_lines, notice
from simulator.wal import write_to

if TYPE_CHECKING:
    from host.sql.context import Context


def not_in_recovery(ctx: Context, hint: str = "WAL control functions cannot be executed during recovery.") -> None:
    """Refuse on a standby."""
    if ctx.instance.recovery is not None:
        raise fail("recovery is in progress", "55000", hint=hint)


def _in_recovery(ctx: Context) -> None:
    if ctx.instance.recovery is None:
        hint = "Recovery control functions can only be executed during recovery."
        raise fail("recovery is not in progress", "55000", hint=hint)


def _backup_start(ctx: Context, label: str, fast: bool, exclusive: bool = False) -> int:
    not_in_recovery(ctx) if exclusive else None
    made = backups.start(ctx.host, ctx.port, label, fast=fast, exclusive=exclusive, owner=str(ctx.pid))
    if isinstance(made, backups.Refused):
        raise from_lines(made.lines)
    ctx.host = made.host
    if not fast:
        ctx.seconds += 0.0
    return made.start_lsn


_STOP_COLUMNS = "(lsn pg_lsn, labelfile text, spcmapfile text)"
_STOP_FIELDS = (("lsn", "pg_lsn"), ("labelfile", "text"), ("spcmapfile", "text"))
_CANCELED = "canceling statement due to statement timeout"


def _stopped(ctx: Context, exclusive: bool, wait: bool) -> backups.Stopped:
    made = backups.stop(ctx.host, ctx.port, owner="" if exclusive else str(ctx.pid), wait=wait)
    if isinstance(made, backups.Refused):
        ctx.host = made.host or ctx.host
        raise from_lines(made.lines)
    ctx.host = made.host
    _notices(ctx, made.notices)
    if made.waiting:
        _wait(ctx, made.stop_lsn)
    return made


def _wait(ctx: Context, stop_lsn: int) -> None:
    """Until all is archived, or statement_timeout is over, or somebody loses patience and presses Ctrl-C."""
    limit, waits = timeout(ctx), 0.0
    while waits < backups.PATIENCE:
        pause = min(backups.next_look(waits), limit - waits if limit else backups.PATIENCE)
        ctx.host = passing.until(ctx.host, ctx.host.clock + pause)
        ctx.seconds += pause
        if ctx.host.instance(ctx.port) is None:
            raise work.ServerGone(ctx.host, ())
        ctx.host, said = backups.waited(ctx.host, ctx.port, waits, waits + pause)
        _notices(ctx, said)
        waits += pause
        if limit and waits >= limit:
            raise fail(_CANCELED, "57014")
        if not backups.unarchived(ctx.host, ctx.port, stop_lsn):
            _notices(ctx, (notice("all_archived", ctx.major),))
            return
    raise fail("canceling statement due to user request", "57014")


def _notices(ctx: Context, lines: tuple[str, ...]) -> None:
    """Lines as the server says them; a hint belongs to the message before it."""
    for line in lines:
        severity, _, message = line.partition(":  ")
        if severity == "HINT":
            ctx.notices[-1] = replace(ctx.notices[-1], hint=message)
        else:
            ctx.notice(message, severity)


def timeout(ctx: Context) -> float:
    """statement_timeout in seconds, 0: none."""
    from simulator.settings import parameter, parse_value

    text = ctx.setting("statement_timeout", "")
    value = parse_value(parameter(ctx.major, "statement_timeout"), text) if text else 0
    return float(value) / 1000


def _stop_15(ctx: Context, wait: bool) -> Composite:
    made = _stopped(ctx, False, wait)
    return Composite(_STOP_FIELDS, (made.stop_lsn, made.label_text, made.tablespace_map))


def _stop_12(ctx: Context, exclusive: bool, wait: bool) -> Composite:
    made = _stopped(ctx, exclusive, wait)
    if exclusive:
        return Composite(_STOP_FIELDS, (made.stop_lsn, None, None))
    return Composite(_STOP_FIELDS, (made.stop_lsn, made.label_text, made.tablespace_map))


def _stop_exclusive(ctx: Context) -> int:
    from simulator import backup

    if backup.running(ctx.instance.cluster, str(ctx.pid)) is not None:
        hint = "Did you mean to use pg_stop_backup('f')?"
        raise fail("non-exclusive backup in progress", "55000", hint=hint)
    return _stopped(ctx, True, True).stop_lsn


def _current(ctx: Context) -> int:
    not_in_recovery(ctx)
    return ctx.instance.cluster.insert_lsn


def _switch(ctx: Context) -> int:
    not_in_recovery(ctx)
    ctx.host, lsn = work.switch_wal(ctx.host, ctx.port)
    return lsn


def _restore_point(ctx: Context, name: str) -> int:
    not_in_recovery(ctx)
    if ctx.instance.settings.value("wal_level") == "minimal":
        hint = error_lines("wal_level_backup", ctx.major, {})[-1].partition(":  ")[2]
        raise fail("WAL level not sufficient for creating a restore point", "55000", hint=hint)
    if len(name.encode()) > 63:
        raise fail("value too long for restore point (maximum 63 characters)", "22023")
    ctx.host, lsn = work.restore_point(ctx.host, ctx.port, name)
    return lsn


_NO_NAMES = "{function} cannot be executed during recovery."


def _timeline(ctx: Context) -> int:
    return ctx.instance.cluster.data.timeline


def _walfile(ctx: Context, lsn: int) -> str:
    not_in_recovery(ctx, _NO_NAMES.format(function="pg_walfile_name()"))
    size = ctx.instance.cluster.data.segment_size
    segment = (max(lsn - 1, 0) if not _exact_names(ctx) else lsn) // size
    return segment_name(_timeline(ctx), segment, size)


def _exact_names(ctx: Context) -> bool:
    """From 17 on a position at a segment's start is in that segment, before in the one that it ends."""
    from simulator.versions import since

    return since(ctx.major, {12: False, 17: True})


def _walfile_offset(ctx: Context, lsn: int) -> Composite:
    not_in_recovery(ctx, _NO_NAMES.format(function="pg_walfile_name_offset()"))
    size = ctx.instance.cluster.data.segment_size
    segment = lsn // size if _exact_names(ctx) else previous_segment_of(max(lsn, 1), size)
    fields = (("file_name", "text"), ("file_offset", "integer"))
    return Composite(fields, (segment_name(_timeline(ctx), segment, size), lsn % size))


def _split_name(ctx: Context, name: str) -> Composite:
    """The parts of a segment's name, whatever its case."""
    upper = name.upper()
    if not re.fullmatch(r"[0-9A-F]{24}", upper):
        raise fail(f'invalid WAL file name "{name}"', "22023")
    per_id = 2**32 // ctx.instance.cluster.data.segment_size
    number = int(upper[8:16], 16) * per_id + int(upper[16:], 16)
    fields = (("segment_number", "numeric"), ("timeline_id", "bigint"))
    return Composite(fields, (Decimal(number), int(upper[:8], 16)))


def _replayed(ctx: Context) -> int | None:
    recovery = ctx.instance.recovery
    return None if recovery is None else recovery.replay_lsn


def _received(ctx: Context) -> int | None:
    recovery = ctx.instance.recovery
    return recovery.received or None if recovery is not None else None


def _replay_time(ctx: Context) -> Any:
    recovery = ctx.instance.recovery
    return None if recovery is None or recovery.last_xact is None else moment(recovery.last_xact)


def _pause(on: bool) -> Callable[[Context], None]:
    def act(ctx: Context) -> None:
        _in_recovery(ctx)
        from host.server import control

        ctx.host = (control.pause if on else control.resume)(ctx.host, ctx.port)

    return act


def _paused(ctx: Context) -> bool:
    _in_recovery(ctx)
    return bool(ctx.instance.recovery and ctx.instance.recovery.paused)


def _promote(ctx: Context, _wait: bool, seconds: int) -> bool:
    from host.server import control

    _in_recovery(ctx)
    if seconds <= 0:
        raise fail('"wait_seconds" must not be negative or zero', "22003")
    ctx.host = control.promote(ctx.host, ctx.port)
    return True


def _emit(ctx: Context, _transactional: bool, _prefix: str, content: str) -> int:
    ctx.host = work.write_wal(ctx.host, ctx.port, len(content) + 64)
    return ctx.instance.cluster.insert_lsn


def _flushed(ctx: Context) -> int:
    not_in_recovery(ctx)
    keep(ctx, write_to(ctx.instance.cluster, ctx.instance.cluster.insert_end))
    return ctx.instance.cluster.data.wal_end


def _in_backup(ctx: Context) -> bool:
    return any(not one.session for one in ctx.instance.cluster.live.backups)


WAL: Mapping[str, Callable[..., Any]] = {
    "pg_backup_start(label text, fast boolean = false) -> pg_lsn [15+]": _backup_start,
    f"pg_backup_stop(wait_for_archive boolean = true) -> {_STOP_COLUMNS} [15+]": _stop_15,
    "pg_start_backup(label text, fast boolean = false, exclusive boolean = true) -> pg_lsn [12-14]": _backup_start,
    "pg_stop_backup() -> pg_lsn [12-14]": _stop_exclusive,
    f"pg_stop_backup(exclusive boolean, wait_for_archive boolean = true) -> setof {_STOP_COLUMNS} [12-14]": (
        lambda ctx, exclusive, wait: [_stop_12(ctx, exclusive, wait)]
    ),
    "pg_is_in_backup() -> boolean [12-14]": _in_backup,
    "pg_backup_start_time() -> timestamp with time zone [12-14]": lambda ctx: (
        moment(ctx.host.clock) if _in_backup(ctx) else None
    ),
    "pg_current_wal_lsn() -> pg_lsn": _flushed,
    "pg_current_wal_insert_lsn() -> pg_lsn": _current,
    "pg_current_wal_flush_lsn() -> pg_lsn": _flushed,
    "pg_switch_wal() -> pg_lsn": _switch,
    "pg_create_restore_point(text) -> pg_lsn": _restore_point,
    "pg_walfile_name(pg_lsn) -> text": _walfile,
    "pg_walfile_name_offset(pg_lsn) -> (file_name text, file_offset integer)": _walfile_offset,
    "pg_split_walfile_name(text) -> (segment_number numeric, timeline_id bigint) [16+]": _split_name,
    "pg_wal_lsn_diff(pg_lsn, pg_lsn) -> numeric": lambda _ctx, one, other: Decimal(one - other),
    "pg_is_in_recovery() -> boolean": lambda ctx: ctx.instance.recovery is not None,
    "pg_last_wal_replay_lsn() -> pg_lsn": _replayed,
    "pg_last_wal_receive_lsn() -> pg_lsn": _received,
    "pg_last_xact_replay_timestamp() -> timestamp with time zone": _replay_time,
    "pg_wal_replay_pause()": _pause(True),
    "pg_wal_replay_resume()": _pause(False),
    "pg_is_wal_replay_paused() -> boolean": _paused,
    "pg_get_wal_replay_pause_state() -> text [14+]": lambda ctx: "paused" if _paused(ctx) else "not paused",
    "pg_promote(wait boolean = true, wait_seconds integer = 60) -> boolean": _promote,
    "pg_create_physical_replication_slot(slot_name name, immediately_reserve boolean = false, "
    "temporary boolean = false)"
    " -> (slot_name name, lsn pg_lsn)": _create_slot,
    "pg_drop_replication_slot(name)": _drop_slot,
    "pg_replication_slot_advance(slot_name name, upto_lsn pg_lsn) -> (slot_name name, end_lsn pg_lsn)": _advance,
    "pg_copy_physical_replication_slot(src_slot_name name, dst_slot_name name) -> (slot_name name, lsn pg_lsn)": (
        _copy_slot
    ),
    "pg_logical_emit_message(boolean, text, text) -> pg_lsn": _emit,
}
