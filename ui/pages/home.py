"""Home: three ways to back up as one picture, every scenario behind its door, and how far to trust this."""

from __future__ import annotations

import streamlit as st

from ui import header, listing, picture, shelf
from ui.conformance import figures
from ui.language import say, tell
from ui.pages import trust


def show() -> None:
    """Draw the page."""
    here = header.current()
    header.switches(here)
    lang = here.lang
    st.title(say("home_title", lang), anchor=False)
    header.problems(here)
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.markdown(say("home_lead", lang))
        header.link("challenges", tell("challenges", "home", lang), here)
        header.link("terminal", tell("terminal", "home", lang), here)
        header.link("practice", tell("study", "home", lang), here)
        st.graphviz_chart(picture.three_ways(lang, header.theme()), alt=say("ways_alt", lang), width=560)
    with right:
        st.header(say("trust_title", lang), anchor=False)
        trust.summary(lang)
        found = figures()
        if found and found.by_version:
            st.html(trust.per_version(found, lang))
        header.link("trust", say("trust_more", lang), here)
        header.link("reality", say("home_reality", lang), here)
        header.link("own_server", tell("own_server", "home", lang), here)
        header.link("errors", tell("errors", "home", lang), here)
    listing.groups(here, shelf.grouped())
