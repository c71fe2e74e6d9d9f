"""What the tests of several machines share: the world, and typing at one of its machines."""

from __future__ import annotations

from functools import cache

from host.call import Done
from host.content import text_of
from host.machine import Build, Host
from host.network import enter
from host.shell import run_line
from host.worlds import world

MACHINES = ("db1", "backup1", "standby1")


def three(major: int = 16) -> Host:
    return world("three-machines", Build(major), Build(major))


def on(name: str, *lines: str, host: Host | None = None, major: int = 16) -> Done:
    """The last of these lines, typed at a machine; all of them must succeed but the last."""
    now = enter(host or three(major), name)
    *before, last = lines
    for line in before:
        done = run_line(now, line)
        assert done.exit == 0, (line, text_of(done.stdout), done.stderr)
        now = done.host
    return run_line(now, last)


def streaming(host: Host) -> Host:
    """Standby1 streams from db1."""
    backup = "pg_basebackup -h db1 -U replication_user -R -D ~/data"
    return on("standby1", backup, "pg_ctl -D ~/data -l ~/log start", "true", host=host).host


@cache
def with_standby(major: int = 16) -> Host:
    return streaming(three(major))


def said(done: Done) -> str:
    return text_of(done.stdout) + done.stderr
