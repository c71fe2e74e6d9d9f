"""The study pages without a browser: what they tell, and what they do with messages that make no sense."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from progress.engine import ADDRESS
from quizzes.loader import BANKS, bank
from quizzes.sheet import sheet
from tests.ui import studying, visiting
from ui.study import banks, told

GOOD = """objective: S2.4
questions:
- id: of-a-teacher
  kind: typed
  level: silver
  difficulty: 1
  facts: [the-name-of-a-tool]
  manual: pg_dump
  stem: {ja: 何と入力しますか。, en: What do you type?}
  explanation: {ja: 説明です。, en: An explanation.}
  accepts: [pg_dump]
"""


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store that goes with the test."""
    with studying.own_store(tmp_path, monkeypatch):
        yield


def with_bank(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv(BANKS, str(folder))


def test_a_teacher_s_own_question_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_bank(tmp_path, monkeypatch, mine=GOOD)
    assert "of-a-teacher" in {one.id for one in banks.questions()}
    assert not visiting.page("practice").warning


def test_what_is_wrong_in_an_own_bank_is_told_on_the_page_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = GOOD.replace("difficulty: 1", "difficulty: 9")
    twice = GOOD.replace("of-a-teacher", bank()[0].id)
    with_bank(tmp_path, monkeypatch, broken=broken, twice=twice)
    said = visiting.told(visiting.page("practice"))
    assert "broken.yaml:6: questions[0].difficulty" in said
    assert "another question has the same id" in said
    assert len(banks.questions()) == len(bank())


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BANKS, str(tmp_path / "nowhere"))
    assert "there is no such folder" in visiting.told(visiting.page("practice"))


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "x",
        {},
        {"marked": "0"},
        {"marked": [99]},
        {"marked": [0, 0]},
        {"marked": [True]},
        {"text": 7},
        {"names": 1},
    ],
)
def test_an_answer_that_is_none_is_not_taken(given: object) -> None:
    question = next(one for one in bank() if one.kind == "one")
    assert told.answer_of(sheet(question, 14, 1), given) is None


@pytest.mark.parametrize("said", ["", "{", "[]", "null", "1e999", '"x"', "\ud800", '{"token": [[[[[[[['])
def test_a_message_that_is_none_says_nothing(said: str) -> None:
    assert told.read(said, 100) == {}


def test_nothing_of_the_answer_is_told_before_it_is_given() -> None:
    for question in bank():
        major = max(question.versions)
        if question.kind in ("picture", "order"):
            continue
        before = str(told.asked(sheet(question, major, 1), "en"))
        assert question.explanation.en not in before
        for choice in question.choices:
            assert choice.because.en not in before or choice.because.en in question.stem.en


def test_progress_says_where_it_is_kept_and_invites_to_begin(tmp_path: Path) -> None:
    app: AppTest = visiting.page("progress")
    said = visiting.told(app)
    assert str(tmp_path) in said
    assert "No answers yet" in said


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite:////proc/nowhere/x.sqlite3", "postgresql+psycopg://h:1/x?connect_timeout=1"]
)
@pytest.mark.parametrize("page", ["practice", "paper", "progress"])
def test_a_store_that_cannot_be_opened_is_told_kindly(url: str, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESS, url.replace("//h:1", "//127.0.0.1:1"))
    app = visiting.page(page)
    assert "Check the address in" in visiting.told(app)
