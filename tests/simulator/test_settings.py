"""The settings of the model against seven real servers, field by field and word by word."""

# ruff: noqa: E501  the tables of cases hold the server's own long lines

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.settings import (
    InvalidValue,
    ServerSettings,
    UnknownParameter,
    UnmodelledParameter,
    parameter,
    parameters,
    parse_value,
    setting_text,
    show_value,
)
from simulator.settings_start import startup_errors
from simulator.settings_table import names
from simulator.versions import KNOWN
from tests.simulator.settings_recordings import (
    COMPRESSIONS,
    DATA,
    RECORDERS_CONF,
    SEGMENT,
    answers,
    recorded,
)

# --- the table


@pytest.mark.parametrize("major", KNOWN)
def test_the_table_is_pg_settings_of_the_real_server(major: int) -> None:
    """Names, types, units, built-in values, limits, words and contexts are those of pg_settings."""
    rows = recorded(f"pg_settings-{major}.json")
    modelled = {name: _as_recorded(major, name) for name in parameters(major)}
    if rows["wal_compression"][5]:
        rows["wal_compression"][5] = list(COMPRESSIONS)
    assert modelled == rows


def _as_recorded(major: int, name: str) -> list[Any]:
    param = parameter(major, name)
    boot: str | None = setting_text(param, param.default)
    if name == "data_directory_mode":
        boot = str(int(param.default))
    if param.vartype == "string" and boot == "" and name.endswith(("_file", "_directory")):
        boot = None if name != "promote_trigger_file" else ""

    def limit(value: float | None) -> str | None:
        return None if value is None else format(value, "d" if isinstance(value, int) else "g")

    words = list(param.enumvals) or None
    return [param.vartype, param.unit, boot, limit(param.min), limit(param.max), words, param.context]


def test_every_parameter_of_the_table_is_in_some_major() -> None:
    assert names() == frozenset().union(*(parameters(major) for major in KNOWN))


def test_a_parameter_left_out_is_told_from_one_that_does_not_exist() -> None:
    with pytest.raises(UnmodelledParameter):
        parameter(16, "log_statement")
    with pytest.raises(UnknownParameter, match='unrecognized configuration parameter "checkpoint_segments"'):
        parameter(16, "checkpoint_segments")
    with pytest.raises(UnknownParameter):
        parameter(12, "jit_expressions_of_the_future")


def test_importing_the_settings_is_quick(tmp_path: Path) -> None:
    """Some 5 ms, compiled, on top of the standard library; the limit leaves room for a busy machine."""
    code = (
        "import re, dataclasses, calendar, functools, types, typing, collections.abc, math, time\n"
        "start = time.perf_counter()\nimport simulator.settings\n"
        "simulator.settings.parameters(16)\nprint(time.perf_counter() - start)"
    )
    environment = {**os.environ, "PYTHONPATH": str(DATA.parents[1]), "PYTHONPYCACHEPREFIX": str(tmp_path)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    runs = [subprocess.check_output([sys.executable, "-c", code], env=environment, text=True) for _ in range(4)]
    assert min(map(float, runs)) < 0.025


# --- ALTER SYSTEM


def alter_cases() -> list[Any]:
    return [
        pytest.param(major, said, id=f"{major}-{said['name']}-{said['value'][:20]!r}")
        for major, said in answers("alter_system-messages.json")
    ]


def test_many_values_were_recorded_on_every_major() -> None:
    for major in KNOWN:
        assert sum(major == seen for seen, _ in answers("alter_system-messages.json")) > 500


@pytest.mark.parametrize(("major", "said"), alter_cases())
def test_alter_system_says_what_the_server_says(major: int, said: dict[str, Any]) -> None:
    before = ServerSettings.initial(major, SEGMENT, RECORDERS_CONF)
    given_name, value = said["name"], said["value"]
    expected = {key: said.get(key, "") for key in ("message", "detail", "hint")}
    if given_name == "wal_compression":
        expected["hint"] = expected["hint"].replace("pglz, on", ", ".join(COMPRESSIONS[:4]))
    if "message" in said:
        with pytest.raises(InvalidValue) as refused:
            before.alter_system(given_name, value)
        error = refused.value
        assert {"message": error.message, "detail": error.detail, "hint": error.hint} == expected
        assert list(error.warnings) == list(_notice_lines(said.get("notices", [])))
        return
    after = before.alter_system(given_name, value)
    assert after.auto_conf_text().splitlines()[-1] == said["line"]
    param = parameter(major, given_name)
    parsed = parse_value(param, after.auto_conf[-1][1])
    if "setting" in said and given_name != "cluster_name":  # shown with its bytes above 127 replaced
        off = given_name == "archive_command"
        assert said["setting"] == ("(disabled)" if off else setting_text(param, parsed))
    if "show" in said and given_name != "archive_command":
        assert said["show"] == show_value(param, parsed)
    if "at_start" in said:
        assert startup_errors(after)[0] == said["at_start"]


def _notice_lines(notices: list[list[str]]) -> Iterator[str]:
    for severity, message, detail, hint in notices:
        yield f"{severity}:  {message}"
        yield from (f"{word}:  {text}" for word, text in (("DETAIL", detail), ("HINT", hint)) if text)


READABLE = """
major | name                     | value      | ERROR
12 | max_wal_size                 | 1          | 1 MB is outside the valid range for parameter "max_wal_size" (2 .. 2147483647)
17 | max_wal_size                 | 1          | 1 MB is outside the valid range for parameter "max_wal_size" (2 MB .. 2147483647 MB)
16 | wal_buffers                  | 3GB        | 393216 8kB is outside the valid range for parameter "wal_buffers" (-1 .. 262143)
18 | wal_keep_size                | -1         | -1 MB is outside the valid range for parameter "wal_keep_size" (0 MB .. 2147483647 MB)
12 | wal_keep_size                | 1GB        | unrecognized configuration parameter "wal_keep_size"
13 | wal_keep_segments            | 10         | unrecognized configuration parameter "wal_keep_segments"
14 | archive_library              | x          | unrecognized configuration parameter "archive_library"
16 | promote_trigger_file         | x          | unrecognized configuration parameter "promote_trigger_file"
16 | vacuum_defer_cleanup_age     | 0          | unrecognized configuration parameter "vacuum_defer_cleanup_age"
16 | summarize_wal                | on         | unrecognized configuration parameter "summarize_wal"
17 | idle_replication_slot_timeout | 1d        | unrecognized configuration parameter "idle_replication_slot_timeout"
14 | wal_segment_size             | 1MB        | parameter "wal_segment_size" cannot be changed
14 | data_checksums               | on         | parameter "data_checksums" cannot be changed
14 | data_directory               | /x         | parameter "data_directory" cannot be changed
18 | allow_alter_system           | off        | parameter "allow_alter_system" cannot be changed
14 | fsync                        | maybe      | parameter "fsync" requires a Boolean value
14 | wal_compression              | pglz       | parameter "wal_compression" requires a Boolean value
14 | wal_level                    | full       | invalid value for parameter "wal_level": "full"
14 | archive_mode                 | never      | invalid value for parameter "archive_mode": "never"
14 | archive_timeout              | 5m         | invalid value for parameter "archive_timeout": "5m"
14 | max_wal_size                 | 64mb       | invalid value for parameter "max_wal_size": "64mb"
14 | max_wal_size                 | 64M        | invalid value for parameter "max_wal_size": "64M"
14 | max_wal_senders              | 1kB        | invalid value for parameter "max_wal_senders": "1kB"
17 | max_connections              | 262143     | invalid value for parameter "max_connections": 262143
14 | recovery_target              | now        | invalid value for parameter "recovery_target": "now"
14 | recovery_target_lsn          | 0/         | invalid value for parameter "recovery_target_lsn": "0/"
14 | recovery_target_time         | now        | invalid value for parameter "recovery_target_time": "now"
14 | recovery_target_time         | 2026-02-30 | invalid value for parameter "recovery_target_time": "2026-02-30"
14 | primary_slot_name            | Standby    | invalid value for parameter "primary_slot_name": "Standby"
14 | synchronous_standby_names    | 0 (a)      | number of synchronous standbys (0) must be greater than zero
14 | synchronous_standby_names    | a b        | invalid value for parameter "synchronous_standby_names": "a b"
14 | checkpoint_completion_target | 1.1        | 1.1 is outside the valid range for parameter "checkpoint_completion_target" (0 .. 1)
14 | checkpoint_completion_target | inf        | Infinity is outside the valid range for parameter "checkpoint_completion_target" (0 .. 1)
14 | no_such_parameter            | 1          | unrecognized configuration parameter "no_such_parameter"
"""

SHOWN = """
major | name                   | value     | SHOW
14 | max_wal_size               | 1024      | 1GB
14 | max_wal_size               | 1500      | 1500MB
14 | max_wal_size               | 1.5GB     | 1536MB
14 | max_wal_size               | 30.1GB    | 30822MB
14 | max_wal_size               | 2.5       | 2MB
14 | max_wal_size               | 3.5       | 4MB
14 | max_wal_size               | 0x40      | 64MB
14 | max_wal_size               | 010       | 8MB
14 | max_wal_size               | 1e3       | 1000MB
14 | max_wal_size               | .5GB      | 512MB
14 | max_wal_size               | 1500000kB | 1465MB
14 | max_slot_wal_keep_size     | -1MB      | -1
14 | max_slot_wal_keep_size     | 0         | 0
14 | checkpoint_timeout         | 90s       | 90s
14 | checkpoint_timeout         | 0.5h      | 30min
14 | checkpoint_timeout         | 3600      | 1h
14 | checkpoint_timeout         | 30500ms   | 30s
14 | archive_timeout            | 60        | 1min
14 | wal_writer_flush_after     | 100       | 800kB
14 | wal_writer_flush_after     | 12kB      | 16kB
14 | wal_buffers                | 1         | 32kB
14 | wal_level                  | archive   | replica
14 | wal_level                  | Logical   | logical
14 | synchronous_commit         | yes       | on
14 | archive_mode               | 1         | on
14 | wal_compression            | yes       | on
15 | wal_compression            | yes       | pglz
15 | wal_compression            | on        | pglz
14 | fsync                      | of        | off
14 | fsync                      | tru       | on
14 | log_min_messages           | debug     | debug2
14 | autovacuum_vacuum_cost_delay | 0.5     | 500us
14 | autovacuum_vacuum_cost_delay | 20us    | 20us
14 | checkpoint_completion_target | 0.90    | 0.9
14 | recovery_min_apply_delay   | 1.5h      | 90min
14 | recovery_target_xid        | abc       | abc
14 | recovery_target_timeline   | x         | x
18 | idle_replication_slot_timeout | 36h    | 36h
17 | wal_summary_keep_time      | 10d       | 10d
"""


def table(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()[1:]]


@pytest.mark.parametrize("row", table(READABLE), ids=lambda row: "-".join(row[:3]))
def test_a_bad_value_is_refused_in_the_server_s_words(row: list[str]) -> None:
    major, name, value, message = row
    with pytest.raises(InvalidValue) as refused:
        ServerSettings.initial(int(major), SEGMENT).alter_system(name, value)
    assert refused.value.message == message


@pytest.mark.parametrize("row", table(SHOWN), ids=lambda row: "-".join(row[:3]))
def test_a_good_value_is_shown_in_the_largest_unit_that_divides_it(row: list[str]) -> None:
    major, name, value, shown = row
    param = parameter(int(major), name)
    assert show_value(param, parse_value(param, value)) == shown


def test_alter_system_leaves_the_old_settings_alone() -> None:
    before = ServerSettings.initial(16, SEGMENT)
    after = before.alter_system("max_wal_size", "64MB")
    assert before.auto_conf == ()
    assert after.value("max_wal_size") == 1024
    assert after.reload()[0].mb("max_wal_size") == 64


def test_equal_settings_are_equal_and_hash_alike() -> None:
    one = ServerSettings.initial(16, SEGMENT, {"max_wal_size": "2GB"})
    other = ServerSettings.initial(16, SEGMENT, {"max_wal_size": "2GB"})
    assert one == other
    assert hash(one) == hash(other)
    assert one != ServerSettings.initial(16, SEGMENT, {"max_wal_size": "3GB"})


def test_nothing_may_be_altered_once_allow_alter_system_is_off() -> None:
    closed = ServerSettings.initial(17, SEGMENT, {"allow_alter_system": "off"})
    with pytest.raises(InvalidValue, match="ALTER SYSTEM is not allowed in this environment"):
        closed.alter_system("max_wal_size", "64MB")


def test_initial_refuses_what_the_server_would_refuse() -> None:
    with pytest.raises(InvalidValue, match='parameter "data_checksums" cannot be changed'):
        ServerSettings.initial(16, SEGMENT, {"data_checksums": "on"})


@given(st.text(max_size=12), st.sampled_from(sorted(parameters(16))))
def test_any_text_is_either_a_value_that_shows_and_reads_back_or_refused(text: str, name: str) -> None:
    param = parameter(16, name)
    try:
        value = parse_value(param, text)
    except InvalidValue:
        return
    if param.vartype in {"bool", "enum", "integer"} and name != "data_directory_mode":
        assert parse_value(param, show_value(param, value)) == value
