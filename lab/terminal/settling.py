"""After each line: a recovery that goes on comes to its end, and the archiver has what it can have.

A person at the other terminal would wait a moment too; without this the next answer would be a race.
"""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.callers import no_pg_variables
from lab.limits import heed
from lab.processes import alive, children, send, title

if TYPE_CHECKING:
    import psycopg

    from lab.terminal.ground import Ground

LONGEST, ARCHIVER, STANDBY = 60.0, 30.0, 10.0
"""Seconds for a recovery, for the archiver, and for a standby that may be unable to follow."""
TICK = 0.02
_STATE = """SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END,
  current_setting('archive_mode') <> 'off' AND current_setting('archive_command') <> '',
  (SELECT failed_count > 0 FROM pg_stat_archiver),
  CASE WHEN pg_is_in_recovery() THEN false ELSE
    (SELECT timeline_id FROM pg_control_checkpoint())
      <> ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int
    OR EXISTS (SELECT FROM pg_stat_activity
      WHERE backend_type = 'checkpointer' AND wait_event IS DISTINCT FROM 'CheckpointerMain') END"""

_FOLLOWERS = "SELECT count(*) FILTER (WHERE flush_lsn >= pg_current_wal_flush_lsn()) FROM pg_stat_replication"
_REPLAYED = "SELECT coalesce(pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn(), false) OR NOT pg_is_in_recovery()"

_WRITER = re.compile(r"postgres: (?:\S+: )?background writer\b")
_NEEDS_WRITER = re.compile(
    r"pg_ctl|pg_rewind|pg_restore|createdb|dropdb|database|tablespace| -\w*f|--file|<", re.IGNORECASE
)


def hold(ground: Ground) -> None:
    """Background writers stand still between lines.

    Each logs a snapshot when 15 s have passed and something was written: at the beginning of a segment that record
    decides whether the next pg_switch_wal() switches, and whether a standby gets the segment.
    """
    _signal(ground, signal.SIGSTOP)


def go_on(ground: Ground, line: str = "") -> None:
    """They go on for a line that waits for every process of a server (DROP DATABASE does, and a shutdown), or any."""
    if not line or _NEEDS_WRITER.search(line):
        _signal(ground, signal.SIGCONT)


def _signal(ground: Ground, number: signal.Signals) -> None:
    for data, _ in _running(ground):
        with suppress(OSError, ValueError):
            postmaster = int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0])
            for pid in children(postmaster):
                if _WRITER.match(title(pid)):
                    send(pid, number)


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
    running = list(_running(ground))
    for data, port in running:
        _settle_one(ground, data, port)
    standbys = [port for data, port in running if (data / "standby.signal").exists()]
    if standbys:
        primaries = [port for data, port in running if port not in standbys]
        _wait_for(ground, primaries, _FOLLOWERS, len(standbys))
        _wait_for(ground, standbys, _REPLAYED, True)


def _wait_for(ground: Ground, ports: Sequence[int], question: str, answer: object) -> None:
    """Until each of these servers says so; one that cannot is not waited for any longer."""
    import psycopg

    for port in ports:
        end = time.monotonic() + STANDBY
        with suppress(psycopg.Error), _connected(ground, port) as connection:
            while connection.execute(question).fetchone() != (answer,) and time.monotonic() < end:
                heed()
                time.sleep(TICK)


def _settle_one(ground: Ground, data: Path, port: int) -> None:
    import psycopg

    begun = time.monotonic()
    with suppress(psycopg.Error), _connected(ground, port) as connection:
        while (spent := time.monotonic() - begun) < LONGEST:
            heed()
            found = connection.execute(_STATE).fetchone()
            assert found is not None
            recovers, paused, archives, failed, checkpoints = found
            replays = recovers and not paused and not (data / "standby.signal").exists()
            waits = archives and not recovers and not failed and spent < ARCHIVER and _ready(data)
            if not replays and not waits and not checkpoints:  # after a promotion it is spread over some seconds
                return
            time.sleep(TICK)


def _ready(data: Path) -> bool:
    return any((data / "pg_wal" / "archive_status").glob("*.ready"))


def _connected(ground: Ground, port: int) -> psycopg.Connection[tuple[Any, ...]]:
    import psycopg

    with no_pg_variables():
        return psycopg.connect(host=str(ground.lab.paths.sockets), port=port, user="postgres", dbname="postgres",
                               autocommit=True, connect_timeout=5)  # fmt: skip
