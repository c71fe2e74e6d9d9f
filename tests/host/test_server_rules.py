"""Rules of a running server that questions asked of a learner have led to, each seen on a real server first."""

from __future__ import annotations

import pytest

from host.machine import Build, Host
from host.shell import run_line
from host.worlds import world
from simulator.versions import KNOWN

INSERT = "psql -qd shop -c 'INSERT INTO orders SELECT 900 + count(*), 1, current_date, 1 FROM orders'"
CRASH_AND_START = "pg_ctl stop -m immediate > ~/out; pg_ctl -l ~/log start > ~/out; tail -n 8 ~/log"
"""The last lines of the log after a start that replays what there is."""


def said(major: int, *lines: str) -> str:
    """What the last of these command lines prints, on a host with a running server."""
    return typed(world("default", Build(major), Build(major)), *lines)[1]


def typed(host: Host, *lines: str) -> tuple[Host, str]:
    """The host after these lines, and what the last of them printed."""
    printed = ""
    for line in lines:
        done = run_line(host, line)
        host, printed = done.host, f"{done.stdout}{done.stderr}"
    return host, printed


@pytest.mark.parametrize("major", KNOWN)
def test_a_server_whose_current_segment_was_removed_has_lost_its_checkpoint(major: int) -> None:
    """The next client to write makes the file anew, with zeros before its own page."""
    log = said(major, "rm $PGDATA/pg_wal/0*", INSERT, "rm -f ~/log; " + CRASH_AND_START)
    assert "invalid magic number 0000 in" in log
    assert "PANIC:  could not locate a valid checkpoint record" in log
    assert "ready to accept" not in log


def test_a_removed_segment_has_no_name_until_somebody_writes_wal() -> None:
    removed = "rm $PGDATA/pg_wal/0*"
    assert said(16, removed, "ls $PGDATA/pg_wal | grep -c 0000") == "0\n"
    assert said(16, removed, INSERT, "ls $PGDATA/pg_wal | grep -c 0000") == "1\n"


def test_a_checkpoint_in_a_later_segment_makes_a_removed_one_forgotten() -> None:
    later = "psql -qd shop -c 'SELECT pg_switch_wal()' -c CHECKPOINT"
    log = said(16, "rm $PGDATA/pg_wal/0*", INSERT, later, INSERT, CRASH_AND_START)
    assert "ready to accept connections" in log


def test_replay_ends_where_a_removed_segment_was_made_anew() -> None:
    """The checkpoint is in the segment before it: what came after is lost without an error."""
    lines = ("psql -c CHECKPOINT", INSERT, "psql -c 'SELECT pg_switch_wal()'", *[INSERT] * 80)
    current = "$PGDATA/pg_wal/$(psql -Atc 'SELECT pg_walfile_name(pg_current_wal_lsn())')"
    count = "psql -Atd shop -c 'SELECT count(*) FROM orders'"
    before = int(said(16, lines[0], INSERT, count))
    assert int(said(16, *lines, f"rm {current}", INSERT, CRASH_AND_START, count)) == before
    assert "invalid magic number 0000" in said(16, *lines, f"rm {current}", INSERT, CRASH_AND_START)


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("ROLE app SET fsync = off", 'parameter "fsync" cannot be changed now'),
        ("ROLE app SET fsync = foo", 'parameter "fsync" cannot be changed now'),
        ("ROLE app RESET fsync", 'parameter "fsync" cannot be changed now'),
        ("ROLE ALL SET archive_timeout = 60", 'parameter "archive_timeout" cannot be changed now'),
        (
            "DATABASE shop SET synchronous_standby_names = 's'",
            'parameter "synchronous_standby_names" cannot be changed',
        ),
        ("DATABASE shop SET wal_level TO DEFAULT", 'parameter "wal_level" cannot be changed without restarting'),
        ("ROLE app IN DATABASE shop SET wal_level = minimal", 'parameter "wal_level" cannot be changed'),
        ("ROLE app SET log_connections = on", 'parameter "log_connections" cannot be set after connection start'),
        ("ROLE app SET server_version = 1", 'parameter "server_version" cannot be changed'),
        ("ROLE app RESET nosuch", 'unrecognized configuration parameter "nosuch"'),
        ("ROLE app SET nosuch = 1", 'unrecognized configuration parameter "nosuch"'),
    ],
)
def test_a_role_or_database_keeps_only_what_a_session_may_set(statement: str, refusal: str) -> None:
    assert f"ERROR:  {refusal}" in said(14, f'psql -c "ALTER {statement}"')


def test_a_role_keeps_its_own_synchronous_commit() -> None:
    assert said(14, "psql -c 'ALTER ROLE app SET synchronous_commit = off'") == "ALTER ROLE\n"
    assert said(14, "psql -c 'ALTER ROLE app RESET ALL'") == "ALTER ROLE\n"


def test_a_postmaster_that_ends_after_it_made_its_lock_file_says_that_it_is_shut_down() -> None:
    late = ("pg_ctl stop > ~/out", "echo max_wal_size=20MB >> $PGDATA/postgresql.conf", "pg_ctl start -l ~/small")
    lines = said(16, *late, "cut -d] -f2 ~/small").splitlines()
    assert lines[-2].startswith(' FATAL:  "max_wal_size" must be at least twice "wal_segment_size"')
    assert lines[-1] == " LOG:  database system is shut down"


def test_one_that_ends_before_does_not() -> None:
    early = ("pg_ctl stop > ~/out", "echo wal_level=minimal >> $PGDATA/postgresql.conf", "pg_ctl start -l ~/small")
    assert "is shut down" not in said(16, *early, "cat ~/small")


def test_archive_timeout_closes_segments_without_an_archive_too() -> None:
    file = "psql -Atc 'SELECT pg_walfile_name(pg_current_wal_lsn())'"
    asked = ("psql -c 'ALTER SYSTEM SET archive_mode = off' -c 'ALTER SYSTEM SET archive_timeout = 60'",)
    # Up to 16 a position at the end of a segment has that segment's name, so a switch alone does not show.
    host, before = typed(world("default", Build(17), Build(17)), *asked, "pg_ctl restart -l ~/log > ~/out", file)
    assert typed(host, INSERT, "sleep 130", file)[1] > before


FPW = "pg_controldata | grep -c 'full_page_writes: *on'"
FPW_IN_SQL = "psql -Atc 'SELECT full_page_writes FROM pg_control_checkpoint()'"


@pytest.mark.parametrize("line", [FPW, FPW_IN_SQL])
def test_pg_control_has_the_full_page_writes_of_its_checkpoint(line: str) -> None:
    off = ("psql -c 'ALTER SYSTEM SET full_page_writes = off'", "pg_ctl reload")
    assert said(14, *off, line) in ("1\n", "t\n")
    assert said(14, *off, "psql -c CHECKPOINT", line) in ("0\n", "f\n")
    assert said(14, *off, "pg_ctl restart -m immediate -l ~/log > ~/out", line) in ("0\n", "f\n")


def reset(major: int, target: str, view: str, column: str = "stats_reset") -> bool:
    """Does a column of a view change when statistics are set back?"""
    asked = f"psql -Atc 'SELECT {column} FROM {view}'"
    before = said(major, INSERT, "sleep 100", asked)
    return said(major, INSERT, "sleep 100", f'psql -c "SELECT pg_stat_reset_shared({target})"', asked) != before


@pytest.mark.parametrize(
    ("major", "target", "view"),
    [
        (14, "'bgwriter'", "pg_stat_bgwriter"),
        (14, "'archiver'", "pg_stat_archiver"),
        (14, "'wal'", "pg_stat_wal"),
        (17, "'checkpointer'", "pg_stat_checkpointer"),
        (16, "'recovery_prefetch'", "pg_stat_recovery_prefetch"),
    ],
)
def test_statistics_that_were_set_back_say_when(major: int, target: str, view: str) -> None:
    assert reset(major, target, view)


def test_one_target_leaves_the_others_as_they_are() -> None:
    assert not reset(14, "'archiver'", "pg_stat_bgwriter")
    assert not reset(18, "'bgwriter'", "pg_stat_checkpointer")


def test_no_target_means_all_of_them_since_17() -> None:
    assert reset(17, "", "pg_stat_wal")
    assert reset(17, "NULL", "pg_stat_archiver")
    assert not reset(16, "NULL", "pg_stat_wal")
    assert "does not exist" in said(16, "psql -c 'SELECT pg_stat_reset_shared()'")


def test_wal_is_counted_from_where_it_was_set_back() -> None:
    counted = "psql -Atc 'SELECT wal_bytes FROM pg_stat_wal'"
    assert said(14, INSERT, "psql -c \"SELECT pg_stat_reset_shared('wal')\"", counted) == "0\n"


CREATE_LOGICAL = "psql -c \"SELECT pg_create_logical_replication_slot('a', 'pgoutput')\""


@pytest.mark.parametrize(
    ("major", "words"),
    [(14, "requires wal_level >= logical"), (18, 'requires "wal_level" >= "logical"')],
)
def test_logical_decoding_is_refused_below_wal_level_logical(major: int, words: str) -> None:
    assert said(major, CREATE_LOGICAL) == f"ERROR:  logical decoding {words}\n"
    changes = "psql -c \"SELECT * FROM pg_logical_slot_get_changes('a', NULL, NULL)\""
    assert said(major, changes) == f"ERROR:  logical decoding {words}\n"


def test_at_wal_level_logical_it_is_the_dojo_that_does_not_have_it() -> None:
    level = ("psql -c 'ALTER SYSTEM SET wal_level = logical'", "pg_ctl restart -l ~/log > ~/out")
    assert said(16, *level, CREATE_LOGICAL) == "ERROR:  the dojo does not have logical decoding\n"


def test_a_logical_slot_without_its_plugin_is_a_function_that_does_not_exist() -> None:
    assert "does not exist" in said(16, "psql -c \"SELECT pg_create_logical_replication_slot('a')\"")


def test_every_record_ends_at_a_multiple_of_eight_bytes() -> None:
    """MAXALIGN: whatever a statement writes."""
    statements = ("CREATE TABLE t (a int, b text)", "INSERT INTO t VALUES (1, 'x')", "DELETE FROM t", "DROP TABLE t")
    lines = [f'psql -c "{one}"' for one in statements]
    position = "psql -Atc \"SELECT pg_current_wal_insert_lsn() - '0/0'\""
    for count in range(1, len(lines) + 1):
        assert int(said(16, *lines[:count], position)) % 8 == 0


STANDBY = (
    "pg_basebackup -c fast -D /tmp/s -R",
    "echo port=5433 >> /tmp/s/postgresql.conf",
    "pg_ctl -D /tmp/s -l /tmp/slog start > ~/out",
)
NO_PAGES = ("psql -c 'ALTER SYSTEM SET full_page_writes = off'", "pg_ctl reload")
BACKUP = "pg_basebackup -p 5433 -c fast -D /tmp/b"


def test_a_standby_that_replayed_wal_without_full_pages_cannot_be_backed_up() -> None:
    refused = (
        "pg_basebackup: error: could not initiate base backup: ERROR:  WAL generated with full_page_writes=off was "
        "replayed since last restartpoint\nHINT:  This means that the backup being taken on the standby is corrupt "
    )
    assert said(15, *STANDBY, *NO_PAGES, BACKUP).startswith(refused)
    assert said(15, *STANDBY, *NO_PAGES, "psql -c CHECKPOINT", BACKUP).startswith(refused)
    assert '"full_page_writes=off"' in said(17, *STANDBY, *NO_PAGES, BACKUP)


def test_it_can_after_a_checkpoint_with_full_pages() -> None:
    again = ("psql -c 'ALTER SYSTEM RESET full_page_writes'", "pg_ctl reload", f"{BACKUP}; echo $?")
    assert said(15, *STANDBY, *NO_PAGES, *again)[-2:] != "0\n"
    assert said(15, *STANDBY, *NO_PAGES, *again[:2], "psql -c CHECKPOINT", again[2])[-2:] == "0\n"


def test_a_backup_of_a_standby_ends_with_an_error_when_full_pages_were_turned_off_meanwhile() -> None:
    off = 'psql -qc "ALTER SYSTEM SET full_page_writes = off" -c "SELECT pg_reload_conf()"'
    host, _ = typed(world("default", Build(15), Build(15)), *STANDBY)
    script = f"SELECT pg_backup_start('x', true);\n\\! {off}\nSELECT pg_backup_stop();\n"
    host, printed = typed(host, f"cat > /tmp/x.sql <<'END'\n{script}END", "psql -p 5433 -f /tmp/x.sql")
    assert "WAL generated with full_page_writes=off was replayed during online backup" in printed


BEHIND = (
    *STANDBY,
    "pg_ctl -D /tmp/s stop > ~/out",
    "pg_ctl restart -l /tmp/plog > ~/out",
    *[f"{INSERT}; psql -c 'SELECT pg_switch_wal()' -c CHECKPOINT"] * 6,
    "pg_ctl -D /tmp/s -l /tmp/slog start > ~/out",
)
GONE = "ERROR:  requested WAL segment 000000010000000000000003 has already been removed"


@pytest.mark.parametrize("major", KNOWN)
def test_a_standby_whose_wal_is_gone_says_so_at_each_try(major: int) -> None:
    """Twice at once, and then every wal_retrieve_retry_interval; so does the server that was asked."""
    count = f"grep -c 'could not receive data from WAL stream: {GONE}' /tmp/slog"
    assert said(major, *BEHIND, "sleep 12", count) == "5\n"
    assert said(major, *BEHIND, "sleep 12", f"grep -A1 -c '{GONE}' /tmp/plog") == "5\n"
    assert "STATEMENT:  START_REPLICATION 0/3000000 TIMELINE 1" in said(major, *BEHIND, "cat /tmp/plog")


ARCHIVED = (
    "mkdir /tmp/arch",
    "echo \"archive_mode = on\narchive_command = 'cp %p /tmp/arch/%f'\" >> $PGDATA/postgresql.conf",
    "pg_ctl restart -l ~/log > ~/out",
    "pg_basebackup -c fast -D /tmp/b",
    "cp $PGDATA/postgresql.conf ~/kept",
    "printf 'wal_level = minimal\\nmax_wal_senders = 0\\narchive_mode = off\\n' >> $PGDATA/postgresql.conf",
    "pg_ctl restart -l ~/log > ~/out",
    INSERT,
    "cp ~/kept $PGDATA/postgresql.conf",
    "pg_ctl restart -l ~/log > ~/out",
    "psql -c 'SELECT pg_switch_wal()' -c CHECKPOINT -c 'SELECT pg_switch_wal()'; sleep 5; pg_ctl stop",
    "touch /tmp/b/recovery.signal; echo \"restore_command = 'cp /tmp/arch/%f %p'\" >> /tmp/b/postgresql.conf",
    "pg_ctl -D /tmp/b -l /tmp/blog start; cut -d] -f2 /tmp/blog",
)


def test_archive_recovery_ends_where_wal_was_written_at_wal_level_minimal() -> None:
    log = said(15, *ARCHIVED)
    fatal = log[log.index(" FATAL:") :].splitlines()
    assert fatal[:3] == [
        " FATAL:  WAL was generated with wal_level=minimal, cannot continue recovering",
        " DETAIL:  This happens if you temporarily set wal_level=minimal on the server.",
        " HINT:  Use a backup taken after setting wal_level to higher than minimal.",
    ]
    assert fatal[3].startswith(" CONTEXT:  WAL redo at ")
    assert "XLOG/PARAMETER_CHANGE: max_connections=100" in fatal[3]
    assert "wal_level=minimal wal_log_hints=off" in fatal[3]


def test_until_13_it_warns_and_goes_on_where_nobody_reads() -> None:
    warning = " WARNING:  WAL was generated with wal_level=minimal, data may be missing\n"
    quiet = ("echo hot_standby=off >> /tmp/b/postgresql.conf", ARCHIVED[-1])
    log = said(13, *ARCHIVED[:-1], *quiet)
    assert warning in log
    assert "archive recovery complete" in log
    assert "FATAL:  hot standby is not possible because wal_level was not set" in said(13, *ARCHIVED)


def test_an_ordinary_restart_across_wal_level_minimal_needs_no_archive() -> None:
    assert "ready to accept connections" in said(15, *ARCHIVED[:10], "tail -n 1 ~/log")


SYNCHRONOUS = ("psql -c \"ALTER SYSTEM SET synchronous_standby_names = 's1'\"", "pg_ctl reload")
WRITES = "psql -d shop -c 'CREATE TABLE waits (i int)'"
CANCELLED = (
    "WARNING:  canceling wait for synchronous replication due to user request\n"
    "DETAIL:  The transaction has already committed locally, but might not have been replicated to the standby.\n"
)


def test_a_commit_waits_for_a_synchronous_standby_that_is_not_there() -> None:
    """Somebody presses Ctrl-C in the end: it has committed all the same."""
    host, printed = typed(world("default", Build(16), Build(16)), *SYNCHRONOUS, WRITES)
    assert CANCELLED in printed
    assert typed(host, "psql -Atd shop -c 'SELECT count(*) FROM waits'")[1] == "0\n"


@pytest.mark.parametrize("level", ["local", "off"])
def test_with_synchronous_commit_local_or_off_it_does_not_wait(level: str) -> None:
    line = f"psql -d shop -c 'SET synchronous_commit = {level}' -c 'CREATE TABLE waits (i int)'"
    assert said(16, *SYNCHRONOUS, line) == "SET\nCREATE TABLE\n"
    block = f"psql -d shop -c 'BEGIN; SET LOCAL synchronous_commit = {level}; CREATE TABLE waits (i int); COMMIT'"
    assert CANCELLED not in said(16, *SYNCHRONOUS, block)


def test_who_only_reads_does_not_wait() -> None:
    assert CANCELLED not in said(16, *SYNCHRONOUS, "psql -d shop -c 'SELECT count(*) FROM orders' -c CHECKPOINT")


def test_it_goes_on_when_the_standby_is_there() -> None:
    named = "echo \"cluster_name = 's1'\" >> /tmp/s/postgresql.conf"
    there = (*STANDBY[:2], named, STANDBY[2], *SYNCHRONOUS)
    assert said(16, *there, WRITES) == "CREATE TABLE\n"
    state = "psql -Atc 'SELECT sync_priority, sync_state FROM pg_stat_replication'"
    assert said(16, *there, state) == "1|sync\n"
    assert CANCELLED in said(16, *there, "pg_ctl -D /tmp/s stop > ~/out", WRITES)


def test_pg_stat_replication_tells_who_is_waited_for() -> None:
    state = "psql -Atc 'SELECT sync_priority, sync_state FROM pg_stat_replication'"
    quorum = ("psql -c \"ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (a, walreceiver)'\"", "pg_ctl reload")
    assert said(16, *STANDBY, state) == "0|async\n"
    assert said(16, *STANDBY, *quorum, state) == "1|quorum\n"
    assert said(16, *STANDBY, *quorum, WRITES) == "CREATE TABLE\n"
