"""The host that a challenge begins on: a named world, its settings and directories, and what was typed before."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from host import tree
from host.conformance.builds import client_build, server_build
from host.machine import Host
from host.shell import run_line
from host.tree import Dir
from host.worlds import made, world
from levels.challenge import Beginning, lines_on

CACHED = 128


class NotPrepared(Exception):
    """A command of the preparation failed: a fault of the challenge file."""

    def __init__(self, line: str, said: str) -> None:
        super().__init__(f"{line}: {said.strip()}")


@lru_cache(maxsize=CACHED)
def begin(beginning: Beginning, major: int) -> Host:
    """The host on a major; raises NotPrepared."""
    client = beginning.client or major
    host = world(beginning.name, server_build(major, client), client_build(client))
    for place in beginning.places:
        own = Dir(mode=0o700, mtime=host.clock, owner="postgres", capacity=place.capacity)
        host = host.with_root(tree.make_dirs(host.root, place.path, own))
    if beginning.settings:
        host = _configured(host, beginning.settings)
    first = host
    for line in lines_on(beginning.prepare, major):
        done = run_line(host, line)
        if done.exit:
            raise NotPrepared(line, done.stderr)
        host = done.host
    return replace(
        host, cwd=first.cwd, user=first.user, variables=first.variables, weather=host.weather | beginning.weather
    )


def _configured(host: Host, lines: tuple[tuple[str, str], ...]) -> Host:
    """Restarted with lines added to postgresql.conf."""
    [instance] = host.instances
    host = made.down(host, instance.port)
    host = made.with_lines(host, instance.pgdata, tuple((name, made.quoted(value)) for name, value in lines))
    return made.started(host, instance.pgdata)
