"""Nothing of a scenario reaches a file outside the lab's folder, or a program of its own choice."""

from pathlib import Path

import pytest

from lab import NotHere
from lab.paths import Paths
from lab.settings import real_value
from lab.statements import literal, name
from simulator.play import ARCHIVE_COMMAND


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    (tmp_path / "root").mkdir()
    return Paths(tmp_path / "root", tmp_path / "sockets")


def test_a_path_of_the_scenario_lies_below_the_root(paths: Paths) -> None:
    assert paths.real("/backup/base") == paths.root / "backup" / "base"


@pytest.mark.parametrize("path", ["/backup/../../etc", "/../etc/passwd", "/backup/..", "/a\0b"])
def test_a_path_with_dots_is_refused(paths: Paths, path: str) -> None:
    with pytest.raises(NotHere, match="outside"):
        paths.real(path)


@pytest.mark.parametrize("path", ["backup", "./backup", "~/backup", ""])
def test_a_relative_path_is_refused(paths: Paths, path: str) -> None:
    with pytest.raises(NotHere, match="relative_path"):
        paths.real(path)


@pytest.mark.parametrize("path", ["/link", "/link/base", "/link/deeper/still"])
def test_a_link_that_leads_out_is_refused(paths: Paths, tmp_path: Path, path: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (paths.root / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotHere, match="outside"):
        paths.real(path)
    with pytest.raises(NotHere, match="outside"):
        paths.parent_made(path + "/x", None)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_link_within_the_root_is_followed(paths: Paths) -> None:
    (paths.root / "backup").mkdir()
    (paths.root / "link").symlink_to(paths.root / "backup")
    assert paths.real("/link/base") == paths.root / "link" / "base"


def test_output_shows_the_paths_of_the_scenario(paths: Paths) -> None:
    line = f'directory "{paths.root}/backup/base" and socket "{paths.sockets}/.s.PGSQL.5432"'
    assert paths.shown(line) == 'directory "/backup/base" and socket "/tmp/.s.PGSQL.5432"'


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("archive_command", "cp %p /etc/cron.d/%f"),
        ("archive_command", "true; touch /tmp/x"),
        ("restore_command", "cp /archive/%f %p; reboot"),
        ("recovery_end_command", "true"),
        ("shared_preload_libraries", "auto_explain"),
        ("data_directory", "/etc"),
        ("log_directory", "/etc"),
        ("port", "80"),
        ("archive_cleanup_command", "rm -rf /"),
        ("work_mem = 1; x", "1"),
    ],
)
def test_no_setting_runs_a_program_or_leaves_the_folder(setting: str, value: str) -> None:
    with pytest.raises(NotHere, match="setting"):
        real_value(Path("/lab"), setting, value)


def test_the_dojos_own_commands_become_the_labs_programs() -> None:
    assert real_value(Path("/lab"), "archive_command", ARCHIVE_COMMAND) == "/lab/programs/archive %p %f"
    assert real_value(Path("/lab"), "restore_command", "cp /archive/%f %p") == "/lab/programs/restore %f %p"
    assert real_value(Path("/lab"), "wal_keep_size", "64MB") == "64MB"


@pytest.mark.parametrize("words", ["orders; DROP TABLE x", "pg_read_file('/etc/passwd')", '"x"', "a b", ""])
def test_a_name_is_a_name(words: str) -> None:
    with pytest.raises(NotHere, match="statement"):
        name(words)


def test_a_quote_in_a_constant_stays_in_it() -> None:
    assert literal("it's; DROP") == "'it''s; DROP'"
