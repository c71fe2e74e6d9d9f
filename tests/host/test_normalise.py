"""Our own output in the words of a recording: the rules go by the kind of text, and change no text twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from host.archives import tar_of
from host.conformance.listing import contents, listing, place
from host.conformance.normalise import Names, collapsed, without_chance
from host.conformance.record import spelled_out
from host.content import Gzip
from host.machine import Host
from host.tree import Dir, File, Link, Node
from tests.host.cli_recordings import lines

NAMES = Names(16, frozenset({"16387"}))


def _texts() -> Iterator[tuple[str, Names, str]]:
    for told in lines():
        names = Names(told["client_major"], keep_segments=told["behaviour"] == "archive cleanup")
        said = [told.get(name, "") for name in ("stdout", "stderr", "log", "content")]
        said += [each[name] for each in told.get("after", []) for name in ("stdout", "stderr")]
        yield from ((told["case"], names, without_chance(text)) for text in said)


def test_a_recorded_text_is_left_as_it_is() -> None:
    """No rule hits a number that the recordings keep: every recorded text is a fixed point."""
    changed = [(case, text) for case, names, text in _texts() if names.text(text) != text]
    assert changed == []


@pytest.mark.parametrize(
    ("raw", "recorded"),
    [
        ("/dojo/restore_fast and /dojo/restore/x", "$RESTORE_FAST and $RESTORE/x"),
        ('cannot open "/dojo/server.log"', 'cannot open "$LOGFILE"'),
        ("/usr/lib/postgresql/16/bin/postgres", "$PGHOME/bin/postgres"),
        ("passfile=''/dojo/home/.pgpass''", "passfile=''$ROOT/home/.pgpass''"),
        ("2026-09-21 13:33:20.123 UTC [1234] LOG:  x", "<TIME> [<PID>] LOG:  x"),
        ("recovery to 2026-09-21 13:33:20.123456+00", "recovery to <TIME>"),
        ("last modified:             Mon Sep 21 13:33:20 2026", "last modified:             <TIME>"),
        ("a date: 2024-01-05", "a date: 2024-01-05"),
        ("server is running (PID: 77)", "server is running (PID: <PID>)"),
        ("another postmaster (PID 4242424) running", "another postmaster (PID <PID>) running"),
        ('replication slot "pg_basebackup_991"', 'replication slot "pg_basebackup_<PID>"'),
        ("redo starts at 0/3000028", "redo starts at <LSN>"),
        (
            "system identifier in backup manifest is 7300000000000001, but database system identifier is 7300000000009",
            "system identifier in backup manifest is <SYSID>, but database system identifier is <SYSID>",
        ),
        ("Minimum recovery ending location:     0/0", "Minimum recovery ending location:     0/0"),
        ("after commit of transaction 742, time", "after commit of transaction <XID>, time"),
        ("to XID 99999999", "to XID 99999999"),
        ("000000010000000000000003", "00000001<SEG>"),
        ("000000010000000000000003.00000028.backup", "00000001<SEG>.<OFF>.backup"),
        ("00000002.history", "00000002.history"),
        ('"base/5/1259_fsm" is present', '"base/5/<OID>_fsm" is present'),
        ("base/16388/16401", "base/<OID>/<OID>"),
        ("pg_tblspc/16387/PG_16_202307071", "pg_tblspc/<TSOID>/PG_16_202307071"),
        ("3456; 1259 16401 TABLE public orders postgres", "<N>; 1259 <OID> TABLE public orders postgres"),
        ("  123/45678 kB ( 27%), 0/2 tablespaces (…/base/1/1259)", " <N>/<N> kB (<N>%), 0/2 tablespaces (<FILE>)"),
        ("45678/45678 kB (100%), 1/1 tablespace", " <N>/<N> kB (100%), 1/1 tablespace"),
        (f"\\restrict {'aB3' * 21}", "\\restrict <KEY>"),
        ("\\restrict abc123", "\\restrict abc123"),
        ("starting PostgreSQL 16.14 on x86_64-pc-linux-gnu, 64-bit", "starting PostgreSQL 16 on <PLATFORM>"),
        ("LOG:  checkpoint complete: wrote 3 buffers", "LOG:  checkpoint complete: <...>"),
        ("waiting for server to start..... done", "waiting for server to start... done"),
        ("pg_dump does things.\n\nUsage:\n  pg_dump\n", "<HELP>"),
        ('relation "t" has 5000 rows', 'relation "t" has 5000 rows'),
    ],
)
def test_a_volatile_text_becomes_its_word(raw: str, recorded: str) -> None:
    assert NAMES.text(raw) == recorded


def test_equal_lines_of_progress_and_logs_are_told_once_and_others_are_not() -> None:
    assert collapsed("<TIME> [<PID>] LOG:  x\n<TIME> [<PID>] LOG:  x\n") == "<TIME> [<PID>] LOG:  x\n"
    assert collapsed("1\n1\n") == "1\n1\n"


def test_a_very_long_text_is_cut_after_sixty_lines() -> None:
    said = NAMES.text(f"{'x' * 400}\n" * 100)
    assert said.count("\n") == 61
    assert said.endswith("\n<CUT>\n")


def test_the_names_of_the_readme_become_paths_and_others_are_left() -> None:
    assert spelled_out("$RESTORE_FAST $PGHOME ${PGDATA} $$ $(ls) $f", 18) == (
        "/dojo/restore_fast /usr/lib/postgresql/18 /dojo/pgdata $$ $(ls) $f"
    )


def _tree() -> Dir:
    wal = Dir().with_entries({"000000010000000000000001": File(), "archive_status": Dir()})
    spaces = Dir().with_entry("16387", Link("/dojo/fast"))
    label = File("START TIME: 2026-09-21 13:33:20 UTC\n")
    entries: dict[str, Node] = {"PG_VERSION": File("16\n"), "pg_wal": wal, "pg_tblspc": spaces, "backup_label": label}
    return Dir().with_entries(entries)


def test_a_data_directory_is_told_with_its_wal_its_tablespaces_and_its_label() -> None:
    shown = listing(Host(root=Dir().with_entry("d", _tree())), "/d", NAMES)
    assert shown == {
        "kind": "data directory",
        "top": ["PG_VERSION", "backup_label", "pg_tblspc/", "pg_wal/"],
        "pg_wal": {"names": ["00000001<SEG>", "archive_status/"], "segments": 1},
        "pg_tblspc": ["<TSOID> -> $FAST"],
        "backup_label": "START TIME: <TIME>\n",
    }


def test_a_directory_tells_its_tar_files_and_counts_names_that_look_the_same() -> None:
    entries: dict[str, Node] = {name: File("x") for name in ("3401.dat.gz", "3402.dat.gz", "toc.dat")}
    entries["base.tar.gz"] = File(Gzip(tar_of(_tree())))
    shown = listing(Host(root=Dir().with_entry("b", Dir().with_entries(entries))), "/b", NAMES)
    assert shown["top"] == ["<N>.dat.gz x2", "base.tar.gz", "toc.dat"]
    assert shown["tar"]["base.tar.gz"]["pg_wal"] == {"names": ["00000001<SEG>"], "segments": 1}
    assert shown["tar"]["base.tar.gz"]["top"][:2] == ["./", "PG_VERSION"]
    assert contents("no archive", NAMES) == {"unreadable": "ReadError"}


def test_what_is_not_there_and_what_is_no_directory() -> None:
    host = Host(root=Dir().with_entry("empty", File("")))
    assert listing(host, "/nothing", NAMES) == {"exists": False}
    assert listing(host, "/empty", NAMES) == {"kind": "file", "empty": True, "magic": "text"}


@pytest.mark.parametrize(
    ("cmd", "tool", "where"),
    [
        ("pg_basebackup -D $BACKUP/deep/b -c fast", "pg_basebackup", "$BACKUP/deep/b"),
        ("pg_basebackup --pgdata=- -Ft", "pg_basebackup", "$WORK"),
        ("pg_basebackup -D b", "pg_basebackup", "$WORK/b"),
        ("pg_basebackup -t server:$BACKUP/srv -Xf", "pg_basebackup", "$BACKUP/srv"),
        ("pg_dump -Fd -f $BACKUP/o shop", "pg_dump", "$BACKUP/o"),
        ("pg_dump shop > $BACKUP/o.sql", "pg_dump", "$BACKUP"),
        ("pg_ctl -D $RESTORE -w start", "pg_ctl", "$RESTORE"),
    ],
)
def test_a_recording_that_does_not_say_shows_the_target_that_the_command_names(cmd: str, tool: str, where: str) -> None:
    assert place(cmd, tool, {}) == where
