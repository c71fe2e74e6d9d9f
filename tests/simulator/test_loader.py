"""Malformed scenario files: each is told as file:line: field: what is wrong, in both languages, and exits with 2."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cli
from simulator.ending import evaluate
from simulator.faults import ScenarioError
from simulator.loader import load, loads
from simulator.play import predict
from simulator.scenario import Scenario
from tests.simulator.malformed import CASES, GOOD, Spoilt

BY_NAME = {case.name: case for case in CASES}


def _faults(raw: bytes) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        loads(raw, "lesson.yaml")
    return caught.value


def test_there_are_many_ways_to_spoil_a_file() -> None:
    """The good file itself is good; each case has a name of its own."""
    assert loads(GOOD.encode()).id == "a-lesson"
    assert len(BY_NAME) == len(CASES) >= 75


@pytest.mark.parametrize("name", BY_NAME)
def test_a_malformed_file_is_told_at_its_line_and_field(name: str) -> None:
    """One of the faults stands at the right line and field and says what is wrong or allowed."""
    case = BY_NAME[name]
    told = [(fault.line, fault.field, fault.text("en")) for fault in _faults(case.raw).faults]
    assert any(line == case.line and field == case.field and case.says in text for line, field, text in told), told


@pytest.mark.parametrize("name", BY_NAME)
def test_both_languages_have_the_place_and_no_gap(name: str) -> None:
    """file:line: field: sentence; the Japanese is Japanese and no placeholder is left."""
    for fault in _faults(BY_NAME[name].raw).faults:
        place = f"lesson.yaml:{fault.line}: " + (f"{fault.field}: " if fault.field else "")
        for language in ("ja", "en"):
            text = fault.line_of_text(language)
            assert text.startswith(place)
            assert len(text) > len(place) + 5
            assert "{" not in fault.text(language).replace(str(fault.facts), "") or "{" in str(fault.facts)
        assert re.search("[ぁ-ん]", fault.text("ja"))


@pytest.mark.parametrize("name", BY_NAME)
def test_the_command_says_it_and_exits_with_2(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback, nothing on standard output."""
    case: Spoilt = BY_NAME[name]
    file = tmp_path / "lesson.yaml"
    file.write_bytes(case.raw)
    assert cli.main(["run", str(file), "--lang", "en"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"{file}:{case.line}: " in printed.err
    assert "Traceback" not in printed.err


def test_a_file_that_is_not_there_is_told_without_a_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Neither is a folder a scenario."""
    for path in (tmp_path / "absent.yaml", tmp_path):
        assert cli.main(["run", str(path), "--lang", "en"]) == 2
        assert capsys.readouterr().err.startswith(f"{path}: the file cannot be read (")


def test_all_faults_of_a_file_are_told_at_once() -> None:
    """Somebody who mends a file does not want to be sent back three times."""
    spoilt = GOOD.replace("method: basebackup", "method: tape").replace("- exit: 0", "- exit: good")
    assert [fault.field for fault in _faults(spoilt.encode()).faults] == ["method", "ending[0].exit"]


def _loads(raw: bytes) -> Scenario | ScenarioError:
    """Whatever the bytes are: a scenario, or its faults with a place and a sentence each; nothing else."""
    try:
        return loads(raw, "lesson.yaml")
    except ScenarioError as error:
        told = error
    assert told.faults
    assert all(fault.line_of_text(language) for fault in told.faults for language in ("ja", "en"))
    return told


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_in_words(raw: bytes) -> None:
    """No bytes get past the loader with anything but a ScenarioError."""
    assert isinstance(_loads(raw), ScenarioError)


@given(st.text(alphabet=" \n:-[]{}&*!|>'\"#%@`,?~ab1é題", max_size=120))
def test_random_yaml_is_refused_in_words(text: str) -> None:
    """Nor does anything that looks like YAML."""
    assert isinstance(_loads(text.encode()), ScenarioError)


PIECES = [
    *"id title server timeline ending run while write wait versions 14 12-13 null true ~ [] {} - : & * ! '".split(),
    *"9999999999999999999999 1e400 .inf .nan 0x10 2026-01-01 16MB -1 1MB/s {ja: a} <<: *x !!str !!int".split(),
    "psql -c 'CHECKPOINT'",
    "pg_basebackup -D /x",
    "\n",
    "\t",
    "\0",
    "é題",
]


@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), st.sampled_from(PIECES)), max_size=4))
def test_random_changes_of_a_good_file_never_raise_anything_else(changes: list[tuple[int, int, str]]) -> None:
    """Cut somewhere, put something there: still a scenario, or faults."""
    text = GOOD
    for at, cut, piece in changes:
        text = text[:at] + piece + text[at + cut :]
    read = _loads(text.encode())
    assert isinstance(read, ScenarioError) or evaluate(read, predict(read))


@given(st.integers(0, len(GOOD.splitlines()) - 1), st.integers(0, len(GOOD.splitlines()) - 1))
def test_lines_in_another_order_never_raise_anything_else(one: int, two: int) -> None:
    """Two lines change places."""
    lines = GOOD.splitlines()
    lines[one], lines[two] = lines[two], lines[one]
    assert isinstance(_loads("\n".join(lines).encode()), Scenario | ScenarioError)


@pytest.mark.parametrize("file", sorted((Path(cli.__file__).parent / "scenarios").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_lessons_of_the_dojo_are_well_formed(file: Path) -> None:
    """And are called as their files are."""
    assert load(file).id == file.stem
