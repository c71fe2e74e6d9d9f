"""Texts byte for byte: backup_label, history file, tablespace_map, and how psql prints them."""

from __future__ import annotations

import re

import pytest

from simulator import backup, psql
from simulator import commands as c
from simulator.cluster import BackupLabel, Tablespace
from simulator.lsn import MB
from simulator.records import CheckpointPlace
from simulator.versions import KNOWN
from simulator.world import World
from tests.simulator.commanded import begun, steps
from tests.simulator.plans import plan

LABEL = """\
START WAL LOCATION: 0/900028 (file 000000010000000000000009)
CHECKPOINT LOCATION: 0/900060
BACKUP METHOD: {method}
BACKUP FROM: {source}
START TIME: <TIME>
LABEL: night
START TIMELINE: 1
"""
HISTORY = """\
START WAL LOCATION: 0/900028 (file 000000010000000000000009)
STOP WAL LOCATION: {stop} (file {file})
CHECKPOINT LOCATION: 0/900060
BACKUP METHOD: streamed
BACKUP FROM: {source}
START TIME: <TIME>
LABEL: night
START TIMELINE: 1
STOP TIME: <TIME>
STOP TIMELINE: 1
"""
PLACE = CheckpointPlace(0x900028, 0x900060, 0x9000D8)


def _label(world: World, *, exclusive: bool = False) -> BackupLabel:
    return backup.label_of(world.primary.data, PLACE, "night", exclusive=exclusive)


@pytest.mark.parametrize("major", KNOWN)
def test_backup_label(major: int) -> None:
    """12 and 13 say 'master'; an exclusive backup says that it was started by its function."""
    world = begun(plan(major))
    source = "master" if major in {12, 13} else "primary"
    assert backup.label_text(_label(world), MB) == LABEL.format(method="streamed", source=source)
    exclusive = backup.label_text(_label(world, exclusive=True), MB)
    assert exclusive == LABEL.format(method="pg_start_backup", source=source)


@pytest.mark.parametrize("major", KNOWN)
def test_backup_history_file(major: int) -> None:
    """A stop exactly at a segment end names the segment before it up to 15, the one after it from 16 on."""
    data, source = begun(plan(major)).primary.data, "master" if major in {12, 13} else "primary"
    within = HISTORY.format(stop="0/900130", file="000000010000000000000009", source=source)
    assert backup.history_text(data, _label(begun(plan(major))), 0x900130) == within
    named = "000000010000000000000009" if major in {12, 13, 14, 15} else "00000001000000000000000A"
    at_end = HISTORY.format(stop="0/A00000", file=named, source=source)
    assert backup.history_text(data, _label(begun(plan(major))), 0xA00000) == at_end


def test_tablespace_map() -> None:
    """One line a tablespace, oid and path; nothing without tablespaces."""
    cluster = begun(plan(14)).primary
    assert backup.tablespace_map_text(cluster.data) == ""
    spaces = (Tablespace(16385, "slow", "/spaces/slow disk"), Tablespace(16384, "fast", "/spaces/fast"))
    data = cluster.with_data(tablespaces=spaces).data
    assert backup.tablespace_map_text(data) == "16384 /spaces/fast\n16385 /spaces/slow disk\n"


# --- psql, as docs/facts.md H shows it

EXPANDED = """\
   lsn    |                          labelfile                           | spcmapfile 
----------+--------------------------------------------------------------+------------
 0/8001C0 | START WAL LOCATION: 0/800028 (file 000000010000000000000008)+| 
          | CHECKPOINT LOCATION: 0/800060                               +| 
          | BACKUP METHOD: streamed                                     +| 
          | BACKUP FROM: primary                                        +| 
          | START TIME: 2026-01-01 12:00:00 UTC                         +| 
          | LABEL: lab                                                  +| 
          | START TIMELINE: 1                                           +| 
          |                                                              | 
(1 row)
"""  # noqa: W291  (psql pads)
ONE_COLUMN = """\
                             pg_backup_stop                              
-------------------------------------------------------------------------
 (0/700168,"START WAL LOCATION: 0/700028 (file 000000010000000000000007)+
 CHECKPOINT LOCATION: 0/700060                                          +
 BACKUP METHOD: streamed                                                +
 BACKUP FROM: primary                                                   +
 START TIME: 2026-01-01 12:00:00 UTC                                    +
 LABEL: lab                                                             +
 START TIMELINE: 1                                                      +
 ","")
(1 row)
"""  # noqa: W291


def _lab(segment: str, start: str, checkpoint: str) -> str:
    return (
        f"START WAL LOCATION: {start} (file {segment})\nCHECKPOINT LOCATION: {checkpoint}\nBACKUP METHOD: streamed\n"
        "BACKUP FROM: primary\nSTART TIME: 2026-01-01 12:00:00 UTC\nLABEL: lab\nSTART TIMELINE: 1\n"
    )


def test_a_value_of_several_lines_is_marked_with_plus() -> None:
    """The two ways to call the stop function, as a real psql prints them."""
    label = _lab("000000010000000000000008", "0/800028", "0/800060")
    lines = psql.table(("lsn", "labelfile", "spcmapfile"), (("0/8001C0", label, ""),))
    assert list(lines) == EXPANDED.splitlines()
    row = '(0/700168,"' + _lab("000000010000000000000007", "0/700028", "0/700060") + '","")'
    assert list(psql.table(("pg_backup_stop",), ((row,),))) == ONE_COLUMN.splitlines()


def test_numbers_stand_right_and_wide_characters_count_two() -> None:
    """As psql aligns them; no rows are no rows."""
    lines = psql.table(("name", "n"), (("夜間", "7"), ("a", "1234")), right=(1,))
    assert lines == (" name |  n   ", "------+------", " 夜間 |    7", " a    | 1234", "(2 rows)")
    assert psql.table(("count",), ()) == (" count ", "-------", "(0 rows)")


# What is asked, the lines on standard output (LSNs masked).
ANSWERS = [
    (c.Checkpoint(), ["CHECKPOINT"]),
    (c.SwitchWal(), [" pg_switch_wal ", "---------------", " X/X", "(1 row)"]),
    (c.Show("max_wal_size"), [" max_wal_size ", "--------------", " 64MB", "(1 row)"]),
    (c.ReloadConf(), [" pg_reload_conf ", "----------------", " t", "(1 row)"]),
    (c.InsertRows("orders", 3, "shop"), ["INSERT 0 3"]),
    (c.DropTable("orders", "shop"), ["DROP TABLE"]),
    (c.CreateDatabase("more", sql=True), ["CREATE DATABASE"]),
    (c.CreateDatabase("more"), []),
    (c.AlterSystem("wal_keep_size", "1GB"), ["ALTER SYSTEM"]),
    (c.CreateTablespace("fast", "/spaces/fast"), ["CREATE TABLESPACE"]),
    (c.Query("orders", ("count",), "shop"), [" count ", "-------", "    10", "(1 row)"]),
    (
        c.SlotCreate("a"),
        [" pg_create_physical_replication_slot ", "-" * 37, " (a,)", "(1 row)"],
    ),
]


@pytest.mark.parametrize(("command", "lines"), ANSWERS, ids=lambda value: type(value).__name__)
def test_what_psql_answers(command: c.Command, lines: list[str]) -> None:
    """Standard output of a statement that works; exit 0 and nothing on standard error."""
    (_, _, outcome) = next(steps(begun(plan(14)), (command,)))
    assert [re.sub(r"\b[0-9A-F]+/[0-9A-F]+", "X/X", line) for line in outcome.stdout] == lines
    assert (outcome.exit_code, outcome.stderr) == (0, ())


# What is asked, on which major, the lines on standard error.
REFUSED: list[tuple[c.Command, int, list[str]]] = [
    (c.SlotDrop("a"), 14, ['ERROR:  replication slot "a" does not exist']),
    (c.Query("nothing", ("count",)), 14, ['ERROR:  relation "nothing" does not exist']),
    (c.CreateDatabase("shop", sql=True), 14, ['ERROR:  database "shop" already exists']),
    (
        c.BackupStop("pg_stop_backup"),
        14,
        ["ERROR:  non-exclusive backup is not in progress", "HINT:  Did you mean to use pg_stop_backup('t')?"],
    ),
    (c.BackupStop("pg_stop_backup", exclusive=True), 14, ["ERROR:  exclusive backup not in progress"]),
    (
        c.BackupStop("pg_backup_stop"),
        15,
        ["ERROR:  backup is not in progress", "HINT:  Did you call pg_backup_start()?"],
    ),
    (
        c.BackupStart("pg_start_backup", "x", sql="select pg_start_backup('x')", argument_types="unknown"),
        15,
        [
            "ERROR:  function pg_start_backup(unknown) does not exist",
            "LINE 1: select pg_start_backup('x')",
            "               ^",
            "HINT:  No function matches the given name and argument types. You might need to add explicit type casts.",
        ],
    ),
    (
        c.AlterSystem("max_wal_size", "big"),
        14,
        ['ERROR:  invalid value for parameter "max_wal_size": "big"'],
    ),
]


@pytest.mark.parametrize(("command", "major", "lines"), REFUSED, ids=lambda value: type(value).__name__)
def test_how_psql_is_refused(command: c.Command, major: int, lines: list[str]) -> None:
    """Message, LINE 1 with its caret, and HINT; exit 1; nothing changes."""
    world = begun(plan(major))
    (_, _, outcome) = next(steps(world, (command,)))
    assert list(outcome.stderr) == lines
    assert (outcome.exit_code, outcome.stdout) == (1, ())
    assert outcome.world == world
