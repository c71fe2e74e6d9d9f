"""Time passes on the host: what servers do by the clock, each at its moment, whatever else goes on.

An archiver that failed tries again, a standby looks for WAL again or applies a commit whose delay is over, a primary
makes a timed checkpoint or closes a segment for archive_timeout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host import effort, tree
from host.content import text_of
from host.network import at_server
from host.server import archiving, asked, disk, logs, standbys, stopping, work
from host.tree import File
from simulator import frozen, waiting
from simulator.recovery import server as startup

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.instance import Instance

_MINUTE = 60.0
_MOST = 20
"""So many things happen in one stretch of time; what repeats itself after that is left out, but for its last time."""


@dataclass(frozen=True, slots=True)
class _Due:
    """Something that a server does at a moment."""

    at: float
    rank: int
    port: int
    act: Callable[[Host, int], Host]


def until(host: Host, moment: float) -> Host:
    """The host when the clock has come to that moment."""
    for _ in range(_MOST):
        due = _first(host, moment)
        if due is None:
            break
        host = _happens(_at(host, due.at), due)
    else:
        host = _at(host, moment)
        for due in sorted(_all(host, moment), key=_order):
            host = _happens(host, due)
    return _at(host, moment)


def _at(host: Host, moment: float) -> Host:
    """The host with its clock put forward: nothing has happened meanwhile, but that idle checkpointers looked."""
    host = replace(host, clock=max(host.clock, moment))
    for instance in host.instances:
        if instance.recovery is None:
            host = _looked(host, instance)
    return host


def _looked(host: Host, instance: Instance) -> Host:
    """A checkpointer that finds nothing new at its time counts a timed checkpoint, skips it, and sleeps on."""
    cluster = waiting.looked_in_vain(instance.cluster, host.clock)
    slept = cluster.live.checkpointed_at - instance.cluster.live.checkpointed_at
    if cluster is instance.cluster:
        return host
    skipped = round(slept / float(instance.settings.value("checkpoint_timeout")))
    counts = replace(instance.checkpoints, timed=instance.checkpoints.timed + skipped)
    return host.with_instance(frozen.replace(instance, cluster=cluster, checkpoints=counts))


def _order(due: _Due) -> tuple[float, int, int]:
    return due.at, due.rank, due.port


def _first(host: Host, moment: float) -> _Due | None:
    return min(_all(host, moment), key=_order, default=None)


def _happens(host: Host, due: _Due) -> Host:
    """It does it, with commands of its own: they do not count as work of the line that is typed."""
    if host.instance(due.port) is None:
        return host
    try:
        with effort.beside():
            effort.spend(effort.STATEMENT)
            return due.act(host, due.port)
    except effort.ShellError:
        return host
    except work.ServerGone as gone:
        return gone.host


def _all(host: Host, moment: float) -> Iterator[_Due]:
    for instance in host.instances:
        intact = _lock_file(host, instance) == str(instance.pid)
        for due in (*_of(instance), *_triggered(host, instance)) if intact else (_notices(host, instance),):
            if due.at <= moment:
                yield due


def _triggered(host: Host, instance: Instance) -> Iterator[_Due]:
    """A standby has been given its promote_trigger_file."""
    at = asked.triggered_at(host, instance)
    if at is not None:
        yield _Due(at, 0, instance.port, asked.promoted_by_file)


def _lock_file(host: Host, instance: Instance) -> str | None:
    """The process id in its postmaster.pid, None when the file is gone (RecheckDataDirLockFile)."""
    node = tree.find(host.root, f"{instance.pgdata}/postmaster.pid")
    return text_of(node.content).partition("\n")[0] if isinstance(node, File) else None


def _notices(host: Host, instance: Instance) -> _Due:
    """Once a minute the postmaster looks for its lock file; without one, somebody has deleted its directory."""
    minutes = (host.clock - instance.started) // _MINUTE + 1
    return _Due(instance.started + minutes * _MINUTE, 1, instance.port, _ends)


@at_server
def _ends(host: Host, port: int) -> Host:
    instance = work.running(host, port)
    found = _lock_file(host, instance)
    if found is None:
        why = f'could not open file "postmaster.pid": {tree.NO_ENTRY}'
    else:
        number = found if found.isdigit() else 0
        why = f'lock file "postmaster.pid" contains wrong PID: {number} instead of {instance.pid}'
    lines = (f"LOG:  {why}", "LOG:  performing immediate shutdown because data directory lock file is invalid")
    return stopping.stop(logs.say(host, instance, lines), port, "immediate")


def _of(instance: Instance) -> Iterator[_Due]:
    if instance.archiver.tries_at and archiving.archives(instance):
        yield _Due(instance.archiver.tries_at, 4, instance.port, archiving.again)
    if instance.recovery is None:
        yield from _writes(instance)
    else:
        yield from _replays(instance)


def _replays(instance: Instance) -> Iterator[_Due]:
    """What a server in recovery does: a restartpoint, the next look for WAL, the commit whose delay is over."""
    assert instance.recovery is not None, "it is in recovery"
    found = instance.startup.last_checkpoint if instance.startup is not None else None
    if found is not None and found.redo > instance.cluster.data.control.redo_lsn:
        timeout = float(instance.settings.value("checkpoint_timeout"))
        yield _Due(instance.cluster.live.checkpointed_at + timeout, 2, instance.port, _restartpoint)
    if instance.startup is not None and not instance.recovery.paused and instance.startup.stop is None:
        if instance.startup.delayed:
            yield _Due(instance.startup.delayed / 1_000_000, 5, instance.port, _looks)
        elif not instance.startup.receiving and instance.startup.standby:
            pause = float(instance.settings.value("wal_retrieve_retry_interval")) / 1000
            yield _Due(instance.recovery.looked + max(pause, 1.0), 6, instance.port, _looks)


def _writes(instance: Instance) -> Iterator[_Due]:
    """A primary's timed checkpoint, and archive_timeout."""
    cluster, live = instance.cluster, instance.cluster.live
    if not waiting.idle(cluster):
        timeout = float(instance.settings.value("checkpoint_timeout"))
        yield _Due(live.checkpointed_at + timeout, 2, instance.port, _checkpoint)
    timeout = waiting.archive_timeout_of(cluster)
    if timeout and waiting.new_since_switch(cluster):
        yield _Due(live.switched_at + timeout, 3, instance.port, _switch)


def _checkpoint(host: Host, port: int) -> Host:
    return work.checkpoint(host, port, "time")


@at_server
def _restartpoint(host: Host, port: int) -> Host:
    return standbys.restartpoint(host, port, "time")


def _switch(host: Host, port: int) -> Host:
    """RequestXLogSwitch by the checkpointer."""
    instance = work.running(host, port)
    at = instance.cluster.insert_lsn
    outcome = waiting.timed_switch(work.world_of(host, instance))
    end = outcome.world.primary.data.wal_end
    return work.done(host, instance, outcome, disk.switch_record(at, end, instance.cluster.data.segment_size))


def _looks(host: Host, port: int) -> Host:
    return standbys.act(host, port, startup.catch_up, looks=True)
