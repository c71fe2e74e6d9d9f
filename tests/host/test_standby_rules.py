"""What a standby does and refuses, each seen on a real server first (15, and 16 or 18 where majors differ)."""

from __future__ import annotations

import pytest

from tests.host.test_server_rules import said
from tests.host.test_tool_faults import ended

STANDBY = ("pg_basebackup -D ~/s -c fast -R", "pg_ctl -D ~/s -o '-p 5433' -l ~/l start > ~/out")
TABLE = "psql -qc 'CREATE TABLE t (i int)'"
INSERT = "psql -qc 'INSERT INTO t VALUES (1)'"
COUNT = "psql -p 5433 -Atc 'SELECT count(*) FROM t'"
PAUSE = "psql -p 5433 -qc 'SELECT pg_wal_replay_pause()' > ~/out"
RESUME = "psql -p 5433 -qc 'SELECT pg_wal_replay_resume()' > ~/out"
AHEAD = "psql -p 5433 -Atc 'SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()'"


def refused(major: int, statements: str) -> str:
    """What a standby with a table t says to these statements, each with a -c of its own."""
    return said(major, *STANDBY, TABLE, f"psql -p 5433 {statements}")


def test_a_standby_catches_up_as_soon_as_its_replay_is_resumed() -> None:
    lines = (*STANDBY, TABLE, PAUSE, INSERT)
    assert said(14, *lines, COUNT) == "0\n"
    assert said(14, *lines, RESUME, COUNT) == "1\n"


def test_a_paused_standby_goes_on_receiving() -> None:
    lines = (*STANDBY, TABLE, PAUSE, INSERT)
    assert said(14, *lines, AHEAD) == "t\n"
    assert said(14, *lines, "psql -Atc 'SELECT sent_lsn > replay_lsn FROM pg_stat_replication'") == "t\n"


def test_a_paused_standby_whose_primary_was_away_receives_again_when_it_is_resumed() -> None:
    away = ("pg_ctl stop > ~/out", "pg_ctl start -l ~/p > ~/out", INSERT)
    assert said(14, *STANDBY, TABLE, PAUSE, *away, RESUME, COUNT) == "1\n"


def test_a_delayed_standby_goes_on_receiving() -> None:
    slow = (STANDBY[0], 'echo "recovery_min_apply_delay = 1min" >> ~/s/postgresql.conf', STANDBY[1], TABLE, INSERT)
    assert said(14, *slow, AHEAD) == "t\n"
    assert said(14, *slow, "sleep 70", COUNT) == "1\n"


def cascade(*lines: str) -> str:
    """What the last line says where a standby streams from a standby, with a table that came last."""
    second = ("pg_basebackup -p 5433 -D ~/s2 -c fast -R", "pg_ctl -D ~/s2 -o '-p 5434' -l ~/l2 start > ~/out")
    return said(14, *STANDBY, *second, TABLE, *lines)


def test_a_row_comes_to_a_standby_of_a_standby() -> None:
    assert cascade(INSERT, COUNT.replace("5433", "5434")) == "1\n"


def test_a_standby_sends_on_what_it_has_not_replayed_itself() -> None:
    assert cascade(PAUSE, INSERT, COUNT.replace("5433", "5434")) == "1\n"


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("SELECT * FROM t FOR UPDATE", "cannot execute SELECT FOR UPDATE in a read-only transaction"),
        ("SELECT * FROM t FOR NO KEY UPDATE", "cannot execute SELECT FOR NO KEY UPDATE in a read-only transaction"),
        ("SELECT * FROM t FOR SHARE", "cannot execute SELECT FOR SHARE in a read-only transaction"),
        ("SELECT * FROM t FOR KEY SHARE", "cannot execute SELECT FOR KEY SHARE in a read-only transaction"),
        ("BEGIN READ WRITE", "cannot set transaction read-write mode during recovery"),
        ("SET transaction_read_only = off", "cannot set transaction read-write mode during recovery"),
        ("VACUUM nosuch", "cannot execute VACUUM during recovery"),
        ("ANALYZE", "cannot execute ANALYZE during recovery"),
        ("REINDEX TABLE t", "cannot execute REINDEX during recovery"),
        ("CLUSTER", "cannot execute CLUSTER during recovery"),
        ("NOTIFY x", "cannot execute NOTIFY during recovery"),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE", "cannot use serializable mode in a hot standby"),
    ],
)
def test_a_standby_refuses_what_would_write(statement: str, refusal: str) -> None:
    assert refused(15, f"-c '{statement}'").startswith(f"ERROR:  {refusal}\n")


def test_a_transaction_of_a_standby_cannot_be_made_to_write() -> None:
    refusal = "ERROR:  cannot set transaction read-write mode during recovery\n"
    assert refused(15, "-qc BEGIN -c 'SET TRANSACTION READ WRITE'") == refusal


def test_a_refused_begin_has_begun_nothing() -> None:
    assert "7" in refused(15, "-c 'BEGIN READ WRITE' -Atc 'SELECT 7'")


def test_a_standby_locks_tables_as_readers_do() -> None:
    assert refused(15, "-c BEGIN -c 'LOCK TABLE t IN ROW EXCLUSIVE MODE'") == "BEGIN\nLOCK TABLE\n"
    assert refused(15, "-qc BEGIN -c 'LOCK TABLE t'") == "ERROR:  cannot execute LOCK TABLE during recovery\n"


@pytest.mark.parametrize(
    ("major", "words"),
    [
        (12, ("the database system is starting up",)),
        (14, ("the database system is not accepting connections", "Hot standby mode is disabled.")),
        (18, ("the database system is not accepting connections", "Hot standby mode is disabled.")),
    ],
)
def test_without_hot_standby_nobody_can_connect(major: int, words: tuple[str, ...]) -> None:
    told = said(major, STANDBY[0], "echo 'hot_standby = off' >> ~/s/postgresql.conf", STANDBY[1], "psql -p 5433")
    assert all(each in told for each in words)


NO_SLOT = (
    "pg_basebackup -D ~/s -c fast -R -C -S s1",
    "psql -c \"SELECT pg_drop_replication_slot('s1')\" > ~/out",
    STANDBY[1],
)


def test_a_standby_whose_slot_is_gone_does_not_stream() -> None:
    wanted = 'FATAL:  could not start WAL streaming: ERROR:  replication slot "s1" does not exist'
    assert wanted in said(14, *NO_SLOT, "cat ~/l")
    assert said(14, *NO_SLOT, "psql -Atc 'SELECT count(*) FROM pg_stat_replication'") == "0\n"


def test_it_streams_when_its_slot_is_made_again() -> None:
    again = "psql -c \"SELECT pg_create_physical_replication_slot('s1')\" > ~/out; sleep 6"
    assert said(14, *NO_SLOT, again, "psql -Atc 'SELECT count(*) FROM pg_stat_replication'") == "1\n"


def test_a_slot_serves_one_standby() -> None:
    copied = "cp -r ~/s ~/s2; rm ~/s2/postmaster.pid; pg_ctl -D ~/s2 -o '-p 5434' -l ~/l2 start > ~/out"
    log = said(14, NO_SLOT[0], STANDBY[1], copied, "cat ~/l2")
    assert 'could not start WAL streaming: ERROR:  replication slot "s1" is active for PID' in log


def test_a_trigger_file_promotes_a_standby_and_is_removed() -> None:
    named = "echo \"promote_trigger_file = '/home/postgres/go'\" >> ~/s/postgresql.conf"
    lines = (STANDBY[0], named, STANDBY[1], "touch ~/go; sleep 6")
    assert said(15, *lines, "psql -p 5433 -Atc 'SELECT pg_is_in_recovery()'; ls ~ | grep -c go") == "f\n0\n"
    assert "LOG:  promote trigger file found: /home/postgres/go\n" in said(15, *lines, "cat ~/l")


def test_a_reload_that_changes_primary_conninfo_makes_the_receiver_connect_anew() -> None:
    changed = (
        "psql -p 5433 -qc \"ALTER SYSTEM SET primary_conninfo = 'application_name=zz'\" -c 'SELECT pg_reload_conf()'"
    )
    lines = (*STANDBY, f"{changed} > ~/out")
    assert said(14, *lines, "psql -Atc 'SELECT application_name FROM pg_stat_replication'") == "zz\n"
    log = said(14, *lines, "tail -n 3 ~/l")
    assert [line.partition("]  ")[0].split("] ")[1] for line in log.splitlines()] == [
        "LOG:  WAL receiver process shutdown requested",
        "FATAL:  terminating walreceiver process due to administrator command",
        "LOG:  started streaming WAL from primary at 0/3000000 on timeline 1",
    ]


def test_pg_rewind_that_has_nothing_to_rewind_makes_a_standby_all_the_same() -> None:
    lines = (
        "psql -qc 'ALTER SYSTEM SET wal_log_hints = on'; pg_ctl restart > ~/out",
        *STANDBY,
        "pg_ctl stop > ~/out; pg_ctl -D ~/s promote > ~/out; psql -p 5433 -qc CHECKPOINT",
    )
    rewound = "pg_rewind{} -D $PGDATA -R --source-server='port=5433 dbname=postgres'"
    listed = "ls $PGDATA | grep -c signal; grep -c primary_conninfo $PGDATA/postgresql.auto.conf"
    assert said(14, *lines, rewound.format("")).splitlines()[-1] == "pg_rewind: no rewind required"
    assert said(14, *lines, rewound.format(""), listed) == "1\n1\n"
    assert said(14, *lines, rewound.format(" -n"), listed) == "0\n0\n"


def test_temporary_files_are_left_out_of_a_base_backup() -> None:
    made = "mkdir $PGDATA/base/pgsql_tmp; touch $PGDATA/base/pgsql_tmp/x $PGDATA/base/1/pgsql_tmp1.2"
    assert said(14, made, "pg_basebackup -D ~/b -c fast", "find ~/b -name 'pgsql_tmp*'") == ""


FAILING = (
    "psql -qc 'ALTER SYSTEM SET archive_mode = on' -c 'ALTER SYSTEM SET archive_command = false'",
    "pg_ctl restart > ~/out; mkdir ~/a",
    "psql -c 'SELECT pg_switch_wal()' -c 'CREATE TABLE t (i int)' > ~/out",
    "rm $PGDATA/pg_wal/archive_status/*.ready",
)
WORKING = "psql -qc \"ALTER SYSTEM SET archive_command = 'cp %p $HOME/a/%f'\" -c 'SELECT pg_reload_conf()' > ~/out"


def test_a_segment_whose_ready_file_was_removed_is_not_archived_before_the_next_checkpoint() -> None:
    assert said(14, *FAILING, WORKING, "sleep 70; ls ~/a") == ""
    assert said(14, *FAILING, "psql -qc CHECKPOINT", "ls $PGDATA/pg_wal/archive_status") == (
        "000000010000000000000001.ready\n"
    )
    assert said(14, *FAILING, WORKING, "psql -qc CHECKPOINT; sleep 70; ls ~/a") == "000000010000000000000001\n"


@pytest.mark.parametrize(
    ("major", "name", "group"),
    [
        (15, "restore_command", "Write-Ahead Log / Archive Recovery"),
        (15, "recovery_target_time", "Write-Ahead Log / Recovery Target"),
        (13, "synchronous_standby_names", "Replication / Master Server"),
        (14, "synchronous_standby_names", "Replication / Primary Server"),
        (18, "autovacuum", "Vacuuming / Automatic Vacuuming"),
    ],
)
def test_pg_settings_says_which_group_a_parameter_is_of(major: int, name: str, group: str) -> None:
    assert said(major, f"psql -Atc \"SELECT category FROM pg_settings WHERE name = '{name}'\"") == f"{group}\n"


@pytest.mark.parametrize(
    ("major", "fatal"),
    [
        (15, ""),
        (16, "FATAL:  both archive_command and archive_library set\n"),
        (18, 'FATAL:  both "archive_command" and "archive_library" set\n'),
    ],
)
def test_from_16_on_an_archiver_with_a_command_and_a_library_ends(major: int, fatal: str) -> None:
    both = "-c \"ALTER SYSTEM SET archive_command = 'true'\" -c \"ALTER SYSTEM SET archive_library = 'basic_archive'\""
    log = said(
        major, f"psql -qc 'ALTER SYSTEM SET archive_mode = on' {both}", "pg_ctl restart -l ~/p > ~/out", "cat ~/p"
    )
    assert fatal in log
    assert ("both" in log) == bool(fatal)


ROLE = "psql -qc 'CREATE ROLE bak LOGIN'"
GRANT = "psql -qc 'GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean) TO bak'"
START = "psql -U bak -d postgres -Atc \"SELECT pg_backup_start('x') > '0/0'\""
MAY = "psql -Atc \"SELECT has_function_privilege('bak', 'pg_backup_start(text,boolean)', 'execute')\""


def test_a_role_may_start_a_backup_once_it_was_granted_the_function() -> None:
    assert said(15, ROLE, START) == "ERROR:  permission denied for function pg_backup_start\n"
    assert said(15, ROLE, GRANT, START) == "t\n"
    assert said(15, ROLE, MAY) == "f\n"
    assert said(15, ROLE, GRANT, MAY) == "t\n"


def test_what_is_revoked_from_a_role_it_may_no_longer_call() -> None:
    revoked = "psql -qc 'REVOKE EXECUTE ON FUNCTION pg_backup_start FROM bak'"
    assert said(15, ROLE, GRANT, revoked, MAY) == "f\n"


def test_a_function_is_named_with_its_arguments() -> None:
    asked = "psql -c \"SELECT has_function_privilege('{}', 'execute')\""
    assert said(15, asked.format("nosuch(text)")) == 'ERROR:  function "nosuch(text)" does not exist\n'
    assert said(15, asked.format("pg_switch_wal")) == "ERROR:  expected a left parenthesis\n"


def test_pg_receivewal_moves_its_slot_on_with_each_finished_segment() -> None:
    lines = (
        "mkdir $WORK/w; pg_receivewal --create-slot -S s; timeout 5 pg_receivewal -D $WORK/w -S s",
        "psql -qc 'CREATE TABLE t (i int)' -c 'SELECT pg_switch_wal()' -c 'INSERT INTO t VALUES (1)' > $WORK/out",
        "timeout 15 pg_receivewal -D $WORK/w -S s",
    )
    assert ended(15, *lines, "psql -Atc 'SELECT restart_lsn FROM pg_replication_slots'")[1] == "0/2000000\n"
