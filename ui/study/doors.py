"""The pages for the examination: the way from each to the others."""

from __future__ import annotations

import streamlit as st

from ui import header
from ui.address import Address
from ui.language import tell
from ui.study import learner

PAGES = {
    "practice": ("study", "title"),
    "paper": ("paper", "nav"),
    "questions": ("seek", "door"),
    "history": ("past", "door"),
    "progress": ("progress", "nav"),
}
ASKED = "practice_asked_"
"""What an address of the practice page said last: followed once, and anew when somebody comes back by a link."""


def begin(page: str, book: str) -> Address | None:
    """What each of them begins with; None, and a word about it, when nothing can be kept."""
    here = header.current()
    if page != "practice":
        for name in [one for one in st.session_state if str(one).startswith(ASKED)]:
            del st.session_state[name]
    header.switches(here)
    st.title(tell(book, "title", here.lang), anchor=False)
    _doors(here, page)
    header.problems(here)
    return here if learner.works(here.lang) else None


def _doors(here: Address, now: str) -> None:
    """All of them in a row; the one that is open is no link."""
    with st.container(key="study-doors", horizontal=True):
        for page, (book, key) in PAGES.items():
            label = tell(book, key, here.lang)
            if page == now:
                with st.container(key="study-here", width="content"):
                    st.markdown(label, width="content")
            else:
                header.link(page, label, here)
