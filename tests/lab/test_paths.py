"""Nothing of a scenario reaches a file outside the lab's folder, or a program of its own choice."""

import ast
import os
from pathlib import Path

import pytest

import lab
from lab import NotHere
from lab.callers import no_pg_variables
from lab.dumped import Dumps
from lab.folders import suits
from lab.paths import Paths
from lab.statements import literal
from lab.words import constant, ending, name, told


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    (tmp_path / "root").mkdir()
    return Paths(tmp_path / "root", tmp_path / "sockets")


def test_a_path_of_the_scenario_lies_below_the_root(paths: Paths) -> None:
    assert paths.real("/backup/base") == paths.root / "backup" / "base"


@pytest.mark.parametrize("path", ["/backup/../../etc", "/../etc/passwd", "/backup/.."])
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
    "words", ["orders; DROP TABLE x", "pg_read_file('/etc/passwd')", '"x"', "a b", "", "host=x", "--option", "n" * 500]
)
def test_a_name_is_a_name(words: str) -> None:
    with pytest.raises(NotHere, match="name"):
        name(words)


def test_a_quote_in_a_constant_stays_in_it() -> None:
    assert literal("it's; DROP") == "'it''s; DROP'"


@pytest.mark.parametrize("text", ["two\nlines", "a\0b", "\x1b[31m", "\u202e", "x" * 5000])
def test_a_label_is_one_line_of_text(text: str) -> None:
    with pytest.raises(NotHere):
        constant(text)
    assert told(text).isprintable()
    assert len(told(text)) < 100


@pytest.mark.parametrize("text", ["nightly backup", "月曜", "it's", "100 %", ""])
def test_an_ordinary_label_passes(text: str) -> None:
    assert constant(text) == text


@pytest.mark.parametrize("text", ["x\ny", "../x", "a b", "*", ""])
def test_the_end_of_a_files_name_is_one(text: str) -> None:
    with pytest.raises(NotHere, match="name"):
        ending(text)


@pytest.mark.parametrize("path", ["/a b", "/$(x)", "/`x`", '/"', "/a\nb", "/a\0b", "/ab\\c", "/é", "/" + "x" * 300])
def test_a_path_has_no_character_that_a_shell_would_obey(paths: Paths, path: str) -> None:
    with pytest.raises(NotHere, match="path_characters"):
        paths.real(path)


@pytest.mark.parametrize("path", ["//backup", "/backup//x", "/backup/./x", "/"])
def test_a_path_has_one_form(paths: Paths, path: str) -> None:
    with pytest.raises(NotHere, match="path_form"):
        paths.real(path)


@pytest.mark.parametrize("path", ["/pgdata/x", "/archive", "/archive/x", "/backup/base/x/y"])
def test_nothing_new_is_put_into_a_data_directory_or_the_archive(paths: Paths, path: str) -> None:
    (paths.root / "backup" / "base").mkdir(parents=True)
    (paths.root / "backup" / "base" / "PG_VERSION").touch()
    with pytest.raises(NotHere, match="inside_cluster"):
        paths.new(path)
    assert paths.new("/backup/other") == paths.root / "backup" / "other"


def test_a_file_that_the_lab_writes_is_no_link(paths: Paths) -> None:
    (paths.root / "inside").write_text("kept")
    (paths.root / "label").symlink_to(paths.root / "inside")
    with pytest.raises(OSError, match="label"), paths.opened("/label", "wb", None):
        pass
    assert (paths.root / "inside").read_text() == "kept"
    for mode, words in (("wb", b"one"), ("ab", b" two")):
        with paths.opened("/other", mode, None) as file:  # type: ignore[arg-type]
            file.write(words)
    assert (paths.root / "other").read_text() == "one two"


def test_a_folder_that_becomes_a_link_after_it_was_looked_at_is_not_followed(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (paths.root / "backup").mkdir()
    (tmp_path / "elsewhere").mkdir()
    folder, resolve = paths.root / "backup", Path.resolve
    looks = []

    def swapped_at_once(self: Path, strict: bool = False) -> Path:
        found = resolve(self, strict)
        looks.append(self)
        if self == folder and not folder.is_symlink():
            folder.rename(paths.root / "moved")
            folder.symlink_to(tmp_path / "elsewhere")
        return found

    monkeypatch.setattr(Path, "resolve", swapped_at_once)
    with pytest.raises(OSError, match="backup"), paths.opened("/backup/label", "wb", None):
        pass
    assert folder in looks
    with pytest.raises(NotHere):
        paths.parent_made("/backup/new/x", None)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_only_what_was_dumped_here_is_restored(tmp_path: Path) -> None:
    dumps, made, other = Dumps(), tmp_path / "shop.sql", tmp_path / "other.sql"
    made.write_text("CREATE TABLE orders ();")
    dumps.note(made)
    other.write_text("CREATE TABLE orders ();")
    assert dumps.check(other, "/other.sql") == other
    other.write_text("CREATE TABLE orders (); \\! touch x")
    with pytest.raises(NotHere, match="not_dumped"):
        dumps.check(other, "/other.sql")
    assert dumps.check(tmp_path / "none.sql", "/none.sql") == tmp_path / "none.sql"


def test_a_directory_is_known_by_all_of_its_files(tmp_path: Path) -> None:
    dumps, made = Dumps(), tmp_path / "shop.dir"
    made.mkdir()
    (made / "toc.dat").write_text("x")
    dumps.note(made)
    assert dumps.known(made)
    (made / "1.dat").write_text("y")
    assert not dumps.known(made)


def test_libpq_finds_nothing_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOSTADDR", "203.0.113.1")
    with no_pg_variables():
        assert not [name for name in os.environ if name.startswith("PG")]
    assert os.environ["PGHOSTADDR"] == "203.0.113.1"


def test_a_temporary_folder_with_a_program_in_its_name_is_passed_over(tmp_path: Path) -> None:
    for folder in ("$(touch x)", "`x`", "a,b", "it's", "two words"):
        (tmp_path / folder).mkdir()
        assert not suits(tmp_path / folder)


def test_the_lab_starts_nothing_with_the_environment_of_its_caller() -> None:
    """Except the worker, which is the lab itself in a process of its own."""
    found = []
    for file in sorted(Path(lab.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("subprocess.run", "subprocess.Popen"):
                found += [] if "env" in {word.arg for word in node.keywords} else [file.name]
    assert found == ["jobs.py"]
