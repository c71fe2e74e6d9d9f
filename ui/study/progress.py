"""The page of progress: today, streak, accuracy, readiness with its uncertainty, the days that are left."""

from __future__ import annotations

from collections import Counter
from html import escape

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
from ui.study import baggage, banks, charts, learner, today
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
        held = today.held(here.version or DEFAULT)
        _figures(who, known, held, here)
        _ready(who, known, lang)
        _plan(who, known, held, lang)
        st.header(tell("progress", "over_time", lang), anchor=False)
        mark = scope().exams[today.examination(who)].pass_mark
        charts.show(known.answers, learner.zone(), mark, lang)
        _objectives(known, held, here)
    if who is not None:
        _wishes(who, lang)
    baggage.show(who, here)
    st.caption(tell("progress", "kept_at", lang, place=markup.harmless(shown(default_url()))))


def _figures(who: Learner | None, known: History, held: list[Question], here: Address) -> None:
    """What one wants to know first, in a few numbers; and the one thing to do now."""
    lang, now = here.lang, learner.now()
    mine = {one.id for one in held}
    seen = len(known.latest)
    due = sum(card.due <= now for card in known.cards)
    days = readiness.streak((one.at for one in known.answers), learner.today(), learner.zone())
    count = today.done(known.answers, learner.today(), learner.zone())
    wanted = today.quota(who, known, held)
    of = f"{count} / {wanted.answers}" if wanted is not None and wanted.days > 0 else str(count)
    figures = (
        ("today", of),
        ("streak", tell("progress", "days", lang, count=days)),
        ("seen", f"{len(mine & known.latest.keys())} / {len(mine)}"),
        ("latest_right", f"{sum(known.latest.values())} / {seen}"),
        ("learnt", f"{len(known.learnt)} / {seen}"),
        ("due", str(due)),
    )
    tiles = "".join(
        f"<div><dt>{escape(tell('progress', name, lang))}</dt><dd>{escape(value)}</dd></div>" for name, value in figures
    )
    st.html(f'<dl class="wd-tiles">{tiles}</dl>')
    if due:
        header.link("practice", tell("progress", "to_reviews", lang, count=due), here, which="due")
    if len(known.learnt) < seen:
        header.link("practice", tell("progress", "to_once", lang, count=seen - len(known.learnt)), here, which="once")


def _ready(who: Learner | None, known: History, lang: str) -> None:
    """How a paper would go today, as far as the answers tell."""
    exam = today.examination(who)
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


def _plan(who: Learner | None, known: History, held: list[Question], lang: str) -> None:
    """The days to the paper and what they ask of each."""
    wanted = today.quota(who, known, held)
    if wanted is None:
        st.caption(tell("progress", "quota_how", lang))
        return
    facts: dict[str, object] = {
        "days": wanted.days,
        "day": wanted.day.isoformat(),
        "left": wanted.left,
        "quota": wanted.answers,
    }
    st.markdown(tell("progress", "quota" if wanted.days > 0 else "quota_over", lang, **facts))


def _objectives(known: History, held: list[Question], here: Address) -> None:
    """Each objective: the way to practise it, how much of it was seen, and how sure the accuracy is."""
    lang = here.lang
    st.header(tell("progress", "by_objective", lang), anchor=False)
    st.caption(tell("progress", "by_objective_lead", lang))
    whole = Counter(one.objective for one in held)
    seen = Counter(one.objective for one in held if one.id in known.latest)
    for name in banks.objectives():
        if not whole[name]:
            continue
        found = readiness.accuracy(one for one in known.answers if one.objective == name)
        which = "unseen" if seen[name] < whole[name] else "all"
        with st.container(key=f"goal-{name}", horizontal=True, vertical_alignment="center"):
            header.link("practice", markup.plain(banks.titled(name, lang)), here, objective=name, which=which)
            st.html(_figure(seen[name], whole[name], found, lang))


def _figure(seen: int, whole: int, found: Estimate, lang: str) -> str:
    """A bar of what was seen, and the accuracy in words."""
    said = tell("progress", "goal_seen", lang, seen=seen, whole=whole)
    share = tell("progress", "goal_none", lang)
    if found.answers:
        facts = {
            "share": f"{100 * found.share:.0f}",
            "low": f"{100 * found.low:.0f}",
            "high": f"{100 * found.high:.0f}",
        }
        share = tell("progress", "goal_share", lang, **facts)
    return (
        f'<div class="wd-goal"><progress max="{whole}" value="{seen}" aria-label="{escape(said)}"></progress>'
        f"<span>{escape(said)}</span><span>{escape(share)}</span></div>"
    )


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
    st.session_state[EXAM] = today.examination(who)
    st.session_state[KEEP] = wished.get("retention") if wished.get("retention") in RETENTIONS else RETENTION
    st.session_state[DAY] = today.exam_day(who)
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
