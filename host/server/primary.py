"""The server that primary_conninfo names, as a WAL receiver finds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.network import ELSEWHERE
from host.server import connect, logs
from simulator import slots
from simulator.lsn import format_lsn
from simulator.messages import error_lines
from simulator.pg_wal import file_name, file_number
from simulator.recovery.streaming import wanted
from simulator.settings import ServerSettings
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host
    from simulator.recovery.state import Recovery

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
    if denied := _slot_denied(host, settings, own, end):
        return Primary(0, client, complaint=f"FATAL:  could not start WAL streaming: ERROR:  {denied}")
    return Primary(end, client, wanted.user, wanted.application)


def _slot_denied(host: Host, settings: ServerSettings, own: int, end: int) -> str:
    """Why the primary does not give it the slot of primary_slot_name, '' when it does (ReplicationSlotAcquire)."""
    name, upstream = str(settings.value("primary_slot_name")), host.instance(end)
    if not name or upstream is None:
        return ""
    slot = upstream.cluster.data.slot(name)
    if slot is None:
        return f'replication slot "{name}" does not exist'
    if slots.is_refused(upstream.cluster.data, slot):
        lines = error_lines("slot_lost", upstream.major, {"slot": name, "reason": slots.reason(slot)})
        return "\n".join(lines).removeprefix("ERROR:  ")
    for other in host.instances if slot.active else ():
        held = other.recovery is not None and other.recovery.streaming and other.recovery.upstream == end
        if held and other.port != own and str(other.settings.value("primary_slot_name")) == name:
            return f'replication slot "{name}" is active for PID {other.pid + SENDER_AFTER}'
    return ""


def complaint(host: Host, found: Primary, recovery: Recovery, *, times: int) -> tuple[Host, tuple[str, ...]]:
    """What the receiver says that gets nothing, once; a server without such WAL says so in its own log, each time."""
    upstream = host.instance(found.endpoint)
    if upstream is None:
        return host, (found.complaint,) if found.complaint else ()
    (timeline, position), size = wanted(recovery), recovery.size
    data = upstream.cluster.data
    number = file_number(timeline, position // size)
    streams = recovery.receiving or not recovery.request.standby
    if streams or timeline != data.timeline or number in data.pg_wal.segments or position >= data.wal_end:
        return host, ()
    start = format_lsn(position - position % size)
    error = error_lines("wal_removed", upstream.major, {"file": file_name(number, size)})[0]
    name = str(recovery.place.data.settings.value("primary_slot_name"))
    slot = f'SLOT "{name}" ' if name else ""
    at_sender = (error, f"STATEMENT:  START_REPLICATION {slot}{start} TIMELINE {timeline}")
    host = logs.say(host, upstream, at_sender * times)
    begun = f"LOG:  started streaming WAL from primary at {start} on timeline {timeline}"
    return host, (begun, f"FATAL:  could not receive data from WAL stream: {error}")


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
