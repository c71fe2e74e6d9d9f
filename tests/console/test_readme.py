"""The command lines of both READMEs: the same in both languages, and each one that the command understands."""

import re
import shlex
from pathlib import Path

import pytest

from cli import _parser

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("README.md", "README.ja.md")
LINE = re.compile(r"^\.venv/bin/waldojo (.*)$", re.MULTILINE)


def arguments(name: str) -> list[list[str]]:
    """Of each call, without the comment and without a redirection."""
    lines = LINE.findall((ROOT / name).read_text(encoding="utf-8"))
    return [shlex.split(line.partition(" > ")[0], comments=True) for line in lines]


def test_both_languages_show_the_same_commands() -> None:
    assert arguments(NAMES[0]) == arguments(NAMES[1])


@pytest.mark.parametrize("given", arguments(NAMES[0]), ids=" ".join)
def test_a_command_of_the_readme_is_one_of_ours(given: list[str]) -> None:
    assert callable(_parser().parse_args(given).act)


def test_files_that_the_readme_names_are_there() -> None:
    for name in NAMES:
        linked = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / name).read_text(encoding="utf-8"))
        assert [each for each in linked if not (ROOT / each).exists()] == []
