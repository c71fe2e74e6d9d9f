"""What is risky about durability, checkpoints and the level of WAL."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from inspection.facts import Rate, ServerFacts
from inspection.words import BAD, BY_HAND, INFO, WARN, Finding, Mend, alter
from simulator.cluster import WalLimits
from simulator.lsn import GB, MB
from simulator.retention import checkpoint_segments

LARGEST_GB = 2**21 - 1
"""max_wal_size takes no more."""
CROWDED = 0.5
"""Checkpoints by volume that come within this part of checkpoint_timeout are worth a word."""
LONG_ENOUGH = 1800.0
"""Seconds: checkpoints further apart save little WAL, and recovery and pg_wal keep growing."""


def findings(facts: ServerFacts, rate: Rate | None, free_bytes: int | None) -> Iterator[Finding]:
    """Everything about the server itself, worst first within its kind."""
    yield from _durability(facts)
    if facts.value("wal_level") == "minimal":
        senders = (alter(facts, "max_wal_senders", "10"),) if facts.value("max_wal_senders") == 0 else ()
        yield Finding("minimal", BAD, {}, ("wal_level",), (alter(facts, "wal_level", "replica"), *senders), "wal_level")
    yield from _checkpoints(facts, rate)
    yield from _keep_and_disk(facts, free_bytes)
    if facts.version.summarize_wal and facts.value("summarize_wal") is False:
        mends = (alter(facts, "summarize_wal", "on"),)
        yield Finding("summaries_off", INFO, {}, ("summarize_wal",), mends, "summarize_wal")
    if facts.value("data_checksums") is False:
        mends = (Mend('pg_checksums --enable -D "$PGDATA"', BY_HAND),)
        yield Finding("checksums_off", INFO, {}, ("data_checksums",), mends, "data_checksums")
    if facts.pending_restart:
        yield Finding(
            "pending_restart",
            WARN,
            {"names": ", ".join(facts.pending_restart)},
            facts.pending_restart,
            (),
            "config_setting",
        )


def _durability(facts: ServerFacts) -> Iterator[Finding]:
    for name, code in (("fsync", "fsync_off"), ("full_page_writes", "pages_off")):
        if facts.value(name) is False:
            yield Finding(code, BAD, {}, (name,), (alter(facts, name, "on"),), name)
    if facts.value("synchronous_commit") == "off":
        delay = float(facts.value("wal_writer_delay") or 200) * 3 / 1000
        mends = (alter(facts, "synchronous_commit", "on"),)
        told = {"delay": f"{delay:g}"}
        yield Finding("commit_off", WARN, told, ("synchronous_commit",), mends, "synchronous_commit")


def _checkpoints(facts: ServerFacts, rate: Rate | None) -> Iterator[Finding]:
    """Checkpoints that volume asks for long before their time: full pages again and again, and a restless pg_wal."""
    limits, timeout = facts.limits(), facts.value("checkpoint_timeout")
    timed, requested = facts.checkpoints_timed, facts.checkpoints_requested
    if limits is None or timeout is None or rate is None or timed is None or requested is None or requested <= timed:
        return
    if rate.bytes_per_second <= 0:
        return
    every = limits.checkpoint_segments * facts.segment_size / rate.bytes_per_second
    goal = min(float(timeout), LONG_ENOUGH)
    if every >= CROWDED * goal:
        return
    wanted = wanted_max_wal_mb(facts, limits, rate.bytes_per_second * goal)
    now = int(facts.value("max_wal_size") or 0)
    told = {
        "every_seconds": every,
        "timeout_seconds": float(timeout),
        "goal_seconds": goal,
        "wanted_bytes": wanted * MB,
        "now_bytes": now * MB,
    }
    mends = (alter(facts, "max_wal_size", f"{wanted // 1024}GB"),)
    yield Finding("checkpoints_crowded", WARN, told, ("max_wal_size",), mends, "max_wal_size")


def wanted_max_wal_mb(facts: ServerFacts, limits: WalLimits, needed: float) -> int:
    """The smallest max_wal_size in whole gigabytes with which `needed` bytes fit between two checkpoints."""

    def enough(gigabytes: int) -> bool:
        segments = checkpoint_segments(gigabytes * GB // facts.segment_size, limits.completion_target)
        return segments * facts.segment_size >= needed

    return 1024 * (1 + bisect_left(range(1, LARGEST_GB), True, key=enough))


def _keep_and_disk(facts: ServerFacts, free_bytes: int | None) -> Iterator[Finding]:
    limits, files = facts.limits(), facts.pg_wal
    if limits is None or free_bytes is None or files is None or files.bytes is None:
        return
    kept = limits.keep_segments * facts.segment_size
    if kept <= files.bytes + free_bytes:
        return
    name = facts.version.wal_keep_parameter
    told = {"parameter": name, "kept_bytes": kept, "room_bytes": files.bytes + free_bytes}
    half = (files.bytes + free_bytes) // 2
    value = f"{half // MB}MB" if facts.version.keep_is_a_size else str(half // facts.segment_size)
    yield Finding("keep_over_disk", BAD, told, (name,), (alter(facts, name, value),), "wal_keep")
