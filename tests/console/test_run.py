"""`waldojo run`, `waldojo versions` and the command itself: what is printed, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import cli
from simulator.versions import KNOWN

TREE = Path(cli.__file__).parent
LESSON = "fetch-loses-wal"


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(["run", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_a_lesson_by_its_id_and_by_its_path(capsys: pytest.CaptureFixture[str]) -> None:
    """Both reach their ending and print the same."""
    by_id = _run(capsys, LESSON, "--lang", "en")
    by_path = _run(capsys, str(TREE / "scenarios" / f"{LESSON}.yaml"), "--lang", "en")
    assert by_id == by_path
    assert by_id[0] == 0
    assert by_id[2] == ""
    assert "$ pg_basebackup -D /backup/base -Xf" in by_id[1]
    assert "ending: reached." in by_id[1]


@pytest.mark.parametrize("major", KNOWN)
def test_every_major_can_be_asked_for(major: int, capsys: pytest.CaptureFixture[str]) -> None:
    """The title names it, and the ending is the same."""
    code, out, _ = _run(capsys, LESSON, "--version", str(major), "--lang", "en")
    assert code == 0
    assert f"(PostgreSQL {major})" in out.splitlines()[0]


@pytest.mark.parametrize(("language", "word"), [("ja", "結末: 達しました。"), ("en", "ending: reached.")])
def test_both_languages(language: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The explanations follow --lang."""
    assert word in _run(capsys, LESSON, "--lang", language)[1]


@pytest.mark.parametrize(
    ("variable", "value", "word"),
    [
        ("LC_ALL", "ja_JP.UTF-8", "結末"),
        ("LANG", "ja", "結末"),
        ("LANG", "C", "ending"),
        ("LC_MESSAGES", "en_US", "ending"),
    ],
)
def test_the_locale_chooses_where_nothing_is_given(
    variable: str, value: str, word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """LC_ALL before LC_MESSAGES before LANG."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    assert f"{word}: " in _run(capsys, LESSON)[1]


def test_a_setting_that_changes_the_ending(capsys: pytest.CaptureFixture[str]) -> None:
    """wal_keep_size saves the backup, so the lesson's ending is not reached: exit 1."""
    code, out, err = _run(capsys, LESSON, "--set", "wal_keep_size=1GB", "--lang", "en")
    assert (code, err) == (1, "")
    assert "NOT exit" in out
    assert "ending: not reached." in out


MALFORMED: dict[str, tuple[list[str], str]] = {
    "an unknown id": (["no-such-lesson"], 'there is no scenario "no-such-lesson"; near it: '),
    "an unknown version": ([LESSON, "--version", "11"], "known: 12, 13, 14, 15, 16, 17, 18"),
    "a version in words": ([LESSON, "--version", "latest"], "known: 12, 13"),
    "a version in other digits": ([LESSON, "--version", "²"], "known: 12, 13"),
    "a negative version": ([LESSON, "--version=-14"], "known: 12, 13"),
    "a setting without a value": ([LESSON, "--set", "wal_keep_size"], "NAME=VALUE"),
    "a value without a setting": ([LESSON, "--set", "=1"], "NAME=VALUE"),
    "a bad value": ([LESSON, "--set", "max_wal_size=big"], 'ERROR:  invalid value for parameter "max_wal_size": "big"'),
    "a value out of range": ([LESSON, "--set", "max_wal_size=1"], "outside the valid range"),
    "an unknown setting": ([LESSON, "--set", "wal_banana=1"], 'unrecognized configuration parameter "wal_banana"'),
    "an internal setting": ([LESSON, "--set", "wal_segment_size=1MB"], "cannot be changed"),
    "a setting that is not modelled": ([LESSON, "--set", "enable_seqscan=off"], "cannot say what it would do"),
    "settings that do not start": ([LESSON, "--set", "wal_level=minimal"], "WAL streaming"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_cannot_be_done_is_said_and_exits_with_2(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, with what is allowed; nothing on standard output."""
    arguments, says = MALFORMED[case]
    code, out, err = _run(capsys, *arguments, "--lang", "en")
    assert (code, out) == (2, "")
    assert says in err


def test_json_has_every_step_and_nothing_else_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """One object: the ending, and each step with what was typed, said, seen, and why."""
    code, out, err = _run(capsys, LESSON, "--json", "--lang", "ja", "--version", "17")
    said = json.loads(out)
    assert (code, err) == (0, "")
    assert (said["scenario"], said["version"], said["backend"], said["reached"]) == (LESSON, 17, "model", True)
    assert all(condition["met"] for condition in said["ending"])
    assert {"command", "exit", "stderr", "log", "wal_lsn", "pg_wal", "slots", "events"} <= set(said["steps"][0])
    assert all(event["text"] for step in said["steps"] for event in step["events"])


def test_versions_lists_what_changed(capsys: pytest.CaptureFixture[str]) -> None:
    """As text by major, or as JSON."""
    assert cli.main(["versions", "--lang", "en"]) == 0
    text = capsys.readouterr().out
    assert [f"PostgreSQL {major}" in text for major in (13, 15, 17)] == [True] * 3
    assert cli.main(["versions", "--json", "--lang", "ja"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["version"] for row in rows} >= set(KNOWN)
    assert all(row["url"].startswith("https://") for row in rows)


@pytest.mark.parametrize("arguments", [[], ["dance"], ["run"], ["conform"], ["run", LESSON, "--lang", "fr"]])
def test_a_wrong_command_line_is_told_by_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """argparse's own exit code, 2."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: waldojo" in capsys.readouterr().err


HEAVY = {"pydantic", "pydantic_core", "yaml", "streamlit", "numpy", "pandas", "graphviz", "psycopg", "sqlalchemy"}


@pytest.mark.parametrize("arguments", [["--help"], ["versions"], ["run", "--help"]])
def test_asking_for_words_loads_no_library(arguments: list[str]) -> None:
    """Counted, not timed: the modules that a new process has imported when it ends."""
    script = (
        "import sys, atexit, cli\n"
        "atexit.register(lambda: print('\\nMODULES', *sorted({name.split('.')[0] for name in sys.modules})))\n"
        f"cli.main({arguments!r})\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=TREE, capture_output=True, text=True, check=False)
    modules = set(ended.stdout.splitlines()[-1].split()[1:])
    assert ended.returncode == 0, ended.stderr
    assert "argparse" in modules
    assert not modules & HEAVY


def test_a_reader_that_stops_reading_is_no_error() -> None:
    """`waldojo run … | head -1` ends without a traceback."""
    command = f"{sys.executable} cli.py run {LESSON} | head -1"
    ended = subprocess.run(["bash", "-c", command], cwd=TREE, capture_output=True, text=True, check=False)
    assert len(ended.stdout.splitlines()) == 1
    assert "Traceback" not in ended.stderr
