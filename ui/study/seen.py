"""A question that was answered: to be read, and not to be answered."""

from __future__ import annotations

from typing import Any

import streamlit as st

from quizzes.grading import Answer, grade
from quizzes.sheet import Sheet
from ui import study
from ui.address import Address
from ui.language import tell, words
from ui.study import happens, learner, told

LONGEST = 200
"""Characters of a message of the browser."""


def show(asked: Sheet, answer: Answer, token: str, here: Address) -> None:
    """Show it, with its bookmark and the way to see it happen; or say that its choices are others by now."""
    name, lang = asked.question.id, here.lang
    if not fits(asked, answer):
        st.info(tell("past", "changed", lang))
        return
    if answer == Answer():
        st.caption(tell("past", "not_answered", lang))
    told_of_it = sheet_of(asked, answer, token, lang) | {"flag": name in learner.bookmarks()}
    study.sheet(told_of_it, words("study", lang) | {"keys": ""}, lambda said: _heard(token, name, said))
    happens.offer(asked, answer, token, here)


def _heard(token: str, name: str, said: str) -> None:
    message = told.read(said, LONGEST)
    if message.get("token") == token and message.get("do") == "flag":
        learner.store().bookmark(learner.here().code, name, on=bool(message.get("on")))


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
