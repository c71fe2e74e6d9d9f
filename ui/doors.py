"""The doors of the app: every page with its title and its place in the address."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from ui.language import say, tell
from ui.pages import (
    challenge,
    challenges,
    errors,
    history,
    home,
    lesson,
    lessons,
    own_server,
    paper,
    practice,
    progress,
    questions,
    reality,
    scenarios,
    terminal,
    theatre,
    trust,
)


def pages(lang: str) -> dict[str, StreamlitPage]:
    """The pages by name, in the order of the menu."""

    def page(show: Callable[[], None], title: str, place: str, *, shown: bool = True) -> StreamlitPage:
        return st.Page(show, title=title, url_path=place, visibility="visible" if shown else "hidden")

    return {
        "home": st.Page(home.show, title=say("nav_home", lang), url_path="home", default=True),
        "lessons": page(lessons.show, tell("lessons", "nav", lang), "lessons"),
        "lesson": page(lesson.show, tell("lessons", "nav", lang), "lesson", shown=False),
        "scenarios": page(scenarios.show, say("nav_scenarios", lang), "scenarios"),
        "challenges": page(challenges.show, tell("challenges", "nav", lang), "challenges"),
        "challenge": page(challenge.show, tell("challenges", "nav", lang), "challenge", shown=False),
        "terminal": page(terminal.show, tell("terminal", "nav", lang), "terminal"),
        "practice": page(practice.show, tell("study", "nav_practice", lang), "practice"),
        "paper": page(paper.show, tell("paper", "nav", lang), "paper", shown=False),
        "questions": page(questions.show, tell("seek", "nav", lang), "questions", shown=False),
        "history": page(history.show, tell("past", "nav", lang), "history", shown=False),
        "progress": page(progress.show, tell("progress", "nav", lang), "progress", shown=False),
        "errors": page(errors.show, tell("errors", "nav", lang), "errors"),
        "theatre": page(theatre.show, say("nav_theatre", lang), "theatre", shown=False),
        "reality": page(reality.show, say("nav_reality", lang), "reality"),
        "own_server": page(own_server.show, tell("own_server", "nav", lang), "own-server", shown=False),
        "trust": page(trust.show, say("nav_trust", lang), "trust"),
    }
