"""A full disk below the tables, with pg_wal elsewhere: a statement fails, and the server lives (seen on 12 to 18)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from host import tree
from host.machine import Build, Host
from host.tree import Dir
from host.worlds import world
from simulator.versions import KNOWN, since
from tests.host.test_found_by_questions import typed

TOO_MUCH = "SELECT g AS i, repeat('x', 1000) AS x FROM generate_series(1, 90000) AS g"
FALLOCATE = {12: "", 16: " with FileFallocate()", 18: ""}


def small(major: int, megabytes: int = 64) -> Host:
    """A server whose tables are on a file system of their own; its pg_wal has room enough."""
    host = world("default", Build(major), Build(major))
    root = tree.put(host.root, "/tables", Dir(mode=0o700, mtime=host.clock, capacity=megabytes * 2**20))
    moved = "mv $PGDATA/base /tables/base; ln -s /tables/base $PGDATA/base"
    return typed(replace(host, root=root), f"pg_ctl stop > ~/out; {moved}; pg_ctl -l ~/log start > ~/out")[0]


STATEMENTS = [
    # what finds no room, whether the file grows by many pages at a time
    (f"CREATE TABLE big AS {TOO_MUCH}", True),
    (f"CREATE TABLE big (i int, x text); INSERT INTO big {TOO_MUCH}", False),
]


@pytest.mark.parametrize("major", KNOWN)
@pytest.mark.parametrize(("statements", "many"), STATEMENTS)
def test_a_statement_that_finds_no_room_fails_and_the_server_lives(statements: str, many: bool, major: int) -> None:
    host = small(major)
    calls = " ".join(f'-c "{one.strip()}"' for one in statements.split(";"))
    host, said = typed(host, f"psql -qd shop {calls}")
    how = since(major, FALLOCATE) if many else ""
    assert f"{how}: No space left on device\nHINT:  Check free disk space.\n" in said
    assert said.startswith('ERROR:  could not extend file "base/')
    small_one = "psql -qd shop -c \"INSERT INTO customers (id, name) VALUES (7, 'small')\""
    assert typed(host, small_one, "psql -Atd shop -c 'SELECT count(*) FROM customers'")[1] == "6\n"
    assert typed(host, "pg_ctl status | head -1")[1].startswith("pg_ctl: server is running")


def test_what_is_not_checkpointed_yet_takes_room_too() -> None:
    part = TOO_MUCH.replace("90000", "9000")
    host, said = typed(small(16, 48), f'psql -qd shop -c "CREATE TABLE one AS {part}"')
    assert said == ""
    assert "No space left on device" in typed(host, f'psql -qd shop -c "CREATE TABLE two AS {TOO_MUCH}"')[1]
    host, said = typed(
        host, "psql -qd shop -c 'DROP TABLE one' -c checkpoint", f'psql -qd shop -c "CREATE TABLE three AS {part}"'
    )
    assert said == ""


def test_a_larger_disk_puts_it_right() -> None:
    host = small(15)
    assert "No space left" in typed(host, f'psql -qd shop -c "CREATE TABLE big AS {TOO_MUCH}"')[1]
    tables = tree.find(host.root, "/tables")
    assert isinstance(tables, Dir)
    roomy = replace(host, root=tree.put(host.root, "/tables", replace(tables, capacity=2**30)))
    assert typed(roomy, f'psql -qd shop -c "CREATE TABLE big AS {TOO_MUCH}"')[1] == ""
