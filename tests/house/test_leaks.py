"""The tree is anybody's: no machine, no index, no person in it."""

import subprocess
from pathlib import Path

import pytest

from tests.house.leaks import leaks, leaks_in
from tests.house.sources import files, report


def test_nothing_in_the_tree_names_a_machine_an_index_or_a_person() -> None:
    found = leaks()
    assert not found, report(found)


@pytest.mark.parametrize(
    "line",
    [
        "see /wo" + "rk/notes.txt",
        "cd /ro" + "ot/x",
        "path = '/ho" + "me/somebody/wal'",
        "--index-url https://py" + "pi.org/simple",
        "https://files.python" + "hosted.org/packages/x",
        '"resolved": "https://registry.' + 'npmjs/x"',
        "write to somebody" + "@company.com",
    ],
)
def test_a_leak_is_found(line: str) -> None:
    assert len(list(leaks_in(line))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "cp %p /backup/wo" + "rk/%f",
        "$PGDATA/wo" + "rk/",
        "Report bugs to <pgsql-bugs@lists.postgresql.org>.",
        "user@db.example.com and user@host.example",
        "theatre@2x.png",
        "postgres@18",
        "@pytest.mark.server",
    ],
)
def test_what_only_looks_like_a_leak_is_let_through(line: str) -> None:
    assert list(leaks_in(line)) == []


def test_untracked_files_are_read_and_ignored_ones_are_not(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    bad = "somebody" + "@company.com\n"
    (tmp_path / ".gitignore").write_text("ignored.txt\n")
    (tmp_path / "ignored.txt").write_text(bad)
    (tmp_path / "new.txt").write_text("fine\n" + bad)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0" + bad.encode())
    assert [(finding.path, finding.line) for finding in leaks(tmp_path)] == [("new.txt", 2)]


def test_a_tree_without_git_is_read_too(tmp_path: Path) -> None:
    for name in ("kept.txt", ".ci/run", ".venv/made.txt", "x.egg-info/made.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert [path.relative_to(tmp_path).as_posix() for path in files(tmp_path)] == [".ci/run", "kept.txt"]
