"""Servers as facts, for tests: a sound one, and changes of it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from inspection.facts import Archiver, PgWalFiles, Sender, ServerFacts, Slot
from simulator.lsn import GB, MB, segment_name
from simulator.versions import KNOWN, version

DATA = Path(__file__).resolve().parents[1] / "data" / "inspection"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SEGMENT = 16 * MB
LSN = 5000 * SEGMENT + 4 * MB
MAJORS = KNOWN


def sound(major: int, **settings: str) -> ServerFacts:
    """A server with a working archive, 1 MB of WAL a second, 100 GB of data, and nothing to complain about."""
    facts = version(major)
    known = {
        "archive_command": "test ! -f /archive/%f && cp %p /archive/%f",
        "archive_mode": "on",
        "archive_timeout": "5min",
        "checkpoint_completion_target": "0.9",
        "checkpoint_timeout": "5min",
        "data_checksums": "on",
        "fsync": "on",
        "full_page_writes": "on",
        "max_replication_slots": "10",
        "max_wal_senders": "10",
        "max_wal_size": "4GB",
        "min_wal_size": "80MB",
        "synchronous_commit": "on",
        "synchronous_standby_names": "",
        facts.wal_keep_parameter: "1GB" if facts.keep_is_a_size else "64",
        "wal_level": "replica",
        "wal_recycle": "on",
        "wal_segment_size": "16MB",
    }
    known |= {"max_slot_wal_keep_size": "20GB"} if facts.slot_loss else {}
    known |= {"summarize_wal": "on"} if facts.summarize_wal else {}
    return ServerFacts(
        major=major,
        release=facts.release,
        settings=known | settings,
        seen_at=NOW,
        standby=False,
        lsn=LSN,
        redo_lsn=LSN - 100 * MB,
        timeline=1,
        archiver=Archiver(1000, name(4999), NOW, 0, None, None, NOW - timedelta(days=1)),
        slots=(),
        senders=(),
        wal_bytes=86400 * MB,
        wal_stats_reset=NOW - timedelta(days=1),
        looks=((NOW - timedelta(seconds=10), LSN - 10 * MB), (NOW, LSN)),
        checkpoints_timed=1000,
        checkpoints_requested=10,
        pg_wal=PgWalFiles(70, 70 * SEGMENT, name(4934), name(5003)),
        ready_files=1,
        oldest_ready=name(4999),
        database_bytes=100 * GB,
        databases=3,
        tablespaces=0,
    )


def name(segment: int) -> str:
    """A segment file on timeline 1."""
    return segment_name(1, segment, SEGMENT)


def slot(slot_name: str = "s1", **changes: Any) -> Slot:
    """An inactive physical slot 1 GB behind, a standby that went away a week ago."""
    plain = Slot(
        name=slot_name,
        type="physical",
        active=False,
        active_pid=None,
        temporary=False,
        restart_lsn=LSN - GB,
        wal_status="reserved",
        safe_wal_size=None,
        inactive_since=NOW - timedelta(days=7),
        invalidation_reason=None,
    )
    return replace(plain, **changes)


def sender(**changes: Any) -> Sender:
    """A standby that streams."""
    return replace(Sender(4711, "standby1", "streaming", "async", LSN, LSN), **changes)


@cache
def recording(major: int) -> dict[str, Any]:
    """What a real psql printed on this major."""
    found: dict[str, Any] = json.loads(gzip.decompress((DATA / f"psql-{major}.json.gz").read_bytes()))
    return found
