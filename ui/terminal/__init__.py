"""The terminal as a component: its code goes to the browser once, each answer alone after that."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import streamlit as st

from ui import stage

HERE = Path(__file__).parent
FEED = "waldojo_terminal_feed"
# In the order in which they need each other.
SHARED = ("dom", "states", "run", "flags", "brackets", "ruler", "table", "address")
OWN = ("screen", "aside", "task", "terminal")


@cache
def bundle() -> str:
    """The modules as one, with those of the Theatre's stage that draw WAL."""
    return stage.joined([*(stage.HERE / f"{name}.js" for name in SHARED), *(HERE / f"{name}.js" for name in OWN)])


@cache
def _style() -> str:
    shared = (stage.HERE / "stage.css").read_text(encoding="utf-8")
    return shared + "".join((HERE / f"{name}.css").read_text(encoding="utf-8") for name in ("terminal", "task"))


@cache
def _feed_code() -> str:
    return (HERE / "feed.js").read_text(encoding="utf-8")


def screen(labels: Mapping[str, str], place: str = "") -> None:
    """Terminal, WAL and folders, of the sandbox or of a challenge.  Shows nothing until an answer for it is fed."""
    component = st.components.v2.component("waldojo_terminal", js=bundle(), css=_style(), html="<div></div>")
    component(key="terminal", data={"s": json.dumps(dict(labels), ensure_ascii=False, sort_keys=True), "p": place})


def feed(answer: Callable[[], str], on_typed: Callable[[str], None]) -> None:
    """Give the terminal an answer; what is typed there goes to `on_typed`, before the answer is made."""
    component = st.components.v2.component(FEED, js=_feed_code(), css=":host{display:block}", html="<div></div>")

    def typed() -> None:
        on_typed(str(st.session_state[FEED].typed or ""))

    component(key=FEED, data={"s": answer()}, on_typed_change=typed)
