"""Files that a visitor opens: a scenario or a recording. What is wrong in one is told by line and field."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from simulator.faults import ScenarioError
from ui import header, opened, realities
from ui.address import Address
from ui.language import say, tell
from ui.realities import NoRecording

SCENARIO, RECORDING = "scenario_file", "recording_file"
NEXT = "file_just_opened"


def scenario(here: Address) -> None:
    """Choose a scenario file; a good one opens in the Theatre."""
    lang = here.lang
    st.markdown(say("file_lead", lang))
    st.file_uploader(
        say("file_label", lang, limit=opened.MAX_MEGABYTES),
        type=["yaml", "yml"],
        key=SCENARIO,
        max_upload_size=opened.MAX_MEGABYTES,
        on_change=_read_scenario,
    )
    if to := st.session_state.pop(NEXT, None):
        query = replace(here, scenario=to, version=None, settings={}).query()
        st.switch_page(st.session_state[header.PAGES]["theatre"], query_params=query)
    given = st.session_state.get(SCENARIO)
    if given is not None:
        _faults(given.getvalue(), given.name, lang)


def _read_scenario() -> None:
    """Keep a good file; what is wrong with a bad one is told when the page is drawn."""
    given = st.session_state.get(SCENARIO)
    if given is None:
        return
    try:
        st.session_state[NEXT] = opened.open_file(given.getvalue(), given.name).id
    except (ScenarioError, opened.TooLong):
        st.session_state.pop(NEXT, None)


def _faults(raw: bytes, name: str, lang: str) -> None:
    try:
        opened.open_file(raw, name)
    except ScenarioError as error:
        st.error(say("file_faults", lang, count=len(error.faults)))
        st.code(opened.faults(error, lang), language=None, wrap_lines=True)
    except opened.TooLong:
        st.error(say("file_too_long", lang, limit=opened.MOST_STEPS))


def recording(here: Address) -> None:
    """Choose a recording; a good one stands beside its prediction at once."""
    lang = here.lang
    st.markdown(tell("reality", "open_lead", lang))
    st.file_uploader(
        tell("reality", "open_label", lang),
        type=["json", "gz"],
        key=RECORDING,
        max_upload_size=realities.MAX_BYTES >> 20,
        on_change=_read_recording,
    )
    given = st.session_state.get(RECORDING)
    if given is not None and (fault := _fault(given.getvalue(), given.name, lang)):
        st.error(fault)


def _read_recording() -> None:
    given = st.session_state.get(RECORDING)
    if given is None:
        return
    try:
        held = realities.keep(realities.read(given.getvalue()), "opened")
    except NoRecording:
        return
    told = held.reality.recording
    header.go(replace(header.current(), scenario=told.scenario.id, version=told.major, run=held.id, settings={}))


def _fault(raw: bytes, name: str, lang: str) -> str:
    try:
        realities.read(raw)
    except NoRecording as no:
        return realities.why_not(no, name, lang)
    return ""
