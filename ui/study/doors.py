"""Practice, mock paper and progress: the way from each to the others."""

from __future__ import annotations

import streamlit as st

from progress.engine import ADDRESS
from ui import header
from ui.address import Address
from ui.language import tell
from ui.study import learner

PAGES = {"practice": ("study", "title"), "paper": ("paper", "nav"), "progress": ("progress", "nav")}


def begin(page: str, book: str) -> Address | None:
    """What each of the three begins with; None, and a word about it, when nothing can be kept."""
    here = header.current()
    header.switches(here)
    st.title(tell(book, "title", here.lang), anchor=False)
    _doors(here, page)
    header.problems(here)
    try:
        learner.store()
    except Exception as mistake:  # noqa: BLE001  (an address of a store may be wrong in any way)
        st.error(tell("study", "no_store", here.lang, kind=type(mistake).__name__, variable=ADDRESS))
        return None
    return here


def _doors(here: Address, now: str) -> None:
    """The three in a row; the one that is open is no link."""
    with st.container(key="study-doors", horizontal=True):
        for page, (book, key) in PAGES.items():
            label = tell(book, key, here.lang)
            if page == now:
                with st.container(key="study-here", width="content"):
                    st.markdown(label, width="content")
            else:
                header.link(page, label, here)
