"""Functions of replication slots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from host.sql.reply import Raised, fail
from host.sql.types import Composite
from simulator import slots
from simulator.cluster import Slot
from simulator.messages import error_lines
from simulator.versions import since

if TYPE_CHECKING:
    from host.sql.context import Context


_STATES = {"slot_exists": "42710", "slot_missing": "42704", "slot_name": "42602", "slots_in_use": "53400"}


def from_lines(lines: tuple[str, ...], sqlstate: str = "55000") -> Raised:
    """The exception for an error given as lines ('ERROR:  …', 'HINT:  …')."""
    parts = dict(line.split(":  ", 1) for line in lines if ":  " in line)
    message = next(text for key, text in parts.items() if key in ("ERROR", "FATAL", "PANIC"))
    return fail(message, sqlstate, detail=parts.get("DETAIL", ""), hint=parts.get("HINT", ""))


def refused(ctx: Context, code: str, facts: dict[str, Any] | None = None) -> Raised:
    """The server's refusal by its code in the model's table of messages."""
    return from_lines(error_lines(code, ctx.major, facts or {}), _STATES.get(code, "55000"))


_BAD_SLOT = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


def _create_slot(ctx: Context, name: str, reserve: bool, temporary: bool) -> Composite:
    data = ctx.instance.cluster.data
    settings = data.settings
    _check_slots(ctx)
    if not name:
        raise fail('replication slot name "" is too short', "42602")
    if len(name) > 63:
        raise fail(f'replication slot name "{name}" is too long', "42622")
    if set(name) - _BAD_SLOT:
        raise refused(ctx, "slot_name", {"slot": name})
    if data.slot(name) is not None:
        raise refused(ctx, "slot_exists", {"slot": name})
    if len(data.slots) >= int(settings.value("max_replication_slots")):
        raise refused(ctx, "slots_in_use")
    cluster = slots.create(ctx.instance.cluster, name, reserve=reserve, temporary=temporary, active=temporary)
    keep(ctx, cluster)
    lsn = data.control.redo_lsn if reserve else None
    return Composite((("slot_name", "name"), ("lsn", "pg_lsn")), (name, lsn))


def _check_slots(ctx: Context) -> None:
    """CheckSlotPermissions and CheckSlotRequirements; raises Raised."""
    settings = ctx.instance.settings
    if not ctx.superuser and not getattr(ctx.catalog.roles.get(ctx.user), "replication", False):
        raise _no_replication(ctx)
    if int(settings.value("max_replication_slots")) == 0:
        raise refused(ctx, "no_slots_at_all")
    if settings.value("wal_level") == "minimal":
        raise refused(ctx, "slots_under_minimal")


_NEEDS_LOGICAL = {
    12: "logical decoding requires wal_level >= logical",
    17: 'logical decoding requires "wal_level" >= "logical"',
}


def _logical(ctx: Context, *_given: object) -> Composite:
    """Every function of logical decoding: refused as the server does (CheckLogicalDecodingRequirements), or by us."""
    _check_slots(ctx)
    if ctx.instance.settings.value("wal_level") != "logical":
        raise fail(since(ctx.major, _NEEDS_LOGICAL), "55000")
    raise fail("the dojo does not have logical decoding", "0A000")


LOGICAL: Mapping[str, Callable[..., Any]] = {
    "pg_create_logical_replication_slot(slot_name name, plugin name, temporary boolean = false) "
    "-> (slot_name name, lsn pg_lsn) [12-13]": _logical,
    "pg_create_logical_replication_slot(slot_name name, plugin name, temporary boolean = false, "
    "twophase boolean = false) -> (slot_name name, lsn pg_lsn) [14-16]": _logical,
    "pg_create_logical_replication_slot(slot_name name, plugin name, temporary boolean = false, "
    "twophase boolean = false, failover boolean = false) -> (slot_name name, lsn pg_lsn) [17+]": _logical,
    "pg_copy_logical_replication_slot(src_slot_name name, dst_slot_name name) "
    "-> (slot_name name, lsn pg_lsn)": _logical,
    **{
        f"pg_logical_slot_{what}_changes(slot_name name, upto_lsn pg_lsn, upto_nchanges integer) "
        "-> setof (lsn pg_lsn, xid xid, data text)": _logical
        for what in ("get", "peek")
    },
}
"""None of them is strict."""


def _no_replication(ctx: Context) -> Raised:
    old = fail("must be superuser or replication role to use replication slots", "42501")
    new = fail(
        "permission denied to use replication slots",
        "42501",
        detail="Only roles with the REPLICATION attribute may use replication slots.",
    )
    return since(ctx.major, {12: old, 16: new})


def keep(ctx: Context, cluster: Any) -> None:
    """The server goes on with another cluster value, and its files follow."""
    from host.server import disk

    ctx.host = disk.flush(ctx.host, replace(ctx.instance, cluster=cluster))


def _slot(ctx: Context, name: str) -> Slot:
    found = ctx.instance.cluster.data.slot(name)
    if found is None:
        raise refused(ctx, "slot_missing", {"slot": name})
    return found


def _drop_slot(ctx: Context, name: str) -> None:
    slot = _slot(ctx, name)
    if slot.active:
        raise fail(f'replication slot "{name}" is active for PID {_holder(ctx)}', "55006")
    keep(ctx, slots.drop(ctx.instance.cluster, name))


def _holder(ctx: Context) -> int:
    return next((one.pid for one in ctx.sessions() if one.kind == "walsender"), 0)


def _advance(ctx: Context, name: str, upto: int) -> Composite:
    slot = _slot(ctx, name)
    data = ctx.instance.cluster.data
    if upto == 0:
        raise fail("invalid target WAL LSN", "22023")
    code = slots.why_not_advance(data, slot, upto)
    if code is not None:
        facts = dict(slots.message_facts(slot, data, upto))
        raise refused(ctx, code, {**facts, "pid": _holder(ctx)})
    cluster = slots.advance(ctx.instance.cluster, slot, upto)
    keep(ctx, cluster)
    moved = cluster.data.slot(name)
    assert moved is not None
    return Composite((("slot_name", "name"), ("end_lsn", "pg_lsn")), (name, moved.restart_lsn))


def _copy_slot(ctx: Context, source: str, name: str) -> Composite:
    slot = _slot(ctx, source)
    if ctx.instance.cluster.data.slot(name) is not None:
        raise refused(ctx, "slot_exists", {"slot": name})
    if slot.restart_lsn is None:
        raise fail("cannot copy a replication slot that doesn't reserve WAL", "55000")
    if slot.lost:
        raise fail(f'cannot copy invalidated replication slot "{source}"', "55000")
    made = replace(slot, name=name, active=False, idle_since=None)
    keep(ctx, ctx.instance.cluster.with_data(slots=(*ctx.instance.cluster.data.slots, made)))
    return Composite((("slot_name", "name"), ("lsn", "pg_lsn")), (name, slot.restart_lsn))
