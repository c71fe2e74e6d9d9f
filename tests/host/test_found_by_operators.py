"""Faults that operators of the dojo found, each as a claim (seen on real 12 to 18)."""

from __future__ import annotations

import re

import pytest

from simulator.versions import KNOWN, since
from tests.host.test_found_by_questions import printed, typed

ARCHIVED = r"""mkdir ~/archive
printf "archive_mode = on\narchive_command = 'cp %%p $HOME/archive/%%f'\n" >> $PGDATA/postgresql.conf
pg_ctl -l ~/log restart > ~/out; pg_basebackup -D ~/base -c fast"""
RESTORED = r"""cp -a ~/base ~/again; touch ~/again/recovery.signal
printf "archive_mode = off\nrestore_command = 'cp $HOME/archive/%%f %%p'\n" >> ~/again/postgresql.conf"""
START = "pg_ctl -D ~/again -l ~/again.log start > ~/out"
STOP = "psql -qAtc 'SELECT pg_switch_wal()'; pg_ctl stop -m fast > ~/out"


def lines_of(said: str) -> list[str]:
    """Log lines without time and process id."""
    return [re.sub(r"^\d{4}-\S+ \S+ UTC \[\d+\] ", "", line) for line in said.splitlines()]


ON_THE_COMMIT = [
    # recovery_target_inclusive, orders afterwards, whether the log and the history file name the time of the DELETE
    ("on", 0, False),
    ("off", 8, True),
]


@pytest.mark.parametrize("major", [12, 15, 18])
@pytest.mark.parametrize(("inclusive", "orders", "named"), ON_THE_COMMIT)
def test_a_target_time_is_compared_to_the_microsecond(inclusive: str, orders: int, named: bool, major: int) -> None:
    """The target is the time of a DELETE as pg_waldump prints it; a table was created after it."""
    changed = "sleep 60; psql -qd shop -c 'DELETE FROM orders'; sleep 5; psql -qd shop -c 'CREATE TABLE later (i int)'"
    time = "$(pg_waldump ~/archive/000000010000000000000003 2> ~/out | grep -o 'COMMIT.*' | head -1 | cut -c8-)"
    target = f"recovery_target_time = '{time}'\nrecovery_target_inclusive = {inclusive}\n"
    asked = f'printf "{target}recovery_target_action = promote\n" >> ~/again/postgresql.conf'
    host, _ = typed(major, ARCHIVED, changed, STOP, RESTORED, asked, START)
    shown = typed(host, f"echo {time}")[1].strip().removesuffix(" UTC").rstrip("0") + "+00"
    log = typed(host, "cat ~/again.log")[1]
    stopping = rf"recovery stopping before commit of transaction \d+, time {re.escape(shown)}\n"
    assert typed(host, "psql -Atd shop -c 'SELECT count(*) FROM orders'")[1] == f"{orders}\n"
    assert f"starting point-in-time recovery to {shown}\n" in log
    assert bool(re.search(stopping, log)) == named
    assert (f"before {shown}" in typed(host, "cat ~/again/pg_wal/00000002.history")[1]) == named


def test_the_log_shows_when_transactions_ended_and_not_when_it_was_written() -> None:
    changed = "psql -qd shop -c 'DELETE FROM orders'; date -u '+%F %T' > ~/then; sleep 3600"
    host, _ = typed(15, ARCHIVED, changed, STOP, f"{RESTORED}; {START}")
    then = typed(host, "cat ~/then")[1].strip()
    log = typed(host, "grep 'last completed' ~/again.log")[1]
    assert f"last completed transaction was at log time {then[:-2]}" in log


TIMES = [
    ("2026-01-05 10:00:00.123456", 1767607200123456),
    ("2026-01-05T10:00:00.123456Z", 1767607200123456),
    ("2026-01-05 10:00:00.123456 UTC", 1767607200123456),
    ("2026-01-05 19:00:00+09", 1767607200000000),
    ("2026-01-05 19:00:00 Asia/Tokyo", 1767607200000000),
    ("2026-01-05 10:00:00.1234567", 1767607200123457),
    ("2026-01-05 06:30:00-03:30", 1767607200000000),
    ("Jan 5 2026 10:00 AM", 1767607200000000),
    ("20260105", 1767571200000000),
]


@pytest.mark.parametrize(("text", "micros"), TIMES)
def test_a_target_time_is_read_as_the_server_reads_it(text: str, micros: int) -> None:
    from host.server import clock

    assert clock.read(text) == micros


CACHE = "psql -qd shop -c 'CREATE UNLOGGED TABLE cache AS SELECT generate_series(1, 100) AS n' -c checkpoint"
FILES = 'OID=$(psql -Atd shop -c "SELECT \'cache\'::regclass::oid"); ls {0}/base/*/ | grep -E "^$OID(_|$)"'


@pytest.mark.parametrize("major", [13, 18])
def test_an_unlogged_table_is_in_a_base_backup_by_its_init_fork_and_empty_after_recovery(major: int) -> None:
    host, _ = typed(major, CACHE, ARCHIVED)
    assert len(typed(host, FILES.format("$PGDATA"))[1].split()) == 2
    sent = typed(host, FILES.format("~/base"))[1].split()
    assert [name[-5:] for name in sent] == ["_init"]
    host, _ = typed(host, STOP, RESTORED, START)
    assert typed(host, "psql -Atd shop -c 'SELECT count(*) FROM cache'")[1] == "0\n"
    assert len(typed(host, FILES.format("~/again"))[1].split()) == 2


MULTIPLE = "FATAL:  multiple recovery targets specified"
TARGETS = [
    # postgresql.conf                 postgresql.auto.conf         options of postgres   what comes of it
    ("name = 'p'; lsn = '0/1'", "", "", MULTIPLE),
    ("name = 'p'; lsn = '0/1'", "name = ''", "", MULTIPLE),
    ("lsn = '0/1'; name = 'p'", "lsn = ''", "", MULTIPLE),
    ("lsn = '0/1'; name = ''", "", "", MULTIPLE),
    ("name = ''; lsn = '0/1'", "", "", 'recovery to WAL location (LSN) "0/1"'),
    ("name = 'p'", "name = ''; lsn = '0/1'", "", 'recovery to WAL location (LSN) "0/1"'),
    ("name = 'p'", "lsn = '0/1'; name = ''", "", MULTIPLE),
    ("name = 'p'", "name = 'q'", "", 'recovery to "q"'),
    ("name = ''", "", "-c recovery_target_lsn=0/1", MULTIPLE),
    ("name = 'p'", "", "-c recovery_target_lsn=0/1", MULTIPLE),
]


@pytest.mark.parametrize(("main", "auto", "option", "said"), TARGETS)
def test_each_line_with_a_target_meets_the_one_before_it_even_when_it_empties_it(
    main: str, auto: str, option: str, said: str
) -> None:
    """The last mention of a name counts, and it counts where it stands; the command line is read first."""

    def lines(text: str, file: str) -> str:
        found = [f"recovery_target_{one.strip()}" for one in text.split(";") if one]
        return "; ".join(f'echo "{one}" >> ~/again/{file}' for one in found) or "true"

    configured = f"{RESTORED}; {lines(main, 'postgresql.conf')}; {lines(auto, 'postgresql.auto.conf')}"
    start = f'pg_ctl -D ~/again -l ~/again.log -o "{option}" start > ~/out'
    assert said in printed(15, ARCHIVED, STOP, configured, start, "cat ~/again.log")


def test_pg_control_and_wal_tell_the_timeline_before() -> None:
    standby = RESTORED.replace("recovery.signal", "standby.signal")
    host, _ = typed(15, ARCHIVED, STOP, standby, START, "pg_ctl -D ~/again promote > ~/out")
    dumped = typed(host, "pg_waldump ~/again/pg_wal/000000020000000000000003")[1]
    assert "desc: END_OF_RECOVERY tli 2; prev tli 1; time " in dumped
    assert "desc: CHECKPOINT_ONLINE redo 0/3000058; tli 2; prev tli 2; fpw true; xid 0:" in dumped
    assert typed(host, "pg_controldata ~/again | grep -c 'TimeLineID: *2$'")[1] == "2\n"

    host, _ = typed(15, ARCHIVED, STOP, RESTORED, START)
    previous = "SELECT prev_timeline_id FROM pg_control_checkpoint()"
    assert typed(host, f"psql -Atc '{previous}'")[1] == "1\n"
    assert typed(host, f"psql -qc checkpoint; psql -Atc '{previous}'")[1] == "2\n"
    dumped = typed(host, "pg_waldump -n 1 ~/again/pg_wal/000000020000000000000003")[1]
    assert "desc: CHECKPOINT_SHUTDOWN redo 0/3000028; tli 2; prev tli 1; fpw true; " in dumped


def test_a_promotion_takes_more_wal_since_17() -> None:
    standby = RESTORED.replace("recovery.signal", "standby.signal")
    for major, redo in ((16, "0/3000058"), (17, "0/3000060")):
        at = typed(major, ARCHIVED, STOP, standby, START, "pg_ctl -D ~/again promote > ~/out")[0]
        assert typed(at, "psql -Atc 'SELECT redo_lsn FROM pg_control_checkpoint()'")[1] == f"{redo}\n"


def test_a_state_is_dated_by_pg_control_and_an_interrupted_recovery_by_its_checkpoint() -> None:
    standby = RESTORED.replace("recovery.signal", "standby.signal")
    stopped = "sleep 100; pg_ctl -D ~/again stop > ~/out; date -u '+%F %T' > ~/then; sleep 100"
    host, _ = typed(15, ARCHIVED, STOP, standby, START, stopped, START)
    then = typed(host, "cat ~/then")[1].strip()
    assert f"was shut down in recovery at {then[:-1]}" in typed(host, "cat ~/again.log")[1]
    host, _ = typed(host, "pg_ctl -D ~/again stop -m immediate > ~/out", START)
    checkpoint = typed(host, "psql -Atc 'SELECT checkpoint_time FROM pg_control_checkpoint()'")[1].strip()[:19]
    assert f"interrupted while in recovery at log time {checkpoint} UTC" in typed(host, "cat ~/again.log")[1]


RECORDS = [
    # major  line of pg_waldump after a checkpoint, without its positions
    (
        12,
        "Standby     len (rec/tot):     50/    50, tx:          0, desc: RUNNING_XACTS nextXid {n} latestCompletedXid",
    ),
    (16, "XLOG        len (rec/tot):    114/   114, tx:          0, desc: CHECKPOINT_ONLINE redo {redo}; tli 1; prev"),
    (17, "XLOG        len (rec/tot):     30/    30, tx:          0, desc: CHECKPOINT_REDO wal_level replica"),
    (18, "XLOG        len (rec/tot):     98/    98, tx:          0, desc: RESTORE_POINT here"),
    (14, "Transaction len (rec/tot):     34/    34, tx:        {n}, desc: COMMIT 2026-"),
    (13, "XLOG        len (rec/tot):     24/    24, tx:          0, desc: SWITCH "),
]


@pytest.mark.parametrize(("major", "wanted"), RECORDS)
def test_pg_waldump_prints_a_record_as_long_as_it_was_written(major: int, wanted: str) -> None:
    made = "psql -qd shop -c 'CREATE TABLE t (i int)' -c checkpoint -Atc \"SELECT pg_create_restore_point('here')\""
    host, _ = typed(major, made, "psql -qAtc 'SELECT pg_switch_wal()'")
    said = typed(host, "pg_waldump $PGDATA/pg_wal/000000010000000000000001")[1]
    plain = re.sub(r"lsn: 0/[0-9A-F]{8}, prev 0/[0-9A-F]{8}, ", "", said)
    assert len(plain) < len(said)
    pattern = re.escape(wanted).replace(r"\{n\}", r" *\d+").replace(r"\{redo\}", r"0/[1-9A-F][0-9A-F]*")
    assert re.search(pattern.replace(r"\ \ \ \ \ \ \ \  *", r"\ +"), plain)


def test_pg_waldump_knows_the_record_before_the_first_one_and_says_where_it_ends() -> None:
    host, _ = typed(15, ARCHIVED, "psql -qd shop -c 'CREATE TABLE t (i int)'")
    last = typed(host, "pg_waldump ~/archive/000000010000000000000002 | tail -1")[1]
    said = typed(host, "pg_waldump $PGDATA/pg_wal/000000010000000000000003")[1].splitlines()
    switch = re.search(r"lsn: (\S+), .* desc: SWITCH $", last, re.MULTILINE)
    assert switch is not None
    assert f"lsn: 0/03000028, prev {switch[1]}, " in said[0]
    end = re.search(r"lsn: 0/0(\S+), prev", said[-2])
    assert end is not None
    assert said[-1].startswith(f"pg_waldump: error: error in WAL record at 0/{end[1]}: invalid record length at 0/3")
    assert said[-1].endswith(": wanted 24, got 0")


def test_pg_waldump_says_what_it_skips_when_it_begins_within_a_record() -> None:
    host, _ = typed(18, "psql -qAtc 'SELECT pg_switch_wal()'; psql -qd shop -c 'CREATE TABLE t (i int)'")
    within = "pg_waldump -p $PGDATA/pg_wal -s 0/2000030 -n 1"
    at = typed(host, within)[1]
    found = re.search(r"first record is after 0/2000030, at 0/(\w+), skipping over (\d+) bytes\n", at)
    assert found is not None
    assert int(found[1], 16) - 0x2000030 == int(found[2])


def test_the_statistics_of_pg_waldump_are_a_table_of_its_resource_managers() -> None:
    """The segment of a base backup: a list of running transactions, a checkpoint, the backup's end and a switch."""
    said = typed(typed(16, ARCHIVED)[0], "pg_waldump -z ~/archive/000000010000000000000002")[1].splitlines()
    assert said[0] == "WAL statistics between 0/2000028 and 0/3000000:"
    assert " ".join(said[3].split()) == "XLOG 3 ( 75.00) 172 ( 77.48) 0 ( 0.00) 172 ( 77.48)"
    assert " ".join(said[-1].split()) == "Total 4 222 [100.00%] 0 [0.00%] 222 [100%]"
    assert len({len(line) for line in said[1:-2]}) == 1


FOREIGN = r"""initdb -D ~/other > ~/out 2>&1; mkdir ~/theirs
printf "port = 5433\narchive_mode = on\narchive_command = 'cp %%p $HOME/theirs/%%f'\n" >> ~/other/postgresql.conf
printf "unix_socket_directories = '/tmp'\n" >> ~/other/postgresql.conf; pg_ctl -D ~/other -l ~/out start > ~/out2
for i in 1 2 3 4; do psql -p 5433 -qAt -c "CREATE TABLE t$i (i int)" -c 'SELECT pg_switch_wal()'; done
pg_ctl -D ~/other stop > ~/out"""
THREE = """for i in 1 2 3; do psql -qAtd shop -c "CREATE TABLE t$i (i int)" -c 'SELECT pg_switch_wal()'; done"""
DIFFERENT = "LOG:  WAL file is from different database system: WAL file database system identifier is "
ELSEWHERE = [
    # which file of the archive is another cluster's    what the server does after it has said so
    ("000000010000000000000002", "recovery.signal", "FATAL:  could not locate required checkpoint record"),
    ("000000010000000000000004", "recovery.signal", "LOG:  archive recovery complete"),
    ("000000010000000000000004", "standby.signal", "LOG:  waiting for WAL to become available at 0/4000018"),
]


@pytest.mark.parametrize(("file", "signal", "ends"), ELSEWHERE)
def test_wal_of_another_cluster_is_the_end_of_wal(file: str, signal: str, ends: str) -> None:
    restored = RESTORED.replace("recovery.signal", signal)
    host, _ = typed(
        15, ARCHIVED, THREE, "pg_ctl stop > ~/out", FOREIGN, f"cp ~/theirs/{file} ~/archive", restored, START
    )
    log = lines_of(typed(host, "cat ~/again.log")[1])
    said = next(number for number, line in enumerate(log) if line.startswith(DIFFERENT))
    assert any(line.startswith(ends) for line in log[said:])
    if "checkpoint record" not in ends:
        tables = typed(host, "psql -Atd shop -c '\\dt' | cut -d'|' -f2 | grep ^t")[1].split()
        assert tables == ["t1"]


@pytest.mark.parametrize("major", KNOWN)
def test_an_archiver_without_a_command_warns_for_each_new_file_and_when_it_ends(major: int) -> None:
    on = "echo 'archive_mode = on' >> $PGDATA/postgresql.conf; pg_ctl -l ~/log restart > ~/out"
    switch = 'psql -qAtd shop -c "CREATE TABLE t$i (i int)" -c "SELECT pg_switch_wal()"'
    said = printed(major, on, f"for i in 1 2; do {switch}; sleep 5; done; pg_ctl stop > ~/out", "cat ~/log")
    words = {
        12: "archive_mode enabled, yet archive_command is not set",
        15: "archive_mode enabled, yet archiving is not configured",
        17: '"archive_mode" enabled, yet archiving is not configured',
    }
    details = {12: 0, 17: 3}
    assert lines_of(said).count(f"WARNING:  {since(major, words)}") == 3
    assert len(re.findall(r'DETAIL:  "?archive_command"? is not set\.', said)) == since(major, details)


BOTH = [
    (15, "archive_command = true", "basic_archive", "WARNING:  archive_mode enabled, yet archiving is not configured"),
    (16, "archive_command = true", "basic_archive", "FATAL:  both archive_command and archive_library set"),
    (18, "archive_command = true", "basic_archive", 'FATAL:  both "archive_command" and "archive_library" set'),
    (16, "archive_command = ''", "nosuch", 'FATAL:  could not access file "nosuch": No such file or directory'),
]


@pytest.mark.parametrize(("major", "command", "library", "said"), BOTH)
def test_a_library_that_archives(major: int, command: str, library: str, said: str) -> None:
    on = rf'printf "archive_mode = on\n{command}\narchive_library = {library}\n" >> $PGDATA/postgresql.conf'
    switch = "psql -qAtd shop -c 'CREATE TABLE t (i int)' -c 'SELECT pg_switch_wal()'"
    log = lines_of(printed(major, on, "pg_ctl -l ~/log restart > ~/out", switch, "cat ~/log"))
    assert log.count(said) == 1


STANDBY = """pg_basebackup -D ~/two -c fast -R; echo 'port = 5433' >> ~/two/postgresql.conf
pg_ctl -D ~/two -l ~/two.log start > ~/out"""
PROMOTED = "ERROR:  the standby was promoted during online backup"
CLIENT = {12: "backup failed: ", 13: "could not get COPY data stream: ", 15: "backup failed: "}


@pytest.mark.parametrize("major", KNOWN)
def test_a_backup_from_a_standby_fails_when_it_is_promoted_meanwhile(major: int) -> None:
    beside = "(sleep 3; psql -p 5433 -qAtc 'SELECT pg_promote()' > ~/out) &"
    host, said = typed(major, STANDBY, f"{beside} pg_basebackup -p 5433 -D ~/three -c fast --max-rate=1M; echo $?")
    assert f"pg_basebackup: error: {since(major, CLIENT)}{PROMOTED}\nHINT:  This means that the backup" in said
    assert ("WARNING:  aborting backup due to backend exiting" in said) == since(major, {12: False, 16: True})
    assert typed(host, "ls ~/three")[1].startswith("ls: cannot access")


def test_a_promotion_ends_a_backup_by_function_too() -> None:
    calls = ("pg_backup_start('x', true)", "pg_promote()", "pg_backup_stop()", "pg_backup_stop()")
    said = printed(16, STANDBY, "psql -p 5433 -qAt " + " ".join(f'-c "SELECT {call}"' for call in calls))
    assert [line for line in said.splitlines() if line.startswith("ERROR")] == [
        PROMOTED,
        "ERROR:  backup is not in progress",
    ]


SLOT = """echo 'idle_replication_slot_timeout = 30' >> $PGDATA/postgresql.conf; pg_ctl -l ~/log restart > ~/out
psql -qAtc "SELECT pg_create_physical_replication_slot('held', true)" > ~/out
psql -qAtc "SELECT pg_create_physical_replication_slot('never_used')" > ~/out"""
STATE = "SELECT slot_name, restart_lsn IS NULL, wal_status, invalidation_reason FROM pg_replication_slots ORDER BY 1"
INVALID = (
    'ERROR:  can no longer access replication slot "held"\n'
    'DETAIL:  This replication slot has been invalidated due to "idle_timeout".\n'
)


def test_a_slot_that_nobody_uses_times_out_at_a_checkpoint() -> None:
    host, _ = typed(18, SLOT, "sleep 60")
    assert "held|f|reserved|" in typed(host, f'psql -Atc "{STATE}"')[1]
    host, _ = typed(host, "psql -qc checkpoint")
    assert typed(host, f'psql -Atc "{STATE}"')[1].split() == ["held|f|lost|idle_timeout", "never_used|t||"]
    log = lines_of(typed(host, "cat ~/log")[1])
    at = log.index('LOG:  invalidating obsolete replication slot "held"')
    assert re.fullmatch(
        r"DETAIL:  The slot's idle time of \d+s exceeds the configured "
        r'"idle_replication_slot_timeout" duration of 30s\.',
        log[at + 1],
    )
    assert log[at + 2] == 'HINT:  You might need to increase "idle_replication_slot_timeout".'


REFUSED = [
    ("pg_receivewal -D ~ -S held --no-loop", 'pg_receivewal: error: could not send replication command "START_REPLIC'),
    ("pg_basebackup -D ~/base -S held -c fast", 'pg_basebackup: error: could not send replication command "START_REPL'),
    ("psql -c \"SELECT pg_replication_slot_advance('held', pg_current_wal_lsn())\"", "ERROR:  can no longer access"),
]


@pytest.mark.parametrize(("command", "begins"), REFUSED)
def test_nobody_gets_an_invalidated_slot_of_18(command: str, begins: str) -> None:
    said = printed(18, SLOT, "sleep 60", "psql -qc checkpoint", command)
    assert said.startswith(begins)
    assert INVALID in said


def test_a_standby_of_18_does_not_stream_with_an_invalidated_slot() -> None:
    slot = "echo \"primary_slot_name = 'held'\" >> ~/two/postgresql.conf; pg_ctl -D ~/two restart -l ~/two.log > ~/out"
    host, _ = typed(18, SLOT, "sleep 60", "psql -qc checkpoint", STANDBY, slot, "sleep 5")
    log = typed(host, "cat ~/two.log")[1].replace("\n\t", "\n")
    assert f"FATAL:  could not start WAL streaming: {INVALID}" in log
    assert typed(host, "psql -Atc 'SELECT count(*) FROM pg_stat_replication'")[1] == "0\n"


def test_a_copy_of_an_invalidated_slot_is_refused() -> None:
    copy = "psql -c \"SELECT pg_copy_physical_replication_slot('held', 'other')\""
    assert 'cannot copy invalidated replication slot "held"' in printed(
        18, SLOT, "sleep 60", "psql -qc checkpoint", copy
    )
