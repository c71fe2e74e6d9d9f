"""Whoever streams has what was written before a checkpoint takes it away: on a busy machine that would be a race.

While a command is performed the checkpointer is held until nothing more is written and every WAL sender has sent
what there is, or is seen to be stuck (its receiver is held, or its WAL is gone).
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lab import ToolFailed
from lab.cluster import Lab
from lab.observe import runs
from lab.processes import send
from lab.server import Server, wait_for
from simulator.commands import BackupStart, ClientFinishes, Command, PgBasebackup

if TYPE_CHECKING:
    import psycopg

QUIET, STUCK, LONGEST = 0.06, 0.5, 10.0
"""Seconds without a change after which all is sent, after which a sender is stuck, and the most that is waited."""
_STATE = """SELECT pg_current_wal_flush_lsn()::text, coalesce(string_agg(pid || ' ' || sent_lsn || ' ' ||
            coalesce(flush_lsn::text, ''), ',' ORDER BY pid), ''), count(*),
            coalesce(bool_and(sent_lsn = pg_current_wal_flush_lsn()
                AND (application_name <> 'walreceiver' OR flush_lsn = pg_current_wal_flush_lsn())), true)
            FROM pg_stat_replication WHERE state IN ('streaming', 'catchup')"""
_GONE = ("could not receive data from WAL stream: ERROR", "could not start WAL streaming: ERROR")
_FIRST_RECORD = 0x28
_STREAMS = "started streaming WAL"


@contextmanager
def unhurried(server: Server, command: Command) -> Iterator[None]:
    """Checkpoints that the command asks for come after what was written before them has been sent.

    A backup's start switches, which may ask for a checkpoint, and asks for one itself: the two requests are one
    when the checkpointer is not quicker than the next instruction, which it seldom is.
    """
    starts = isinstance(command, BackupStart | PgBasebackup)
    if server.postmaster is None or isinstance(command, ClientFinishes) or not (starts or server.ask(_STATE)[0][2]):
        yield
        return
    within = server.mark().flush_lsn % server.segment_size > _FIRST_RECORD
    held = server.pids("checkpointer")
    over = threading.Event()
    watcher = threading.Thread(
        target=_let_go_when_sent, args=(server, held, over), kwargs={"moves": starts and within}, daemon=True
    )
    for pid in held:
        send(pid, signal.SIGSTOP)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _let_go_when_sent(server: Server, held: tuple[int, ...], over: threading.Event, *, moves: bool) -> None:
    """`moves`: the command will write WAL before it wants anything of the checkpointer, if it does not fail."""
    import psycopg

    try:
        with server.connect("postgres") as connection:
            end = time.monotonic() + LONGEST
            at = connection.execute(_STATE).fetchone()
            while moves and not over.is_set() and time.monotonic() < end:
                moves = (connection.execute(_STATE).fetchone() or (0,))[0] == (at or (0,))[0]
                time.sleep(0.005)
            wait_until_sent(connection, over)
    except psycopg.Error:
        pass  # the server went down: nothing is sent any more
    finally:
        for pid in held:
            send(pid, signal.SIGCONT)


def wait_until_sent(connection: psycopg.Connection[Any], over: threading.Event | None = None) -> None:
    """Until nothing more is written and all has been sent, or nothing moves any more; `over`: or nobody cares."""
    begun = since = time.monotonic()
    last: object = None
    while (now := time.monotonic()) - begun < LONGEST:
        *state, all_sent = connection.execute(_STATE).fetchone() or (None, True)
        if state != last:
            last, since = state, now
        settled = QUIET if all_sent else STUCK
        if now - since > settled or (over is not None and over.is_set() and all_sent):
            return
        time.sleep(0.005)


def settle_streams(lab: Lab) -> None:
    """Standbys that run stream again, and have what there is; unless the WAL that they ask for is gone."""
    server = lab.server
    if server.postmaster is None or not any(_is_running(lab, path) for path in lab.copies):
        return
    for path in lab.copies:
        if _is_running(lab, path):
            wait_for(f"the standby in {path} to stream", lambda path=path: _streams_or_waits(lab, path))  # type: ignore[misc]
    wait_until_sent(server.hand())


def _is_running(lab: Lab, path: str) -> bool:
    folder = lab.paths.real(path)
    return (folder / "standby.signal").exists() and runs(folder)


def _streams_or_waits(lab: Lab, path: str) -> bool:
    """What its log says last: that it streams, or why it does not.  Without a primary it reads its archive only."""
    folder, log = lab.paths.real(path), lab.home / "logs" / f"{lab.copies[path]}.log"
    if "primary_conninfo" not in (folder / "postgresql.auto.conf").read_text(encoding="utf-8"):
        return True
    said = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    last = next((line for line in reversed(said) if _STREAMS in line or any(gone in line for gone in _GONE)), "")
    if any(gone in last for gone in _GONE):
        return True
    return bool(last) and bool(
        lab.server.one("SELECT count(*) FROM pg_stat_replication WHERE application_name = 'walreceiver'")
    )


__all__ = ["ToolFailed", "settle_streams", "unhurried", "wait_until_sent"]
