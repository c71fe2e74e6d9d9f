"""A question as a component: its code goes to the browser once, each question and each explanation alone after that."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from ui import stage

HERE = Path(__file__).parent
SHEET = "waldojo_sheet"


@cache
def bundle() -> str:
    """The modules as one, with the stage's way to make elements from text."""
    return stage.joined([stage.HERE / "dom.js", *(HERE / f"{name}.js" for name in ("kinds", "paper", "sheet"))])


@cache
def _style() -> str:
    shared = (stage.HERE / "stage.css").read_text(encoding="utf-8")
    return shared + (HERE / "sheet.css").read_text(encoding="utf-8")


def sheet(told: Mapping[str, Any], labels: Mapping[str, str], on_said: Callable[[str], None]) -> None:
    """Show a question (see ui/study/told.py); what the learner does comes to `on_said`, before the page runs again."""
    component = st.components.v2.component(SHEET, js=bundle(), css=_style(), html='<div class="place"></div>')

    def said() -> None:
        on_said(str(st.session_state[SHEET].said or ""))

    data = {"s": json.dumps(told, ensure_ascii=False), "l": json.dumps(dict(labels), ensure_ascii=False)}
    component(key=SHEET, data=data, on_said_change=said)
