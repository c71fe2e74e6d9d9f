"""The archiver: which files it takes, in which order, and what a failing command does (pgarch.c)."""

from __future__ import annotations

from dataclasses import replace

from simulator.cluster import Cluster
from simulator.pg_wal import PgWal, archive_order
from simulator.ranges import EMPTY


def archive_everything(pg_wal: PgWal, segment_size: int) -> tuple[PgWal, list[str]]:
    """A working archive_command takes all that is .ready; returns the names in the order they were sent."""
    sent = archive_order(pg_wal, segment_size)
    others = tuple(replace(o, status="done") if o.status == "ready" else o for o in pg_wal.others)
    return replace(pg_wal, ready=EMPTY, done=pg_wal.done | pg_wal.ready, others=others), sent


def drained_at_shutdown(cluster: Cluster) -> bool:
    """A fast or smart shutdown runs the archiver once more after the shutdown checkpoint."""
    return cluster.live.limits.archiving
