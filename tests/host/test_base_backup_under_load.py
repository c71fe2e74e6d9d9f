"""pg_basebackup while others write: what its second connection brings, with and without a slot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from host import tree
from host.call import Done
from host.content import text_of
from host.machine import Build, Host
from host.shell import run_line
from host.tree import Dir
from host.weather import Weather
from host.worlds import world
from simulator.versions import KNOWN

SMALL = r"printf 'max_wal_size = 32MB\nmin_wal_size = 32MB\n' >> $PGDATA/postgresql.conf; pg_ctl restart > ~/out"


def _busy(major: int, *lines: str) -> Host:
    """A server that keeps little WAL, while somebody writes a lot."""
    host = world("default", Build(major), Build(major))
    for line in (SMALL, *lines):
        host = run_line(host, line).host
    return replace(host, weather=frozenset({Weather.WAL_CHURN}))


def _segments(host: Host, path: str) -> list[str]:
    node = tree.find(host.root, host.path(f"{path}/pg_wal"))
    assert isinstance(node, Dir)
    return sorted(name for name in node.entries if name.startswith("0000"))


def _starts(host: Host, path: str) -> Done:
    host = replace(host, weather=frozenset())
    host = run_line(host, f"pg_ctl -D {path} -o '-p 5433' start > ~/out").host
    return run_line(host, "psql -p 5433 -d shop -Atc 'SELECT count(*) FROM orders'")


@pytest.mark.parametrize("major", KNOWN)
@pytest.mark.parametrize("options", ["", "-S s"])
def test_what_is_streamed_is_in_the_copy_though_the_server_has_removed_it(major: int, options: str) -> None:
    """One segment after the other, from the start of the backup to its end; the copy starts by itself."""
    slot = "psql -qAtc \"SELECT pg_create_physical_replication_slot('s', true)\""
    host = _busy(major, *([slot] if options else []))
    done = run_line(host, f"pg_basebackup -D ~/b -c fast {options}")
    assert done.exit == 0, done.stderr
    copied, kept = _segments(done.host, "/home/postgres/b"), _segments(done.host, done.host.env["PGDATA"])
    numbers = [int(name, 16) for name in copied]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(copied) > 4
    assert copied[0] not in kept
    assert text_of(_starts(done.host, "~/b").stdout) == "8\n"


@pytest.mark.parametrize("major", KNOWN)
def test_without_a_slot_the_sender_may_be_too_late(major: int) -> None:
    done = run_line(_busy(major), "pg_basebackup -D ~/b -c fast --no-slot")
    assert done.exit == 1
    assert "has already been removed" in done.stderr
