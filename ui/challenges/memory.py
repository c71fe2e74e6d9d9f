"""The browser's memory of what was reached, and this visit's own: together they are what the pages show."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from ui.challenges import progress
from ui.challenges.progress import Kept, Record

PROGRESS, HEARD = "challenge_progress", "challenge_progress_heard"
COMPONENT = "waldojo_memory"
MUTE = "-"
"""Before what the browser kept: it cannot keep more."""


@cache
def _code() -> str:
    return Path(__file__).with_name("memory.js").read_text(encoding="utf-8")


def reached() -> dict[str, Kept]:
    """All that is known of this visitor."""
    kept: dict[str, Kept] = st.session_state.setdefault(PROGRESS, {})
    return kept


def remember(level: str, record: Record) -> None:
    """One more attempt."""
    st.session_state[PROGRESS] = progress.with_record(reached(), level, record)


def keeps() -> bool:
    """Whether the browser can keep what is reached, as far as it has told."""
    return not str(st.session_state.get(HEARD, "")).startswith(MUTE)


def ask_browser() -> None:
    """Hear what the browser kept from other visits; it answers only with what is new."""
    component = st.components.v2.component(COMPONENT, js=_code(), css=":host{display:none}", html="<div></div>")

    def heard() -> None:
        text = str(st.session_state[COMPONENT].kept or "")
        st.session_state[HEARD] = text
        st.session_state[PROGRESS] = progress.merged(reached(), progress.read(text.removeprefix(MUTE)))

    component(key=COMPONENT, data={"s": st.session_state.get(HEARD, "{}")}, on_kept_change=heard)
