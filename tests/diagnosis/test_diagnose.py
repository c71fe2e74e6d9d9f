"""A whole log: causes first, what followed told as such, and nothing that a paste can break."""

import json
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnosis.catalogue import entries
from diagnosis.diagnose import LIMIT_CHARS, Finding, diagnose
from diagnosis.matching import match_record
from diagnosis.reading import read
from diagnosis.shown import shown_by
from diagnosis.similar import similar
from tests.diagnosis.making import filled_in

DATA = Path(__file__).resolve().parents[1] / "data"
BAD = {"ERROR", "FATAL", "PANIC"}
DISK_FULL = """\
cp: cannot create regular file '/archive/000000010000000000000041': No such file or directory
2026-05-01 03:00:02 UTC [4712] LOG:  archive command failed with exit code 1
2026-05-01 03:00:02 UTC [4712] DETAIL:  The failed archive command was: cp pg_wal/000000010000000000000041 /archive/
2026-05-01 03:00:05 UTC [4712] WARNING:  archiving write-ahead log file "000000010000000000000041" failed too many \
times, will try again later
2026-05-01 04:00:05 UTC [4713] PANIC:  could not write to file "pg_wal/xlogtemp.4713": No space left on device
2026-05-01 04:00:05 UTC [4700] LOG:  server process (PID 4713) was terminated by signal 6: Aborted
2026-05-01 04:00:06 UTC [4800] LOG:  database system was interrupted; last known up at 2026-05-01 03:55:00 UTC
"""
# Each item of 'what goes wrong, and what people believe', as somebody may ask about it.
ASKED = {
    1: "requested WAL segment 000000010000000000000003 has already been removed",
    2: "archiving makes -Xf safe",
    3: "standby requested WAL segment 00000001000000000000000A has already been removed",
    4: "FATAL: could not locate required checkpoint record",
    5: "number of requested standby connections exceeds max_wal_senders (currently 1)",
    6: "all replication slots are in use",
    7: 'number of requested standby connections exceeds "max_wal_senders" (currently 0)',
    8: 'WAL streaming (max_wal_senders > 0) requires wal_level "replica" or "logical"',
    9: 'WAL archival cannot be enabled when wal_level is "minimal"',
    10: "pg_basebackup without -X takes no WAL",
    11: "WAL level not sufficient for making an online backup",
    12: "No space left on device",
    13: "archive command fails when the file exists, stuck on one segment",
    14: "two servers writing into one archive",
    15: "the last base backup succeeded, so recovery is fine",
    16: "inactive slot holds WAL without limit",
    17: "max_wal_size is a hard cap",
    18: "pg_walのファイルを手で消した",
    19: "slot created without reserving WAL",
    20: "gap in the archive, the next segment is missing",
    21: "a backup is already in progress",
    22: "PANIC: could not locate a valid checkpoint record",
    23: "WARNING: aborting backup due to backend exiting before pg_backup_stop was called",
    24: "looking for backup_label in PGDATA during a non-exclusive backup",
    25: "backup is not in progress",
    26: "function pg_start_backup(unknown, boolean) does not exist",
    27: "still waiting for all required WAL segments to be archived (60 seconds elapsed)",
    28: "スタンバイのバックアップが終わらない",
    29: 'must specify "restore_command" when standby mode is not enabled',
    30: "recovery.signalの中に書いた設定が無視される",
    31: 'using recovery command file "recovery.conf" is not supported',
    32: "recovery ended before configured recovery target was reached",
    33: "recovery_target_time needs a later commit",
    34: "requested recovery stop point is before consistent recovery point",
    35: "multiple recovery targets specified",
    36: "after PITR the server is read-only",
    37: "second PITR follows the wrong timeline",
    38: "input file appears to be a text format dump. Please use psql.",
    39: "The input is a PostgreSQL custom-format dump.",
    40: "parallel backup only supported by the directory format",
    41: "parallel restore is not supported with this archive file format",
    42: "cannot specify both --single-transaction and multiple jobs",
    43: "one of -d/--dbname and -f/--file must be specified",
    44: "pg_dump: error: no output directory specified",
    45: 'could not open input file "b/toc.dat/toc.dat": Not a directory',
    46: "unsupported version (1.16) in file header",
    47: "aborting because of server version mismatch",
    48: "pg_dump has no roles or tablespaces",
    49: "globalsのダンプにパスワードが入っている",
    50: "pg_dumpall: invalid option -- 'F'",
    51: "does pg_dump show the end or the start of the dump",
    52: "pg_dump needs downtime to be consistent",
    53: "file system copy of a running server",
    54: "cold copy of one database's directory only",
    55: "physical copy on another major version",
}


def test_the_first_cause_comes_first_and_the_rest_follows_from_it() -> None:
    told = diagnose(DISK_FULL)
    chain = [(each.entry.code, each.because and each.because.entry.code) for each in told.findings]
    assert chain == [
        ("archive_target_missing", None),
        ("archive_command_failed", "archive_target_missing"),
        ("archiving_gave_up", "archive_command_failed"),
        ("wal_write_failed", "archiving_gave_up"),
        ("server_crashed", "wal_write_failed"),
    ]
    assert [each.entry.code for each in told.normal] == ["crash_recovery"]
    assert told.unknown == ()


def test_the_end_of_a_chain_alone_says_that_its_reason_is_elsewhere() -> None:
    (finding,) = diagnose("pg_ctl: could not start server\nExamine the log output.").findings
    assert finding.entry.code == "could_not_start"
    assert finding.because is None
    assert finding.count == 2


def test_what_a_tool_says_follows_from_the_log_below_it() -> None:
    told = diagnose("pg_ctl: could not start server\nFATAL:  multiple recovery targets specified\n")
    assert [each.entry.code for each in told.findings] == ["two_targets", "could_not_start"]
    assert told.findings[1].because is told.findings[0]


def test_repetitions_are_counted_and_their_other_names_shown() -> None:
    lines = [
        f'WARNING:  archiving write-ahead log file "00000001000000000000004{n}" failed too many times, '
        "will try again later"
        for n in range(4)
    ]
    (finding,) = diagnose("\n".join(lines)).findings
    assert (finding.count, finding.first.line, finding.last_line) == (4, 1, 4)
    assert list(finding.others) == [f"00000001000000000000004{n}" for n in (1, 2, 3)]


def test_an_unknown_message_is_only_called_similar() -> None:
    told = diagnose("FATAL:  the archive cannot take WAL segments because its recovery timeline is unwell")
    assert told.findings == ()
    (unknown,) = told.unknown
    assert unknown.near
    assert diagnose("ERROR:  xyzzy plugh").unknown[0].near == ()


@pytest.mark.parametrize("number", ASKED)
def test_every_item_of_what_goes_wrong_is_found_by_its_message_or_by_words(number: int) -> None:
    told = diagnose(ASKED[number])
    found = [each.entry for each in told.findings]
    found += [entry for each in told.unknown for entry in each.near] + list(told.near)
    assert number in {failure for entry in found for failure in entry.failures}


def test_all_items_are_asked_about() -> None:
    assert set(ASKED) == set(range(1, 56))


def test_the_recordings_of_real_tools_are_explained() -> None:
    known, missed = 0, Counter[str]()
    with tarfile.open(DATA / "cli.tar.xz") as archive:
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None
            for line in file.read().decode().splitlines():
                case = json.loads(line)
                texts = [
                    each.get(name)
                    for each in (case, *(case.get("after") or ()))
                    for name in ("stderr", "log", "server_log")
                ]
                for record in (record for text in texts if text for record in read(text) if record.severity in BAD):
                    if match_record(record) is None:
                        missed[record.text] += 1
                    else:
                        known += 1
    rate = known / (known + missed.total())
    print(f"explained: {known} of {known + missed.total()} lines with ERROR, FATAL or PANIC ({rate:.1%})", missed)
    assert known > 3000
    assert rate >= 0.95


def test_a_paste_that_is_too_long_is_cut_at_its_beginning_and_says_so() -> None:
    told = diagnose("LOG:  nothing\n" * (LIMIT_CHARS // 14 + 10) + "FATAL:  multiple recovery targets specified\n")
    assert told.cut
    assert [each.entry.code for each in told.findings] == ["two_targets"]


MESSAGES = st.sampled_from([filled_in(form.text) for entry in entries().values() for form in entry.forms])
JUNK = st.text(max_size=60)
PREFIXES = st.sampled_from(
    [
        "",
        "LOG:  ",
        "2026-05-01 03:00:02 UTC [1] FATAL:  ",
        "psql:f.sql:3: ERROR:  ",
        "\t",
        "{",
        '{"error_severity":"LOG","message":',
        '2026-05-01 03:00:02.1 UTC,,,,,,,,,,,LOG,,"',
        "詳細:  ",
    ]
)
LINES = st.lists(st.builds("".join, st.tuples(PREFIXES, st.one_of(MESSAGES, JUNK), JUNK)), max_size=8)


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_no_text_raises_and_every_answer_can_be_shown(lines: list[str]) -> None:
    told = diagnose("\n".join(lines))
    for finding in (*told.findings, *told.normal):
        for lang in ("ja", "en"):
            assert finding.title(lang)
            assert finding.cause(lang)
            assert all(finding.remedy(lang))
        assert finding.because is not finding
    codes = [each.entry.code for each in told.findings]
    assert len(codes) == len(set(codes))


@given(st.text(max_size=200))
def test_words_of_any_kind_find_at_most_what_was_asked_for(text: str) -> None:
    assert len(similar(text)) <= 3


def test_scenarios_are_those_named_or_else_those_about_the_same_item() -> None:
    at_hand = {"fetch-loses-wal": (1,), "other": (31,)}
    assert shown_by(entries()["segment_removed"], at_hand) == ("fetch-loses-wal",)
    assert shown_by(entries()["recovery_conf"], at_hand) == ("other",)
    assert shown_by(entries()["slots_disabled"], at_hand) == ()


def test_a_title_without_a_paste_leaves_its_gaps_open() -> None:
    assert Finding.bare_title(entries()["segment_removed"], "en") == "WAL segment … is gone from the server"
