"""What random sessions on real 16 and 18 have shown (tests/lab/test_terminal_sequences.py), each as a claim."""

from __future__ import annotations

import pytest

from tests.host.test_tool_faults import ended

SLOT = "pg_receivewal --create-slot -S s"
FOLDER = "mkdir $WORK/wal"
POSITION = "psql -Atc 'select restart_lsn from pg_replication_slots'"


def test_pg_receivewal_stops_after_the_message_that_has_the_wanted_end() -> None:
    _, _, said = ended(16, SLOT, FOLDER, "pg_receivewal -D $WORK/wal -S s -n -v --endpos=0/1110000")
    assert said.splitlines() == [
        "pg_receivewal: starting log streaming at 0/1000000 (timeline 1)",
        "pg_receivewal: stopped log streaming at 0/1120000 (timeline 1)",
        'pg_receivewal: not renaming "000000010000000000000001.partial", segment is not complete',
        "pg_receivewal: stopped log streaming at 0/1120000 (timeline 1)",
    ]


def test_pg_receivewal_says_of_each_segment_that_it_is_finished() -> None:
    lines = (FOLDER, "psql -Atc 'select pg_switch_wal()'", "psql -c 'create table t (i int)'")
    _, _, said = ended(16, SLOT, "pg_receivewal -S s -n --endpos=0/1000000 -D $ARCHIVE", *lines,
                       "pg_receivewal -D $WORK/wal -S s -n -v --endpos=0/2000000")  # fmt: skip
    assert "pg_receivewal: finished segment at 0/2000000 (timeline 1)" in said.splitlines()


def test_pg_receivewal_with_an_end_before_its_beginning_writes_nothing() -> None:
    typed = "pg_receivewal -D $WORK/wal -S s -n -v --endpos=0/100"
    assert len(ended(16, SLOT, FOLDER, typed)[2].splitlines()) == 2
    assert ended(16, SLOT, FOLDER, typed, "ls $WORK/wal")[1] == ""
    assert ended(16, SLOT, FOLDER, typed, POSITION)[1] == "\n"


def test_the_slot_of_pg_receivewal_is_where_it_began_until_it_reports_again() -> None:
    received = "pg_receivewal -D $WORK/wal -S s -n --endpos=0/1110000"
    assert ended(16, SLOT, FOLDER, received, POSITION)[1] == "0/1000000\n"


@pytest.mark.parametrize(("major", "size", "files"), [(16, 4, 2), (16, 8, 1), (18, 8, 2), (16, 16, 1)])
def test_initdb_leaves_the_segments_that_its_last_checkpoint_recycled_or_made(
    major: int, size: int, files: int
) -> None:
    made = f"initdb -D $WORK/new -A trust --wal-segsize={size} > $WORK/out"
    assert ended(major, made, "ls $WORK/new/pg_wal | grep -c ^0")[1] == f"{files}\n"


def test_pg_resetwal_removes_segments_and_no_directory() -> None:
    made = "initdb -D $WORK/new -A trust > $WORK/out"
    listed = ended(18, made, "touch $WORK/new/pg_wal/00000002.history", "pg_resetwal $WORK/new", "ls $WORK/new/pg_wal")[
        1
    ]
    assert listed.split() == ["000000010000000000000002", "00000002.history", "archive_status", "summaries"]


@pytest.mark.parametrize(
    "used", ["create index i on orders (amount)", "create table t (i int)", "create materialized view m"]
)
def test_a_tablespace_with_an_index_or_a_relation_in_it_is_not_dropped(used: str) -> None:
    tail = " as select 1 as x" if "view" in used else ""
    lines = (
        "mkdir $WORK/s",
        "psql -c \"create tablespace s location '$WORK/s'\"",
        f"psql -d shop -c '{used} tablespace s{tail}'",
    )
    assert ended(16, *lines, "psql -c 'drop tablespace s'") == (1, "", 'ERROR:  tablespace "s" is not empty\n')


@pytest.mark.parametrize(
    ("major", "said"),
    [
        (15, 'WARNING:  role "app" is not a member of role "readonly"\n'),
        (16, 'WARNING:  role "app" has not been granted membership in role "readonly" by role "postgres"\n'),
    ],
)
def test_to_revoke_what_was_not_granted_is_warned_of(major: int, said: str) -> None:
    assert ended(major, "psql -c 'revoke readonly from app'") == (0, "REVOKE ROLE\n", said)


def test_a_role_is_no_member_of_itself() -> None:
    said = 'ERROR:  role "u" is a member of role "u"\n'
    assert ended(16, "psql -c 'create role u in role u'") == (1, "", said)


def test_a_database_has_a_size_by_name_and_by_oid() -> None:
    sizes = "select pg_database_size(datname) = pg_database_size(oid), pg_database_size('shop') > 0 from pg_database"
    assert set(ended(16, f'psql -Atc "{sizes}"')[1].split()) == {"t|t"}
    assert ended(16, "psql -Atc 'select pg_database_size(99::oid) is null'")[1] == "t\n"


@pytest.mark.parametrize(("major", "name"), [(16, "restore_command"), (18, '"restore_command"')])
def test_pg_rewind_misses_a_restore_command(major: int, name: str) -> None:
    _, _, said = ended(major, "pg_ctl -D $PGDATA stop > $WORK/out", "cp -r $PGDATA $RESTORE/s",
                       "pg_rewind -c -D $PGDATA --source-pgdata=$RESTORE/s")  # fmt: skip
    assert said == f"pg_rewind: error: {name} is not set in the target cluster\n"
