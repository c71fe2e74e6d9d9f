"""A plain small server for tests that need just one."""

from __future__ import annotations

from simulator.lsn import MB
from simulator.scenario import ServerPlan
from simulator.versions import KNOWN


def plan(major: int, *, archive: bool = False, disk_bytes: int | None = None, **settings: str) -> ServerPlan:
    """1 MB segments, few of them kept; a table of ten rows."""
    wanted = {"min_wal_size": "2MB", "max_wal_size": "64MB", "wal_keep_size": "0", **settings}
    return ServerPlan(
        version=major,
        versions=frozenset(KNOWN),
        segment_size=MB,
        settings=wanted,
        databases={"shop": {"orders": 10}},
        disk_bytes=disk_bytes,
        archive_command=archive,
        slots=(),
    )
