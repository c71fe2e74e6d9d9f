"""The stage of the Theatre as a component: its code goes to the browser once, each run alone after that."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
# In the order in which they need each other.
MODULES = (
    *("dom", "states", "run", "flags", "brackets", "ruler", "table", "panes", "fields", "transport", "address"),
    "stage",
)


@cache
def bundle() -> str:
    """The modules as one: what they import from each other is in the same scope then."""
    return joined([HERE / f"{name}.js" for name in MODULES])


def joined(modules: Iterable[Path]) -> str:
    """Modules as one text, in the order in which they need each other."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in modules)
    text = re.sub(r"^import .*?;\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^export (?!default)", "", text, flags=re.MULTILINE)
    # Comments are for those who read the source.
    return re.sub(r"^\s*//.*\n", "", text, flags=re.MULTILINE)


@cache
def _style() -> str:
    return (HERE / "stage.css").read_text(encoding="utf-8")


@cache
def _feed_code() -> str:
    return (HERE / "feed.js").read_text(encoding="utf-8")


def stage(labels: Mapping[str, str]) -> None:
    """Ruler, time and outcome. Shows nothing until a run is fed."""
    component = st.components.v2.component("waldojo_stage", js=bundle(), css=_style(), html="<div></div>")
    component(key="stage", data={"s": json.dumps(dict(labels), ensure_ascii=False, sort_keys=True)})


def feed(run: str) -> None:
    """Give the stage a run (see ui/payload.py); terminal, explanation and files appear where this is called."""
    component = st.components.v2.component(
        "waldojo_feed", js=_feed_code(), css=":host{display:block}", html="<div></div>"
    )
    component(key="feed", data={"s": run})
