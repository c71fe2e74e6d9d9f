"""The host that a challenge begins on: a named world, its settings and directories, and what was typed before."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from host import tree
from host.conformance.builds import client_build, server_build
from host.conformance.record import pghome
from host.machine import Host
from host.network import at, logged_out
from host.shell import run_line
from host.tree import Dir, File
from host.worlds import made, world
from levels.challenge import Beginning, OldCluster, typed_on
from simulator.recovery.journal import Journal

CACHED = 128


class NotPrepared(Exception):
    """A command of the preparation failed: a fault of the challenge file."""

    def __init__(self, line: str, said: str) -> None:
        super().__init__(f"{line}: {said.strip()}")


@lru_cache(maxsize=CACHED)
def begin(beginning: Beginning, major: int) -> Host:
    """The host on a major; raises NotPrepared."""
    host = world(beginning.name, server_build(major, major), client_build(major))
    for place in beginning.places:
        own = Dir(mode=0o700, mtime=host.clock, owner="postgres", capacity=place.capacity)
        host = host.with_root(tree.make_dirs(host.root, place.path, own))
    if beginning.settings:
        host = _configured(host, beginning.settings)
    if beginning.old is not None:
        host = _beside(host, beginning.old)
    first = host
    for line in typed_on(beginning.prepare, major):
        done = run_line(at(host, line.on), line.text)
        if done.exit:
            raise NotPrepared(line.text, done.stderr)
        host = done.host
    host = logged_out(at(host))
    if beginning.client is not None:
        host = _with_client(host, beginning.client)
    return replace(
        host, cwd=first.cwd, user=first.user, variables=first.variables, weather=host.weather | beginning.weather
    )


def _with_client(host: Host, major: int) -> Host:
    """The learner has the client tools of another major: they come first on PATH."""
    folder = f"{pghome(major)}/bin"
    root = tree.make_dirs(host.root, folder, Dir(mode=0o755, mtime=host.clock, owner="root"))
    env = MappingProxyType({**host.env, "PATH": f"{folder}:{host.env.get('PATH', '')}"})
    return replace(host, root=root, client=client_build(major), env=env)


def _beside(host: Host, old: OldCluster) -> Host:
    """With the data directory of another major's server, made and stopped on a host of its own."""
    there = world("default", server_build(old.major, old.major), client_build(old.major))
    dump = run_line(there, "pg_dumpall").stdout
    there = made.down(there)
    directory = tree.need(there.root, there.env["PGDATA"])
    root = tree.make_dirs(host.root, old.path.rpartition("/")[0] or "/", Dir(mtime=host.clock))
    root = tree.put(root, old.path, directory)
    if old.dump:
        root = tree.put(root, old.dump, File(dump, mtime=host.clock))
    journal = Journal(MappingProxyType({**there.journal.branches, **host.journal.branches}))
    return replace(host, root=root, journal=journal)


def _configured(host: Host, lines: tuple[tuple[str, str], ...]) -> Host:
    """Restarted with lines added to postgresql.conf."""
    [instance] = host.instances
    host = made.down(host, instance.port)
    host = made.with_lines(host, instance.pgdata, tuple((name, made.quoted(value)) for name, value in lines))
    return made.started(host, instance.pgdata)
