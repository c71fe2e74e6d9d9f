"""A full disk below pg_wal: what a server leaves behind, what a start says, and that no commit is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from host import tree
from host.content import text_of
from host.machine import Build, Host
from host.server.files import ControlFile
from host.shell import run_line
from host.tree import Dir, File
from host.worlds import world
from simulator.versions import KNOWN

ROOM = 96 * 2**20
"""Six segments."""


def _small(major: int) -> Host:
    """A server whose pg_wal is on a file system of its own."""
    host = world("default", Build(major), Build(major))
    root = tree.put(host.root, "/wal", Dir(mode=0o700, mtime=host.clock, capacity=ROOM))
    moved = "pg_ctl stop > ~/out; mv $PGDATA/pg_wal /wal/pg_wal; ln -s /wal/pg_wal $PGDATA/pg_wal"
    settings = r"printf 'max_wal_size = 1GB\nrestart_after_crash = on\n' >> $PGDATA/postgresql.conf"
    host = _typed(replace(host, root=root), f"{moved}; {settings}; pg_ctl -l ~/log start > ~/out")
    return _typed(host, "psql -d shop -qc 'INSERT INTO orders SELECT 900, 1, current_date, 1'")


def _typed(host: Host, line: str, wanted: int = 0) -> Host:
    done = run_line(host, line)
    assert done.exit == wanted, (line, text_of(done.stdout), done.stderr)
    return done.host


def _filled(host: Host) -> Host:
    """Somebody loads more than there is room for."""
    load = "psql -qd shop -c \"CREATE TABLE big AS SELECT g i, repeat('x', 1000) x FROM generate_series(1, 150000) g\""
    return run_line(host, load).host


def _control(host: Host) -> ControlFile:
    node = tree.find(host.root, f"{host.env['PGDATA']}/global/pg_control")
    assert isinstance(node, File)
    assert isinstance(node.content, ControlFile)
    return node.content


def _log(host: Host, path: str) -> str:
    return text_of(host.read(f"{host.env['HOME']}/{path}"))


@pytest.mark.parametrize("major", KNOWN)
def test_the_server_goes_down_with_the_checkpoint_that_it_had(major: int) -> None:
    """PANIC, and the recovery that follows at once finds no room either: pg_control names the old checkpoint."""
    host = _small(major)
    before = _control(host)
    full = _filled(host)
    assert full.instance(5432) is None
    assert "PANIC:  could not write to file" in _log(full, "log")
    after = _control(full)
    assert (after.checkpoint, after.redo) == (before.checkpoint, before.redo)
    assert after.state == "in crash recovery"
    assert text_of(run_line(full, "ls /wal/pg_wal | grep -c 0000").stdout) == "6\n"


@pytest.mark.parametrize("major", KNOWN)
def test_it_does_not_start_before_there_is_room_and_then_has_every_commit(major: int) -> None:
    """Each start replays all WAL that could be written, and fails at the checkpoint after it."""
    full = _filled(_small(major))
    refused = _typed(full, "pg_ctl -l ~/again start > ~/out", 1)
    said = _log(refused, "again")
    assert said.index("redo done at") < said.index("No space left on device")
    assert _control(refused).checkpoint == _control(full).checkpoint
    wal = tree.find(refused.root, "/wal")
    assert isinstance(wal, Dir)
    roomy = replace(refused, root=tree.put(refused.root, "/wal", replace(wal, capacity=4 * ROOM)))
    up = _typed(roomy, "pg_ctl -l ~/third start > ~/out")
    counted = run_line(
        up, "psql -d shop -Atc 'SELECT count(*) FROM orders WHERE id = 900' -c \"SELECT to_regclass('big')\""
    )
    assert text_of(counted.stdout) == "1\n\n"
