"""The server that primary_conninfo names, as a WAL receiver finds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.network import ELSEWHERE
from host.server import connect
from simulator.settings import ServerSettings
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host

RECEIVER = "walreceiver"
SENDER_AFTER = 5
"""The WAL sender of a standby has its postmaster's process id and so many more."""
_NOT_REACHED = {
    12: "FATAL:  could not connect to the primary server: {said}",
    18: 'FATAL:  streaming replication receiver "{name}" could not connect to the primary server: {said}',
}


@dataclass(frozen=True, slots=True)
class Primary:
    """What came of looking for it."""

    endpoint: int = 0
    """Of the server that runs there; 0: there is none, or it does not let the receiver in."""
    client: str = ""
    """The receiver's address; '': it comes through a socket."""
    user: str = "postgres"
    application: str = RECEIVER
    """application_name as the receiver sends it."""
    complaint: str = ""
    """What the standby's log says when it cannot be reached."""


def look(host: Host, settings: ServerSettings, own: int) -> Primary:
    """`own`: the endpoint of the standby."""
    words = words_of(settings)
    if not words:
        return Primary()
    port = int(words.get("port", "5432")) if words.get("port", "5432").isdigit() else 0
    name = str(settings.value("cluster_name")) or RECEIVER
    wanted = connect.Wanted(
        words.get("host", ""),
        port,
        words.get("user", host.user),
        "",
        replication=True,
        password=words.get("password", ""),
        application=words.get("application_name", name),
    )
    end, client, said = connect.link(host, own // ELSEWHERE, wanted, _attached(host, own))
    if end in (0, own):
        complaint = since(settings.major, _NOT_REACHED).format(name=wanted.application, said=said.rstrip("\n"))
        return Primary(0, client, complaint=complaint if said else "")
    return Primary(end, client, wanted.user, wanted.application)


def words_of(settings: ServerSettings) -> Mapping[str, str]:
    """primary_conninfo, read; nothing when it is empty or no connection string."""
    from host.options.connection import read_string
    from host.options.conninfo import ConninfoFault

    try:
        return read_string(str(settings.value("primary_conninfo")), settings.major)
    except ConninfoFault:
        return {}


def _attached(host: Host, own: int) -> int:
    """The process that sends to this standby already; 0: none."""
    standby = host.instance(own)
    return standby.pid + SENDER_AFTER if standby is not None else 0
