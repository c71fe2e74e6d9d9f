"""A question that is put to somebody: what the browser is told, what it says; an answer is kept, then explained."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from progress.records import Answered
from quizzes.grading import Answer, Grade, grade
from quizzes.question import Question
from quizzes.sheet import Sheet, sheet
from ui import study
from ui.language import words
from ui.study import learner, told

LONGEST = 4_000
"""Characters of a message of the browser."""


@dataclass(slots=True)
class Asked:
    """A question as it stands before somebody, and how it was answered."""

    sheet: Sheet
    token: str
    answer: Answer | None = None
    grade: Grade | None = None

    @property
    def over(self) -> bool:
        """It has been answered."""
        return self.answer is not None


def put(question: Question, major: int) -> Asked:
    """A question, with its choices in an order drawn anew."""
    return Asked(sheet(question, major, secrets.randbelow(2**31)), secrets.token_urlsafe(12))


def ask(asked: Asked, lang: str, on_said: Any, **more: object) -> None:
    """Show it; what the browser says comes to `on_said` as text (see `heard`)."""
    shown = told.asked(asked.sheet, lang) | {
        "token": asked.token,
        "lang": lang,
        "versions": told.versions(asked.sheet.question, lang),
        "flag": asked.sheet.question.id in learner.bookmarks(),
        **more,
    }
    if asked.answer is not None and asked.grade is not None:
        shown["given"] = told.shown(asked.sheet, asked.answer)
        shown["after"] = told.explained(asked.sheet, asked.answer, asked.grade, lang)
    study.sheet(shown, words("study", lang), on_said)


def heard(asked: Asked, said: str) -> str:
    """Take in what the browser says; 'answer' or 'next' when that is what it now has come to, else ''."""
    message = told.read(said, LONGEST)
    # A message that is no longer about this question has come late or twice.
    if message.get("token") != asked.token:
        return ""
    match message.get("do"):
        case "answer" if not asked.over:
            return "answer" if _answered(asked, message.get("given")) else ""
        case "next" if asked.over:
            return "next"
        case "flag":
            flag = bool(message.get("on"))
            learner.store().bookmark(learner.here().code, asked.sheet.question.id, on=flag)
        case _:
            pass
    return ""


def _answered(asked: Asked, given: object) -> bool:
    """Grade, keep, and only then let it be told."""
    question = asked.sheet.question
    answer = told.answer_of(asked.sheet, given)
    if answer is None:
        return False
    result = grade(question, answer, asked.sheet.major)
    kept = Answered(
        id=asked.token,
        learner=learner.here().code,
        question=question.id,
        objective=question.objective,
        major=asked.sheet.major,
        seed=asked.sheet.seed,
        given=told.as_kept(answer),
        right=result.right,
        at=learner.now(),
    )
    learner.store().answer(kept)
    asked.answer, asked.grade = answer, result
    return True
