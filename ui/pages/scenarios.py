"""The list of scenarios, with a search over titles and messages."""

from __future__ import annotations

import streamlit as st

from ui import header, listing, opened, shelf
from ui.address import Address, Problem
from ui.language import say


def show() -> None:
    """Draw the page; a scenario in the address is one that the Theatre did not know."""
    here = header.current()
    header.switches(here)
    st.title(say("list_title", here.lang), anchor=False)
    header.problems(here, *_unknown(here))
    st.markdown(say("list_lead", here.lang))
    listing.chooser(here)
    listing.files(here)


def _unknown(here: Address) -> list[Problem]:
    """Scenarios of the dojo are always there; a file is there until its tab is closed."""
    if not here.scenario or shelf.find(here.scenario) is not None:
        return []
    return [Problem("file_gone" if opened.is_file(here.scenario) else "bad_scenario", {"scenario": here.scenario})]
