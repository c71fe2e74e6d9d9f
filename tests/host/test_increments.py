"""What of a relation's files an incremental backup sends, as real 17.10 and 18.4 did."""

from __future__ import annotations

from functools import lru_cache

import pytest

from host.machine import Build, Host
from host.shell import run_line
from host.worlds import world

SUMMARIES = "psql -qc 'ALTER SYSTEM SET summarize_wal = on' -c 'SELECT pg_reload_conf()' > ~/out"
MADE = """for t in a b c d e f g h i j k
do psql -qd shop -c "CREATE TABLE t_$t (i int PRIMARY KEY, t text)"
psql -qd shop -c "INSERT INTO t_$t SELECT g, repeat('x', 1000) FROM generate_series(1, 68) g"; done
psql -qd shop -c 'DELETE FROM t_g WHERE i > 3' -c 'VACUUM' -c 'CREATE SEQUENCE t_s'"""
"""Ten blocks each, the last with room for two rows more; t_g has one."""
SUNDAY = "pg_basebackup -D ~/sun -c fast"
MONDAY = "pg_basebackup -D ~/mon -c fast -i ~/sun/backup_manifest"

CHANGES = [
    # table, what happens to it, its file in the increment, and that of its primary key ('': the name is plain)
    ("t_a", "", ("INCREMENTAL.", 12), ("INCREMENTAL.", 12)),
    ("t_b", "INSERT INTO t_b VALUES (1001, repeat('x', 1000))", ("INCREMENTAL.", 16384), ("INCREMENTAL.", 16384)),
    ("t_c", "UPDATE t_c SET t = repeat('y', 1000) WHERE i <= 2", ("INCREMENTAL.", 24576), ("INCREMENTAL.", 16384)),
    ("t_d", "DELETE FROM t_d WHERE i <= 56", ("INCREMENTAL.", 73728), ("INCREMENTAL.", 12)),
    ("t_e", "DELETE FROM t_e WHERE i <= 63", ("INCREMENTAL.", 81920), ("INCREMENTAL.", 12)),
    ("t_f", "DELETE FROM t_f WHERE i <= 67", ("", 81920), ("INCREMENTAL.", 12)),
    ("t_g", "INSERT INTO t_g VALUES (1001, repeat('x', 1000))", ("", 8192), ("INCREMENTAL.", 16384)),
    ("t_h", "TRUNCATE t_h", ("", 0), ("", 8192)),
    ("t_i", "VACUUM t_i", ("INCREMENTAL.", 12), ("INCREMENTAL.", 12)),
    ("t_j", "ALTER TABLE t_j ADD COLUMN more int", ("INCREMENTAL.", 12), ("INCREMENTAL.", 12)),
    ("t_k", "UPDATE t_k SET t = repeat('y', 1000) WHERE i = 68", ("INCREMENTAL.", 16384), ("INCREMENTAL.", 12)),
    ("t_l", "CREATE TABLE t_l (i int PRIMARY KEY); INSERT INTO t_l VALUES (1)", ("", 8192), ("", 16384)),
    ("t_s", "SELECT nextval('t_s')", ("", 8192), None),
]
SQL = "; ".join(change for _, change, *_ in CHANGES if change and "VACUUM" not in change)


def typed(host: Host, *lines: str) -> tuple[Host, str]:
    """The host after these lines, and what the last of them printed."""
    printed = ""
    for line in lines:
        done = run_line(host, line)
        host, printed = done.host, f"{done.stdout}{done.stderr}"
    return host, printed


@lru_cache
def monday(major: int) -> Host:
    """A host with a full backup, changes, and an incremental backup."""
    host = world("default", Build(major), Build(major))
    changes = f'psql -qd shop -c "{SQL}" -c "VACUUM t_i" > ~/out'
    return typed(host, SUMMARIES, MADE, SUNDAY, changes, MONDAY)[0]


def sent(host: Host, relation: str) -> tuple[str, int]:
    """How the name of a relation's file begins in Monday's backup, and its size."""
    asked = f"""psql -Atd shop -c "SELECT '{relation}'::regclass::oid\""""
    name = typed(host, asked)[1].strip()
    found = typed(host, f"cd ~/mon/base/; stat -c '%n %s' */{name} */INCREMENTAL.{name} 2> ~/out")[1].split()
    assert len(found) == 2, (relation, found)
    return found[0].partition("/")[2].removesuffix(name), int(found[1])


@pytest.mark.parametrize("major", [17, 18])
@pytest.mark.parametrize(("table", "_change", "file", "index"), CHANGES)
def test_an_increment_has_the_blocks_that_wal_has_touched(
    table: str, _change: str, file: tuple[str, int], index: tuple[str, int] | None, major: int
) -> None:
    """From nine tenths of its blocks on a file is sent whole; one that the full backup does not have is, too."""
    host = monday(major)
    assert sent(host, table) == file
    assert index is None or sent(host, f"{table}_pkey") == index


def test_of_what_all_databases_share_headers_are_sent_and_free_space_maps_whole() -> None:
    host = monday(18)
    assert typed(host, "ls ~/mon/global")[1].split() == ["INCREMENTAL.1262", "pg_control", "pg_filenode.map"]
    assert typed(host, "cd ~/mon/base/1; ls")[1].split()[:2] == ["1259_fsm", "INCREMENTAL.1259"]
    sun, mon = (int(typed(host, f"du -sm ~/{day}")[1].split()[0]) for day in ("sun", "mon"))
    assert (sun, mon) == (48, 21)  # of which 16 MB are the segment of WAL; real 18.4: 46 and 24


@pytest.mark.parametrize("major", [17, 18])
def test_a_chain_of_increments_is_sound_and_combined_has_all_rows(major: int) -> None:
    """Tuesday's files follow on Monday's increments; an unchanged one is a header again."""
    tuesday = "pg_basebackup -D ~/tue -c fast -i ~/mon/backup_manifest"
    host, _ = typed(monday(major), "psql -qd shop -c 'INSERT INTO t_d VALUES (1001, NULL)'", tuesday)
    for day in ("mon", "tue"):
        assert typed(host, f"pg_verifybackup ~/{day}")[1] == "backup successfully verified\n"
    host, said = typed(host, "pg_combinebackup -o ~/all ~/sun ~/mon ~/tue && pg_verifybackup ~/all")
    assert said == "backup successfully verified\n"
    asked = "psql -Atd shop -c 'SELECT count(*) FROM t_d' -c 'SELECT count(*) FROM t_f' -c 'SELECT * FROM t_l'"
    started = "pg_ctl stop > ~/out; pg_ctl -D ~/all -l ~/log start > ~/out"
    assert typed(host, started, asked)[1] == "13\n1\n1\n"


def test_a_server_started_on_an_increment_alone_lets_nobody_in() -> None:
    """Without its backup_label nothing keeps it from starting, but the roles are in a file that is not there."""
    started = "pg_ctl stop > ~/out; rm ~/mon/backup_label; pg_ctl -D ~/mon -l ~/log start > ~/out"
    said = typed(monday(18), started, "psql -c 'SELECT 1'")[1]
    assert said.endswith('FATAL:  could not open file "global/1260": No such file or directory\n')
