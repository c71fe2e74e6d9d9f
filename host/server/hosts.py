"""A connection string may name several hosts: libpq takes the first that answers and is what is wanted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.server import connect as connecting
from host.server.connect import Connected, NotConnected, Wanted
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host
    from host.options.connection import Target

_UNFIT = {
    12: 'could not make a writable connection to server "{host}:{port}"\n',
    14: "{where}{unfit}\n",
}


def connect(host: Host, wanted: Wanted, target: Target) -> Connected | NotConnected:
    """Connect to the first of the target's hosts that will do (PQconnectPoll's loop over hosts).

    A server that refuses ends it, unless it is not ready yet: the other hosts are not asked.
    """
    ways = ((wanted.host, wanted.port), *target.others)
    rounds = ("standby", "any") if target.session == "prefer-standby" else (target.session,)
    said = ""
    for kind in rounds:
        said = ""
        for name, port in ways:
            made = connecting.connect(host, replace(wanted, host=name, port=port))
            if isinstance(made, NotConnected):
                said += made.message
                if made.reached and not made.starting:
                    return replace(made, message=said)
                continue
            unfit = _unfit(made, kind)
            if not unfit:
                return replace(made, to=(name, port))
            facts = {"host": name, "port": port, "where": connecting.where(host, name, port), "unfit": unfit}
            said += since(host.client.major, _UNFIT).format(**facts)
            host = connecting.close(made.host, made.port, made.pid)
    return NotConnected(said)


def reachable(host: Host, wanted: Wanted, target: Target) -> str:
    """PQping: what the first of them says that says anything ('': none does)."""
    ways = ((wanted.host, wanted.port), *target.others)
    answers = (connecting.reachable(host, replace(wanted, host=name, port=port)) for name, port in ways)
    return next((answer for answer in answers if answer), "")


def _unfit(made: Connected, kind: str) -> str:
    """Why a server is not the one that target_session_attrs wants; '' when it is."""
    standby = made.instance.recovery is not None
    faults = {
        "read-write": "session is read-only" if standby else "",
        "read-only": "" if standby else "session is not read-only",
        "primary": "server is in hot standby mode" if standby else "",
        "standby": "" if standby else "server is not in hot standby mode",
    }
    return faults.get(kind, "")
