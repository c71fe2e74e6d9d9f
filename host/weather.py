"""What other people do while a command runs: the words that may stand in `Host.weather`, with a sentence each.

A word holds for as long as it stands there; a tool that it concerns asks `Weather.X in host.weather`.
Whatever can be a plain part of the host is none of these words: a stopped server, a standby (an Instance on
port 5433), a small file system (`Dir.capacity`), files in a recovery kit, tools of another minor release
(`Build.release`).
"""

from __future__ import annotations

from enum import StrEnum


class Weather(StrEnum):
    """One circumstance."""

    WALSENDER_ENDED = "walsender ended"
    """pg_terminate_backend ends the walsender that sends the files two seconds after a base backup starts.

    A backup that takes less than two seconds is not touched (as with the next two words)."""
    STOPPED_FAST = "stopped fast"
    """The server is stopped with `pg_ctl -m fast stop` two seconds after a base backup starts."""
    STOPPED_IMMEDIATE = "stopped immediate"
    """The server is stopped with `pg_ctl -m immediate stop` two seconds after a base backup starts."""
    WAL_CHURN = "wal churn"
    """While a base backup copies, another session fills several WAL segments and runs CHECKPOINT, again and again."""
    RECEIVER_PAUSED = "receiver paused"
    """The process of pg_basebackup that receives WAL (-X stream) is paused for nine seconds: it falls behind."""
    WAL_SWITCHES = "wal switches"
    """While the command runs, two WAL segments are filled and switched."""
    TABLE_CHURN = "table churn"
    """Tables are created, dropped and checkpointed all the time: files vanish below a copy of the data directory."""
    DATABASE_CHURN = "database churn"
    """While a base backup runs, a database is created and dropped again: its directory may be in the copy, empty."""
    SENDERS_TAKEN = "senders taken"
    """Another pg_basebackup -Xs runs: two of the server's max_wal_senders are in use."""
    ORDERS_LOCKED = "orders locked"
    """Another session holds ACCESS EXCLUSIVE on public.orders of database shop."""
    IDLE_IN_TRANSACTION = "idle in transaction"
    """Another session is connected (to shop) and idle in a transaction: a smart shutdown waits for it."""
    CONNECTED_TO_COPY = "connected to copy"
    """Another session is connected to database copy."""
    APP_SESSIONS = "app sessions"
    """Four other sessions are open as role app."""


AFTER_TWO_SECONDS = frozenset({Weather.WALSENDER_ENDED, Weather.STOPPED_FAST, Weather.STOPPED_IMMEDIATE})
"""What happens two seconds after the backup starts, and only to a backup that is still running then."""


def sessions_elsewhere(weather: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The ordinary sessions that other people have open: (role, database)."""
    found: list[tuple[str, str]] = []
    if Weather.ORDERS_LOCKED in weather or Weather.IDLE_IN_TRANSACTION in weather:
        found.append(("postgres", "shop"))
    if Weather.CONNECTED_TO_COPY in weather:
        found.append(("postgres", "copy"))
    if Weather.APP_SESSIONS in weather:
        found += [("app", "postgres")] * 4
    return tuple(found)


def senders_taken(weather: frozenset[str]) -> int:
    """How many WAL senders other people use."""
    return 2 if Weather.SENDERS_TAKEN in weather else 0
