"""What is risky about slots, standbys and the processes that send WAL."""

from __future__ import annotations

from collections.abc import Iterator

from inspection.backups import free_senders, free_slots
from inspection.facts import Rate, ServerFacts, Slot
from inspection.words import AT_ONCE, BAD, INFO, WARN, Finding, Mend, alter
from simulator.lsn import GB, MB
from simulator.retention import NO_LIMIT

DAY = 86400.0
HOUR = 3600.0
SENDERS_FOR_A_BACKUP = 2
ROOM = 4
"""Senders and slots to have free after mending: a backup, and somebody else."""


def findings(facts: ServerFacts, rate: Rate | None, free_bytes: int | None) -> Iterator[Finding]:
    """Everything about slots and senders, worst first within its kind."""
    slots = facts.slots or ()
    for slot in slots:
        yield from _broken(facts, slot)
    kept = [slot for slot in slots if slot.restart_lsn is not None and not slot.lost]
    idle = [slot for slot in kept if slot.active is False]
    told = [_idle(facts, slot) for slot in idle]
    yield from told
    if kept and _limit(facts) == NO_LIMIT:
        severity = BAD if any(finding.severity == BAD for finding in told) else WARN
        yield _unlimited(facts, kept, rate, free_bytes, severity)
    yield from _without_slot(facts, rate)
    yield from _senders(facts)
    yield from _synchronous(facts)


def _limit(facts: ServerFacts) -> int | None:
    """max_slot_wal_keep_size in MB; on 12 there is none to set."""
    if not facts.version.slot_loss:
        return None
    value = facts.value("max_slot_wal_keep_size")
    return None if value is None else int(value)


def _behind(facts: ServerFacts, slot: Slot) -> int | None:
    return None if facts.lsn is None or slot.restart_lsn is None else max(0, facts.lsn - slot.restart_lsn)


def _drop(slot: Slot) -> Mend:
    name = slot.name.replace("'", "''")
    return Mend(f"SELECT pg_drop_replication_slot('{name}');", AT_ONCE)


def _broken(facts: ServerFacts, slot: Slot) -> Iterator[Finding]:
    name = {"slot": slot.name}
    if slot.lost:
        yield Finding("slot_lost", BAD, name, ("max_slot_wal_keep_size",), (_drop(slot),), "slots_view")
    elif slot.wal_status == "unreserved":
        behind = _behind(facts, slot)
        more = () if behind is None else (alter(facts, "max_slot_wal_keep_size", f"{2 * behind // MB + 1024}MB"),)
        yield Finding("slot_unreserved", BAD, name, ("max_slot_wal_keep_size",), more, "slots_view")


def _idle(facts: ServerFacts, slot: Slot) -> Finding:
    """A standby that is being restarted is no danger; one that has gone, or is far behind, is."""
    behind, since = _behind(facts, slot), slot.inactive_since
    known: dict[str, object] = {"slot": slot.name}
    settings = ("max_slot_wal_keep_size",) if facts.version.slot_loss else ()
    if behind is None:
        return Finding("slot_idle", WARN, known, settings, (_drop(slot),), "slots")
    known["behind_bytes"] = behind
    far = behind > int(facts.value("max_wal_size") or 1024) * MB
    code = "slot_idle_behind"
    if since is not None and facts.seen_at is not None:
        seconds = max(0.0, (facts.seen_at - since).total_seconds())
        known["idle_seconds"] = seconds
        code, far = "slot_idle_since", far or seconds > DAY
    severity = BAD if far and _limit(facts) in {NO_LIMIT, None} else WARN
    return Finding(code, severity, known, settings, (_drop(slot),), "slots")


def _unlimited(
    facts: ServerFacts, slots: list[Slot], rate: Rate | None, free_bytes: int | None, severity: str
) -> Finding:
    limit = slot_limit_mb(facts, rate, free_bytes)
    behind = [(slot.name, gap) for slot in slots if (gap := _behind(facts, slot)) is not None and gap > limit * MB]
    told: dict[str, object] = {"limit_bytes": limit * MB, "slots": ", ".join(slot.name for slot in slots)}
    code = "slots_unlimited"
    if behind:
        code, told["lost"] = "slots_unlimited_loses", ", ".join(name for name, _ in behind)
    mends = (alter(facts, "max_slot_wal_keep_size", _sized(limit)),)
    return Finding(code, severity, told, ("max_slot_wal_keep_size",), mends, "max_slot_wal_keep_size")


def slot_limit_mb(facts: ServerFacts, rate: Rate | None, free_bytes: int | None) -> int:
    """A limit to propose: a day's WAL, at least four times max_wal_size, and never more than half of what is free."""
    least = 4 * int(facts.value("max_wal_size") or 1024)
    a_day = int(rate.bytes_per_second * DAY) // MB if rate else 0
    most = free_bytes // 2 // MB if free_bytes is not None else max(least, a_day)
    return max(64, min(max(least, a_day), most))


def _sized(megabytes: int) -> str:
    """Whole gigabytes where that is no great difference."""
    per_gb = GB // MB
    return f"{megabytes // per_gb}GB" if megabytes >= 4 * per_gb else f"{megabytes}MB"


def _without_slot(facts: ServerFacts, rate: Rate | None) -> Iterator[Finding]:
    """Standbys that stream without a slot have nothing but wal_keep_size to come back to."""
    keep = facts.version.wal_keep_parameter
    if facts.senders is None or facts.slots is None or facts.value(keep) != 0:
        return
    pids = {slot.active_pid for slot in facts.slots}
    plain = [sender for sender in facts.senders if sender.state == "streaming" and sender.pid not in pids]
    if not plain:
        return
    megabytes = max(1024, int(rate.bytes_per_second * HOUR) // MB if rate else 0)
    if facts.version.keep_is_a_size:
        mend = alter(facts, keep, _sized(megabytes))
    else:
        mend = alter(facts, keep, str(megabytes * MB // facts.segment_size))
    names = ", ".join(sorted({sender.application_name or "?" for sender in plain}))
    told = {"standbys": names, "parameter": keep, "keep_bytes": megabytes * MB}
    yield Finding("standby_without_slot", WARN, told, (keep,), (mend,), "wal_keep")


def _senders(facts: ServerFacts) -> Iterator[Finding]:
    free, slots = free_senders(facts), free_slots(facts)
    minimal = facts.value("wal_level") == "minimal"
    if free is not None and free < SENDERS_FOR_A_BACKUP and not minimal:
        most = int(facts.value("max_wal_senders") or 0)
        mends = (alter(facts, "max_wal_senders", str(most - free + ROOM)),)
        told = {"free": max(0, free), "most": most}
        code = "senders_none" if not most else "senders_few"
        yield Finding(code, BAD if not most else WARN, told, ("max_wal_senders",), mends, "max_wal_senders")
    if slots is not None and slots < 1 and not minimal:
        most = int(facts.value("max_replication_slots") or 0)
        mends = (alter(facts, "max_replication_slots", str(most - slots + ROOM)),)
        told = {"most": most}
        names = ("max_replication_slots",)
        yield Finding("slots_none_left", INFO if not most else WARN, told, names, mends, "max_replication_slots")


def _synchronous(facts: ServerFacts) -> Iterator[Finding]:
    names = facts.value("synchronous_standby_names")
    waits = facts.value("synchronous_commit") not in {"off", "local"}
    if not names or not waits or facts.senders is None or facts.standby:
        return
    if any(sender.state is None for sender in facts.senders):
        return  # without pg_monitor the states of others are not shown
    if any(sender.sync_state in {"sync", "quorum"} for sender in facts.senders):
        return
    mends = (alter(facts, "synchronous_standby_names", ""),)
    settings = ("synchronous_standby_names",)
    yield Finding("sync_standby_missing", BAD, {"names": str(names)}, settings, mends, "synchronous_standby_names")
