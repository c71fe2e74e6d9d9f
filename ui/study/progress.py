"""The page of progress: streak, accuracy, readiness with its uncertainty, the days that are left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import altair as alt
import streamlit as st

from progress import readiness
from progress.engine import default_url, shown
from progress.readiness import Estimate
from progress.records import Learner
from progress.schedule import RETENTION
from quizzes.question import Question
from quizzes.scope import EXAMS, scope
from simulator.versions import DEFAULT
from ui import header, markup
from ui.address import Address
from ui.language import tell
from ui.study import baggage, banks, learner, shelf
from ui.study.doors import begin
from ui.study.shelf import History

EXAM, DAY, KEEP = "progress_exam", "progress_day", "progress_retention"
RETENTIONS = (0.8, 0.85, 0.9, 0.95)


def show() -> None:
    """Draw the page."""
    here = begin("progress", "progress")
    if here is None:
        return
    lang = here.lang
    who = learner.known()
    learner.remember()
    known = learner.history()
    if not known.answers:
        st.info(tell("progress", "nothing", lang))
        header.link("practice", tell("progress", "to_practice", lang), here)
    else:
        _figures(known, here)
        _ready(who, known, here)
        _chart(known, lang)
        _objectives(known, here)
    if who is not None:
        _wishes(who, lang)
    baggage.show(who, here)
    st.caption(tell("progress", "kept_at", lang, place=markup.harmless(shown(default_url()))))


def _zone() -> tzinfo:
    """The days of a learner begin where the browser is."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (KeyError, ValueError, OSError):
        return UTC


def _today() -> date:
    return learner.now().astimezone(_zone()).date()


def _figures(known: History, here: Address) -> None:
    lang = here.lang
    now = learner.now()
    seen = len(known.latest)
    right = sum(known.latest.values())
    due = sum(card.due <= now for card in known.cards)
    days = readiness.streak((one.at for one in known.answers), _today(), _zone())
    figures = (
        ("streak", tell("progress", "days", lang, count=days)),
        ("seen", f"{seen} / {_whole(here)}"),
        ("latest_right", f"{right} / {seen}"),
        ("due", str(due)),
    )
    for column, (name, value) in zip(st.columns(4), figures, strict=True):
        column.metric(tell("progress", name, lang), value, border=True)
    if due:
        header.link("practice", tell("progress", "to_reviews", lang, count=due), here, which="due")


def _held(here: Address) -> list[Question]:
    major = here.version or DEFAULT
    return [one for one in banks.questions() if major in one.versions]


def _whole(here: Address) -> int:
    return len(_held(here))


def _ready(who: Learner | None, known: History, here: Address) -> None:
    """How a paper would go today, as far as the answers tell."""
    lang = here.lang
    exam = str((who.wishes if who else {}).get("exam", EXAMS[0]))
    exam = exam if exam in EXAMS else EXAMS[0]
    weights = {name: one.weight for name, one in scope().objectives.items() if one.exam == exam}
    found = readiness.readiness(known.answers, weights)
    facts: dict[str, object] = {
        "exam": tell("study", f"level_{exam}", lang),
        "share": f"{100 * found.share:.0f}",
        "low": f"{100 * found.low:.0f}",
        "high": f"{100 * found.high:.0f}",
        "mark": scope().exams[exam].pass_mark,
        "answers": found.answers,
    }
    st.markdown(tell("progress", "ready", lang, **facts))
    st.caption(tell("progress", "ready_means", lang))
    wished = _day(who)
    if wished is not None:
        learnt = {card.question for card in known.cards if card.in_a_row >= shelf.RIGHT_IN_A_ROW}
        left = sum(one.id not in learnt and one.objective in weights for one in _held(here))
        due = sum(card.due <= learner.now() for card in known.cards)
        quota = readiness.quota(left, due, _today(), wished)
        days = (wished - _today()).days
        key = "quota" if days > 0 else "quota_over"
        st.markdown(tell("progress", key, lang, days=days, day=wished.isoformat(), left=left, quota=quota))


def _day(who: Learner | None) -> date | None:
    text = str((who.wishes if who else {}).get("day") or "")
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _chart(known: History, lang: str) -> None:
    """Accuracy by objective, day by day."""
    days = readiness.daily(known.answers, _zone())
    if len({one.day for one in days}) < 2:
        st.caption(tell("progress", "chart_later", lang))
        return
    names = [tell("progress", key, lang) for key in ("chart_day", "chart_objective", "chart_share", "chart_asked")]
    day, objective, share, asked = names
    rows: list[dict[str, Any]] = [
        {day: one.day.isoformat(), objective: one.objective, share: one.right / one.asked, asked: one.asked}
        for one in days
    ]
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(point=True)
        .encode(
            x=alt.X(f"{day}:T", axis=alt.Axis(format="%m/%d")),
            y=alt.Y(f"{share}:Q", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            color=alt.Color(f"{objective}:N"),
            strokeDash=alt.StrokeDash(f"{objective}:N", legend=None),
            tooltip=[f"{day}:T", f"{objective}:N", alt.Tooltip(f"{share}:Q", format=".0%"), f"{asked}:Q"],
        )
        .properties(height=260)
    )
    st.altair_chart(chart)


def _objectives(known: History, here: Address) -> None:
    """The same as a table: what was seen, and how sure the accuracy is."""
    lang = here.lang
    held = Counter(one.objective for one in _held(here))
    seen = Counter(one.objective for one in _held(here) if one.id in known.latest)
    rows = []
    for name in banks.objectives():
        mine = [one for one in known.answers if one.objective == name]
        if not held[name]:
            continue
        found = readiness.accuracy(mine)
        rows.append((banks.titled(name, lang), f"{seen[name]} / {held[name]}", *_interval(found)))
    heads = [tell("progress", key, lang) for key in ("head_objective", "head_seen", "head_share", "head_interval")]
    st.html(markup.table(heads, rows, tell("progress", "by_objective", lang)))


def _interval(found: Estimate) -> Sequence[str]:
    if not found.answers:
        return ("–", "–")
    return (f"{100 * found.share:.0f} %", f"{100 * found.low:.0f}–{100 * found.high:.0f} %")


def _wishes(who: Learner, lang: str) -> None:
    """Which paper, when, and how well it shall be remembered."""

    def keep() -> None:
        day = st.session_state[DAY]
        wishes = {
            "exam": st.session_state[EXAM],
            "day": day.isoformat() if day else "",
            "retention": st.session_state[KEEP],
        }
        learner.store().wish(who.code, wishes)

    wished = who.wishes
    st.session_state[EXAM] = wished.get("exam") if wished.get("exam") in EXAMS else EXAMS[0]
    st.session_state[KEEP] = wished.get("retention") if wished.get("retention") in RETENTIONS else RETENTION
    st.session_state[DAY] = _day(who)
    with st.expander(tell("progress", "plan", lang), expanded=not wished.get("day")):
        exam, day, kept = st.columns(3)
        with exam:
            st.selectbox(
                tell("paper", "exam", lang),
                EXAMS,
                key=EXAM,
                on_change=keep,
                format_func=lambda one: tell("study", f"level_{one}", lang),
            )
        with day:
            st.date_input(tell("progress", "exam_day", lang), key=DAY, on_change=keep, format="YYYY-MM-DD")
        with kept:
            st.selectbox(
                tell("progress", "retention", lang),
                RETENTIONS,
                key=KEEP,
                on_change=keep,
                format_func=lambda one: f"{100 * one:.0f} %",
                help=tell("progress", "retention_help", lang),
            )
