"""After each line: a recovery that goes on comes to its end, and the archiver has what it can have.

A person at the other terminal would wait a moment too; without this the next answer would be a race.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.callers import no_pg_variables
from lab.limits import heed
from lab.processes import alive

if TYPE_CHECKING:
    import psycopg

    from lab.terminal.ground import Ground

LONGEST, ARCHIVER = 15.0, 4.0
"""Seconds for a recovery, and for the archiver."""
TICK = 0.02
_STATE = """SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END,
  current_setting('archive_mode') <> 'off' AND current_setting('archive_command') <> '',
  (SELECT failed_count > 0 FROM pg_stat_archiver)"""


def servers(ground: Ground) -> list[Path]:
    """Data directories in which a server runs."""
    return [data for data, _ in _running(ground)]


def _running(ground: Ground) -> Iterator[tuple[Path, int]]:
    for file in ground.lab.home.glob("root/dojo/**/postmaster.pid"):
        with suppress(OSError, ValueError, IndexError):
            pid, _, _, port, *_ = file.read_text(encoding="utf-8", errors="replace").split("\n")
            if alive(int(pid)):
                yield file.parent, int(port)


def settle(ground: Ground) -> None:
    """Wait for what goes on by itself."""
    for data, port in list(_running(ground)):
        _settle_one(ground, data, port)


def _settle_one(ground: Ground, data: Path, port: int) -> None:
    import psycopg

    begun = time.monotonic()
    with suppress(psycopg.Error), _connected(ground, port) as connection:
        while (spent := time.monotonic() - begun) < LONGEST:
            heed()
            found = connection.execute(_STATE).fetchone()
            assert found is not None
            recovers, paused, archives, failed = found
            replays = recovers and not paused and not (data / "standby.signal").exists()
            waits = archives and not recovers and not failed and spent < ARCHIVER and _ready(data)
            if not replays and not waits:
                return
            time.sleep(TICK)


def _ready(data: Path) -> bool:
    return any((data / "pg_wal" / "archive_status").glob("*.ready"))


def _connected(ground: Ground, port: int) -> psycopg.Connection[tuple[Any, ...]]:
    import psycopg

    with no_pg_variables():
        return psycopg.connect(host=str(ground.lab.paths.sockets), port=port, user="postgres", dbname="postgres",
                               autocommit=True, connect_timeout=5)  # fmt: skip
