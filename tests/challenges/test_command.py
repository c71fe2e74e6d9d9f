"""`waldojo challenge`: list, check and play."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import cli
from console.challenge import play
from levels.loader import all_challenges
from tests.challenges.test_loader import GOOD


def test_the_list_shows_chapters_and_titles(capsys: pytest.CaptureFixture[str]) -> None:
    """In the language that is asked for."""
    assert cli.main(["challenge", "list", "--lang", "ja"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("論理バックアップ\n    1  first-dump ")
    assert cli.main(["challenge", "list", "--json", "--lang", "en"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["id"] for row in rows] == [one.id for one in all_challenges()]
    assert rows[0] == {"id": "first-dump", "number": 1, "chapter": "logical", "title": "The first dump"}


def test_the_check_ends_with_how_many_are_solved(capsys: pytest.CaptureFixture[str]) -> None:
    """By ids or numbers."""
    assert cli.main(["challenge", "check", "first-dump", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["ok    1  first-dump", "ok    2  restore-into-a-new-database", "challenges: 2 of 2 solved"]


def test_an_unsound_challenge_fails_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each fault with its version; JSON has the same."""
    file = tmp_path / "level.yaml"
    file.write_text(GOOD.replace("14: mv ~/here /backup/x", "14: mv ~/there /backup/x"), encoding="utf-8")
    assert cli.main(["challenge", "check", str(file), "--lang", "en"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "NO    1  a-level"
    assert lines[1].startswith("      14: the solution does not reach the goal. There is no /backup/x.")
    assert lines[-1] == "challenges: 0 of 1 solved"
    assert cli.main(["challenge", "check", str(file), "--json"]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (told["solved"], [fault["version"] for fault in told["faults"]]) == (False, [14])


def test_what_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2: unknown names, files and versions, malformed files."""
    file = tmp_path / "level.yaml"
    file.write_text("id: x", encoding="utf-8")
    for arguments, says in (
        (["check", "frist-dump"], "close: first-dump"),
        (["check", str(tmp_path / "none.yaml")], "cannot be read"),
        (["check", str(file)], f"{file}:1: number: this field is required"),
        (["play", "first-dump", "--version", "9"], "not in the table"),
        (["play", "the-exclusive-way", "--version", "15"], "it is on: 12, 13, 14"),
        (["play", "nothing-like-it"], "there is no challenge"),
    ):
        assert cli.main(["challenge", *arguments, "--lang", "en"]) == 2
        assert says in capsys.readouterr().err


def _typed(*lines: str) -> Iterator[str]:
    yield from lines


def _play(lines: Iterator[str], capsys: pytest.CaptureFixture[str], language: str = "en") -> tuple[int, str, str]:
    def read(prompt: str) -> str:
        print(prompt, end="")
        try:
            line = next(lines)
        except StopIteration:
            raise EOFError from None
        if line == "^C":
            raise KeyboardInterrupt
        return line

    status = play("cold-copy", None, language=language, read=read)
    shown = capsys.readouterr()
    return status, shown.out, shown.err


def test_playing_to_the_goal(capsys: pytest.CaptureFixture[str]) -> None:
    """The story, the goal with its marks, the tools' own output, and what is said in the end."""
    lines = _typed("pg_ctl stop", "^C", "", "cp -a $PGDATA /backup/cold", "show goal", "pg_ctl start", "never read")
    status, out, err = _play(lines, capsys)
    assert status == 0
    assert out.startswith("Stop, copy, start  (PostgreSQL 14)\n")
    assert "[ ] /backup/cold is the directory of a server that was shut down cleanly — /backup/cold is no" in out
    assert "[x] /backup/cold starts by itself and comes back with 8 rows in shop.orders\n" in out
    assert "waiting for server to shut down.... done\nserver stopped\n" in out
    assert err.startswith("The goal is reached, with 3 commands (par is 3). ***\nA copy of the whole directory")


def test_losing_and_taking_it_back(capsys: pytest.CaptureFixture[str]) -> None:
    """The reason is told at once; undo and reset are those of the attempt; hints come one by one."""
    lines = _typed(
        "undo", "cp -a $PGDATA /backup/cold", "undo", "hint", "hint", "ls /backup", "show solution", "reset", "exit"
    )
    status, out, err = _play(lines, capsys, "ja")
    assert status == 1
    assert err.startswith("失敗です。動いているサーバのファイルをコピーしました。")
    assert "1. 動いたままコピーした" in out
    assert "2. 停止は pg_ctl stop -m fast" in out
    assert "pg_ctl stop -m fast\ncp -a $PGDATA /backup/cold\npg_ctl start\n" in out
    assert "取り消すコマンドがありません" in out
    assert "dojo:~$ cold" not in out


def test_leaving_before_the_goal_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    """The end of input, as Ctrl-D gives it."""
    assert _play(_typed("ls"), capsys)[0] == 1
