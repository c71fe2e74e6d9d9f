"""Accuracy over time: one line for everything or for an objective, or all objectives side by side; and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, tzinfo
from typing import Any

import altair as alt
import streamlit as st

from progress.readiness import WINDOW, Day, by_day
from progress.records import Answered
from ui import header, markup
from ui.language import tell
from ui.study import banks

WHAT = "progress_chart"
MOST_DAYS = 60
"""Days in the table; the chart has all of them."""
INK = {
    "light": {"line": "#0072B2", "day": "#566273", "bar": "#8FA3B8", "mark": "#B03500"},
    "dark": {"line": "#56B4E9", "day": "#A3AFBD", "bar": "#4F6378", "mark": "#FF8A5C"},
}
LEFT_PX = 44
"""Room for the labels of the upright axis, so that the two charts stand under each other."""
PADDING = {"left": 0, "right": 8, "top": 6, "bottom": 2}


@st.fragment
def show(answers: Sequence[Answered], zone: tzinfo, pass_mark: int, lang: str) -> None:
    """The picture, what it shows, and the same as a table."""
    everything = by_day(answers, zone)
    if len(everything) < 2:
        st.caption(tell("progress", "chart_later", lang))
        return
    there = {one.objective for one in answers}

    def named(one: str) -> str:
        return banks.titled(one, lang) if one in there else tell("progress", f"chart_{one or 'all'}", lang)

    what = st.selectbox(
        tell("progress", "chart", lang),
        ["", "each", *(one for one in banks.objectives() if one in there)],
        key=WHAT,
        format_func=named,
        width=420,
    )
    span = (everything[0].day, everything[-1].day)
    if what == "each":
        _each(answers, zone, span, lang)
        return
    days = everything if not what else by_day([one for one in answers if one.objective == what], zone)
    title = banks.titled(what, lang) if what else tell("progress", "chart_all", lang)
    st.altair_chart(_accuracy(days, span, pass_mark, title, lang))
    st.altair_chart(_volume(days, span, title, lang))
    st.caption(tell("progress", "chart_means", lang, window=WINDOW, mark=pass_mark))
    with st.expander(tell("progress", "as_table", lang)):
        _table(days, title, lang)


def _moment(day: date) -> str:
    """Without a zone a browser reads it as its own midnight, so that no day moves."""
    return f"{day.isoformat()}T00:00:00"


def _across(span: tuple[date, date], lang: str, *, labels: bool = True) -> alt.X:
    axis = alt.Axis(
        format=tell("progress", "day_form", lang),
        tickCount=5,
        labelOverlap=True,
        labels=labels,
        ticks=labels,
        title=None,
        grid=False,
    )
    return alt.X("day:T", axis=axis, scale=alt.Scale(domain=[_moment(one) for one in span], padding=10, nice=False))


def _rows(days: Sequence[Day], lang: str) -> list[dict[str, Any]]:
    words = {key: tell("progress", f"chart_{key}", lang) for key in ("day", "share", "asked", "recent")}
    return [
        {
            "day": _moment(one.day),
            "recent": one.share,
            "share": one.right / one.asked,
            "asked": one.asked,
            words["day"]: one.day.isoformat(),
            words["asked"]: f"{one.asked}",
            words["share"]: f"{100 * one.right / one.asked:.0f} %",
            words["recent"]: f"{100 * one.share:.0f} %",
        }
        for one in days
    ]


def _tooltip(lang: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{tell('progress', f'chart_{key}', lang)}:N") for key in ("day", "asked", "share", "recent")]


def _accuracy(days: Sequence[Day], span: tuple[date, date], pass_mark: int, title: str, lang: str) -> Any:
    ink = INK[header.theme()]
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title=None, minExtent=LEFT_PX, maxExtent=LEFT_PX)
    up = alt.Scale(domain=[0, 1])
    base = alt.Chart(alt.InlineData(values=_rows(days, lang))).encode(x=_across(span, lang))
    line = base.mark_line(strokeWidth=2.5, color=ink["line"]).encode(y=alt.Y("recent:Q", axis=axis, scale=up))
    dots = base.mark_circle(color=ink["day"], size=36, opacity=1).encode(
        y=alt.Y("share:Q", axis=axis, scale=up), tooltip=_tooltip(lang)
    )
    mark = (
        alt.Chart(alt.InlineData(values=[{"mark": pass_mark / 100}]))
        .mark_rule(color=ink["mark"], strokeDash=[5, 4])
        .encode(y=alt.Y("mark:Q", axis=axis, scale=up))
    )
    name = tell("progress", "chart_name", lang, title=title, share=f"{100 * days[-1].share:.0f}")
    return alt.layer(mark, line, dots).properties(height=210, padding=PADDING, description=name)


def _volume(days: Sequence[Day], span: tuple[date, date], title: str, lang: str) -> Any:
    count = (span[1] - span[0]).days + 1
    axis = alt.Axis(tickCount=2, format="d", title=None, minExtent=LEFT_PX, maxExtent=LEFT_PX)
    return (
        alt.Chart(alt.InlineData(values=_rows(days, lang)))
        .mark_bar(color=INK[header.theme()]["bar"], size=max(2, min(16, 180 // count)))
        .encode(x=_across(span, lang, labels=False), y=alt.Y("asked:Q", axis=axis), tooltip=_tooltip(lang))
        .properties(height=70, padding=PADDING, description=tell("progress", "volume_name", lang, title=title))
    )


def _each(answers: Sequence[Answered], zone: tzinfo, span: tuple[date, date], lang: str) -> None:
    """Small pictures of one scale, beside each other as far as there is room."""
    there = {one.objective for one in answers}
    heads = [tell("progress", key, lang) for key in ("head_objective", "chart_asked", "chart_recent")]
    rows = []
    with st.container(horizontal=True, key="study-multiples"):
        for name in banks.objectives():
            if name in there:
                days = by_day([one for one in answers if one.objective == name], zone)
                share = f"{100 * days[-1].share:.0f} %"
                rows.append((banks.titled(name, lang), str(sum(one.asked for one in days)), share))
                st.altair_chart(_small(name, days, span, lang), width=165)
    st.caption(tell("progress", "each_means", lang, window=WINDOW))
    with st.expander(tell("progress", "as_table", lang)):
        st.html(markup.table(heads, rows, tell("progress", "chart_each", lang)))


def _small(name: str, days: Sequence[Day], span: tuple[date, date], lang: str) -> Any:
    title = f"{name}  {100 * days[-1].share:.0f} %"
    up = alt.Axis(values=[0, 0.5, 1], labels=False, ticks=False, title=None)
    return (
        alt.Chart(alt.InlineData(values=_rows(days, lang)), title=title)
        .mark_line(color=INK[header.theme()]["line"], strokeWidth=2, point={"size": 14})
        .encode(
            x=_across(span, lang, labels=False),
            y=alt.Y("recent:Q", axis=up, scale=alt.Scale(domain=[0, 1])),
            tooltip=_tooltip(lang),
        )
        .properties(height=124, description=f"{banks.titled(name, lang)} {100 * days[-1].share:.0f} %")
    )


def _table(days: Sequence[Day], title: str, lang: str) -> None:
    heads = [tell("progress", f"chart_{key}", lang) for key in ("day", "asked", "share", "recent")]
    rows = [
        (one.day.isoformat(), str(one.asked), f"{100 * one.right / one.asked:.0f} %", f"{100 * one.share:.0f} %")
        for one in reversed(days[-MOST_DAYS:])
    ]
    st.html(markup.table(heads, rows, title))
