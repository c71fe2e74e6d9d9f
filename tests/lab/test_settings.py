"""What the lab does with every setting of every major, and what it makes of the values."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from lab import NotHere
from lab.check import usable
from lab.cluster import Lab, throwaway
from lab.settings import HARMLESS_STRINGS, conf_line, judgement, real_value, shown
from simulator.play import ARCHIVE_COMMAND
from simulator.scenario import ServerPlan
from simulator.settings_table import parameters
from simulator.versions import KNOWN

HOME = Path("/lab")
TABLE = {
    name: judged
    for judged, names in yaml.safe_load(Path(__file__).with_name("settings.yaml").read_text()).items()
    for name in names.split()
}
_REACHES_OUT = re.compile(
    r"command|librar|file|director|path|host|address|conninfo|socket|provider|syslog|_dir\b|preload"
)
_SOUNDS_SO_ONLY = {
    "data_directory_mode",
    "file_copy_method",
    "log_replication_commands",
    "remove_temp_files_after_crash",
}


def test_every_setting_of_the_model_stands_in_the_table() -> None:
    assert {name for number in KNOWN for name in parameters(number)} <= set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_the_lab_does_what_the_table_says(name: str) -> None:
    assert judgement(name) == TABLE[name]
    assert judgement(name.upper()) == TABLE[name]


def test_a_text_passes_only_when_it_is_listed_by_name() -> None:
    texts = {name for number in KNOWN for name, param in parameters(number).items() if param.vartype == "string"}
    assert {name for name in texts if TABLE[name] == "passes"} == HARMLESS_STRINGS


def test_nothing_that_sounds_of_programs_files_or_hosts_passes() -> None:
    passing = {name for name, judged in TABLE.items() if judged in ("passes", "bounded")}
    assert {name for name in passing if _REACHES_OUT.search(name)} == _SOUNDS_SO_ONLY


@pytest.mark.server
@pytest.mark.parametrize("number", sorted(usable()))
def test_every_setting_of_a_real_server_stands_in_the_table(number: int) -> None:
    plan = ServerPlan(number, frozenset({number}), 1 << 20, {}, {}, None, archive_command=False, slots=())
    with throwaway(usable()[number], plan) as lab:
        found = dict(lab.server.ask("SELECT lower(name), vartype FROM pg_settings WHERE name NOT LIKE '%%.%%'", ()))
    assert len(found) > 250
    assert set(found) <= set(TABLE)
    assert {name for name, kind in found.items() if kind == "string" and TABLE[name] == "passes"} <= HARMLESS_STRINGS


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("archive_command", "cp %p /etc/cron.d/%f", "setting_command"),
        ("archive_command", "true; touch /tmp/x", "setting_command"),
        ("archive_command", "cp -i %p /archive/%f", "setting_command"),
        ("archive_command", "sleep 5 && cp %p /archive/%f", "setting_slow"),
        ("restore_command", "cp /archive/%f %p; reboot", "setting_command"),
        ("restore_command", "true", "setting_command"),
        ("recovery_end_command", "true", "setting_program"),
        ("work_mem = 1; x", "1", "setting_unknown"),
        ("plpython.path", "x", "setting_unknown"),
        ("shared_buffers", "512GB", "setting_bounds"),
        ("max_connections", "2", "setting_bounds"),
        ("recovery_target_name", "x\ny", "control_character"),
        ("recovery_target_name", "x" * 5000, "too_long"),
    ],
)
def test_a_value_is_refused_with_its_reason(name: str, value: str, code: str) -> None:
    with pytest.raises(NotHere) as caught:
        real_value(HOME, name, value)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "typed",
    [
        ARCHIVE_COMMAND,
        "cp %p /archive/%f",
        'cp "%p" "/archive/%f"',
        "[ ! -e /archive/%f ] && /bin/cp -p %p /archive/%f",
    ],
)
@pytest.mark.parametrize("home", ["/lab", "/a b;$(touch x)'%d"])
def test_a_recognised_command_is_the_labs_program_and_is_shown_as_it_was_typed(typed: str, home: str) -> None:
    value = real_value(Path(home), "archive_command", typed)
    words = shlex.split(value.replace("%%", "%"))
    assert words[0] == f"{home}/programs/archive"
    assert words[1:3] == ["%p", "%f"]
    assert all(re.fullmatch("[a-z_0-9]+", word) for word in words[3:])
    assert shown(Path(home), value) == typed
    done = value.replace("%%", "%").replace("%p", "pg_wal/0001").replace("%f", "0001")
    assert shown(Path(home), f"DETAIL: {done}") == "DETAIL: " + typed.replace("%p", "pg_wal/0001").replace("%f", "0001")


@pytest.mark.parametrize("typed", ["", "true", "/bin/true", "false", "exit 1", ":"])
def test_what_does_nothing_stays_as_it_is(typed: str) -> None:
    assert real_value(HOME, "archive_command", typed) == typed


def test_a_backslash_does_not_open_a_line_of_the_configuration() -> None:
    assert conf_line(HOME, "recovery_target_name", "a\\' b") == "recovery_target_name = 'a\\\\'' b'"


@pytest.mark.server
def test_a_server_reads_back_what_was_written() -> None:
    number = max(usable())
    plan = ServerPlan(number, frozenset({number}), 1 << 20, {"recovery_target_name": "a\\' b''"}, {}, None,
                      archive_command=True, slots=())  # fmt: skip
    with throwaway(usable()[number], plan) as lab:
        assert lab.server.one("SELECT current_setting('recovery_target_name')") == "a\\' b''"
        assert _shown(lab) == ARCHIVE_COMMAND


def _shown(lab: Lab) -> str:
    return shown(lab.home, str(lab.server.one("SELECT current_setting('archive_command')")))
