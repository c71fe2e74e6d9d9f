"""`setup.state`: every circumstance in the list of the README, as a function of the host."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from host import tree
from host.conformance import kit
from host.conformance.builds import client_build, server_build
from host.conformance.record import PLACES, Case
from host.conformance.steps import NotBuilt, done
from host.content import Zeros
from host.machine import Build, Host
from host.server.boot import new_cluster
from host.server.work import running
from host.tree import Dir, File
from host.weather import Weather
from host.worlds import made, world
from simulator.recovery.journal import Journal

MEGABYTE = 2**20


# The server, its settings and pg_hba.conf

_LOCAL = "local all all trust\nhost all all 127.0.0.1/32 trust\n"
_HBA: Mapping[str, str] = {
    "no replication lines": _LOCAL,
    "replication only for replication_user": _LOCAL
    + "local replication replication_user trust\nhost replication replication_user 127.0.0.1/32 trust\n",
    "tcp needs scram password": "local all all trust\nlocal replication all trust\n"
    "host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n",
}
"""The variants of pg_hba.conf by the README's names."""
_WORLDS = {"default": "fixture", "without tablespace": "fixture-without-tablespace"}


@dataclass(frozen=True, slots=True)
class Beginning:
    """Which server a case begins with."""

    fixture: str
    server: Build
    client: Build
    settings: tuple[tuple[str, str], ...]
    pg_hba: str
    never_started: bool
    """The settings are added while it is down, and it stays down."""


@lru_cache(maxsize=256)
def begun(start: Beginning) -> Host:
    """The fixture with these settings: the server runs, or is down."""
    if not start.settings and start.pg_hba == "default":
        host = world(_WORLDS[start.fixture], start.server, start.client)
        return made.down(host) if start.never_started else host
    with_tablespace = start.fixture == "default"
    host = made.stopped_fixture(start.server, start.client, with_tablespace=with_tablespace)
    pgdata = PLACES["PGDATA"]
    lines = tuple((name, made.quoted(_spelled(value))) for name, value in start.settings)
    host = made.with_lines(host, pgdata, lines)
    if start.pg_hba in _HBA:
        host = host.write(f"{pgdata}/pg_hba.conf", _HBA[start.pg_hba])
    return host if start.never_started else made.started(host, pgdata)


def _spelled(value: str) -> str:
    return re.sub(r"\$(\w+)", lambda m: PLACES.get(m[1], m[0]), value)


# Circumstances

State = Callable[[Host, Case, re.Match[str]], Host]


def sorted_by_time(states: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Circumstances that come before the steps of `before`, and those that come after them."""
    early = tuple(state for state in states if state.startswith(("kit:", "removed from the archive")))
    return early, tuple(state for state in states if state not in early)


def prepared(host: Host, state: str) -> tuple[Host, Mapping[str, str]]:
    """A circumstance that the steps build on: the host, and what words stand for from then on."""
    if state.startswith("kit:"):
        return kit.made_kit(host, recovered_before="already recovered once" in state)
    gone = re.search(r"segment number\(s\) \[([\d, ]*)\] of (\d+)", state)
    if gone is None:
        raise NotBuilt(state)
    return kit.without_segments(host, [int(number) for number in gone[1].split(",")], int(gone[2])), {}


def apply(host: Host, state: str, case: Case) -> Host:
    """A circumstance that holds when the command runs.  Raises NotBuilt for one that nobody knows."""
    for pattern, weather in _WEATHER:
        if pattern == state:
            return replace(host, weather=host.weather | weather)
    for pattern, build in _BUILT:
        match = re.fullmatch(pattern, state)
        if match:
            return build(host, case, match)
    if state in _SAID_BY_THE_STEPS:
        return host
    raise NotBuilt(state)


def server_of(states: tuple[str, ...], client: Build) -> Build | None:
    """The server's build, when a state makes `server_major` that of a data directory lying about."""
    return client if any("cleanly stopped data directory of major" in state for state in states) else None


_CHURN = "while the backup runs another session writes several WAL segments and runs CHECKPOINT again and again"
_WEATHER: tuple[tuple[str, frozenset[str]], ...] = (
    ("a database is created and dropped while the backup runs", frozenset({Weather.DATABASE_CHURN})),
    (
        "another pg_basebackup -Xs is running (uses both WAL sender slots)",
        frozenset({Weather.SENDERS_TAKEN}),
    ),
    (
        "another pg_basebackup -Xs is running (uses two of the three WAL sender slots)",
        frozenset({Weather.SENDERS_TAKEN}),
    ),
    ("another session holds ACCESS EXCLUSIVE on public.orders", frozenset({Weather.ORDERS_LOCKED})),
    ("another session is connected and idle in a transaction", frozenset({Weather.IDLE_IN_TRANSACTION})),
    ("another session is connected to copy", frozenset({Weather.CONNECTED_TO_COPY})),
    (
        "four other sessions are open as app (max_connections exhausted for ordinary roles)",
        frozenset({Weather.APP_SESSIONS}),
    ),
    (
        "server is stopped with -m immediate two seconds after the backup starts",
        frozenset({Weather.STOPPED_IMMEDIATE}),
    ),
    ("server is stopped with pg_ctl -m fast two seconds after the backup starts", frozenset({Weather.STOPPED_FAST})),
    (
        "tables are created, dropped and checkpointed all the time while the copy runs",
        frozenset({Weather.TABLE_CHURN}),
    ),
    (
        "the walsender is ended with pg_terminate_backend two seconds after the backup starts",
        frozenset({Weather.WALSENDER_ENDED}),
    ),
    ("while it runs two WAL segments are filled and switched", frozenset({Weather.WAL_SWITCHES})),
    (_CHURN, frozenset({Weather.WAL_CHURN})),
    (
        f"{_CHURN}; the WAL receiving process of pg_basebackup is paused (SIGSTOP) for 9 seconds",
        frozenset({Weather.WAL_CHURN, Weather.RECEIVER_PAUSED}),
    ),
)
_SAID_BY_THE_STEPS = frozenset({
    (
        "files were copied at different moments: table files first, then 5001 rows inserted and a checkpoint, "
        "then pg_control and pg_wal"
    ),
    "hot copy made between pg_backup_start and pg_backup_stop; the label text was not saved into the copy",
    "the table file is older than the index file and pg_control",
    "standby was rebuilt with pg_basebackup -R",
    "psql and pg_restore of minor release 16.2, the dump is of the newer minor release",
})  # fmt: skip
"""What `setup.before` or `client_version` says already."""


def _stopped(host: Host, _case: Case, _match: re.Match[str]) -> Host:
    return made.down(host) if host.instance(5432) else host


def _standby(host: Host, _case: Case, _match: re.Match[str]) -> Host:
    line = "pg_ctl -D $RESTORE -o '-p 5433' -l $ROOT/standby.log -w start > /dev/null"
    return host if host.instance(5433) else done(host, line)


_TRIED = ("x.sql", "x.dump", "x.dir", "x.tar", "all.sql")
"""The recorder's one full file system kept what its commands left, in this order; a redirection came last."""


def _small(host: Host, case: Case, match: re.Match[str]) -> Host:
    """A file system of so many MB; one that is full has a file that takes all there is, and what was tried before."""
    capacity = int(match[1]) * MEGABYTE
    path = PLACES["SMALL"]
    here = tree.need_dir(host.root, path)
    if match[2]:
        here = here.with_entry("fill", File(Zeros(capacity), mtime=host.clock))
        target = re.search(r"(>?)\s*\$SMALL/([\w.]+)", case.cmd)
        last = target is None or target[1] or target[2] not in _TRIED
        left = _TRIED if last or target is None else _TRIED[: _TRIED.index(target[2])]
        for name in left:
            here = here.with_entry(name, Dir(mtime=host.clock) if name.endswith(".dir") else File(mtime=host.clock))
    return host.with_root(tree.put(host.root, path, replace(here, capacity=capacity)))


@lru_cache(maxsize=32)
def _cluster_of(major: int) -> tuple[Dir, Host]:
    build = server_build(major, major)
    host = made.stopped_fixture(build, build, with_tablespace=False)
    return tree.need_dir(host.root, PLACES["PGDATA"]), host


def _other_cluster(host: Host, _case: Case, match: re.Match[str]) -> Host:
    top, there = _cluster_of(int(match[1]))
    journal = Journal(MappingProxyType({**there.journal.branches, **host.journal.branches}))
    return replace(host.with_root(tree.put(host.root, PLACES["RESTORE"], top)), journal=journal)


@lru_cache(maxsize=32)
def _archives_of(major: int) -> Mapping[str, tree.Node]:
    """The dumps of the fixture by the tools of another major: its server is one of its own."""
    server, client = Build(major), client_build(major)
    host = world("fixture-without-tablespace", server, client)
    lines = (
        "pg_dump -f $DUMPS/o.sql shop",
        "pg_dump -Fc -f $DUMPS/o.dump shop",
        "pg_dump -Fd -f $DUMPS/o.dir shop",
        "pg_dump -Ft -f $DUMPS/o.tar shop",
    )
    return tree.need_dir(done(host, *lines).root, PLACES["DUMPS"]).entries


def _archive_of_other_major(host: Host, _case: Case, match: re.Match[str]) -> Host:
    here = tree.need_dir(host.root, PLACES["DUMPS"]).with_entries(_archives_of(int(match[1])))
    return done(host.with_root(tree.put(host.root, PLACES["DUMPS"], here)), "createdb -T template0 copy")


_BUILT: tuple[tuple[str, State], ...] = (
    (r"server stopped", _stopped),
    (r"\$RESTORE is a running standby on port 5433", _standby),
    (r"\$SMALL is a file system of (\d+) MB( that is already full)?", _small),
    (r"\$RESTORE is a cleanly stopped data directory of major (\d+)", _other_cluster),
    (r"the archive was made by pg_dump of major (\d+)", _archive_of_other_major),
)


def another_system(host: Host) -> Host:
    """The server is made anew: another system identifier, the same settings and content."""
    pgdata = PLACES["PGDATA"]
    conf = host.read(f"{pgdata}/postgresql.conf")
    catalog = running(host, 5432).catalog
    host = made.down(host)
    host = host.with_root(tree.remove(host.root, pgdata))
    host = new_cluster(host, pgdata).write(f"{pgdata}/postgresql.conf", conf)
    return made.filled(made.started(host, pgdata), 5432, catalog)
