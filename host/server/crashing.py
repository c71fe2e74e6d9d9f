"""One process of a server dies: the postmaster ends all others and begins anew (restart_after_crash)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host import tree
from host.network import at_server
from host.server import directory, logs, standbys, stopping, work
from host.tree import Dir
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.instance import Instance

PRIMARY = ("checkpointer", "background writer", "walwriter", "autovacuum launcher", "logical replication launcher")
"""What runs beside the sessions, in the order of the process ids after the postmaster's, as ps shows it."""
STANDBY = ("checkpointer", "background writer", "startup recovering")
_NAMES = {
    "walwriter": "WAL writer process",
    "startup recovering": "startup process",
    "logical replication launcher": 'background worker "logical replication launcher"',
}
_BACKEND = {12: "server process", 18: "client backend"}
_DEADLY = {"KILL": "signal 9: Killed", "ABRT": "signal 6: Aborted"}
_OFF = {
    12: (),
    14: ("LOG:  shutting down because restart_after_crash is off",),
    17: ('LOG:  shutting down because "restart_after_crash" is off',),
}
_STARTUP_FAILED = {12: (), 15: ("LOG:  shutting down due to startup process failure",)}


def helpers(instance: Instance) -> tuple[str, ...]:
    """The names of its processes that serve no client."""
    return STANDBY if instance.recovery is not None else PRIMARY


def signalled(host: Host, instance: Instance, pid: int, name: str) -> Host:
    """A signal to a process below the postmaster: a helper or a session."""
    serves = instance.session(pid) is not None
    helper = "" if serves else helpers(instance)[pid - instance.pid - 1]
    called = since(instance.major, _BACKEND) if serves else _NAMES.get(helper, f"{helper} process")
    if name in _DEADLY:
        return _died(host, instance.port, helper, f"{called} (PID {pid}) was terminated by {_DEADLY[name]}")
    if name == "QUIT":  # quickdie(): as dangerous for shared memory
        return _died(host, instance.port, helper, f"{called} (PID {pid}) exited with exit code 2")
    if name == "TERM" and helper == "logical replication launcher":
        return logs.say(host, instance, (f"LOG:  {called} (PID {pid}) exited with exit code 1",))
    return host


@at_server
def _died(host: Host, port: int, helper: str, said: str) -> Host:
    """HandleChildCrash: everybody is ended; the next start is a crash recovery under the same postmaster."""
    from host.server.replaying import recover

    instance = work.running(host, port)
    ends = helper == "startup recovering" or not instance.settings.value("restart_after_crash")
    host = logs.say(host, instance, (f"LOG:  {said}", "LOG:  terminating any other active server processes"))
    if ends:
        last = since(instance.major, _STARTUP_FAILED if helper == "startup recovering" else _OFF)
        return stopping.crashed(logs.say(host, instance, (*last, "LOG:  database system is shut down")), instance)
    host = logs.say(host, instance, ("LOG:  all server processes terminated; reinitializing",))
    top = tree.find(host.root, instance.pgdata)
    if not isinstance(top, Dir):
        return stopping.kill(host, port)
    master = standbys.master_of(stopping.kill(host, port), instance)
    host = recover(master, directory.labels(top)).host
    again = host.instance(port)
    return host if again is None else host.with_instance(replace(again, started=instance.started, hba=instance.hba))
