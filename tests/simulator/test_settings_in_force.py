"""initdb, reloads, restarts and refused starts of the model against recordings of seven real servers."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.settings import InvalidValue, ServerSettings, UnknownParameter, parameters
from simulator.settings_start import startup_errors
from tests.simulator.settings_recordings import MB, RECORDERS_CONF, SEGMENT, answers

# --- what initdb writes, reloads and restarts


@pytest.mark.parametrize(("major", "said"), list(answers("initdb-wal_sizes.json")))
def test_initdb_scales_the_wal_sizes_with_the_segment(major: int, said: Any) -> None:
    """min_wal_size is five segments and max_wal_size 64, whatever the built-in 80MB and 1GB say."""
    segment_mb, conf = said
    modelled = dict(ServerSettings.initial(major, segment_mb * MB).conf)
    assert modelled == {name: text for name, text in conf.items() if name in parameters(major)}


def statement(settings: ServerSettings, text: str) -> ServerSettings:
    words = text.removeprefix("ALTER SYSTEM ").split(maxsplit=1)
    if words[0] == "RESET":
        return settings.alter_system(words[1], None)
    name, value = words[1].split(" = ", 1)
    if value.startswith("'"):
        value = value[1:-1].replace("''", "'")
    return settings.alter_system(name, value)


def conf_lines(text: str) -> dict[str, str]:
    lines = [line.partition("=" if "=" in line else " ") for line in text.splitlines()]
    return {name.strip(): value.strip().strip("'") for name, _, value in lines}


@pytest.mark.parametrize(
    ("major", "said"),
    [
        pytest.param(major, said, id=f"{major}-{said['steps'][0]['do']}")
        for major, said in answers("settings-reload.json")
    ],
)
def test_reload_and_restart_do_and_log_what_the_server_does(major: int, said: dict[str, Any]) -> None:
    conf = {**RECORDERS_CONF, **conf_lines(said["conf"])}
    settings = ServerSettings.initial(major, SEGMENT, conf, data_directory="DATA")
    for step in said["steps"]:
        log: tuple[str, ...] = ()
        match step["do"]:
            case "reload":
                settings, log = settings.reload()
            case "restart":
                settings = settings.restarted()
            case text:
                settings = statement(settings, text)
        assert list(log) == step["log"]
        assert settings.auto_conf_text() == step["auto_conf"]
        assert sorted(settings.pending_restart) == step["pending_restart"]
        assert {name: settings.show(name) for name in step["shows"]} == step["shows"]


# --- starting


def refusal_of(major: int, conf: dict[str, str]) -> InvalidValue | None:
    try:
        ServerSettings.initial(major, SEGMENT, conf)
    except InvalidValue as error:
        return error
    return None


def startable() -> list[Any]:
    """Recorded starts whose lines are valid one by one: the rest is refused by `initial` already."""
    found = []
    for major, said in answers("startup-errors.json"):
        conf = conf_lines(said["conf"])
        if refusal_of(major, conf) is None and not any("syntax error" in line for line in said["stderr"]):
            found.append(pytest.param(major, conf, said, id=f"{major}-{said['conf'].strip()!r}"))
    return found


@pytest.mark.parametrize(("major", "conf", "said"), startable())
def test_a_server_starts_or_refuses_as_the_real_one(major: int, conf: dict[str, str], said: dict[str, Any]) -> None:
    settings = ServerSettings.initial(major, SEGMENT, {**RECORDERS_CONF, **conf}, data_directory="DATA")
    complaints = startup_errors(settings)
    assert (not complaints) == said["started"]
    if complaints:
        assert list(complaints) == said["stderr"]


@pytest.mark.parametrize(("major", "said"), list(answers("startup-errors.json")))
def test_a_bad_line_in_postgresql_conf_is_refused_in_the_log_s_words(major: int, said: dict[str, Any]) -> None:
    """The first complaint about a value is the refusal `initial` raises."""
    refusal = refusal_of(major, conf_lines(said["conf"]))
    if refusal is None:
        return
    first = said["stderr"][0]
    if isinstance(refusal, UnknownParameter):
        assert first.startswith(f"LOG:  {refusal.message}") or "syntax error" in first
    elif not any(word in first for word in ("syntax error", "unrecognized", 'time zone "')):
        # Syntax and unknown names are looked for in the whole file before any value; a zone is FATAL at once.
        lines = refusal.lines("LOG")
        assert said["stderr"][: len(lines)] == list(lines)
