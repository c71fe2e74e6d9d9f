"""What a standby is asked by its files: promotion by promote_trigger_file, another primary_conninfo by a reload."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host import tree
from host.network import at_server
from host.server import logs, standbys, work
from host.tree import File
from simulator.recovery import server as startup
from simulator.settings import ServerSettings
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.instance import Instance
    from simulator.recovery.server import Outcome
    from simulator.recovery.state import Recovery, Sources

LOOKS_EVERY = 5.0
"""The startup process of a standby that streams looks for the trigger file so often."""
_FILE = "promote_trigger_file"
_RECEIVES = ("primary_conninfo", "primary_slot_name")
_TRIGGERS = {12: True, 16: False}
_RESTARTS = (
    "LOG:  WAL receiver process shutdown requested",
    "FATAL:  terminating walreceiver process due to administrator command",
)


def _trigger(instance: Instance) -> str:
    """The path of its trigger file, '' when it has none."""
    if not since(instance.major, _TRIGGERS):
        return ""
    name = str(instance.settings.value(_FILE))
    return tree.absolute(name, instance.pgdata) if name else ""


def triggered_at(host: Host, instance: Instance) -> float | None:
    """When it notices its trigger file; None when there is none."""
    path = _trigger(instance)
    node = tree.find(host.root, path) if path else None
    if node is None or instance.recovery is None or not instance.recovery.standby:
        return None
    rounds = -(-(node.mtime - instance.started) // LOOKS_EVERY)
    return instance.started + rounds * LOOKS_EVERY


@at_server
def promoted_by_file(host: Host, port: int) -> Host:
    """CheckForStandbyTrigger: the file goes, recovery ends."""
    instance = work.running(host, port)
    path, shown = _trigger(instance), str(instance.settings.value(_FILE))
    if isinstance(tree.find(host.root, path), File):
        host = host.with_root(tree.remove(host.root, path))

    def promote(recovery: Recovery, sources: Sources) -> Outcome:
        outcome = startup.promote(recovery, sources)
        found, asked = f"LOG:  promote trigger file found: {shown}", "LOG:  received promote request"
        return replace(outcome, log=tuple(found if line == asked else line for line in outcome.log))

    return standbys.act(host, port, promote)


def reloaded(host: Host, port: int, before: ServerSettings) -> Host:
    """StartupRequestWalReceiverRestart: a receiver that runs connects anew, with what the settings say now."""
    instance = work.running(host, port)
    recovery = instance.startup
    if instance.recovery is None or recovery is None or not instance.recovery.streaming:
        return host
    if all(before.value(name) == instance.settings.value(name) for name in _RECEIVES):
        return host
    host = standbys.detached(logs.say(host, instance, _RESTARTS), instance)
    instance = work.running(host, port)
    host = host.with_instance(replace(instance, startup=replace(recovery, receiving=False)))
    if instance.recovery is not None and instance.recovery.paused:
        return standbys.act(host, port, startup.paused)
    return standbys.act(host, port, startup.catch_up, looks=True)
