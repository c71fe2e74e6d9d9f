"""What the physical tools say when something is in the way: each text was read on real 15, 16 and 18."""

from __future__ import annotations

from functools import lru_cache

import pytest

from host.content import text_of
from host.machine import Build, Host
from host.shell import run_line
from host.worlds import world

NOW = "$(psql -XAt -c 'select pg_walfile_name(pg_current_wal_lsn())')"
STANDBY = (
    "pg_basebackup -D $RESTORE -c fast -R",
    "pg_ctl -D $RESTORE -o '-p 5433' -l $ROOT/s.log -w start > /dev/null",
)
NOT_STARTED = "pg_ctl: could not start server\nExamine the log output.\n"
PROMOTED = ("pg_ctl -D $RESTORE -w promote > /dev/null", "psql -p 5433 -XAtqc checkpoint")


@lru_cache
def fixture(major: int) -> Host:
    """The fixture of the recordings, its server running."""
    build = Build(major, frozenset({"gzip"}))
    return world("fixture-without-tablespace", build, build)


def ended(major: int, *lines: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of the last line."""
    host = fixture(major)
    for line in lines[:-1]:
        host = run_line(host, line).host
    done = run_line(host, lines[-1])
    return done.exit, text_of(done.stdout), done.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("initdb -D /etc/pg", 'initdb: error: could not create directory "/etc/pg": Permission denied'),
        (
            "pg_basebackup -c fast -D /etc/b",
            'pg_basebackup: error: could not create directory "/etc/b": Permission denied',
        ),
        ("pg_dump -f /etc/x shop", 'pg_dump: error: could not open output file "/etc/x": Permission denied'),
        ("psql -X -d shop -o /etc/x -c 'select 1'", "psql: error: /etc/x: Permission denied"),
        ("psql -X -d shop -c '\\copy orders to /nowhere/x'", "/nowhere/x: No such file or directory"),
        ("initdb -D y -E LATIN1 --locale=C.UTF-8", "initdb: error: encoding mismatch"),
        ("mkdir a; touch a/.x; initdb a", 'initdb: error: directory "a" exists but is not empty'),
    ],
)
def test_a_file_that_may_not_be_made_is_told_before_anything_else_happens(line: str, said: str) -> None:
    status, _, stderr = ended(16, line)
    assert (status, stderr.splitlines()[0]) == (1, said)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            """pg_ctl -D y -o "it's" init""",
            "sh: 1: Syntax error: Unterminated quoted string\npg_ctl: database system initialization failed\n",
        ),
        (
            """pg_ctl -D $PGDATA stop > /dev/null; pg_ctl -D $PGDATA -o "it's" start""",
            "/bin/sh: 1: Syntax error: Unterminated quoted string\n" + NOT_STARTED,
        ),
    ],
)
def test_a_quote_of_o_that_does_not_end_is_the_shell_s_own_fault(line: str, said: str) -> None:
    status, _, stderr = ended(15, line)
    assert (status, stderr) == (1, said)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("pg_waldump -b", "could not find any WAL file"),
        ("pg_waldump $PGDATA/pg_wal/00000001000000000000000A", 'could not locate WAL file "00000001000000000000000A"'),
        ("pg_waldump -p /nowhere", 'could not open directory "/nowhere": No such file or directory'),
        (f"pg_waldump -s 0/10 $PGDATA/pg_wal/{NOW}", "start WAL location 0/10 is not inside file"),
        (f"pg_waldump -e 0/10 $PGDATA/pg_wal/{NOW}", "end WAL location 0/10 is not inside file"),
        ("pg_waldump $PGDATA/pg_wal", 'could not read file "pg_wal": Is a directory'),
        ("head -c 99 /dev/zero > x; pg_waldump x", 'could not read file "x": read 99 of 8192'),
    ],
)
def test_pg_waldump_says_which_file_it_looked_for(line: str, said: str) -> None:
    status, _, stderr = ended(16, line)
    assert status == 1
    assert stderr.startswith(f"pg_waldump: error: {said}")


def test_pg_rewind_lets_a_crashed_target_recover_first_and_then_looks_at_both_sides() -> None:
    lines = (*STANDBY, *PROMOTED, "pg_ctl -D $PGDATA -m immediate stop > /dev/null")
    status, stdout, stderr = ended(16, *lines, "pg_rewind -D $PGDATA --source-pgdata=$RESTORE")
    assert status == 1
    assert stdout.startswith("\nPostgreSQL stand-alone backend 16.")
    assert "checkpoint starting: shutdown immediate" in stderr
    assert "database system is ready" not in stderr
    assert stderr.endswith('target server needs to use either data checksums or "wal_log_hints = on"\n')


def test_pg_rewind_asks_the_target_for_its_restore_command_before_it_connects() -> None:
    status, _, stderr = ended(18, "pg_rewind -D $PGDATA --source-server='port=5999' -c")
    assert (status, stderr) == (1, 'pg_rewind: error: "restore_command" is not set in the target cluster\n')


def test_without_pg_logical_a_server_starts_and_no_checkpoint_can_be_made() -> None:
    stop = "pg_ctl -D $PGDATA stop > /dev/null; rm -r $PGDATA/pg_logical; pg_ctl -D $PGDATA -l log -w start > /dev/null"
    status, _, stderr = ended(16, stop, "psql -X -c checkpoint")
    assert (status, stderr.splitlines()[0]) == (1, "ERROR:  checkpoint request failed")


def test_a_database_whose_directory_is_gone_cannot_be_reached() -> None:
    lines = ("pg_ctl -D $PGDATA stop > /dev/null; rm -r $PGDATA/base", "pg_ctl -D $PGDATA -l log -w start > /dev/null")
    status, _, stderr = ended(16, *lines, "psql -X -d shop -c 'select 1'")
    assert status == 2
    assert 'FATAL:  database "shop" does not exist\nDETAIL:  The database subdirectory "base/' in stderr


def test_pg_receivewal_tries_again_every_five_seconds_until_somebody_ends_it() -> None:
    status, _, stderr = ended(18, "timeout --preserve-status -s INT 7 pg_receivewal -D $BACKUP -S nosuch")
    line = 'pg_receivewal: error: replication slot "nosuch" does not exist\n'
    again = "pg_receivewal: disconnected; waiting 5 seconds to try again\n"
    assert (status, stderr) == (0, line + again + line + again + line)
    status, _, stderr = ended(18, "pg_receivewal -n -D $BACKUP -S nosuch")
    assert (status, stderr) == (1, f"{line}pg_receivewal: error: disconnected\n")


def test_what_pg_resetwal_was_told_stands_in_pg_control() -> None:
    lines = ("pg_ctl -D $PGDATA stop > /dev/null", "pg_resetwal -O 100 -m 5,3 -e 2 -u 700 -c 700,800 $PGDATA")
    _, stdout, _ = ended(16, *lines, "pg_controldata $PGDATA")
    shown = {name: value.strip() for name, _, value in (line.partition(":") for line in stdout.splitlines())}
    told = {
        "NextMultiXactId": "5",
        "NextMultiOffset": "100",
        "oldestMultiXid": "3",
        "oldestMulti's DB": "0",
        "oldestXID": "700",
        "oldestCommitTsXid": "700",
        "newestCommitTsXid": "800",
    }
    assert {name: shown[f"Latest checkpoint's {name}"] for name in told} == told
    assert shown["Latest checkpoint's NextXID"].startswith("2:")


def test_an_unclean_cluster_is_told_on_standard_output_before_17() -> None:
    crash = ("pg_ctl -D $PGDATA -m immediate stop > /dev/null", "rm $PGDATA/postmaster.pid")
    status, stdout, stderr = ended(16, *crash, "pg_resetwal $PGDATA")
    assert (status, stderr) == (1, "")
    assert stdout.startswith("The database server was not shut down cleanly.\n")
    status, stdout, stderr = ended(18, *crash, "pg_resetwal $PGDATA")
    assert (status, stdout) == (1, "")
    assert stderr.startswith("pg_resetwal: error: database server was not shut down cleanly\n")
