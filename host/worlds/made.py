"""Worlds with a server in them, made by the very code that a learner's commands run: initdb, pg_ctl, createdb."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from host import tree
from host.catalog.fixture import fixture as fixture_catalog
from host.conformance.record import PLACES
from host.machine import Build, Host
from host.server import layout
from host.server.boot import new_cluster
from host.worlds import places

SECONDS_AGO = 600.0
"""The server was made a while before anybody types."""


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


def started(host: Host, pgdata: str, log: str) -> Host:
    """The host with the server of a data directory running."""
    from host.server.running import start_server

    return start_server(host, pgdata, log)


@lru_cache(maxsize=64)
def stopped_fixture(server: Build, client: Build, *, with_tablespace: bool) -> Host:
    """The fixture of the recordings, shut down cleanly."""
    host = places.for_fixture(server, client)
    pgdata = PLACES["PGDATA"]
    host = new_cluster(replace(host, clock=host.clock - SECONDS_AGO), pgdata)
    host = with_lines(host, pgdata, settings(5432))
    host = started(host, pgdata, f"{PLACES['ROOT']}/server.log")
    catalog = fixture_catalog(server.major, PLACES["FAST"] if with_tablespace else None)
    from host.server.running import stop_server, with_catalog

    host = with_catalog(host, 5432, catalog)
    host = stop_server(host, 5432)
    return replace(host, clock=host.clock + SECONDS_AGO)


def fixture(server: Build, client: Build, *, with_tablespace: bool) -> Host:
    """The fixture of the recordings, its server running."""
    host = stopped_fixture(server, client, with_tablespace=with_tablespace)
    return started(host, PLACES["PGDATA"], f"{PLACES['ROOT']}/server.log")
