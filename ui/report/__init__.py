"""The report of all scenarios × versions as `waldojo lab check` wrote it, and its table as a component."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from lab.timing import Times, times
from simulator.scenario import Scenario
from ui import language
from ui.language import tell, words

HERE = Path(__file__).parent
COMPONENT = "waldojo_matrix"
GOOD, PART, BAD, OFF, BROKEN = "✓", "✓*", "≠", "–", "✕"
FAILED = "failed"
"""The reason of a run that broke (lab/check.py)."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one scenario on one major."""

    scenario: str
    major: int
    release: str
    origin: str = ""
    equal: int = 0
    different: int = 0
    unknown: int = 0
    seconds: float = 0.0
    prediction_ms: float = 0.0
    reason: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def compared(self) -> int:
        """Fields that both sides knew."""
        return self.equal + self.different


@dataclass(frozen=True, slots=True)
class Report:
    """All of them, and when they were made."""

    date: str
    rows: tuple[Row, ...]

    def of(self, scenario: str, major: int) -> Row | None:
        """One row; None for what was not tried."""
        return next((row for row in self.rows if (row.scenario, row.major) == (scenario, major)), None)

    @property
    def performed(self) -> tuple[Row, ...]:
        """Rows in which something was compared."""
        return tuple(row for row in self.rows if row.compared)

    @property
    def releases(self) -> dict[int, str]:
        """Major → the release that it was tried on."""
        return {row.major: row.release for row in sorted(self.rows, key=lambda row: row.major)}

    @property
    def times(self) -> Times | None:
        """Real runs beside their predictions."""
        return times((row.seconds, row.prediction_ms / 1000) for row in self.performed)


@cache
def report() -> Report | None:
    """None where nothing was checked yet."""
    place = files("lab").joinpath("data", "report.json")
    return read(json.loads(place.read_text(encoding="utf-8"))) if place.is_file() else None


def read(told: Mapping[str, Any]) -> Report:
    """From the form of lab/check.py; what this page does not know is left out."""
    known = Row.__dataclass_fields__
    rows = (Row(**{name: value for name, value in row.items() if name in known}) for row in told["rows"])
    return Report(str(told["date"]), tuple(rows))


def totals(found: Report, lang: str) -> str:
    """How many runs and fields are as predicted, and how long both took, as Markdown."""
    performed, times_ = found.performed, found.times
    facts = {
        "performed": len(performed),
        "agree": sum(not row.different for row in performed),
        "compared": f"{sum(row.compared for row in performed):,}",
        "equal": f"{sum(row.equal for row in performed):,}",
    }
    told = tell("reality", "totals", lang, **facts, date=found.date)
    if times_ is None:
        return told
    taken = {"seconds": f"{times_.seconds:.1f}", "ms": f"{times_.prediction_ms:.2g}", "times": f"{times_.ratio:,.0f}"}
    return tell("reality", "totals_and_times", lang, totals=told, times=tell("reality", "totals_times", lang, **taken))


def reason(row: Row, lang: str) -> str:
    """Why some or all of it was not performed; '' when all was."""
    return language.reason(row.reason, lang, row.facts) if row.reason else ""


def cell(row: Row, lang: str) -> dict[str, str]:
    """Glyph, count and the sentence of one cell."""
    said = words("reality", lang)
    facts = {"major": row.major, "equal": row.equal, "compared": row.compared}
    if row.reason == FAILED:
        return {"g": BROKEN, "n": "", "st": "bad", "t": said["cell_broken"].format(**facts)}
    if not row.compared:
        return {"g": OFF, "n": "", "st": "off", "t": said["cell_off"].format(**facts)}
    if row.different:
        return {"g": BAD, "n": f"{row.equal}/{row.compared}", "st": "bad", "t": said["cell_bad"].format(**facts)}
    key, glyph = ("cell_part", PART) if row.reason else ("cell_good", GOOD)
    return {"g": glyph, "n": f"{row.equal}/{row.compared}", "st": "good", "t": said[key].format(**facts)}


def matrix_text(found: Report, groups: Mapping[str, Iterable[Scenario]], query: Mapping[str, str], lang: str) -> str:
    """The table as the component reads it; `query` is kept in every link."""
    said = words("reality", lang)
    majors = list(found.releases)
    by_key = {(row.scenario, row.major): row for row in found.rows}

    def told(scenario: Scenario, major: int) -> dict[str, str] | None:
        row = by_key.get((scenario.id, major))
        if row is None:
            return None
        href = "?" + urlencode({**query, "scenario": scenario.id, "v": str(major)})
        return {**cell(row, lang), "href": href, "key": f"{scenario.id} {major}"}

    shown = [
        {
            "t": title,
            "rows": [{"t": each.title.of(lang), "cells": [told(each, major) for major in majors]} for each in members],
        }
        for title, members in groups.items()
    ]
    heads = [said["col_scenario"], *found.releases.values()]
    return json.dumps(
        {"caption": said["matrix"].format(date=found.date), "heads": heads, "groups": shown, "none": said["cell_none"]},
        ensure_ascii=False,
    )


@cache
def _part(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def matrix(text: str, on_open: Callable[[str, int], None]) -> None:
    """Draw it; a click on a cell calls `on_open` with scenario and major."""
    component = st.components.v2.component(
        COMPONENT, js=_part("matrix.js"), css=_part("matrix.css"), html='<div class="matrix"></div>'
    )

    def opened() -> None:
        key = str(st.session_state[COMPONENT].open or "")
        scenario, _, major = key.partition(" ")
        if major.isdecimal():
            on_open(scenario, int(major))

    component(key=COMPONENT, data={"s": text}, on_open_change=opened)
