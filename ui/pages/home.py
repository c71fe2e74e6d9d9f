"""Home: three ways to back up as one picture, every scenario behind its door, and how far to trust this."""

from __future__ import annotations

import streamlit as st

from ui import header, listing, picture, shelf
from ui.address import Address
from ui.conformance import figures
from ui.language import say, tell
from ui.pages import trust

# Each door with the pages behind it.
DOORS = {
    "understand": ("lessons",),
    "try": ("challenges", "terminal"),
    "experiment": ("scenarios", "reality"),
    "examine": ("practice", "paper"),
}


def show() -> None:
    """Draw the page."""
    here = header.current()
    header.switches(here)
    lang = here.lang
    st.title(say("home_title", lang), anchor=False)
    header.problems(here)
    _doors(here)
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.markdown(say("home_lead", lang))
        st.graphviz_chart(picture.three_ways(lang, header.theme()), alt=say("ways_alt", lang), width=560)
    with right:
        st.header(say("trust_title", lang), anchor=False)
        trust.summary(lang)
        found = figures()
        if found and found.by_version:
            st.html(trust.per_version(found, lang))
        header.link("trust", say("trust_more", lang), here)
        header.link("own_server", tell("own_server", "home", lang), here)
        header.link("errors", tell("errors", "home", lang), here)
    listing.groups(here, shelf.grouped())


def _doors(here: Address) -> None:
    """What do you want to do?"""
    for column, (name, links) in zip(st.columns(len(DOORS), gap="small"), DOORS.items(), strict=True):
        with column, st.container(border=True, gap="xxsmall", key=f"group-door-{name}", height="stretch"):
            st.header(say(f"home_{name}", here.lang), anchor=False)
            st.markdown(say(f"home_{name}_lead", here.lang))
            for page in links:
                header.link(page, say(f"home_to_{page}", here.lang), here)
