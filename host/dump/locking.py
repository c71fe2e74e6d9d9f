"""Tables that somebody else holds: pg_dump, whose snapshot is taken already, waits for them."""

from __future__ import annotations

from collections.abc import Callable

from host.call import Asleep, Done
from host.dump.plan import Plan
from host.machine import Host
from host.server import backups, connect
from host.server.connect import Connected
from simulator.settings import parameter, parse_value

PATIENCE, GIVEN_UP = backups.PATIENCE, 130
"""Somebody has pressed Ctrl-C."""
GONE = (
    "query failed: FATAL:  terminating connection due to administrator command\n"
    "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n"
    "\tbefore or while processing the request."
)
"""The server was stopped meanwhile."""


class Waits(Exception):
    """LOCK TABLE waits: `go_on` is what comes when it is tried again, after so many seconds in all."""

    def __init__(self, waited: float, pause: float, go_on: Callable[[Host, float], Done]) -> None:
        super().__init__("pg_dump waits for a lock")
        self.waited, self.pause, self.go_on = waited, pause, go_on


def held(made: Connected, database: str) -> frozenset[str]:
    """What other sessions have locked against everybody: `public.orders`."""
    others = (one for one in made.instance.sessions if one.database == database and one.pid != made.pid)
    return frozenset(name for session in others for name in session.holds_lock_on)


def stands_in_the_way(plan: Plan, locked: frozenset[str]) -> bool:
    """A table that is dumped is among them."""
    d = plan.dumping
    tables = (one for one in d.database.tables() if d.selection.relation((one.schema, one.name)))
    return any(f"{one.schema}.{one.name}" in locked for one in tables)


def timeout(given: str, major: int) -> float:
    """Seconds of --lock-wait-timeout; 0: it waits for ever."""
    return int(parse_value(parameter(major, "statement_timeout"), given)) / 1000 if given else 0.0


def pause(waited: float, most: float) -> float:
    """It is looked again after so many seconds."""
    often = backups.next_look(waited)
    return min(often, most - waited) if most else often


def asleep(host: Host, stderr: str, made: Connected, waits: Waits) -> Asleep:
    """pg_dump sleeps until it is tried again."""
    later = waits.waited + waits.pause

    def given_up(now: Host) -> Host:
        return connect.close(now, made.port, made.pid)

    def go_on(now: Host) -> Done:
        return waits.go_on(now, later)

    return Asleep(host, 0, "", stderr, until=host.clock + waits.pause, go_on=go_on, given_up=given_up)


def lost(host: Host, made: Connected) -> bool:
    """The server, or its session there, has gone meanwhile."""
    instance = host.instance(made.port)
    return instance is None or instance.session(made.pid) is None
