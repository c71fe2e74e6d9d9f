"""What people paste is read as they paste it: every form of a real psql, configuration files, df, and nonsense."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inspection.facts import ServerFacts
from inspection.pasted import LIMIT_BYTES, Pasted, PasteFault, read
from simulator.lsn import GB
from tests.inspection.server_facts import DATA, MAJORS, recording

FORMS = tuple(recording(16)["forms"])
# Taken at another moment of the same server: each form was printed by a psql of its own.
MOMENTARY = {"seen_at", "looks", "lsn"}
# Expanded display prints no columns for an empty answer: whether there are senders is then not known.
UNTOLD = {"expanded": {"senders"}, "boxed expanded": {"senders"}}


def _lasting(facts: ServerFacts) -> dict[str, object]:
    return {key: value for key, value in asdict(facts).items() if key not in MOMENTARY}


@pytest.mark.parametrize("number", MAJORS)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_real_psql_gives_the_same_facts(number: int, form: str) -> None:
    whole = read(recording(number)["script"])
    pasted = read(recording(number)["forms"][form])
    untold = UNTOLD.get(form, set())
    theirs, ours = _lasting(whole.facts), _lasting(pasted.facts)
    assert {key: ours[key] for key in ours if key not in untold} == {
        key: theirs[key] for key in theirs if key not in untold
    }
    assert not pasted.unread


@pytest.mark.parametrize("number", MAJORS)
def test_the_recorded_facts_are_those_of_that_server(number: int) -> None:
    facts = read(recording(number)["script"]).facts
    assert facts.major == number
    assert [slot.name for slot in facts.slots or ()] == ["standby_1", "unused"]
    assert facts.archiver is not None
    assert facts.archiver.failing
    assert facts.settings["archive_command"] == "gzip -c %p | cat > /nowhere/%f"
    assert facts.value("max_wal_size") == 64
    assert facts.pg_wal is not None
    assert facts.pg_wal.bytes == (facts.pg_wal.count or 0) * facts.segment_size
    assert facts.refused == {}


def test_windows_line_ends_prompts_and_statements_change_nothing() -> None:
    text = recording(15)["forms"]["aligned"]
    lines = ["psql (18.4, server 15.18)", 'Type "help" for help.', "", "postgres=# SELECT version() AS version,"]
    dressed = "\r\n".join([*lines, "postgres-# now() AS now;", *text.split("\n"), "postgres=# \\q"])
    assert _lasting(read(dressed).facts) == _lasting(read(text).facts)


def test_a_statement_without_its_prompt_is_no_answer() -> None:
    pasted = read(
        "SELECT name,\n  setting\nFROM pg_settings;\n name | setting \n------+---------\n fsync | off\n(1 row)\n"
    )
    assert pasted.facts.settings == {"fsync": "off"}
    assert not pasted.unread


def test_a_shown_parameter_is_a_setting() -> None:
    text = " max_wal_size \n--------------\n 4GB\n(1 行)\n\n server_version \n----------------\n 14.2\n(1 行)\n"
    facts = read(text).facts
    assert facts.major == 14
    assert facts.value("max_wal_size") == 4096


def test_show_all_with_wide_characters_keeps_its_columns() -> None:
    text = (
        "      name      | setting |        description         \n"
        "----------------+---------+----------------------------\n"
        " wal_keep_size  | 2GB     | 保持するWALファイルの大きさ\n"
        " server_version | 15.4    | バージョン                 \n(2 行)\n"
    )
    assert read(text).facts.settings == {"wal_keep_size": "2GB", "server_version": "15.4"}


def test_a_command_with_a_pipe_in_it_stays_whole_in_every_form() -> None:
    command = "gzip -c %p | ssh archive 'cat > /wal/%f'"
    for text in (
        f"name|setting|unit\narchive_command|{command}|\n(1 row)",
        f"archive_command = '{command.replace(chr(39), chr(39) * 2)}'",
    ):
        assert read(text).facts.settings["archive_command"] == command


def test_a_value_of_two_lines_is_put_together() -> None:
    head = " name            | setting  \n-----------------+----------\n"
    text = head + " archive_command | first   +\n                 | second\n"
    assert read(text).facts.settings["archive_command"] == "first\nsecond"


def test_lines_of_postgresql_conf_are_settings_and_comments_are_not() -> None:
    lines = [
        "# - Archiving -",
        "#archive_mode = off",
        "archive_mode = on  # needs restart",
        "max_wal_size=2GB",
        "wal_level replica",
        "archive_command = 'cp %p ''/a b/%f'''",
    ]
    assert read("\n".join(lines), major=16).facts.settings == {
        "archive_mode": "on",
        "max_wal_size": "2GB",
        "wal_level": "replica",
        "archive_command": "cp %p '/a b/%f'",
    }


def test_json_rows_are_read_as_an_array_and_one_a_line() -> None:
    rows = ['{"name": "fsync", "setting": "off", "unit": null}', '{"name": "port", "setting": "5433", "unit": null}']
    for text in ("[" + ",\n".join(rows) + "]", "\n".join(rows)):
        assert read(text).facts.settings == {"fsync": "off", "port": "5433"}


DF: dict[str, str] = json.loads((DATA / "df.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", DF)
def test_every_form_of_df_tells_the_free_space(form: str) -> None:
    disk = read(f"$ df\n{DF[form]}\n").facts.disk
    assert disk is not None
    assert disk.free_bytes == 100 * GB


def test_of_several_file_systems_none_is_guessed() -> None:
    both = DF["df -h"] + "\n/dev/sdb1       1.5T  0.5T  1.0T  33% /data"
    facts = read(both).facts
    assert facts.disk is None
    assert [disk.mounted_on for disk in facts.disks] == ["/", "/data"]


def test_the_file_system_of_the_data_directory_is_chosen_when_it_is_known() -> None:
    both = DF["df -h"] + "\n/dev/sdb1       1.5T  0.5T  1.0T  33% /data"
    disk = read(f"{both}\n\ndata_directory = '/data/pg/16'\n").facts.disk
    assert disk is not None
    assert disk.mounted_on == "/data"


def test_a_listing_of_pg_wal_tells_count_size_and_ends() -> None:
    rows = [f"-rw------- 1 postgres postgres 16777216 Nov 23 01:0{n} 00000001000000000000000{n}" for n in range(3, 6)]
    files = read("\n".join(["total 49156", *rows])).facts.pg_wal
    assert files is not None
    assert (files.count, files.bytes) == (3, 3 * 16777216)
    assert (files.oldest, files.newest) == ("000000010000000000000003", "000000010000000000000005")


def test_what_the_server_refused_is_one_unknown() -> None:
    pasted = read("-- pg_wal\nERROR:  permission denied for function pg_ls_waldir\n-- wal\nwal_bytes,stats_reset\n5,\n")
    assert pasted.facts.refused == {"pg_wal": "permission denied for function pg_ls_waldir"}
    assert pasted.facts.wal_bytes == 5


def test_what_is_not_understood_is_listed_with_its_line() -> None:
    pasted = read("fsync = off\nhere is my config, thanks!\n")
    assert [(each.line, each.text) for each in pasted.unread] == [(2, "here is my config, thanks!")]


def test_settings_of_a_newer_version_are_listed() -> None:
    text = "name,setting\nfsync,on\nwal_quantum_size,3\nserver_version,18.1\npgaudit.log,none\n"
    assert read(text).facts.new_settings == ("wal_quantum_size",)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "nothing", 1),
        ("good morning\n", "nothing", 1),
        ("name,setting,unit\nfsync,on,\nport,5432\n", "row", 3),
        ('name,setting,unit\narchive_command,"never closed,\n', "row", 2),
        (" name | setting \n------+---------\n a | b | c | d\n", "row", 3),
        ('[{"name": "fsync"', "json", 1),
        ("x" * (LIMIT_BYTES + 1), "too_long", 1),
    ],
)
def test_a_fault_names_its_line_in_both_languages(text: str, code: str, line: int) -> None:
    with pytest.raises(PasteFault) as caught:
        read(text)
    assert (caught.value.code, caught.value.line) == (code, line)
    for language in ("ja", "en"):
        assert caught.value.told(language)


_PIECES = st.sampled_from(
    [
        *(line for form in FORMS for line in recording(18)["forms"][form].split("\n")[:40]),
        *(line for text in DF.values() for line in text.split("\n")),
        '[{"name": 1, "setting": [2]}]',
        "[" * 3000,
        "name,setting",
        "-[ RECORD 1 ]-",
        "-----",
        '"',
        "-- slots",
        "slot_name|active",
        "wal_keep_size = ",
        "9" * 5000 + " pg_wal",
        "1e999,",
        "\x00",
    ]
)


@settings(deadline=None)
@given(st.lists(_PIECES | st.text(max_size=60), max_size=25).map("\n".join))
@example("now\n9999-99-99\n")
@example("name,setting\nwal_segment_size,0\nserver_version_num,999999\n")
def test_nothing_that_is_pasted_raises_anything_but_a_fault(text: str) -> None:
    """Lines of real answers in any order, cut and mixed with anything."""
    try:
        found: object = read(text)
    except PasteFault as fault:
        found = fault.told("ja")
    assert isinstance(found, Pasted | str)


@settings(deadline=None)
@given(st.sampled_from(MAJORS), st.sampled_from(FORMS), st.data())
def test_a_paste_cut_anywhere_tells_less_and_never_something_else(number: int, form: str, data: st.DataObject) -> None:
    """A setting that is still there is the right one; the line that was cut through may be misread, no other."""
    lines = recording(number)["forms"][form].split("\n")
    begin = data.draw(st.integers(0, len(lines) - 1))
    whole = read("\n".join(lines)).facts
    try:
        part = replace(read("\n".join(lines[:begin])).facts, major=number)
    except PasteFault:
        part = ServerFacts(major=number)
    assert {name: part.value(name) for name in part.settings} == {name: whole.value(name) for name in part.settings}
