"""Long lists a page at a time, and a question on one line of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from quizzes.question import Question
from ui import markup
from ui.language import tell
from ui.study import banks

A_PAGE = 20
LONGEST_STEM = {"ja": 90, "en": 180}
"""Characters of a stem on a line of a list: two lines on a desk, and not too many on a phone."""

_TO_FIRST = """setTimeout(() => {
  const first = document.querySelector('[class*="st-key-rows-"] :is(a, button)');
  first?.focus({preventScroll: true});
  first?.scrollIntoView({block: 'center'});
}, 100);"""

T = TypeVar("T")


def page(key: str, everything: Sequence[T], of: object) -> Sequence[T]:
    """The part of a list that is to be seen; `of` is what was looked for: another list begins at its first page."""
    kept = st.session_state.get(key)
    at = kept[1] if kept is not None and kept[0] == of else 0
    at = min(at, max(0, (len(everything) - 1) // A_PAGE))
    st.session_state[key] = (of, at)
    return everything[at * A_PAGE : (at + 1) * A_PAGE]


def pager(key: str, count: int, lang: str) -> None:
    """Where one is in a list, and the way on and back; nothing when all of it is to be seen."""
    if count <= A_PAGE:
        return
    of, at = st.session_state[key]

    def turn(by: int) -> None:
        st.session_state[key] = (of, at + by)
        st.session_state[f"{key}_turned"] = True

    last = (count - 1) // A_PAGE
    with st.container(horizontal=True, vertical_alignment="center", key=f"pager-{key}"):
        st.button(f"← {tell('study', 'page_back', lang)}", disabled=at == 0, on_click=turn, args=(-1,), key=f"{key}-b")
        first, until = at * A_PAGE + 1, min(count, (at + 1) * A_PAGE)
        st.markdown(tell("study", "page_where", lang, first=first, last=until, count=count), width="content")
        st.button(f"{tell('study', 'page_on', lang)} →", disabled=at == last, on_click=turn, args=(1,), key=f"{key}-f")
        if st.session_state.pop(f"{key}_turned", False):
            # Reading goes on at the first line of the page that was asked for, by eye and by keyboard.
            st.html(f"<script>/* {at} */ {_TO_FIRST}</script>", unsafe_allow_javascript=True)


def stem(question: Question, lang: str) -> str:
    """What is asked, without its marks, cut where a list has no more room."""
    text = " ".join(question.stem.in_(lang).replace("**", "").replace("`", "").split())
    room = LONGEST_STEM[lang]
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def label(about: str, text: str) -> str:
    """A line of a list as one link: above, smaller, what is known about it."""
    return f":small[{markup.plain(about)}] {markup.plain(text)}"


def objective_choice(key: str, lang: str) -> str:
    """A box to choose an objective from; '' is every one."""
    anything = tell("study", "any", lang)
    found = st.selectbox(
        tell("study", "objective", lang),
        ["", *banks.objectives()],
        key=key,
        format_func=lambda one: banks.titled(one, lang) if one else anything,
    )
    return str(found or "")
