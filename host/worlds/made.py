"""Worlds with a server in them, made by the very code that a learner's commands run: initdb, pg_ctl, createdb."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from host import network, tree
from host.catalog import Catalog
from host.catalog.fixture import fixture as fixture_catalog
from host.conformance.record import PLACES
from host.content import text_of
from host.machine import Build, Host
from host.server import layout, stopping, work
from host.server.boot import new_cluster
from host.server.recovering import start
from host.server.starting import NotStarted, Start
from host.tree import Dir, File, Link
from host.worlds import places

SECONDS_AGO = 600.0
"""The server was made a while before anybody types."""


TRANSACTIONS = 5
"""So many made the fixture."""
OBJECTS_BYTES = 300_000
"""WAL of the roles, tables, rows and indexes."""


_LEARNERS = (("unix_socket_directories", "'/tmp'"), ("timezone", "'UTC'"), ("log_timezone", "'UTC'"))


class NotMade(Exception):
    """A world's own commands went wrong: a fault of the dojo, never of a learner."""


def settings(port: int) -> tuple[tuple[str, str], ...]:
    """What the README of the recordings says of every server's postgresql.conf."""
    return (
        ("unix_socket_directories", f"'{PLACES['SOCKET']}'"),
        ("listen_addresses", "'127.0.0.1'"),
        ("port", str(port)),
        ("max_connections", "30"),
        ("shared_buffers", "32MB"),
        ("fsync", "off"),
        ("timezone", "'UTC'"),
        ("log_timezone", "'UTC'"),
        ("lc_messages", "'C'"),
        ("max_wal_size", "256MB"),
        ("log_line_prefix", "'%m [%p] '"),
    )


def with_lines(host: Host, pgdata: str, lines: tuple[tuple[str, str], ...]) -> Host:
    """Lines added to postgresql.conf."""
    path = f"{pgdata}/postgresql.conf"
    old = host.read(path)
    assert isinstance(old, str), "postgresql.conf is text"
    return host.write(path, old + "".join(f"{name} = {value}\n" for name, value in lines))


def quoted(value: str) -> str:
    """A value as it may stand in postgresql.conf."""
    return "'" + value.replace("'", "''") + "'"


def started(host: Host, pgdata: str, options: tuple[tuple[str, str], ...] = ()) -> Host:
    """The host with the server of a data directory running, its log beside the directory.  Raises NotMade."""
    begun = start(host, Start(pgdata, options, f"{pgdata}.log"))
    if isinstance(begun, NotStarted):
        log = tree.find(begun.host.root, f"{pgdata}.log")
        raise NotMade(begun.said or (text_of(log.content) if isinstance(log, File) else ""))
    return begun.host


def down(host: Host, port: int = 5432) -> Host:
    """The host with a server shut down cleanly."""
    return stopping.stop(host, port, "fast")


@lru_cache(maxsize=64)
def stopped_fixture(server: Build, client: Build, *, with_tablespace: bool) -> Host:
    """The fixture of the recordings, shut down cleanly."""
    host = places.for_fixture(server, client)
    pgdata = PLACES["PGDATA"]
    # Process ids go into system identifiers: servers of different majors that lie side by side are strangers.
    host = replace(host, clock=host.clock - SECONDS_AGO, next_pid=host.next_pid + 100 * server.major)
    host = new_cluster(host, pgdata)
    host = with_lines(host, pgdata, settings(5432))
    host = started(host, pgdata)
    location = PLACES["FAST"] if with_tablespace else None
    host = filled(host, 5432, fixture_catalog(server.major, location))
    return replace(down(host), clock=host.clock + SECONDS_AGO)


def filled(host: Host, port: int, catalog: Catalog) -> Host:
    """The server's catalogue is this one, written by a transaction as long as the real ones were."""
    instance = work.running(host, port)
    facts = instance.facts
    for space in catalog.tablespaces.values():
        if space.location:
            inside = f"{space.location}/{layout.tablespace_directory(facts)}"
            root = tree.make_dirs(host.root, inside, Dir(mtime=host.clock))
            link = Link(space.location, host.clock)
            host = host.with_root(tree.put(root, f"{instance.pgdata}/pg_tblspc/{space.oid}", link))
    new = len(catalog.databases) - len(instance.catalog.databases)
    size = new * facts.create_database_bytes + OBJECTS_BYTES
    return work.checkpoint(work.commit(host, port, catalog, size, instance.next_xid + TRANSACTIONS - 1), port)


def fixture(server: Build, client: Build, *, with_tablespace: bool) -> Host:
    """The fixture of the recordings, its server running."""
    return started(stopped_fixture(server, client, with_tablespace=with_tablespace), PLACES["PGDATA"])


def learners(server: Build, client: Build) -> Host:
    """A learner's host: a server that runs, and database shop."""
    host = places.for_learner(server, client)
    pgdata = places.data_directory(server.major)
    host = new_cluster(replace(host, clock=host.clock - SECONDS_AGO), pgdata)
    host = started(with_lines(host, pgdata, _LEARNERS), pgdata)
    catalog = fixture_catalog(server.major)
    kept = {name: one for name, one in catalog.databases.items() if name != "hr"}
    host = filled(host, 5432, replace(catalog, databases=MappingProxyType(kept)))
    return replace(host, clock=host.clock + SECONDS_AGO)


def three_machines(server: Build, client: Build) -> Host:
    """A server on db1 that the network reaches; backup1 has directories for backups; standby1 is empty."""
    pgdata = places.data_directory(server.major)
    db1 = learners(server, client)
    lines = (("listen_addresses", "'*'"), ("wal_level", "replica"), ("wal_log_hints", "on"))
    hba = f"{pgdata}/pg_hba.conf"
    rules = "".join(
        f"host    {base:<15} all             {places.SUBNET}         trust\n" for base in ("all", "replication")
    )
    db1 = with_lines(replace(down(db1), clock=db1.clock - SECONDS_AGO), pgdata, lines)
    db1 = started(db1.write(hba, text_of(db1.read(hba)) + rules), pgdata)
    empty = replace(places.for_learner(server, client), clock=db1.clock)
    root = empty.root
    for path in ("/archive", "/backup"):
        root = tree.make_dirs(root, path, places.OWN)
    backup1 = empty.with_root(root)
    hosts = {"db1": db1, "backup1": backup1, "standby1": empty}
    named = {name: (places.ADDRESSES[name], places.at(host, name)) for name, host in hosts.items()}
    return replace(network.joined(named, frozenset({"backup1"})), clock=db1.clock + SECONDS_AGO)
