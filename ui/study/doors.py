"""Practice, mock paper and progress: the way from each to the others."""

from __future__ import annotations

import streamlit as st

from ui import header
from ui.address import Address
from ui.language import tell

PAGES = {"practice": ("study", "practice"), "paper": ("paper", "nav"), "progress": ("progress", "nav")}


def doors(here: Address, now: str) -> None:
    """The three in a row; the one that is open is no link."""
    with st.container(key="study-doors", horizontal=True):
        for page, (book, key) in PAGES.items():
            label = tell(book, key, here.lang)
            if page == now:
                with st.container(key="study-here", width="content"):
                    st.markdown(label, width="content")
            else:
                header.link(page, label, here)
