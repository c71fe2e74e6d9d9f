"""WAL receivers whose primary goes away: what their standbys' logs say, and the first look for it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.network import at_server
from host.server import logs, standbys, telling, work
from simulator.lsn import format_lsn
from simulator.recovery import server as startup
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.instance import Instance

_CLOSED = (
    "server closed the connection unexpectedly\n"
    "\tThis probably means the server terminated abnormally\n"
    "\tbefore or while processing the request."
)
_NO_COPY = {12: "no COPY in progress", 14: f"{_CLOSED}\nno COPY in progress"}


def forsaken(host: Host, gone: Instance, *, orderly: bool) -> Host:
    """A server has stopped (`orderly`: its senders had sent all WAL): every standby that streamed from it hears so."""
    for one in host.instances:
        recovery = one.recovery
        if recovery is not None and recovery.streaming and recovery.upstream == gone.port:
            host = _ended(host, one.port, orderly=orderly)
    return host


@at_server
def _ended(host: Host, port: int, *, orderly: bool) -> Host:
    instance = work.running(host, port)
    recovery = instance.recovery
    assert recovery is not None, "only a standby receives"
    if orderly:
        where = f"timeline {recovery.replay_timeline} at {format_lsn(recovery.replay_lsn)}"
        lines = [
            "LOG:  replication terminated by primary server",
            f"DETAIL:  End of WAL reached on {where}.",
            f"FATAL:  could not send end-of-streaming message to primary: {since(instance.major, _NO_COPY)}",
        ]
        assert instance.startup is not None, "a standby has a startup process"
        end = telling.end_of_wal(host, instance.pgdata, instance.startup)
        lines += [end] if end else []
    else:
        lines = [f"FATAL:  could not receive data from WAL stream: {_CLOSED}"]
    host = logs.say(host, instance, lines)
    if recovery.paused:  # the startup process looks for WAL again when it goes on
        return standbys.act(host, port, startup.paused)
    return standbys.act(host, port, startup.catch_up, looks=True)
