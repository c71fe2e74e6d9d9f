"""Stores for the tests of the study pages: learners who answered something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from progress.engine import ADDRESS
from progress.records import Answered, Item, Paper
from progress.store import Store
from quizzes.loader import BANKS, bank
from quizzes.question import Question
from ui.study import banks, learner, seek, shelf

MAJOR = 14
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@contextmanager
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store that goes with the test, and no bank but the dojo's unless the test brings one."""
    monkeypatch.setenv(ADDRESS, f"sqlite:///{tmp_path / 'progress.sqlite3'}")
    monkeypatch.delenv(BANKS, raising=False)
    caches = (banks.own, banks.questions, banks.objectives, shelf.reopened, seek.index)
    for one in caches:
        one.cache_clear()
    learner.store.clear()
    yield
    for one in caches:
        one.cache_clear()
    with suppress(Exception):  # a test may have left an address that leads nowhere
        learner.store().engine.dispose()
    learner.store.clear()


def asked(count: int, objective: str = "") -> list[Question]:
    """The first questions of the bank that hold on MAJOR."""
    fitting = [one for one in bank() if MAJOR in one.versions and objective in ("", one.objective)]
    return fitting[:count]


def answered(code: str, question: Question, number: int, *, right: bool, at: datetime = NOON) -> Answered:
    """An answer to a question; to one with choices: its key, or the first choice that is wrong."""
    wrong = [at for at, one in enumerate(question.choices) if not one.right][:1]
    marked = list(question.key) if right else wrong
    given: dict[str, object] = {"marked": marked} if question.choices else {"text": "pg_dump"}
    moment = at + timedelta(minutes=number)
    return Answered(f"a{number}", code, question.id, question.objective, MAJOR, number, given, right, moment)


def with_answers(store: Store, *rights: bool) -> str:
    """A learner who answered the first questions of the bank so, a minute after each other."""
    code = store.new_learner(NOON).code
    for number, (question, right) in enumerate(zip(asked(len(rights)), rights, strict=True)):
        store.answer(answered(code, question, number, right=right))
    return code


def with_paper(store: Store, *rights: bool) -> tuple[str, str]:
    """A learner who handed a paper in; its questions were answered so."""
    code = store.new_learner(NOON).code
    questions = asked(len(rights))
    items = tuple(Item(at, one.id, one.objective) for at, one in enumerate(questions))
    paper = Paper("handed-in", code, "silver", MAJOR, 1, NOON, 600.0, items)
    store.begin_paper(paper)
    graded = [
        replace(answered(code, question, number, right=right), paper=paper.id)
        for number, (question, right) in enumerate(zip(questions, rights, strict=True))
    ]
    store.finish(paper, graded, now=NOON + timedelta(minutes=9), score=50.0)
    return code, paper.id
