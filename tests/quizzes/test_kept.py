"""The bank that was read once is read again from what was kept of it, and is the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from quizzes import loader
from quizzes.packing import SHAPE, packed, unpacked
from quizzes.question import Question
from quizzes.templates import TEMPLATES, generated

ROOM = Path(loader.__file__).parent
ONE = "G1.1.yaml"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The cache folder of somebody whose bank is one file."""
    bank = tmp_path / "quizzes" / "bank"
    bank.mkdir(parents=True)
    (bank / ONE).write_bytes((ROOM / "bank" / ONE).read_bytes())
    monkeypatch.setattr(loader, "files", tmp_path.joinpath)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    loader.bank.cache_clear()
    yield tmp_path / "waldojo"
    loader.bank.cache_clear()


def again() -> tuple[Question, ...]:
    loader.bank.cache_clear()
    return loader.bank()


def places(questions: tuple[Question, ...]) -> list[tuple[str, int]]:
    """What does not count when questions are compared."""
    return [(one.file, one.line) for one in questions]


def test_the_whole_bank_comes_back_to_the_last_field() -> None:
    first = loader.bank()
    second = unpacked(json.loads(packed(first)))
    assert second == first
    assert places(second) == places(first)


def test_what_is_kept_is_what_was_read(folder: Path) -> None:
    first = loader.bank()
    [kept] = folder.iterdir()
    second = again()
    assert second is not first
    assert second == first
    assert places(second) == places(first)
    assert kept.name.startswith(loader.KEPT)
    assert folder.stat().st_mode & 0o077 == 0, "nobody else can put anything there"


@pytest.mark.parametrize("broken", ["", "[]", '{"a": 1}', "[{},[],[3]]", "\0"])
def test_a_file_that_is_broken_is_as_good_as_none(folder: Path, broken: str) -> None:
    first = loader.bank()
    [kept] = folder.iterdir()
    whole = kept.read_text(encoding="utf-8")
    kept.write_text(broken, encoding="utf-8")
    assert again() == first
    assert kept.read_text(encoding="utf-8") == whole, "and it is mended"


def test_other_files_are_kept_elsewhere_and_the_old_ones_go(folder: Path) -> None:
    first = loader.bank()
    [kept] = folder.iterdir()
    old = folder / f"{loader.KEPT}0.json"
    kept.rename(old)
    assert again() == first
    assert list(folder.iterdir()) == [kept]
    more = folder.parent / "quizzes" / "bank" / ONE
    more.write_bytes(more.read_bytes() + b"# a word more\n")
    assert again() == first
    assert list(folder.iterdir()) != [kept]


def test_other_code_reads_the_files_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loader.bank()
    [kept] = folder.iterdir()
    monkeypatch.setattr(loader, "CODE", loader.CODE + "quizzes/rules.py 1 1")
    again()
    assert list(folder.iterdir()) != [kept]


def test_without_a_folder_to_write_to_the_bank_is_there_all_the_same(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = loader.bank()
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert again() == first


@pytest.mark.parametrize(
    "tables", [[["Path", 0, [[0, ["/etc/passwd"]]]]], [["tuple", 0, [["a"]]]], [["Text", 0, [[0, ["a"]], [0, ["b"]]]]]]
)
def test_only_questions_come_out_of_it(tables: list[object]) -> None:
    with pytest.raises(TypeError, match="no questions"):
        unpacked([SHAPE, tables, [0]])


def test_what_was_kept_for_classes_with_other_fields_is_refused() -> None:
    other = json.loads(packed(loader.bank()[:1]))
    other[0]["Question"].pop()
    with pytest.raises(TypeError, match="other fields"):
        unpacked(other)


def test_drawn_questions_can_be_packed_too() -> None:
    drawn = tuple(generated(one, 7, max(one.versions)) for one in TEMPLATES)
    assert unpacked(json.loads(packed(drawn))) == drawn
