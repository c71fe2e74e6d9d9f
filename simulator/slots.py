"""Physical replication slots: create, advance, drop, and how pg_replication_slots shows them."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from simulator import retention
from simulator.cluster import Cluster, DataDirectory, Slot, WalLimits
from simulator.frozen import quick, replace
from simulator.lsn import format_lsn, segment_of


@quick
@dataclass(frozen=True, slots=True)
class SlotRow:
    """One row of pg_replication_slots (positions and sizes as ints, None for null)."""

    name: str
    restart_lsn: int | None
    wal_status: str | None
    safe_wal_size: int | None
    invalidation_reason: str | None
    active: bool
    temporary: bool


def create(cluster: Cluster, name: str, *, reserve: bool, temporary: bool = False, active: bool = False) -> Cluster:
    """pg_create_physical_replication_slot: with `reserve` it holds WAL from the redo point of the last checkpoint."""
    position = cluster.data.control.redo_lsn if reserve else None
    slot = Slot(name, position, position, temporary=temporary, active=active)
    return replace(cluster, data=cluster.data.with_slot(slot))


def why_not_advance(data: DataDirectory, slot: Slot, target: int) -> str | None:
    """The code of the message with which pg_replication_slot_advance refuses, None if it does not."""
    if slot.active:  # the slot has to be acquired before anything about it is looked at
        return "slot_active"
    if slot.lost and data.facts.lost_slot_own_message:
        return "slot_lost"
    if slot.restart_lsn is None:
        return (
            "slot_reserves_nothing" if slot.lost or data.facts.unreserved_slot_short_message else "slot_never_reserved"
        )
    return "slot_backwards" if min(target, data.wal_end) < slot.restart_lsn else None


def advance(cluster: Cluster, slot: Slot, target: int) -> Cluster:
    """pg_replication_slot_advance: at most to the flush position, in memory only until the next checkpoint."""
    moved = replace(slot, restart_lsn=min(target, cluster.data.wal_end), idle_since=None)
    return replace(cluster, data=cluster.data.with_slot(moved))


def taken_up(data: DataDirectory, slot: Slot, at: int) -> Slot:
    """A client streams with the slot and has everything up to `at`."""
    revives = slot.lost and data.facts.lost_slot_revives
    lost, revived = slot.lost and not revives, slot.revived or revives
    return replace(slot, restart_lsn=at, active=True, lost=lost, revived=revived, idle_since=None)


def reason(slot: Slot) -> str:
    """Why a lost slot is lost, as pg_replication_slots has it."""
    return "idle_timeout" if slot.timed_out else "wal_removed"


def is_refused(data: DataDirectory, slot: Slot) -> bool:
    """May no client have it any more?"""
    return slot.lost and data.facts.lost_slot_own_message


def drop(cluster: Cluster, name: str) -> Cluster:
    """pg_drop_replication_slot."""
    return replace(cluster, data=cluster.data.without_slot(name))


def rows(data: DataDirectory, limits: WalLimits, last_removed: int, write: int) -> list[SlotRow]:
    """pg_replication_slots as pg_get_replication_slots shows it when WAL is written up to `write`."""
    return [_row(data, slot, limits, last_removed, write) for slot in sorted(data.slots, key=_NAME)]


_NAME = attrgetter("name")


def _row(data: DataDirectory, slot: Slot, limits: WalLimits, last_removed: int, write: int) -> SlotRow:
    facts, size = data.facts, data.segment_size
    status: str | None = None
    safe: int | None = None
    if facts.slot_loss:
        segment = segment_of(slot.restart_lsn or 0, size)
        if slot.lost:  # the view takes one in use for a slot whose WAL may still be saved
            status = "unreserved" if slot.active and slot.restart_lsn is not None else "lost"
        elif slot.restart_lsn is not None:
            status = retention.wal_availability(
                facts,
                segment,
                write,
                size,
                last_removed,
                keep_segments=limits.keep_segments,
                slot_limit=limits.slot_limit,
                max_wal_segments=limits.max_wal_segments,
            )
        if status != "lost":
            safe = retention.safe_wal_size(segment, write, size, limits.keep_segments, limits.slot_limit)
    why = reason(slot) if slot.lost and facts.invalidation_reason else None
    return SlotRow(slot.name, slot.restart_lsn, status, safe, why, slot.active, slot.temporary)


def message_facts(slot: Slot, data: DataDirectory, target: int) -> dict[str, str]:
    """What the messages about advancing fill in."""
    minimum = format_lsn(slot.restart_lsn or 0)
    target_lsn = format_lsn(min(target, data.wal_end))
    return {"slot": slot.name, "target": target_lsn, "minimum": minimum, "pid": "<PID>", "reason": reason(slot)}
