"""The directories and variables of a world, before any server is made in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from host import tree
from host.conformance.record import PLACES, pghome
from host.machine import START_CLOCK, Build, Host
from host.tree import Dir, File

_ROOT_OWNED = Dir(mode=0o755, mtime=START_CLOCK, owner="root")
OWN = Dir(mode=0o700, mtime=START_CLOCK, owner="postgres")
FIXTURE_HOME = "/dojo/home"
LEARNER_HOME = "/home/postgres"
SUBNET = "192.168.56.0/24"
ADDRESSES = {"db1": "192.168.56.11", "backup1": "192.168.56.12", "standby1": "192.168.56.13"}
"""The machines of world three-machines."""


def bare(server: Build, client: Build, dirs: tuple[str, ...], cwd: str, env: Mapping[str, str]) -> Host:
    """A host with the programs, directories of its own user, and nothing in them."""
    root = _ROOT_OWNED
    for path in ("/bin", "/etc", "/home", "/usr/bin", "/usr/lib/postgresql", "/var/lib/postgresql"):
        root = tree.make_dirs(root, path, _ROOT_OWNED)
    root = tree.make_dirs(root, "/tmp", Dir(mode=0o1777, mtime=START_CLOCK, owner="root"))  # noqa: S108
    for build in (client, server):
        root = tree.make_dirs(root, build.folder, _ROOT_OWNED)
    for path in dirs:
        root = tree.make_dirs(root, path, OWN)
    known = {"PATH": f"{client.folder}:/usr/bin:/bin", "USER": "postgres", "LOGNAME": "postgres", **env}
    return Host(root=root, client=client, server=server, cwd=cwd, env=MappingProxyType(known))


def for_fixture(server: Build, client: Build) -> Host:
    """The host of the recordings: everything below /dojo."""
    names = [name for name in PLACES if name not in {"LOGFILE", "PGDATA"}]
    dirs = (*(PLACES[name] for name in names), FIXTURE_HOME)
    env = {"HOME": FIXTURE_HOME, "PGHOST": PLACES["SOCKET"], "PGPORT": "5432", "TZ": "UTC", "LC_ALL": "C"}
    host = bare(server, client, dirs, PLACES["WORK"], env)
    # The README's names are variables of the shell, and not exported: a tool must not find PGDATA by itself.
    return replace(host, variables=MappingProxyType({**PLACES, "PGHOME": pghome(client.major), "umask": "0077"}))


def for_learner(server: Build, client: Build) -> Host:
    """A learner's own host."""
    dirs = (LEARNER_HOME, f"/var/lib/postgresql/{server.major}")
    env = {"HOME": LEARNER_HOME, "PGDATA": data_directory(server.major)}
    return bare(server, client, dirs, LEARNER_HOME, env)


def data_directory(major: int) -> str:
    """Where a learner's server keeps its data."""
    return f"/var/lib/postgresql/{major}/data"


def at(host: Host, name: str) -> Host:
    """A machine of the network: its name in /etc, where people look for it."""
    hosts = "127.0.0.1 localhost\n" + "".join(f"{address} {each}\n" for each, address in ADDRESSES.items())
    root = host.root
    for path, text in {"/etc/hostname": f"{name}\n", "/etc/hosts": hosts}.items():
        root = tree.put(root, path, File(text, 0o644, START_CLOCK, "root"))
    return host.with_root(root)
