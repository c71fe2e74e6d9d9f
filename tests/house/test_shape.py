"""Short modules, short functions, a word about everything public in the model."""

import pytest

from tests.house.shape import FUNCTION_LINES, MODULE_LINES, too_long, undocumented
from tests.house.sources import Source, report, sources


def test_no_module_and_no_function_is_too_long() -> None:
    found = too_long(sources())
    assert not found, report(found)


def test_everything_public_in_the_model_says_what_it_is() -> None:
    found = undocumented(sources())
    assert not found, report(found)


def test_one_line_too_many_is_found_with_its_place() -> None:
    module = Source("ui/theatre.py", "x = 1\n" * (MODULE_LINES + 1))
    assert [str(finding) for finding in too_long([module])] == ["ui/theatre.py:351: module of 351 lines, at most 350"]
    function = Source("ui/theatre.py", "\ndef draw():\n" + "    x = 1\n" * FUNCTION_LINES)
    assert [str(finding) for finding in too_long([function])] == ["ui/theatre.py:2: draw() has 51 lines, at most 50"]


def test_app_py_is_a_list_of_pages_and_stays_under_40_lines() -> None:
    assert len(too_long([Source("app.py", "x = 1\n" * 40)])) == 1
    assert too_long([Source("app.py", "x = 1\n" * 39)]) == []


def test_what_fits_exactly_is_let_through() -> None:
    body = "def draw():\n" + "    x = 1\n" * (FUNCTION_LINES - 1)
    assert too_long([Source("ui/theatre.py", body + "y = 1\n" * (MODULE_LINES - FUNCTION_LINES))]) == []


@pytest.mark.parametrize(
    "text",
    [
        "redo_lsn = 1",
        '"""WAL."""\ndef redo(): ...',
        '"""WAL."""\nclass Segment: ...',
        '"""WAL."""\nasync def redo(): ...',
    ],
)
def test_a_public_thing_without_a_word_is_found(text: str) -> None:
    assert len(undocumented([Source("simulator/wal.py", text)])) == 1


def test_private_things_empty_packages_and_other_rooms_need_no_docstring() -> None:
    private = Source("simulator/wal.py", '"""WAL."""\ndef _redo(): ...')
    assert undocumented([private, Source("simulator/__init__.py", ""), Source("ui/page.py", "x = 1")]) == []
