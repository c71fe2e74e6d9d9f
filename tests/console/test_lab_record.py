"""`waldojo lab record` and `lab run`: what they write and print, and how they refuse.  No server is needed to tell."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

import cli
from lab import Cancelled, NoServer, NotHere, ToolFailed, run
from lab.limits import LimitReached
from lab.progress import Tell, Waiting
from simulator.recording import from_json
from tests.simulator.as_recorded import SCENARIOS, as_recorded

LONG = next(path for path in SCENARIOS if path.stem == "fetch-loses-wal")
RECORDED = as_recorded(LONG, 16)


@pytest.fixture
def performed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that waited in line, and then did what the model says."""

    def record(scenario: object, wanted: object, *, tell: Tell, **_: object) -> Any:
        tell(Waiting(2))
        return RECORDED

    monkeypatch.setattr(run, "record", record)


def _refuse(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def record(*_: object, **__: object) -> Any:
        raise error

    monkeypatch.setattr(run, "record", record)


@pytest.mark.parametrize("name", ["one.json", "one.json.gz"])
def test_a_file_is_written_and_told_and_conform_reads_it(
    name: str, performed: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / name
    assert cli.main(["lab", "record", "fetch-loses-wal", "-o", str(file), "--lang", "en"]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"waldojo conform {file}" in printed.err
    raw = file.read_bytes()
    assert from_json(json.loads(gzip.decompress(raw) if name.endswith(".gz") else raw)) == RECORDED
    assert cli.main(["conform", str(file)]) == 0


@pytest.mark.parametrize("arguments", [[], ["-o", "-"]])
def test_without_a_file_it_goes_to_standard_output(
    arguments: list[str], performed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing but the recording: what is told goes to standard error."""
    assert cli.main(["lab", "record", str(LONG), *arguments, "--lang", "en"]) == 0
    printed = capsys.readouterr()
    assert from_json(json.loads(printed.out)) == RECORDED
    assert "waiting: place 2 in the queue" in printed.err


def test_the_same_recording_is_the_same_bytes(performed: None, tmp_path: Path) -> None:
    for name in ("a.json.gz", "b.json.gz"):
        cli.main(["lab", "record", "fetch-loses-wal", "-o", str(tmp_path / name)])
    assert (tmp_path / "a.json.gz").read_bytes() == (tmp_path / "b.json.gz").read_bytes()


def test_a_run_prints_both_times_and_their_ratio(performed: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lab", "run", "fetch-loses-wal", "--lang", "en"]) == 0
    *_, time, summary = capsys.readouterr().out.splitlines()
    shape = r"time: real 3\.25 s \(cluster start included\), prediction \d+\.\d{3} ms: [\d,]+ times faster"
    assert re.fullmatch(shape, time)
    assert re.match(r"lab: (\d+) of \1 fields equal, 0 unknown ", summary)


ERRORS: dict[str, tuple[BaseException, int, str]] = {
    "no server": (NoServer(17, (16, 18)), 2, "no usable PostgreSQL 17 was found (majors found: 16, 18)"),
    "too long": (LimitReached("time", seconds=180), 2, "this run was ended after 180 s"),
    "cancelled": (Cancelled(), 130, "cancelled; nothing is left"),
    "interrupted": (KeyboardInterrupt(), 130, "cancelled; nothing is left"),
    "a broken tool": (ToolFailed("initdb: no space"), 2, "the lab did not work: initdb: no space"),
    "no psycopg": (ModuleNotFoundError("no", name="psycopg"), 2, "psycopg is missing"),
}


@pytest.mark.parametrize("what", ERRORS)
@pytest.mark.parametrize("command", ["record", "run"])
def test_whatever_comes_between_is_told_in_a_sentence(
    what: str, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error, code, says = ERRORS[what]
    _refuse(monkeypatch, error)
    assert cli.main(["lab", command, "fetch-loses-wal", "--lang", "en"]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert says in printed.err
    assert cli.main(["lab", command, "fetch-loses-wal", "--lang", "ja"]) == code


def test_a_scenario_of_which_nothing_can_be_performed_is_not_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _refuse(monkeypatch, NotHere("no_tool", tool="pg_basebackup"))
    file = tmp_path / "one.json"
    assert cli.main(["lab", "record", "fetch-loses-wal", "-o", str(file), "--lang", "en"]) == 2
    assert "there is nothing to record: this PostgreSQL has no pg_basebackup." in capsys.readouterr().err
    assert not file.exists()


REFUSED = {
    ("no-such-scenario",): "there is no scenario",
    ("fetch-loses-wal", "--pg", "new"): "--pg new",
    ("fetch-loses-wal", "-o", "/no/such/folder/one.json"): "/no/such/folder/one.json",
    ("fetch-loses-wal", "-o", "/"): "cannot be written",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_what_cannot_be_done_is_told_before_a_server_is_made(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _refuse(monkeypatch, AssertionError("a server was made"))
    assert cli.main(["lab", "record", *arguments, "--lang", "en"]) == 2
    assert REFUSED[arguments] in capsys.readouterr().err
