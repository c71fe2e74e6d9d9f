"""What SQL and pg_ctl ask of a server in recovery: promotion, pause, resume."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.server import standbys, work
from simulator.recovery import server as startup

if TYPE_CHECKING:
    from host.machine import Host


def promote(host: Host, port: int) -> Host:
    """pg_promote(): recovery ends, on a new timeline."""
    return standbys.act(host, port, startup.promote)


def resume(host: Host, port: int) -> Host:
    """pg_wal_replay_resume(): a server paused at its target ends recovery; another one goes on replaying."""
    instance = work.running(host, port)
    assert instance.recovery is not None, "only a server in recovery is asked this"
    assert instance.startup is not None, "a server in recovery has a startup process"
    if instance.startup.stop is not None:
        return standbys.act(host, port, startup.resume)
    host = host.with_instance(replace(instance, recovery=replace(instance.recovery, paused=False)))
    return standbys.act(host, port, startup.catch_up)


def pause(host: Host, port: int) -> Host:
    """pg_wal_replay_pause()."""
    instance = work.running(host, port)
    assert instance.recovery is not None, "only a server in recovery is asked this"
    return host.with_instance(replace(instance, recovery=replace(instance.recovery, paused=True)))
