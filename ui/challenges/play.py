"""The page of one challenge: its head, the terminal with its task, and the way to the next."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from levels.challenge import Challenge
from levels.words import chapter
from ui import header, markup, terminal
from ui.address import Address
from ui.challenges import memory, shelf
from ui.language import tell, words
from ui.terminal import answering, sharing
from ui.terminal import desk as desks
from ui.terminal.desk import Desk

DESKS = "challenge_desks"
MOST = 12
"""Sittings of one visitor that are kept; older ones are in the addresses that the browser remembers."""


def show() -> None:
    """Draw the page: the challenge of the address, or the path."""
    here = header.current()
    challenge = shelf.find(here.level)
    if challenge is None:
        # The path says what was wrong.
        st.switch_page(st.session_state[header.PAGES]["challenges"], query_params=here.query())
    lang = here.lang
    major = here.version if here.version in challenge.versions else challenge.version
    header.switches(replace(here, version=major), sorted(challenge.versions))
    _head(challenge, here, major)
    try:
        _desk(challenge, major, here)
    except Exception as mistake:  # noqa: BLE001  (no learner needs a stack trace)
        st.error(tell("terminal", "start_fault", lang, kind=type(mistake).__name__))
        return
    task = {key: text for key, text in words("challenges", lang).items() if key.startswith("task_")}
    terminal.screen(words("stage", lang) | words("terminal", lang) | task, challenge.id)
    _play(challenge.id)


def _head(challenge: Challenge, here: Address, major: int) -> None:
    lang = here.lang
    with st.container(key="headline", gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            header.link("challenges", tell("challenges", "to_path", lang), here)
            st.caption(markup.plain(chapter(challenge.chapter, lang)))
        st.title(markup.plain(f"{challenge.number}. {challenge.title.in_(lang)}"), anchor=False)
    header.problems(here)
    if here.version is not None and here.version not in challenge.versions:
        known = ", ".join(map(str, sorted(challenge.versions)))
        facts = {"version": here.version, "known": known, "shown": major}
        st.warning(tell("challenges", "version_not_here", lang, **facts))


def _desk(challenge: Challenge, major: int, here: Address) -> Desk:
    """The desk of this visitor at a challenge: a new link or another version makes another one of it."""
    kept_desks: dict[str, Desk] = st.session_state.setdefault(DESKS, {})
    kept = kept_desks.pop(challenge.id, None)
    code = here.typed
    following = shelf.following(challenge)
    try:
        if kept is None or (code and not kept.knows(code)):
            with st.spinner(tell("terminal", "replaying", here.lang), show_time=False):
                kept = desks.tried(challenge, major, code, following)
            kept.called(code)
        elif kept.sitting.start.on(major) != kept.sitting.start:
            kept = desks.tried(challenge, major, kept.code, following)
    except sharing.Unreadable as no:
        st.warning(tell("terminal", no.key, here.lang, **no.facts))
        kept = kept or desks.tried(challenge, major, "", following)
        kept.called(code)
    kept_desks[challenge.id] = kept
    for old in list(kept_desks)[:-MOST]:
        del kept_desks[old]
    return kept


@st.fragment
def _play(level: str) -> None:
    """A fragment: a command runs this alone."""
    desk: Desk = st.session_state[DESKS][level]
    here = header.current()
    terminal.feed(lambda: answering.answer(desk, here.lang), lambda message: desks.obey(desk, message))
    record = desk.record()
    if record is not None:
        memory.remember(level, record)
    wish, desk.wish = desk.wish, ""
    if shelf.find(wish) is not None:
        header.go(replace(here, level=wish, typed=""))
        st.rerun()
    elif wish:
        st.switch_page(
            st.session_state[header.PAGES]["challenges"], query_params=replace(here, level="", typed="").query()
        )
