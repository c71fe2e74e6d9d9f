"""The Theatre: a scenario plays, its conditions can be changed, and both runs stand beside each other."""

from __future__ import annotations

import streamlit as st

from simulator.scenario import Scenario
from simulator.settings import InvalidValue, UnmodelledParameter
from ui import asking, conditions, header, markup, runs, shelf
from ui.address import Address, Problem
from ui.language import say, words
from ui.stage import feed, stage


def show() -> None:
    """Draw the page: the scenario of the address, or the list."""
    here = header.current()
    scenario = shelf.find(here.scenario)
    if scenario is None:
        # The list says what was wrong, and a link from there is a step that 'back' can undo.
        st.switch_page(st.session_state[header.PAGES]["scenarios"], query_params=here.query())
    top = st.container(key="headline", gap="xxsmall")
    # The stage first, though it stands below: the browser fetches its code before that of everything else.
    stage(words("stage", here.lang))
    _play(scenario)
    with top:
        _head(scenario, here)


def _head(scenario: Scenario, here: Address) -> None:
    lang = here.lang
    header.switches(here)
    major, problems = _major(scenario, here)
    _, refused = conditions.checked(here.settings, scenario.server, major)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        header.link("scenarios", say("to_list", lang), here)
        st.caption(markup.plain(" · ".join(scenario.objectives)))
    st.title(markup.plain(scenario.title.of(lang)), anchor=False)
    header.problems(here, *problems, *refused)


@st.fragment
def _play(scenario: Scenario) -> None:
    """A fragment: a changed setting runs this alone, and everything around it stays as it is."""
    here = header.current()
    major, _ = _major(scenario, here)
    settings, _ = conditions.checked(here.settings, scenario.server, major)
    settings = conditions.changed(scenario, major, settings)
    key = tuple(sorted(settings.items()))
    refusal: InvalidValue | UnmodelledParameter | None = None
    try:
        text = runs.stage_text(scenario.id, major, key, here.lang)
    except (InvalidValue, UnmodelledParameter) as together:
        refusal, text = together, runs.stage_text(scenario.id, major, (), here.lang)
    ask = st.container()
    panes, drawer = st.columns([7, 3], gap="medium")
    # The run first: it is on its way to the browser while the drawer is still being made.
    with panes:
        feed(text)
    with drawer:
        if refusal is not None:
            # Each value is good, together they are not.
            st.warning(say("bad_together", here.lang, message=str(refusal), change=runs.change_words(key)))
        conditions.drawer(scenario, major, settings, here.lang)
    # Last: to look for servers takes a moment, and everything else is on its way to the browser by then.
    with ask:
        asking.strip(scenario, major, {} if refusal else settings, here)


def _major(scenario: Scenario, here: Address) -> tuple[int, list[Problem]]:
    """The version of the address where the scenario holds for it, else the scenario's own."""
    plan = scenario.server
    if here.version is None or here.version in plan.versions:
        return here.version or plan.version, []
    known = ", ".join(str(major) for major in sorted(plan.versions))
    facts = {"version": str(here.version), "known": known, "shown": str(plan.version)}
    return plan.version, [Problem("version_not_here", facts)]
