"""Your own server: paste what it prints, or connect read-only; then the report.  Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from inspection.facts import ServerFacts
from inspection.paste_fault import PasteFault
from inspection.pasted import read
from inspection.rates import COPY_RATE, Assumptions, amount
from inspection.report import Report
from inspection.report import report as report_on
from inspection.session import NoSession, look, wish_of
from inspection.statements import asked_of, psql_script
from inspection.texts import text as told
from simulator import versions
from simulator.versions import UnknownVersion
from ui import header, markup, own_report
from ui.address import Address
from ui.language import tell

STATE = "own_server"
WAYS = ("paste", "connect")
ASSUMED = ("disk", "rate", "copy_rate")
PLACEHOLDERS = {"disk": "100GB", "rate": "2MB/s", "copy_rate": "100MB/s"}
UNREAD_SHOWN = 12
WATCH_SECONDS = 10.0


@dataclass(slots=True)
class Answer:
    """What came of the last press of the button; lives as long as the visit."""

    report: Report | None = None
    unread: tuple[str, ...] = ()
    fault: str = ""


def show() -> None:
    """Draw the page: the question, or the report."""
    here = header.current()
    answer: Answer = st.session_state.setdefault(STATE, Answer())
    if answer.report is None:
        header.switches(here)
        st.title(tell("own_server", "title", here.lang), anchor=False)
        header.problems(here)
        st.markdown(tell("own_server", "lead", here.lang))
        _question(here, answer)
        return
    # The version of the report, whatever the address says: it is that server's.
    here = replace(here, version=answer.report.facts.major)
    header.switches(here)
    st.title(markup.plain(own_report.headline(answer.report, here.lang)), anchor=False)
    header.problems(here)
    with st.container(key="own-report"):
        own_report.show(answer.report, answer.unread, here)
    st.button(tell("own_server", "again", here.lang), on_click=_forget)


def _forget() -> None:
    st.session_state[STATE] = Answer()


def _question(here: Address, answer: Answer) -> None:
    lang = here.lang
    may_connect = _may_connect()
    way = st.segmented_control(
        tell("own_server", "way", lang),
        WAYS if may_connect else WAYS[:1],
        default="paste",
        required=True,
        format_func=lambda each: tell("own_server", each, lang),
        key="own_way",
    )
    if not may_connect:
        st.caption(tell("own_server", "no_connect", lang))
    if way == "connect":
        _connecting(here)
    else:
        _pasting(here)
    with st.expander(tell("own_server", "assume", lang)):
        for column, name in zip(st.columns(len(ASSUMED)), ASSUMED, strict=True):
            label = tell("own_server", name, lang)
            column.text_input(label, key=f"own_{name}", placeholder=PLACEHOLDERS[name])
    if answer.fault:
        st.error(markup.plain(answer.fault))
    st.button(
        tell("own_server", "go", lang), type="primary", on_click=_from_server if way == "connect" else _from_paste
    )


def _may_connect() -> bool:
    """Where others reach this app it must not connect anywhere: it would be a scanner for whoever comes by."""
    from lab.permission import Allowed, allowed

    return isinstance(allowed(st.get_option("server.address"), lacking=lambda: None), Allowed)


def _pasting(here: Address) -> None:
    st.text_area(
        tell("own_server", "paste_label", here.lang),
        key="own_paste",
        height=220,
        placeholder=tell("own_server", "paste_hint", here.lang),
    )
    major = here.version or versions.DEFAULT
    facts = {"count": len(asked_of(major)), "version": major}
    with st.expander(tell("own_server", "script", here.lang, **facts)):
        st.markdown(tell("own_server", "script_how", here.lang))
        st.code(psql_script(major), language=None, wrap_lines=True)


def _connecting(here: Address) -> None:
    lang = here.lang
    st.text_input(
        tell("own_server", "dsn", lang),
        key="own_dsn",
        type="password",
        placeholder=tell("own_server", "dsn_hint", lang),
        help=tell("own_server", "dsn_help", lang),
    )
    st.checkbox(tell("own_server", "watch", lang), key="own_watch")
    major = here.version or versions.DEFAULT
    statements = asked_of(major)
    # Open: they are to be seen before they run.
    with st.expander(tell("own_server", "statements", lang, count=len(statements), version=major), expanded=True):
        st.markdown(tell("own_server", "statements_how", lang))
        lines = [f"-- {statement.purpose(lang)}\n{sql};" for statement, sql in statements]
        st.code("\n\n".join(lines), language=None, wrap_lines=True)


# What the button does


def _from_paste() -> None:
    here = header.current()
    given = st.session_state.get("own_paste") or ""
    if not given.strip():
        _fail(tell("own_server", "nothing_given", here.lang))
        return
    try:
        pasted = read(given, major=here.version)
    except PasteFault as fault:
        _fail(fault.told(here.lang))
        return
    if pasted.facts.major is None:
        _fail(tell("own_server", "no_version", here.lang))
        return
    unread = tuple(f"{each.line} ({each.text[:40]})" for each in pasted.unread[:UNREAD_SHOWN])
    _report(pasted.facts, unread, here.lang)


def _from_server() -> None:
    here = header.current()
    # The field is emptied whatever comes: a password stays nowhere longer than it must.
    given = st.session_state.pop("own_dsn", "") or ""
    if not given.strip():
        _fail(tell("own_server", "no_dsn", here.lang))
        return
    if not _may_connect():
        _fail(tell("own_server", "no_connect", here.lang))
        return
    watch = WATCH_SECONDS if st.session_state.get("own_watch") else 0.0
    try:
        with st.spinner(tell("own_server", "working", here.lang)):
            facts = look(wish_of(given, from_page=True), watch_seconds=watch)
    except NoSession as fault:
        _fail(fault.told(here.lang))
        return
    _report(facts, (), here.lang)


def _report(facts: ServerFacts, unread: tuple[str, ...], lang: str) -> None:
    found: dict[str, int | None] = {}
    for name in ASSUMED:
        given = st.session_state.get(f"own_{name}") or ""
        found[name] = amount(given)
        if given.strip() and found[name] is None:
            label = tell("own_server", name, lang)
            _fail(tell("own_server", "bad_amount", lang, given=given.strip(), label=label))
            return
    assumed = Assumptions(found["rate"], found["copy_rate"] or COPY_RATE, found["disk"])
    try:
        st.session_state[STATE] = Answer(report_on(facts, assumed), unread)
    except UnknownVersion as unknown:
        known = ", ".join(map(str, versions.KNOWN))
        _fail(told("cli.unknown_version", lang, given=unknown.wrong, known=known))


def _fail(said: str) -> None:
    st.session_state[STATE] = Answer(fault=said)
