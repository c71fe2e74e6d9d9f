"""What may be typed: command lines and SQL statements that are understood, and how the others are refused."""

from __future__ import annotations

import pytest

from simulator import commands as c
from simulator.command_line import parse
from simulator.statements import NotUnderstood, statement

BASE = c.PgBasebackup("/backup/base", client="me")

LINES: list[tuple[str, c.Command]] = [
    ("pg_basebackup -D /backup/base", BASE),
    ("pg_basebackup --pgdata=/backup/base/", BASE),
    ("pg_basebackup -h localhost -p 5432 -U postgres -w -D /backup/base", BASE),
    ("psql -d shop -f /backup/dump.sql", c.PsqlFile("shop", "/backup/dump.sql")),
    ("psql shop -f /backup/dump.sql", c.PsqlFile("shop", "/backup/dump.sql")),
    ("psql -c 'checkpoint;'", c.Checkpoint()),
    ('psql -XAt -c "SELECT pg_switch_wal()"', c.SwitchWal()),
    ("pg_dump shop > /backup/shop.sql", c.PgDump("shop", "plain", "/backup/shop.sql")),
    ("pg_dump -Fc -f /backup/shop.dump shop", c.PgDump("shop", "custom", "/backup/shop.dump")),
    ("pg_dump --format=directory -d shop -f /backup/d", c.PgDump("shop", "directory", "/backup/d")),
    ("pg_dump -F t -f /backup/t shop", c.PgDump("shop", "tar", "/backup/t")),
    ("pg_dumpall > /backup/all.sql", c.PgDumpall("/backup/all.sql")),
    ("pg_dumpall -g -f /backup/all.sql", c.PgDumpall("/backup/all.sql", globals_only=True)),
    ("pg_restore -d shop /backup/shop.dump", c.PgRestore("shop", "/backup/shop.dump")),
    ("createdb shop", c.CreateDatabase("shop")),
    ("pg_ctl start", c.PgCtl("start", "/pgdata")),
    ("pg_ctl -D /backup/base/ -m i stop", c.PgCtl("stop", "/backup/base", "immediate")),
    ("pg_ctl restart -m smart", c.PgCtl("restart", "/pgdata", "smart")),
    ("cp -a /pgdata /backup/cold", c.Copy("/pgdata", "/backup/cold")),
    ("cp -r /archive/* /backup/base/pg_wal/", c.Copy("/archive", "/backup/base/pg_wal")),
    ("rm -rf /backup/base /backup/other", c.Remove(("/backup/base", "/backup/other"))),
    ("touch /backup/base/recovery.signal", c.TouchSignal("/backup/base", "recovery.signal")),
    (
        "echo \"restore_command = 'cp /archive/%f %p'\" >> /backup/base/postgresql.auto.conf",
        c.Configure("/backup/base", "restore_command", "cp /archive/%f %p"),
    ),
]


@pytest.mark.parametrize(("typed", "command"), LINES, ids=[typed for typed, _ in LINES])
def test_a_command_line_is_understood(typed: str, command: c.Command) -> None:
    """As the real tool takes it."""
    read = parse(typed, client="me")
    if isinstance(read, c.PgBasebackup):
        read = c.PgBasebackup(**{name: getattr(read, name) for name in read.__slots__ if name != "typed"})
    assert read == command


OPTIONS: list[tuple[str, str, object]] = [
    ("-Ft", "format", "tar"),
    ("--format=plain", "format", "plain"),
    ("-Xn", "wal_method", "none"),
    ("-X fetch", "wal_method", "fetch"),
    ("--wal-method=stream", "wal_method", "stream"),
    ("-c fast", "checkpoint", "fast"),
    ("--checkpoint=spread", "checkpoint", "spread"),
    ("-P", "progress", True),
    ("--verbose", "verbose", True),
    ("-R", "write_recovery_conf", True),
    ("-S mine", "slot", "mine"),
    ("-C -S mine", "create_slot", True),
    ("--no-slot", "no_slot", True),
    ("-T /old=/new", "tablespace_mapping", (("/old", "/new"),)),
    ("-l night", "label", "night"),
    ("--waldir=/wal", "waldir", "/wal"),
    ("-r 32k", "max_rate_kb", 32),
    ("-r 10M", "max_rate_kb", 10240),
    ("--max-rate=100", "max_rate_kb", 100),
]


@pytest.mark.parametrize(("option", "field", "value"), OPTIONS)
def test_each_option_of_pg_basebackup(option: str, field: str, value: object) -> None:
    """Short and long, with and without a blank."""
    read = parse(f"pg_basebackup -D /backup/base {option}", client="me")
    assert getattr(read, field) == value


NOT_LINES: list[tuple[str, str, str]] = [
    ("", "tool", "pg_basebackup"),
    ("ls -l", "tool", "psql"),
    ("pg_basebackup", "words", "-D DIRECTORY"),
    ("pg_basebackup -D /b more", "words", "-D DIRECTORY"),
    ("pg_basebackup -D /b -Z9", "option", "--wal-method"),
    ("pg_basebackup -D", "option", "--pgdata"),
    ("pg_basebackup -D /b -Xx", "value", "none, fetch, stream"),
    ("pg_basebackup -D /b -Fz", "value", "plain, tar"),
    ("pg_basebackup -D /b -r quick", "value", "32k"),
    ("psql -c", "option", "--command"),
    ("psql", "words", "psql -c"),
    ("psql -c 'CHECKPOINT", "quotes", "'"),
    ("pg_dump shop", "words", "-f FILE"),
    ("pg_restore /backup/x", "words", "-d DATABASE"),
    ("pg_ctl dance", "words", "start"),
    ("pg_ctl stop -m later", "value", "smart, fast, immediate"),
    ("cp -a /pgdata", "words", "SOURCE DESTINATION"),
    ("rm -r", "words", "rm -r PATH"),
    ("touch /backup/base/file", "words", "recovery.signal"),
    ("echo hello", "words", "postgresql.auto.conf"),
]


@pytest.mark.parametrize(("typed", "kind", "allowed"), NOT_LINES, ids=[typed for typed, _, _ in NOT_LINES])
def test_a_command_line_that_is_not_understood_says_what_is(typed: str, kind: str, allowed: str) -> None:
    """The kind keys the explanation; what is allowed is listed."""
    with pytest.raises(NotUnderstood) as caught:
        parse(typed)
    assert (caught.value.kind, allowed in caught.value.allowed) == (kind, True)


STATEMENTS: list[tuple[str, c.Command]] = [
    ("CHECKPOINT", c.Checkpoint()),
    ("  checkpoint ; ", c.Checkpoint()),
    ("show WAL_LEVEL", c.Show("WAL_LEVEL")),
    ("ALTER SYSTEM SET wal_keep_size = '1GB'", c.AlterSystem("wal_keep_size", "1GB")),
    ("alter system set wal_keep_size to 64", c.AlterSystem("wal_keep_size", "64")),
    ("ALTER SYSTEM SET archive_command = 'cp ''x'' %p'", c.AlterSystem("archive_command", "cp 'x' %p")),
    ("ALTER SYSTEM RESET wal_keep_size", c.AlterSystem("wal_keep_size", None)),
    ("select pg_reload_conf()", c.ReloadConf()),
    ("SELECT pg_create_restore_point('before')", c.RestorePoint("before")),
    ("SELECT * FROM pg_create_physical_replication_slot('a', true)", c.SlotCreate("a", reserve=True)),
    ("SELECT pg_create_physical_replication_slot('a', immediately_reserve => true)", c.SlotCreate("a", reserve=True)),
    ("SELECT pg_create_physical_replication_slot('a')", c.SlotCreate("a")),
    ("SELECT pg_replication_slot_advance('a', '0/16B3748')", c.SlotAdvance("a", 0x16B3748)),
    ("SELECT pg_replication_slot_advance('a', pg_current_wal_lsn())", c.SlotAdvance("a")),
    ("SELECT pg_drop_replication_slot('a')", c.SlotDrop("a")),
    ("SELECT count(*) FROM orders", c.Query("orders", ("count",))),
    ("SELECT * FROM pg_replication_slots", c.Query("pg_replication_slots")),
    (
        "SELECT slot_name, wal_status FROM pg_replication_slots",
        c.Query("pg_replication_slots", ("slot_name", "wal_status")),
    ),
    ("SELECT redo_lsn FROM pg_control_checkpoint()", c.Query("pg_control_checkpoint()", ("redo_lsn",))),
    ("INSERT INTO orders SELECT generate_series(1, 500)", c.InsertRows("orders", 500)),
    ("DROP TABLE orders", c.DropTable("orders")),
    ("CREATE DATABASE shop", c.CreateDatabase("shop", sql=True)),
    ("CREATE TABLESPACE fast LOCATION '/spaces/fast'", c.CreateTablespace("fast", "/spaces/fast")),
]


@pytest.mark.parametrize(("text", "command"), STATEMENTS, ids=[text for text, _ in STATEMENTS])
def test_a_statement_is_understood(text: str, command: c.Command) -> None:
    """Whatever its case, with and without a semicolon."""
    assert statement(text) == command


# Statement; function, label, fast, exclusive.
STARTS = [
    ("SELECT pg_start_backup('x')", "pg_start_backup", "x", False, True),
    ("SELECT pg_start_backup('x', true)", "pg_start_backup", "x", True, True),
    ("SELECT pg_start_backup('x', true, false)", "pg_start_backup", "x", True, False),
    ("SELECT pg_start_backup('x', exclusive => false)", "pg_start_backup", "x", False, False),
    ("SELECT pg_backup_start('x')", "pg_backup_start", "x", False, False),
    ("SELECT pg_backup_start(label => 'it''s', fast => true)", "pg_backup_start", "it's", True, False),
]


@pytest.mark.parametrize(("text", "function", "label", "fast", "exclusive"), STARTS)
def test_the_start_functions(text: str, function: str, label: str, fast: bool, exclusive: bool) -> None:
    """The old one is exclusive unless told otherwise, the new one never."""
    read = statement(text, session="keeper")
    assert isinstance(read, c.BackupStart)
    assert (read.function, read.label, read.fast, read.exclusive) == (function, label, fast, exclusive)
    assert (read.session, read.sql) == ("keeper", text)


# Statement; function, exclusive, waits for the archive, as a table.
STOPS = [
    ("SELECT pg_stop_backup()", "pg_stop_backup", True, True, False),
    ("SELECT pg_stop_backup(true)", "pg_stop_backup", True, True, False),
    ("SELECT * FROM pg_stop_backup(false)", "pg_stop_backup", False, True, True),
    ("SELECT pg_stop_backup(false, false)", "pg_stop_backup", False, False, False),
    ("SELECT pg_backup_stop()", "pg_backup_stop", False, True, False),
    ("SELECT lsn FROM pg_backup_stop(false)", "pg_backup_stop", False, False, True),
    ("SELECT pg_backup_stop(wait_for_archive => false)", "pg_backup_stop", False, False, False),
]


@pytest.mark.parametrize(("text", "function", "exclusive", "waits", "expanded"), STOPS)
def test_the_stop_functions(text: str, function: str, exclusive: bool, waits: bool, expanded: bool) -> None:
    """pg_stop_backup() alone ends an exclusive backup."""
    read = statement(text)
    assert isinstance(read, c.BackupStop)
    assert (read.function, read.exclusive, read.wait_for_archive, read.expanded) == (
        function,
        exclusive,
        waits,
        expanded,
    )


@pytest.mark.parametrize(
    "text", ["", "VACUUM", "SELECT 1", "SELECT", "DELETE FROM orders", "ALTER SYSTEM", "CHECKPOINTS"]
)
def test_a_statement_that_is_not_understood_lists_those_that_are(text: str) -> None:
    """Forms and views are named."""
    with pytest.raises(NotUnderstood) as caught:
        statement(text)
    assert caught.value.kind == "statement"
    assert "CHECKPOINT" in caught.value.allowed
    assert "pg_replication_slots" in caught.value.allowed
