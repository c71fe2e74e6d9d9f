"""The list of scenarios, with a search over titles and messages."""

from __future__ import annotations

import streamlit as st

from ui import header, listing, shelf
from ui.address import Problem
from ui.language import say


def show() -> None:
    """Draw the page; a scenario in the address is one that the Theatre did not know."""
    here = header.current()
    header.switches(here)
    st.title(say("list_title", here.lang), anchor=False)
    unknown = here.scenario and here.scenario not in shelf.scenarios()
    header.problems(here, *([Problem("bad_scenario", {"scenario": here.scenario})] if unknown else []))
    st.markdown(say("list_lead", here.lang))
    listing.chooser(here)
