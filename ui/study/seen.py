"""A question that was answered: to be read, and not to be answered."""

from __future__ import annotations

from typing import Any

from quizzes.grading import Answer, grade
from quizzes.sheet import Sheet
from ui.language import words
from ui.study import told


def fits(asked: Sheet, answer: Answer) -> bool:
    """Whether the question still has the choices that were marked: a bank may have been mended since."""
    return all(type(at) is int and 0 <= at < len(asked.order) for at in answer.marked)


def sheet_of(asked: Sheet, answer: Answer, token: str, lang: str) -> dict[str, Any]:
    """What the browser is told: the question, what was answered, and why that was right or wrong."""
    graded = grade(asked.question, answer, asked.major)
    return told.asked(asked, lang) | {
        "token": token,
        "lang": lang,
        "read": True,
        "versions": told.versions(asked.question, lang),
        "given": told.shown(asked, answer),
        "after": told.explained(asked, answer, graded, lang),
    }


def labels(lang: str) -> dict[str, str]:
    """The words of a sheet, without the keys that answer it."""
    return words("study", lang) | {"keys": ""}
