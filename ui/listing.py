"""The list of scenarios, grouped by method: on the home page behind the doors, in the Theatre to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from simulator.scenario import Scenario
from ui import header, markup, opened, openers, shelf
from ui.address import Address
from ui.language import say


def groups(here: Address, members: Mapping[str, Sequence[Scenario]]) -> None:
    """One box a method, its scenarios as links; the box's anchor is the method's name."""
    columns = st.columns(2, gap="medium")
    heights = [0, 0]
    for method, scenarios in members.items():
        # The next box goes where there is more room.
        at = heights.index(min(heights))
        heights[at] += len(scenarios) + 2
        with columns[at], st.container(border=True, gap="xxsmall", key=f"group-{method}"):
            st.header(say(f"group_{method.replace('-', '')}", here.lang), anchor=method)
            for scenario in scenarios:
                header.link("theatre", scenario.title.of(here.lang), here, scenario=scenario.id)


def chooser(here: Address) -> None:
    """The list with a search over titles and messages."""
    query = st.text_input(
        say("search", here.lang), key="search", placeholder=say("search_hint", here.lang), icon=":material/search:"
    )
    found = shelf.matching(query) if query else list(shelf.scenarios().values())
    if not found:
        st.info(say("search_nothing", here.lang, query=query))
        found = list(shelf.scenarios().values())
    wanted = {each.id for each in found}
    narrowed = {method: [each for each in all_ if each.id in wanted] for method, all_ in shelf.grouped().items()}
    groups(here, {method: members for method, members in narrowed.items() if members})


def files(here: Address) -> None:
    """A visitor's own scenarios, and the way to open one."""
    with st.container(border=True, gap="xsmall", key="group-files"):
        st.header(say("file_title", here.lang), anchor="file")
        for scenario in opened.files():
            header.link("theatre", markup.plain(scenario.title.of(here.lang)), here, scenario=scenario.id)
        openers.scenario(here)
