"""How much WAL each kind of backup may see on this server before what it needs is lost."""

from __future__ import annotations

from dataclasses import dataclass

from inspection.facts import Rate, ServerFacts
from inspection.findings_archive import archive_state
from inspection.model import safe_for_fetch, safe_for_slot, typical_for_fetch
from inspection.rates import Assumptions
from inspection.words import BAD, GOOD, UNKNOWN, WARN, BackupAnswer, Said
from simulator.cluster import WalLimits
from simulator.sweep import Load

LOWEST_RATE = 1.0
"""Bytes a second; a server that writes less loses nothing while anybody watches."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What every answer is worked out from."""

    facts: ServerFacts
    limits: WalLimits | None
    rate: Rate | None
    backup_seconds: float | None
    free_bytes: int | None

    @property
    def need_bytes(self) -> int | None:
        """WAL that is written while a backup runs."""
        if self.rate is None or self.backup_seconds is None:
            return None
        return int(self.rate.bytes_per_second * self.backup_seconds)

    @property
    def load(self) -> Load | None:
        """The steady load of this server; None when nothing is known of its rate."""
        timeout = self.facts.value("checkpoint_timeout")
        if self.limits is None or self.rate is None or timeout is None or self.rate.bytes_per_second < LOWEST_RATE:
            return None
        facts = self.facts
        return Load(facts.version, self.limits, facts.segment_size, self.rate.bytes_per_second, float(timeout))


def asked_of(facts: ServerFacts, rate: Rate | None, assumed: Assumptions, free_bytes: int | None) -> Asked:
    """Put together what the answers need."""
    seconds = facts.database_bytes / assumed.copy_rate if facts.database_bytes is not None else None
    return Asked(facts, facts.limits(), rate, seconds, free_bytes)


def answers(asked: Asked) -> tuple[BackupAnswer, ...]:
    """Every kind of backup, the usual one first."""
    return (
        _stream(asked),
        _slot(asked),
        _fetch(asked),
        _none(asked),
        _low_level(asked),
        _cold(asked),
        BackupAnswer("dump", GOOD, Said("dump_standby" if asked.facts.standby else "dump")),
    )


def free_senders(facts: ServerFacts) -> int | None:
    """WAL senders that are not taken at present."""
    most = facts.value("max_wal_senders")
    if most is None:
        return None
    return int(most) - len(facts.senders) if facts.senders is not None else None if int(most) else 0


def free_slots(facts: ServerFacts) -> int | None:
    """Replication slots that can still be made."""
    most = facts.value("max_replication_slots")
    if most is None:
        return None
    return int(most) - len(facts.slots) if facts.slots is not None else None if int(most) else 0


def _refusal(facts: ServerFacts, senders: int, slots: int = 0) -> Said | None:
    """Why this server would not even begin such a backup."""
    if facts.value("wal_level") == "minimal":
        return Said("minimal")
    most, free = facts.value("max_wal_senders"), free_senders(facts)
    if most is not None and not int(most):
        return Said("no_senders")
    if free is not None and free < senders:
        return Said("few_senders", {"free": max(0, free), "needed": senders})
    left = free_slots(facts)
    if slots and left is not None and left < slots:
        return Said("no_slot_left")
    return None


def _fetch(asked: Asked) -> BackupAnswer:
    refusal = _refusal(asked.facts, 1)
    if refusal or asked.limits is None:
        return BackupAnswer("fetch", BAD if refusal else UNKNOWN, refusal or Said("settings_missing"))
    facts, need = asked.facts, asked.need_bytes
    safe = safe_for_fetch(facts.version, asked.limits, facts.segment_size)
    typical = typical_for_fetch(asked.load) if asked.load else None
    told = {"safe_bytes": safe}
    if need is None:
        verdict, reason = (WARN, Said("fetch_nothing_kept")) if not safe else (UNKNOWN, Said("fetch_unknown", told))
    elif need <= safe:
        verdict, reason = GOOD, Said("fetch_fits", {**told, "need_bytes": need})
    elif asked.load is None or typical is None or need <= typical.bytes:
        verdict, reason = WARN, Said("fetch_likely" if safe else "fetch_likely_none", {**told, "need_bytes": need})
    else:
        more = {"need_bytes": need, "typical_bytes": typical.bytes, "typical_seconds": typical.seconds}
        verdict, reason = BAD, Said("fetch_loses", {**told, **more})
    return BackupAnswer(
        "fetch",
        verdict,
        reason,
        guaranteed_bytes=safe,
        typical_bytes=typical.bytes if typical else None,
        typical_seconds=typical.seconds if typical else None,
    )


def _stream(asked: Asked) -> BackupAnswer:
    refusal = _refusal(asked.facts, 2, 1)
    if refusal or asked.limits is None:
        return BackupAnswer("stream", BAD if refusal else UNKNOWN, refusal or Said("settings_missing"))
    safe = safe_for_slot(asked.facts.version, asked.limits, asked.facts.segment_size)
    if safe is None:
        return BackupAnswer("stream", GOOD, Said("stream_unlimited"), unlimited=True)
    return BackupAnswer("stream", *_limited("stream", asked, safe), guaranteed_bytes=safe)


def _slot(asked: Asked) -> BackupAnswer:
    refusal = _refusal(asked.facts, 2)
    if refusal or asked.limits is None:
        return BackupAnswer("slot", BAD if refusal else UNKNOWN, refusal or Said("settings_missing"))
    safe = safe_for_slot(asked.facts.version, asked.limits, asked.facts.segment_size)
    if safe is not None:
        return BackupAnswer("slot", *_limited("slot", asked, safe), guaranteed_bytes=safe)
    if asked.free_bytes is None or asked.rate is None:
        return BackupAnswer("slot", GOOD, Said("slot_unlimited"), unlimited=True)
    seconds = asked.free_bytes / max(LOWEST_RATE, asked.rate.bytes_per_second)
    reason = Said("slot_until_full", {"free_bytes": asked.free_bytes, "full_seconds": seconds})
    return BackupAnswer("slot", GOOD, reason, unlimited=True)


def _limited(kind: str, asked: Asked, safe: int) -> tuple[str, Said]:
    """A slot with a limit: enough for a reader that stands still while the whole backup runs, or only for a lag?"""
    facts: dict[str, object] = {"safe_bytes": safe}
    if asked.need_bytes is not None and asked.need_bytes <= safe:
        return GOOD, Said(f"{kind}_limit_fits", {**facts, "need_bytes": asked.need_bytes})
    return (WARN if kind == "slot" or not safe else GOOD), Said(f"{kind}_limited", facts)


def _none(asked: Asked) -> BackupAnswer:
    refusal = _refusal(asked.facts, 1)
    if refusal:
        return BackupAnswer("none", BAD, refusal)
    state = archive_state(asked.facts)
    verdict = {"works": GOOD, "off": BAD, "failing": BAD, "discards": BAD, "nowhere": BAD}.get(state, UNKNOWN)
    return BackupAnswer("none", verdict, Said(f"none_{state}"), unlimited=state == "works")


def _low_level(asked: Asked) -> BackupAnswer:
    facts = asked.facts
    if facts.value("wal_level") == "minimal":
        return BackupAnswer("low_level", BAD, Said("minimal"))
    state = archive_state(facts)
    if state == "works":
        return BackupAnswer("low_level", GOOD, Said("low_level_works"), unlimited=True)
    if state == "off" and asked.limits is not None:
        safe = safe_for_fetch(facts.version, asked.limits, facts.segment_size)
        fits = asked.need_bytes is not None and asked.need_bytes <= safe
        reason = Said("low_level_off", {"safe_bytes": safe})
        return BackupAnswer("low_level", GOOD if fits else WARN, reason, guaranteed_bytes=safe)
    verdict = BAD if state in {"failing", "discards", "nowhere"} else UNKNOWN
    return BackupAnswer("low_level", verdict, Said(f"low_level_{state}"))


def _cold(asked: Asked) -> BackupAnswer:
    if asked.backup_seconds is None:
        return BackupAnswer("cold", GOOD, Said("cold"))
    return BackupAnswer("cold", GOOD, Said("cold_takes", {"backup_seconds": asked.backup_seconds}))
