"""Whoever wrote a line and whatever stands before it: the same message is read."""

import pytest

from diagnosis.diagnose import diagnose
from diagnosis.reading import read

SAID = "recovery ended before configured recovery target was reached"
CSV = (
    '2026-05-01 03:00:02.123 UTC,"app","shop",4711,"[local]",68123abc.1267,3,"SELECT",2026-05-01 03:00:00 UTC,3/7,0,'
    'FATAL,XX000,"recovery ended before configured\nrecovery target was reached","a detail, with a comma",,,,,,,,,"",'
    '"startup",,0'
)


@pytest.mark.parametrize(
    "line",
    [
        f"FATAL:  {SAID}",
        f"2026-05-01 03:00:02.123 UTC [4711] FATAL:  {SAID}",
        f"2026-05-01 03:00:02 JST [4711]: [3-1] user=,db=,app=,client= FATAL:  {SAID}",
        f"<2026-05-01 03:00:02.123 JST>FATAL:  {SAID}",
        f"app@shop 4711 00000 FATAL:  {SAID}",
        f"May  1 03:00:02 db7 postgres[4711]: [3-1] 2026-05-01 03:00:02 UTC [4711] FATAL:  {SAID}",
        f"2026-05-01T03:00:02.123456+09:00 db7 postgresql@16-main[4711]: FATAL:  {SAID}",
        f"2026-05-01T03:00:02.1Z stderr F 2026-05-01 03:00:02 UTC [4711] FATAL:  {SAID}",
        f"psql:/tmp/all.sql:117: FATAL:  {SAID}",
        f"pg_ctl: error: {SAID}",
        f"\x1b[31mFATAL:  {SAID}\x1b[0m",
        f'{{"timestamp":"2026-05-01 03:00:02.123 UTC","pid":4711,"error_severity":"FATAL","message":"{SAID}"}}',
        CSV,
        "FATAL:  recovery ended before conf\nigured recovery target was reached",
        "FATAL:  recovery ended before configured\nrecovery target\nwas reached",
        "2026-05-01 03:00:02 UTC [4711] FATAL:  recovery ended before configured\n\trecovery target was reached",
        (
            "May  1 03:00:02 db7 postgres[4711]: [3-1] FATAL:  recovery ended before\n"
            "May  1 03:00:02 db7 postgres[4711]: [3-2]  configured recovery target was reached"
        ),
        SAID,
    ],
)
def test_every_dress_of_a_message_is_taken_off(line: str) -> None:
    told = diagnose(line)
    assert [each.entry.code for each in told.findings] == ["target_not_reached"]


def test_detail_hint_and_statement_belong_to_their_message() -> None:
    text = (
        "2026-05-01 03:00:02 UTC [4711] ERROR:  all replication slots are in use\n"
        "2026-05-01 03:00:02 UTC [4711] HINT:  Free one or increase max_replication_slots.\n"
        "2026-05-01 03:00:02 UTC [4711] STATEMENT:  SELECT 'FATAL:  no such thing',\n"
        "\t  2\n"
        "2026-05-01 03:00:03 UTC [4711] LOG:  checkpoint starting: time\n"
    )
    records = list(read(text))
    assert [(each.line, each.severity) for each in records] == [(1, "ERROR"), (5, "LOG")]
    assert records[0].more == [
        ("HINT", "Free one or increase max_replication_slots."),
        ("STATEMENT", "SELECT 'FATAL:  no such thing', 2"),
    ]


def test_a_tools_detail_and_hint_are_joined_too() -> None:
    text = (
        "pg_dump: error: aborting because of server version mismatch\n"
        "pg_dump: detail: server version: 18.1; pg_dump version: 15.3\n"
    )
    (record,) = read(text)
    assert (record.program, record.severity) == ("pg_dump", "ERROR")
    assert record.all("DETAIL") == ["server version: 18.1; pg_dump version: 15.3"]


def test_japanese_labels_are_known() -> None:
    (record,) = read("psql: エラー: 何か\n詳細:  ある事\nヒント:  別の事\n")
    assert record.severity == "ERROR"
    assert record.more == [("DETAIL", "ある事"), ("HINT", "別の事")]
