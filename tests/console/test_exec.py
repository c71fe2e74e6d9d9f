"""`waldojo exec` and `waldojo shell`: command lines on a simulated host."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest

from cli import main
from console.exec import Start, as_object, shown
from console.shell import Terminal, shell
from host.archives import Tar
from host.call import Done
from host.content import Gzip, Mixed, Zeros
from host.machine import Host

EMPTY = ["exec", "--world", "empty"]


def test_commands_run_one_after_the_other_on_one_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*EMPTY, "echo hi > f", "cat f", "ls nope"]) == 2
    captured = capsys.readouterr()
    assert captured.out == "hi\n"
    assert captured.err == "ls: cannot access 'nope': No such file or directory\n"


def test_fresh_gives_each_command_its_own_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*EMPTY, "--fresh", "--json", "echo hi > f", "cat f"]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        {"cmd": "echo hi > f", "exit": 0, "stdout": "", "stderr": ""},
        {"cmd": "cat f", "exit": 1, "stdout": "", "stderr": "cat: f: No such file or directory\n"},
    ]


def test_a_dash_reads_command_lines_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("x=1\n\necho $x\n"))
    assert main([*EMPTY, "-", "echo last"]) == 0
    assert capsys.readouterr().out == "1\nlast\n"


def test_what_is_no_text_is_named() -> None:
    assert shown(Tar()) == "<BINARY: tar>"
    assert shown(Gzip("x")) == "<BINARY: gzip>"
    assert shown(Mixed(("a\n", Zeros(3)))) == "a\n<BINARY: binary>"
    assert as_object("x", Done(Host(), 3, Tar(), "e"))["stdout"] == "<BINARY: tar>"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_an_unknown_world_or_version_is_told_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str], language: str
) -> None:
    assert main(["exec", "--lang", language, "--world", "mars", "ls"]) == 2
    assert "fixture" in capsys.readouterr().err
    assert main(["exec", "--lang", language, "--version", "9", "ls"]) == 2
    assert "14" in capsys.readouterr().err


def test_a_thousand_fresh_commands_start_from_one_value(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("touch new && ls -a | wc -l\n" * 1000))
    assert main([*EMPTY, "--fresh", "-"]) == 0
    assert set(capsys.readouterr().out.split()) == {"3"}


def test_undo_and_reset_bring_back_the_very_values() -> None:
    first = Start(world="empty").host()
    terminal = Terminal(first, "en")
    terminal.enter("touch a")
    second = terminal.host
    terminal.enter("rm a; cd /; x=1")
    terminal.enter("undo")
    assert terminal.host is second
    terminal.enter("reset")
    assert terminal.host is first
    terminal.enter("undo")
    terminal.enter("undo")
    assert terminal.host is first
    assert terminal.enter("undo") == ("", "there is nothing to undo.\n")


def test_the_prompt_and_the_completion_follow_the_host() -> None:
    terminal = Terminal(Start(world="empty").host(), "en")
    assert terminal.prompt() == "postgres@dojo:~$ "
    terminal.enter("mkdir data; touch dump.sql; cd data")
    assert terminal.prompt() == "postgres@dojo:~/data$ "
    terminal.enter("cd ..")
    assert terminal.completions("d", False) == ["data/", "dump.sql"]
    assert "pg_basebackup" in terminal.completions("pg_b", True)


THREE = ["exec", "--world", "three-machines", "--version", "16"]


def test_commands_are_typed_at_the_machine_that_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*THREE, "--on", "backup1", "hostname", "psql -h db1 -Atc 'select 1'"]) == 0
    assert capsys.readouterr().out == "backup1\n1\n"
    assert main([*THREE, "hostname"]) == 0
    assert capsys.readouterr().out == "db1\n"


@pytest.mark.parametrize(
    ("world", "lang", "says"),
    [
        ("three-machines", "en", "this world has no machine db2; it has: db1, backup1, standby1.\n"),
        (
            "three-machines",
            "ja",
            "db2 というマシンはこのワールドにありません。あるのは db1, backup1, standby1 です。\n",
        ),
        ("empty", "en", "this world has no machine db2; it has: dojo.\n"),
    ],
)
def test_a_machine_that_is_not_there_is_told(
    world: str, lang: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["exec", "--world", world, "--on", "db2", "--lang", lang, "hostname"]) == 2
    assert capsys.readouterr().err == says


def test_at_the_shell_one_sits_down_at_another_machine_and_finds_things_as_one_left_them() -> None:
    terminal = Terminal(Start("16", world="three-machines").host(), "en")
    said = [terminal.enter(line)[0] for line in ("on backup1", "cd /backup", "on db1", "hostname", "on backup1", "pwd")]
    assert said == ["", "", "", "db1\n", "", "/backup\n"]
    assert terminal.prompt() == "postgres@backup1:/backup$ "
    assert terminal.enter("on db2") == ("", "this world has no machine db2; it has: db1, backup1, standby1.\n")
    terminal.enter("undo")
    terminal.enter("undo")
    assert terminal.prompt() == "postgres@backup1:/backup$ "


def test_the_shell_reads_until_exit_and_gives_the_last_status(capsys: pytest.CaptureFixture[str]) -> None:
    lines = iter(["echo hi", "false", "exit"])
    assert shell(Start(world="empty"), language="en", read=lambda _: next(lines)) == 1
    assert "hi\n" in capsys.readouterr().out


def test_the_end_of_input_ends_the_shell_and_ctrl_c_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    steps: Iterator[str | BaseException] = iter([KeyboardInterrupt(), "nosuch", EOFError()])

    def read(prompt: str) -> str:
        step = next(steps)
        if isinstance(step, str):
            return step
        raise step

    assert shell(Start(world="empty"), language="ja", read=read) == 127
    assert capsys.readouterr().err == "bash: nosuch: command not found\n"


@pytest.mark.parametrize(("option", "known"), [("--version", "18"), ("--client", "18"), ("--world", "three-machines")])
def test_what_is_not_known_is_said_in_the_learners_language(
    option: str, known: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["exec", option, "99", "ls", "--lang", "ja"]) == 2
    said = capsys.readouterr().err
    assert known in said
    assert "known:" not in said
