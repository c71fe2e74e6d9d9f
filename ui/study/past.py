"""What was answered when: the newest first, a page at a time; each opens with its answer and its explanation."""

from __future__ import annotations

import streamlit as st

from progress.records import Answered
from quizzes.question import Question
from quizzes.sheet import sheet
from ui import header
from ui.address import Address
from ui.language import tell
from ui.study import learner, rows, seen, shelf, told
from ui.study.doors import begin

RESULTS = ("any", "wrong", "right")
OBJECTIVE, RESULT, PLACE, OPEN = "past_objective", "past_result", "past_place", "past_open"


def show() -> None:
    """Draw the page."""
    here = begin("history", "past")
    if here is None:
        return
    learner.remember()
    if not learner.history().answers:
        st.info(tell("past", "nothing", here.lang))
        header.link("practice", tell("progress", "to_practice", here.lang), here)
        return
    _page(here)


@st.fragment
def _page(here: Address) -> None:
    """A fragment: opening one runs this alone."""
    lang, known = here.lang, learner.history()
    objective, result = _asked(lang)
    found = [
        one
        for one in reversed(known.answers)
        if objective in ("", one.objective) and result in ("any", "right" if one.right else "wrong")
    ]
    if not found:
        st.info(tell("past", "nothing_such", lang))
        return
    st.caption(tell("past", "count", lang, count=len(found), right=sum(one.right for one in found)))
    with st.container(key="rows-past", gap=None):
        for one in rows.page(PLACE, found, (objective, result)):
            _row(one, here)
    rows.pager(PLACE, len(found), lang)


def _asked(lang: str) -> tuple[str, str]:
    objective, result = st.columns(2, gap="small")
    with objective:
        chosen = rows.objective_choice(OBJECTIVE, lang)
    with result:
        how = st.selectbox(
            tell("past", "result", lang), RESULTS, key=RESULT, format_func=lambda one: tell("past", f"only_{one}", lang)
        )
    return chosen, str(how)


def _row(one: Answered, here: Address) -> None:
    """One answer; below it what it was, when somebody wants to see it."""
    lang = here.lang
    again = shelf.reopened(one.question, one.major)
    text = rows.stem(again[0], lang) if again else one.question
    unfolded = st.session_state.get(OPEN) == one.id
    label = rows.label(_about(one, lang), f"{'▾' if unfolded else '▸'} {text}")
    st.button(label, key=f"link-past-{one.id}", type="tertiary", on_click=_turn, args=(one.id,))
    if unfolded:
        _unfolded(one, again, here)


def _about(one: Answered, lang: str) -> str:
    at = one.at.astimezone(learner.zone())
    parts = [tell("past", "mark_right" if one.right else "mark_wrong", lang), f"{at:%Y-%m-%d %H:%M}", one.objective]
    if one.paper:
        parts.append(tell("paper", "nav", lang))
    return " · ".join([*parts, f"PostgreSQL {one.major}"])


def _turn(name: str) -> None:
    st.session_state[OPEN] = "" if st.session_state.get(OPEN) == name else name


def _unfolded(one: Answered, again: tuple[Question, int] | None, here: Address) -> None:
    lang = here.lang
    if again is None or one.major not in again[0].versions:
        st.info(tell("past", "gone", lang))
        return
    asked, answer = sheet(again[0], one.major, one.seed), told.from_kept(one.given)
    seen.show(asked, answer, f"{one.id}/past", here)
    # One that a template drew is the same question on its own version only.
    version = {"v": str(one.major)} if "~" in one.question else {}
    header.link("practice", tell("past", "again", lang), here, question=one.question, **version)
