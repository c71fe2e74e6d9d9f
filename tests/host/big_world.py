"""A large host: a server with 10,000 WAL segments and 1,000 tables, made by the commands that make a small one."""

from __future__ import annotations

from functools import cache

from host import tree
from host.content import size_of
from host.machine import Build, Host
from host.server import work
from host.shell import run_line
from host.worlds import world
from simulator.lsn import MB
from simulator.versions import DEFAULT

SEGMENTS = 10_000
TABLES = 1_000
_AT_ONCE = 100
_KEPT = "psql -c \"ALTER SYSTEM SET wal_keep_size = '200GB'\" -c 'SELECT pg_reload_conf()'"


@cache
def big_world(major: int = DEFAULT, wal: int = SEGMENTS, tables: int = TABLES) -> Host:
    """The learner's host after a lot of work."""
    host = _typed(world("default", Build(major), Build(major)), _KEPT)
    for start in range(0, tables, _AT_ONCE):
        made = "".join(
            f"CREATE TABLE t{number} (id int PRIMARY KEY, name text DEFAULT 'x', at timestamptz);"
            f"INSERT INTO t{number} SELECT i, 'row ' || i FROM generate_series(1, 3) i;"
            for number in range(start, min(start + _AT_ONCE, tables))
        )
        host = _typed(host, f'psql -q -d shop -c "{made}"')
    while (missing := wal - segments(host)) > 0:
        host = work.write_wal(host, 5432, min(missing, 1_000) * 16 * MB)
    return host


def _typed(host: Host, line: str) -> Host:
    done = run_line(host, line)
    assert done.exit == 0, done.stderr[:500]
    assert size_of(done.stdout) < 10_000
    return done.host


def segments(host: Host) -> int:
    """Files of pg_wal."""
    found = tree.need_dir(host.root, f"{host.env['PGDATA']}/pg_wal")
    return sum(len(name) == 24 for name in found.entries)
