"""`waldojo explain`: a message, a file or standard input, in both languages."""

import io
import json
from pathlib import Path

import pytest

from cli import main

SEGMENT = "0000000300000A1F000000FE"
LOST = f"pg_basebackup: error: backup failed: ERROR:  requested WAL segment {SEGMENT} has already been removed"


@pytest.mark.parametrize(("lang", "word"), [("en", "gone from the server"), ("ja", "もうサーバにない")])
def test_a_message_is_explained_with_its_own_names(lang: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--lang", lang, LOST]) == 0
    told = capsys.readouterr().out
    assert "0000000300000A1F000000FE" in told
    assert word in told
    assert "waldojo run fetch-loses-wal" in told
    assert "GUC-WAL-KEEP-SIZE" in told


def test_a_file_and_standard_input_are_read_as_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "server.log"
    log.write_bytes(b"\xff\xfe rubbish\n2026-05-01 [1] FATAL:  multiple recovery targets specified\n")
    assert main(["explain", "--lang", "en", "--json", str(log)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(each["code"], each["line"]) for each in told["findings"]] == [("two_targets", 2)]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(log.read_bytes())))
    assert main(["explain", "--lang", "en", "-"]) == 0
    assert "More than one recovery target" in capsys.readouterr().out


def test_consequences_name_what_they_follow_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["explain", "--lang", "en", "FATAL:  multiple recovery targets specified\npg_ctl: could not start server"])
        == 0
    )
    assert "This follows from: More than one recovery target" in capsys.readouterr().out


def test_what_is_not_known_is_said_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--lang", "en", "ERROR:  xyzzy plugh"]) == 1
    assert "not explained here yet" in capsys.readouterr().out


def test_a_name_that_no_file_can_have_is_taken_for_words() -> None:
    assert main(["explain", "--lang", "ja", "\0" * 9]) == 1


@pytest.mark.parametrize("given", ["/nowhere/server.log", "./server.log", "server.log", "/tmp"])
def test_a_file_that_cannot_be_read_is_said_and_is_no_message(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", given, "--lang", "ja"]) == 2
    assert given in capsys.readouterr().err
