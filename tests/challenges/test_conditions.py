"""Every kind of condition: when it holds, when it does not, and what it says then."""

from __future__ import annotations

import ast
import inspect
import tomllib
from importlib.resources import files

import pytest

from host.machine import Host
from host.shell import run_line
from levels import conditions as c
from levels import dumps, judges, words
from levels.challenge import Beginning, Place, Wanted
from levels.judges import judge
from levels.worlds import begin

TEXTS = tomllib.loads(files("levels").joinpath("texts.toml").read_text(encoding="utf-8"))
ALL = frozenset({14})
ARCHIVING = (("archive_mode", "on"), ("archive_command", "cp %p /archive/%f"))
DISK = 200 << 20
WORLD = Beginning(
    settings=ARCHIVING,
    places=(Place("/backup"), Place("/archive"), Place("/small", DISK)),
)


def after(*lines: str) -> Host:
    """The world of these tests after command lines."""
    host = begin(WORLD, 14)
    for line in lines:
        host = run_line(host, line).host
    return host


SWITCH = 'psql -qAtc "SELECT pg_switch_wal()"'
STANDBY = ("pg_basebackup -D /backup/sb -R -C -S sb", "pg_ctl -D /backup/sb -o '-p 5433' start")
SLOT = "psql -c \"SELECT pg_create_physical_replication_slot('s')\""
BEGIN = "psql -c \"SELECT pg_start_backup('x', true)\""
CASES: tuple[tuple[c.Condition, tuple[str, ...], tuple[str, ...], str], ...] = (
    (c.Rows("shop.orders", 8), (), ("psql -d shop -c 'DELETE FROM orders WHERE id = 1'",), "other_count"),
    (c.Rows("shop.audit.log", 2), (), ("pg_ctl stop",), "no_server"),
    (c.Rows("shop.orders", 8), (), ("psql -d shop -c 'DROP TABLE orders CASCADE'",), "no_table"),
    (c.TableThere("shop.orders"), (), ("psql -d shop -c 'DROP TABLE orders CASCADE'",), "no_table"),
    (c.DatabaseThere("shop"), (), ("dropdb shop",), "no_database"),
    (c.RoleThere("app"), (), ("pg_ctl stop",), "no_server"),
    (c.RoleThere("new"), ("psql -c 'CREATE ROLE new'",), (), "no_role"),
    (c.ServerState("writable"), (), ("pg_ctl stop",), "server_down"),
    (c.ServerState("down"), ("pg_ctl stop",), (), "server_writable"),
    (c.ServerState("streaming", 5433), STANDBY, (), "server_down"),
    (
        c.ServerState("standby", 5433, "/backup/sb"),
        STANDBY,
        (*STANDBY, "pg_ctl -D /backup/sb promote"),
        "server_writable",
    ),
    (c.OnTimeline(2, 5433), (*STANDBY, "pg_ctl -D /backup/sb promote"), STANDBY, "other_timeline"),
    (
        c.InForce("archive_mode", "on"),
        (),
        ("psql -c 'ALTER SYSTEM SET archive_mode = off'", "pg_ctl restart"),
        "other_value",
    ),
    (
        c.InForce("work_mem", "8MB"),
        ("psql -c \"ALTER SYSTEM SET work_mem = '8MB'\"", "pg_ctl reload"),
        (),
        "other_value",
    ),
    (c.FileThere("/backup/*/PG_VERSION"), ("pg_basebackup -D /backup/b",), ("mkdir /backup/b",), "no_file"),
    (c.FileThere("~/x"), ("touch ~/x",), ("touch /tmp/x",), "no_file"),
    (c.FileSays("~/x", "abc"), ("echo xabcx > ~/x",), ("echo ab > ~/x",), "words_missing"),
    (c.LinksTo("/backup/l*", "/small"), ("ln -s /small /backup/link",), ("ln -s /tmp /backup/link",), "other_target"),
    (c.Restores("/backup/b", "", "shop.orders", 8), ("pg_basebackup -D /backup/b",), (), "no_file"),
    (
        c.Restores("/backup/b"),
        ("pg_basebackup -D /backup/b -Ft -z",),
        ("pg_basebackup -D /backup/b -Xn",),
        "not_started",
    ),
    (c.Restores("/backup/b", "/archive"), ("pg_basebackup -D /backup/b -Xn",), ("mkdir /backup/b",), "not_started"),
    (c.Verifies("/backup/b"), ("pg_basebackup -D /backup/b",), (), "no_file"),
    (
        c.Verifies("/backup/b"),
        ("pg_basebackup -D /backup/b",),
        ("pg_basebackup -D /backup/b", "rm /backup/b/PG_VERSION"),
        "not_verified",
    ),
    (c.StoppedCleanly("$PGDATA"), ("pg_ctl stop",), ("pg_ctl stop -m immediate",), "not_clean"),
    (
        c.DumpHolds("/backup/d", "custom", "orders", 8),
        ("pg_dump -Fc -f /backup/d shop",),
        ("pg_dump -f /backup/d shop",),
        "other_format",
    ),
    (
        c.DumpHolds("/backup/d", "plain", "orders", 8),
        ("pg_dump --inserts shop > /backup/d",),
        ("pg_dump -s shop > /backup/d",),
        "other_count_in_dump",
    ),
    (
        c.DumpHolds("/backup/d", "plain", "customers"),
        ("pg_dump shop > /backup/d",),
        ("pg_dump -t orders shop > /backup/d",),
        "not_in_dump",
    ),
    (
        c.DumpHolds("/backup/d", "tar", "audit.log", 2),
        ("pg_dump -Ft -f /backup/d shop",),
        ("echo > /backup/d",),
        "no_dump",
    ),
    (c.DumpHolds("/backup/d", "directory"), ("pg_dump -Fd -f /backup/d shop",), ("mkdir /backup/d",), "no_dump"),
    (
        c.DumpHolds("/backup/d", "cluster", "orders", 8),
        ("pg_dumpall -f /backup/d",),
        ("pg_dumpall -g -f /backup/d",),
        "other_format",
    ),
    (c.DumpHolds("/backup/d", "globals"), ("pg_dumpall -g -f /backup/d",), (), "no_file"),
    (c.Archived("/archive"), (SWITCH,), (), "few_archived"),
    (c.Archived("/archive"), (SWITCH,), (SWITCH, "truncate -s 1000 /archive/0*"), "few_archived"),
    (c.NothingWaits(), (SWITCH,), ("chmod 000 /archive", SWITCH), "waiting"),
    (c.WalFiles(5), (), tuple([f"psql -c 'CREATE TABLE t{n} (i int)'; {SWITCH}" for n in range(6)]), "many_segments"),
    (c.SlotState("s"), (SLOT,), (), "no_slot"),
    (c.SlotState("s", "inactive"), (SLOT,), (), "no_slot"),
    (c.SlotState("sb", "active"), STANDBY, STANDBY[:1], "slot_other"),
    (c.SlotState("s", "reserved"), (SLOT.replace("'s'", "'s', true"),), (SLOT,), "slot_other"),
    (c.SpaceFree("/small", 150), (), ("head -c 100000000 /dev/zero > /small/x",), "little_space"),
    (c.BackupOpen(), (BEGIN,), (), "no_backup_open"),
)


@pytest.mark.parametrize(("condition", "good", "bad", "reason"), CASES)
def test_a_condition_holds_after_these_lines_and_not_after_those(
    condition: c.Condition, good: tuple[str, ...], bad: tuple[str, ...], reason: str
) -> None:
    """It says why not, in both languages, with every gap filled."""
    assert judge(condition, after(*good)).holds
    verdict = judge(condition, after(*bad))
    assert (verdict.holds, verdict.reason) == (False, reason)
    for language in ("ja", "en"):
        assert "{" not in words.lacking(Wanted(condition, True, ALL), verdict, language)


def test_a_typed_line_is_found_by_a_pattern() -> None:
    """For traps alone."""
    assert judge(c.Typed("^rm "), after(), "rm x").holds
    assert not judge(c.Typed("^rm "), after(), "ls").holds


def test_every_kind_is_tried_here() -> None:
    """No kind without a case of its own."""
    assert {type(condition) for condition, *_ in CASES} | {c.Typed} == set(c.KINDS.values())


@pytest.mark.parametrize("condition", [case[0] for case in CASES], ids=c.word_of)
def test_a_goal_can_want_it_or_want_it_not(condition: c.Condition) -> None:
    """Both have a sentence in both languages."""
    for language in ("ja", "en"):
        wanted = words.wanting(Wanted(condition, True, ALL), language)
        unwanted = words.wanting(Wanted(condition, False, ALL), language)
        assert wanted != unwanted
        assert "{" not in wanted + unwanted


def test_every_reason_in_the_code_has_a_sentence_and_every_sentence_is_used() -> None:
    """judges.py and dumps.py name the keys of [lacks]."""
    named = set()
    for module in (judges, dumps):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.add(node.value)
    named |= {f"server_{word}" for word in judges.STATES}
    assert set(TEXTS["lacks"]) <= named
    assert {reason for *_, reason in CASES} <= set(TEXTS["lacks"])
