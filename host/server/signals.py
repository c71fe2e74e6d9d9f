"""Signals to a server's processes: what `kill` and `pg_ctl kill` send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.server import connect, crashing, stopping, work

if TYPE_CHECKING:
    from host.machine import Host

_SHUTDOWN = {"TERM": "smart", "INT": "fast", "QUIT": "immediate"}


def send(host: Host, pid: int, name: str) -> Host | None:
    """The host after the signal (its name without SIG); None: there is no such process."""
    for instance in host.servers:
        if instance.pid == pid:
            return _to_postmaster(host, instance.port, name)
        if instance.session(pid) is not None and name == "TERM":
            return connect.close(host, instance.port, pid)
        if instance.session(pid) is not None or 0 < pid - instance.pid <= len(crashing.helpers(instance)):
            return crashing.signalled(host, instance, pid, name)
    return None


def _to_postmaster(host: Host, port: int, name: str) -> Host:
    if name == "KILL":
        return stopping.kill(host, port)
    if name == "HUP":
        return work.reload(host, port)
    mode = _SHUTDOWN.get(name)
    return stopping.stop(host, port, mode) if mode else host
