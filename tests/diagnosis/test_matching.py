"""A message is found in every version's words, whatever names and numbers it holds."""

import pytest

from diagnosis.catalogue import entries, said, tables
from diagnosis.diagnose import diagnose
from diagnosis.forms import form
from diagnosis.matching import match
from simulator.versions import KNOWN
from tests.diagnosis.making import filled_in

FORMS = sorted(
    {
        (code, text)
        for code, table in tables().items()
        for major in KNOWN
        for text in said(table.get("messages", {}), major)
    }
)


@pytest.mark.parametrize(("code", "text"), FORMS)
def test_every_form_of_every_version_finds_its_own_entry(code: str, text: str) -> None:
    found = match(filled_in(text))
    assert found is not None
    assert found.entry.code == code


@pytest.mark.parametrize(
    ("code", "text"),
    sorted({(each.code, form.text) for each in entries().values() for form in each.forms if form.japanese}),
)
def test_a_translated_message_finds_the_same_entry(code: str, text: str) -> None:
    found = match(filled_in(text))
    assert found is not None
    assert found.entry.code == code


@pytest.mark.parametrize(
    "line",
    [
        "requested WAL segment 0000000300000A1F000000FE has already been removed",
        "REQUESTED WAL SEGMENT 0000000300000A1F000000FE HAS ALREADY BEEN REMOVED",
        "requested  WAL segment “0000000300000A1F000000FE” has already been removed.",
        "要求されたWALセグメント0000000300000A1F000000FEはすでに削除されています",
        "要求された WAL セグメント 0000000300000A1F000000FE はすでに削除されています",
    ],
)
def test_quotes_case_and_spaces_do_not_matter_and_the_name_is_shown_back(line: str) -> None:
    found = match(line)
    assert found is not None
    assert found.entry.code == "segment_removed"
    assert found.facts == {"segment": "0000000300000A1F000000FE"}


def test_of_two_that_match_the_more_special_wins() -> None:
    told = match('FATAL:  could not open file "/b/7/backup_manifest": No such file or directory')
    assert told is not None
    assert told.entry.code == "manifest_missing"


def test_the_detail_decides_where_the_message_is_general() -> None:
    told = diagnose(
        "FATAL:  database files are incompatible with server\n"
        "DETAIL:  The data directory was initialized by PostgreSQL version 13, which is not compatible with this "
        "version 17.2."
    )
    assert [each.entry.code for each in told.findings] == ["version_mismatch_major"]
    assert told.findings[0].title("en") == "Data of PostgreSQL 13, started with 17.2"


def test_a_message_of_one_version_only_is_said_by_no_other() -> None:
    table = tables()["backup_function_missing"]["messages"]
    assert "function pg_stop_backup() does not exist" in said(table, 15)
    assert "function pg_stop_backup() does not exist" not in said(table, 14)
    assert said(tables()["target_not_reached"]["messages"], 12) == []


def test_a_form_does_not_match_inside_a_longer_word() -> None:
    assert form("backup is not in progress", 15).facts("mybackup is not in progress") is None
