"""What the authors of questions found to differ from real servers, each as a claim (seen on real 12 to 18)."""

from __future__ import annotations

import pytest

from host.content import text_of
from host.machine import Build, Host
from host.shell import run_line
from host.worlds import world
from simulator.versions import KNOWN

LOGGED = "pg_ctl -l ~/log restart > ~/out"


def typed(host: Host | int, *lines: str) -> tuple[Host, str]:
    """The host after these lines, and all that they printed."""
    now = world("default", Build(host), Build(host)) if isinstance(host, int) else host
    said = ""
    for line in lines:
        done = run_line(now, line)
        now, said = done.host, said + text_of(done.stdout) + done.stderr
    return now, said


def printed(major: int, *lines: str) -> str:
    """What the last of these lines prints."""
    before = typed(major, *lines[:-1])[0]
    return typed(before, lines[-1])[1]


@pytest.mark.parametrize("major", KNOWN)
def test_a_crash_after_a_checkpoint_that_the_volume_of_wal_asked_for_is_recovered_from(major: int) -> None:
    small = r"printf 'max_wal_size = 64MB\nmin_wal_size = 32MB\n' >> $PGDATA/postgresql.conf"
    switch = 'psql -qAtd shop -c "CREATE TABLE t$i (id int)" -c "SELECT pg_switch_wal()"'
    used = f"for i in 1 2 3 4 5 6 7 8 9; do {switch}; done"
    crash = "pg_ctl stop -m immediate; pg_ctl -l ~/log start"
    assert "t9" in printed(major, small, LOGGED, used, crash, "psql -d shop -c '\\dt'")


@pytest.mark.parametrize("major", [14, 15])
def test_an_empty_backup_label_ends_a_start_and_until_14_an_orderly_stop_puts_it_aside(major: int) -> None:
    said = printed(major, "touch $PGDATA/backup_label; pg_ctl -l ~/log restart", "cat ~/log; ls $PGDATA")
    assert ('FATAL:  invalid data in file "backup_label"' in said) == (major == 15)
    assert ("backup_label.old" in said) == (major == 14)


@pytest.mark.parametrize("lost", ["rm", "echo -n >"])
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_start_needs_the_page_of_the_next_transactions_status(lost: str, mode: str) -> None:
    stop = f"psql -c checkpoint; pg_ctl stop -m {mode}; {lost} $PGDATA/pg_xact/0000"
    said = printed(16, stop, "pg_ctl -l ~/log start", "cat ~/log")
    assert "FATAL:  could not access status of transaction" in said
    assert ('open file "pg_xact/0000": No such' if lost == "rm" else "at offset 0: read too few bytes") in said


def test_replay_of_a_commit_makes_the_file_of_its_status_anew() -> None:
    stop = "psql -d shop -qc 'CREATE TABLE late (i int)'; pg_ctl stop -m immediate; rm $PGDATA/pg_xact/0000"
    assert "late" in printed(16, stop, "pg_ctl -l ~/log start", "psql -d shop -c '\\dt'")


@pytest.mark.parametrize("major", [15, 17])
def test_pg_resetwal_guesses_what_an_empty_pg_control_does_not_say(major: int) -> None:
    empty = "pg_ctl stop; rm $PGDATA/global/pg_control; touch $PGDATA/global/pg_control"
    asked = printed(major, empty, "pg_resetwal $PGDATA; echo $?")
    assert "warning: pg_control exists but is broken or wrong version; ignoring it" in asked
    assert "Guessed pg_control values:" in asked
    assert "If these values seem acceptable, use -f to force reset." in asked
    host, done = typed(typed(major, empty)[0], "pg_resetwal -f $PGDATA")
    assert done.startswith("Write-ahead log reset\n")
    _, seen = typed(host, "pg_ctl -l ~/log start", "psql")
    assert 'database "postgres" does not exist' in seen, "its row is of a transaction that is yet to come"


def test_an_unlogged_table_outlives_an_orderly_stop_and_is_empty_after_a_crash() -> None:
    made = "psql -d shop -qc 'CREATE UNLOGGED TABLE u AS SELECT 1 AS a' -c checkpoint"
    count = "psql -d shop -Atc 'SELECT count(*) FROM u'"
    assert printed(16, made, LOGGED, count) == "1\n"
    assert printed(16, made, "pg_ctl stop -m immediate; pg_ctl -l ~/log start", count) == "0\n"


def test_a_standby_has_no_rows_of_an_unlogged_table_and_its_dump_leaves_them_out() -> None:
    made = "psql -d shop -qc 'CREATE UNLOGGED TABLE u AS SELECT 1 AS a'"
    standby = "pg_basebackup -D ~/s -R; echo 'port = 5433' >> ~/s/postgresql.conf; pg_ctl -D ~/s -l ~/log start"
    host, _ = typed(16, made, standby)
    assert (
        "cannot access temporary or unlogged relations during recovery"
        in typed(host, "psql -p 5433 shop -c 'TABLE u'")[1]
    )
    dumped = typed(host, "pg_dump -p 5433 shop")[1]
    assert "CREATE UNLOGGED TABLE public.u" in dumped
    assert "COPY public.u" not in dumped


def test_settings_given_to_initdb_stand_in_its_postgresql_conf() -> None:
    made = "initdb -A trust -c work_mem=16MB -c archive_command='cp %p /x/%f' -D ~/new > ~/out"
    said = printed(17, made, "grep -E '^(work_mem|archive_command)' ~/new/postgresql.conf")
    assert said == "work_mem = 16MB\narchive_command = 'cp %p /x/%f'\n"


@pytest.mark.parametrize(
    ("major", "refusal"),
    [(15, "must be superuser to create replication users"), (16, "permission denied to create role")],
)
def test_who_creates_roles_does_not_therefore_create_replication_roles(major: int, refusal: str) -> None:
    made = "psql -qc 'CREATE ROLE c LOGIN CREATEROLE'"
    asked = "psql -U c -d postgres -c 'CREATE ROLE r REPLICATION'"
    assert printed(major, made, asked).startswith(f"ERROR:  {refusal}\n")
    assert printed(major, made, "psql -qc 'ALTER ROLE c REPLICATION'", asked).startswith(
        "CREATE ROLE" if major == 16 else "ERROR"
    )


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("host all all 10.0.0.0/99 trust", 'invalid CIDR mask in address "10.0.0.0/99"'),
        ("host all all 10.0.0.0 md5", 'invalid IP mask "md5": Name or service not known'),
        ("host all all 10.0.0.0/8 trusty", 'invalid authentication method "trusty"'),
        ("local all", "end-of-line before role specification"),
    ],
)
def test_a_broken_line_in_pg_hba_conf_leaves_the_old_rules_in_force(line: str, fault: str) -> None:
    broken = f"(echo local all all reject; echo {line}) > $PGDATA/pg_hba.conf; pg_ctl reload"
    host, _ = typed(14, LOGGED, broken)
    log = typed(host, "cat ~/log")[1]
    assert f"LOG:  {fault}" in log
    assert 'CONTEXT:  line 2 of configuration file "' in log
    assert "LOG:  pg_hba.conf was not reloaded" in log
    assert typed(host, "psql -Atc 'SELECT 1'")[1] == "1\n"
    mended = typed(host, "echo local all all reject > $PGDATA/pg_hba.conf")[0]
    assert typed(mended, "psql -Atc 'SELECT 1'")[1] == "1\n", "nobody has told the server"
    assert "pg_hba.conf rejects connection" in typed(mended, "pg_ctl reload", "psql -Atc 'SELECT 1'")[1]


@pytest.mark.parametrize("helper", ["checkpointer", "walwriter"])
def test_a_helper_that_is_killed_takes_all_sessions_with_it_and_the_postmaster_begins_anew(helper: str) -> None:
    made = "psql -d shop -qc 'CREATE TABLE kept (i int)'"
    host, _ = typed(16, LOGGED, made, "head -1 $PGDATA/postmaster.pid > ~/before", f"kill -9 $(pgrep -f {helper})")
    log = typed(host, "cat ~/log")[1]
    assert "was terminated by signal 9: Killed" in log
    assert log.index("all server processes terminated; reinitializing") < log.index("automatic recovery in progress")
    assert typed(host, "head -1 $PGDATA/postmaster.pid | diff - ~/before; psql shop -Atc 'TABLE kept'")[1] == ""


def test_without_restart_after_crash_a_killed_helper_is_the_end_of_the_server() -> None:
    off = "echo 'restart_after_crash = off' >> $PGDATA/postgresql.conf"
    host, _ = typed(17, off, LOGGED, "kill -9 $(pgrep -f checkpointer)")
    assert 'shutting down because "restart_after_crash" is off' in typed(host, "cat ~/log")[1]
    assert "no server running" in typed(host, "pg_ctl status")[1]


def test_while_a_smart_shutdown_waits_for_an_exclusive_backup_superusers_may_connect() -> None:
    begun = "psql -qc 'CREATE ROLE m LOGIN' -c \"SELECT pg_start_backup('a')\""
    meanwhile = "(sleep 1; psql -U m -d postgres -c 'SELECT 1'; psql -c 'SELECT 5' -c 'SELECT pg_stop_backup()')"
    said = printed(14, begun, f"{meanwhile} & pg_ctl stop -m smart; wait")
    assert "FATAL:  must be superuser to connect during database shutdown" in said
    assert "server stopped" in said


def test_copy_takes_the_lines_that_its_where_holds_for() -> None:
    data = r"printf 'id,a\n1,x\n2,y\n' > ~/f.csv; psql -qc 'CREATE TABLE o (id int, a text)'"
    copied = "psql -c '\\copy o FROM f.csv WITH (FORMAT csv, HEADER) WHERE id > 1' -c 'COPY o TO STDOUT'"
    assert printed(16, data, copied) == "COPY 1\n2\ty\n"
    assert "WHERE clause not allowed with COPY TO" in printed(16, data, "psql -c 'COPY o TO STDOUT WHERE id > 1'")


def test_copy_quotes_what_it_is_told_to() -> None:
    data = "psql -qc \"CREATE TABLE o AS SELECT 1 AS id, 'x' AS a\""
    assert printed(16, data, "psql -c 'COPY o TO STDOUT CSV HEADER FORCE QUOTE a'") == 'id,a\n1,"x"\n'
    assert printed(16, data, "psql -c 'COPY o TO STDOUT WITH (FORMAT csv, FORCE_QUOTE *)'") == '"1","x"\n'


@pytest.mark.parametrize(("major", "said"), [(14, "COPY HEADER available only in CSV mode"), (15, "id\ta\n")])
def test_a_header_in_text_format_is_there_from_15_on(major: int, said: str) -> None:
    assert said in printed(major, "psql -qc 'CREATE TABLE o (id int, a text)'", "psql -c 'COPY o TO STDOUT (HEADER)'")


def test_header_match_compares_the_names_of_the_columns() -> None:
    data = r"printf 'id,b\n1,x\n' > ~/f.csv; psql -qc 'CREATE TABLE o (id int, a text)'"
    said = printed(15, data, "psql -c '\\copy o FROM f.csv WITH (FORMAT csv, HEADER match)'")
    assert 'column name mismatch in header line field 2: got "b", expected "a"' in said


@pytest.mark.parametrize("major", [16, 17])
def test_copy_leaves_out_lines_of_the_wrong_type_when_told_to_from_17_on(major: int) -> None:
    data = r"printf '1,x\nzz,y\n' > ~/f.csv; psql -qc 'CREATE TABLE o (id int, a text)'"
    said = printed(major, data, "psql -c '\\copy o FROM f.csv WITH (FORMAT csv, ON_ERROR ignore)'")
    left_out = "NOTICE:  1 row was skipped due to data type incompatibility"
    assert (left_out if major == 17 else 'ERROR:  option "on_error" not recognized') in said


def test_a_program_called_by_its_whole_path_is_of_the_major_of_its_folder() -> None:
    said = printed(16, "/usr/lib/postgresql/17/bin/pg_dump --version; pg_dump --version")
    assert [line.split()[2].partition(".")[0] for line in said.splitlines()] == ["17", "16"]


def test_the_workers_of_a_parallel_dump_count_for_the_connection_limit_of_the_role() -> None:
    made = "psql -qc 'CREATE ROLE few LOGIN CONNECTION LIMIT 2 IN ROLE pg_read_all_data'"
    said = printed(16, made, "pg_dump -U few -d shop -Fd -j 4 -f ~/d")
    assert 'FATAL:  too many connections for role "few"' in said
    assert printed(16, made, "pg_dump -U few -d shop -B -f ~/d") == ""


@pytest.mark.parametrize("change", ["ALTER TABLE orders ADD note text", "TRUNCATE orders"])
def test_a_dump_waits_for_an_open_change_of_a_table_no_longer_than_it_was_told(change: str) -> None:
    waits = f'psql -d shop -c "BEGIN" -c "{change}" -c "\\! pg_dump -d shop --lock-wait-timeout=500 -f /dev/null"'
    said = printed(16, waits)
    assert "ERROR:  canceling statement due to statement timeout" in said
    assert "IN ACCESS SHARE MODE" in said
