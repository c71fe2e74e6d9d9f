"""Practice: one question, nothing else; the answer is kept before it is explained."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from progress.records import Answered
from quizzes.grading import Answer, Grade, grade
from quizzes.scope import scope
from quizzes.sheet import Sheet, sheet
from simulator.versions import DEFAULT
from ui import header, markup, study
from ui.address import Address
from ui.language import tell, words
from ui.study import banks, learner, shelf, told
from ui.study.doors import begin
from ui.study.shelf import WHICH, Wish

ROUND, WISH = "practice_round", "practice_wish"
LONGEST = 4_000


@dataclass(slots=True)
class Round:
    """A visitor's practice: the question that is asked, and how it was answered."""

    wish: Wish
    major: int
    seed: int = field(default_factory=lambda: secrets.randbelow(2**31))
    sheet: Sheet | None = None
    token: str = ""
    answer: Answer | None = None
    grade: Grade | None = None
    left: int = 0
    right: int = 0
    answered: int = 0


def show() -> None:
    """Draw the page."""
    here = begin("practice", "study")
    if here is not None:
        banks.show(here)
        _from_address()
        _wishes(here)
        _question()


def _from_address() -> None:
    """A link may say what is practised (`which=due`, `objective=S2.4`); after that the visitor's own choice counts."""
    for name, known in (("which", WHICH), ("objective", tuple(scope().objectives))):
        wanted = st.query_params.get(name)
        if wanted in known and st.session_state.get(f"practice_asked_{name}") != wanted:
            st.session_state[f"practice_{name}"] = st.session_state[f"practice_asked_{name}"] = wanted


def _wishes(here: Address) -> None:
    """What is practised, in a row that folds away on a phone."""
    lang = here.lang
    anything = tell("study", "any", lang)
    objectives = ["", *banks.objectives()]
    with st.expander(tell("study", "choose_questions", lang), key="study-wishes"):
        which, objective, level, kind = st.columns(4, gap="small")
        with which:
            st.selectbox(
                tell("study", "which", lang),
                WHICH,
                key="practice_which",
                format_func=lambda one: tell("study", f"which_{one}", lang),
            )
        with objective:
            st.selectbox(
                tell("study", "objective", lang),
                objectives,
                key="practice_objective",
                format_func=lambda one: banks.titled(one, lang) if one else anything,
            )
        with level:
            st.selectbox(
                tell("study", "level", lang),
                ("", "silver", "gold", "beyond"),
                key="practice_level",
                format_func=lambda one: tell("study", f"level_{one}", lang) if one else anything,
            )
        with kind:
            st.selectbox(
                tell("study", "kind", lang),
                ("", "one", "choose", "not", "predict", "typed", "order", "picture", "number"),
                key="practice_kind",
                format_func=lambda one: tell("study", f"kind_{one}", lang) if one else anything,
            )


def _wished() -> Wish:
    kept = st.session_state
    return Wish(
        objective=kept.get("practice_objective") or "",
        level=kept.get("practice_level") or "",
        kind=kept.get("practice_kind") or "",
        which=kept.get("practice_which") or WHICH[0],
    )


@st.fragment
def _question() -> None:
    """A fragment: an answer runs this alone."""
    learner.remember()
    here = header.current()
    lang, major = here.lang, here.version or DEFAULT
    now: Round | None = st.session_state.get(ROUND)
    if now is None or (now.wish, now.major) != (_wished(), major):
        now = Round(_wished(), major)
        st.session_state[ROUND] = now
    if now.sheet is None:
        _next(now)
    if now.sheet is None:
        st.info(tell("study", f"nothing_{now.wish.which}", lang))
        return
    tally = "tally_drawn" if now.wish.which == "drawn" else "tally"
    st.caption(markup.plain(tell("study", tally, lang, left=now.left, right=now.right, answered=now.answered)))
    study.sheet(_told(now, now.sheet, lang), words("study", lang), lambda said: _heard(now, said))


def _told(now: Round, asked: Sheet, lang: str) -> dict[str, Any]:
    found = told.asked(asked, lang) | {
        "token": now.token,
        "lang": lang,
        "versions": told.versions(asked.question, lang),
        "flag": asked.question.id in learner.history().bookmarks,
    }
    if now.answer is not None and now.grade is not None:
        found["given"] = told.shown(asked, now.answer)
        found["after"] = told.explained(asked, now.answer, now.grade, lang)
    return found


def _next(now: Round) -> None:
    """Put the next question."""
    before = now.sheet.question.id if now.sheet else ""
    now.answer = now.grade = now.sheet = None
    if now.wish.which == "drawn":
        found = shelf.fresh(now.wish, now.major, secrets.randbelow(10**9), before)
    else:
        known = learner.history()
        left = shelf.fitting(now.wish, now.major, known, learner.now(), banks.questions())
        now.left = len(left)
        left = [one for one in left if one.id != before] or left
        found = next(iter(shelf.in_order(left, known, now.seed)), None)
    if found is not None:
        now.token = secrets.token_urlsafe(12)
        now.sheet = sheet(found, now.major, secrets.randbelow(2**31))


def _heard(now: Round, said: str) -> None:
    """What the browser says; a message that is no longer about this question has come late or twice."""
    message = told.read(said, LONGEST)
    if message.get("token") != now.token or now.sheet is None:
        return
    match message.get("do"):
        case "answer" if now.answer is None:
            _answer(now, now.sheet, message.get("given"))
        case "next" if now.answer is not None:
            _next(now)
        case "flag":
            learner.store().bookmark(learner.here().code, now.sheet.question.id, on=bool(message.get("on")))
        case _:
            pass


def _answer(now: Round, asked: Sheet, given: object) -> None:
    """Grade, keep, and only then tell."""
    answer = told.answer_of(asked, given)
    if answer is None:
        return
    result = grade(asked.question, answer, now.major)
    kept = Answered(
        id=now.token,
        learner=learner.here().code,
        question=asked.question.id,
        objective=asked.question.objective,
        major=now.major,
        seed=asked.seed,
        given=told.as_kept(answer),
        right=result.right,
        at=learner.now(),
    )
    learner.store().answer(kept)
    now.answer, now.grade = answer, result
    now.answered += 1
    now.right += result.right
    now.left = max(0, now.left - 1)
