"""The page of the terminal: what stands around it, and the free sandbox."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from simulator.faults import ScenarioError
from ui import header, markup, opened, terminal
from ui.address import Address
from ui.language import LANGUAGES, catalogue, tell, words
from ui.terminal import answering, sharing
from ui.terminal import desk as desks
from ui.terminal.desk import Desk
from ui.terminal.start import Start, read_lines, shown, worlds

DESK, LINES, FILE, TOLD = "terminal_desk", "terminal_lines", "terminal_file", "terminal_told"
WORLD, WRONG = "terminal_world", "terminal_file_wrong"
MAX_MEGABYTES = 1
DEFAULT_MAJOR = Start().major


def show() -> None:
    """Draw the page."""
    here = header.current()
    header.switches(here)
    lang = here.lang
    st.title(tell("terminal", "title", lang), anchor=False)
    header.problems(here)
    try:
        _desk(here)
    except Exception as mistake:  # noqa: BLE001  (no learner needs a stack trace)
        st.error(tell("terminal", "start_fault", lang, kind=type(mistake).__name__))
        return
    with st.container():
        for key, facts in st.session_state.pop(TOLD, ()):
            st.warning(tell("terminal", key, lang, **{name: markup.harmless(fact) for name, fact in facts.items()}))
    with st.container(key="terminal-lead"):
        st.markdown(tell("terminal", "lead", lang))
    terminal.screen(words("stage", lang) | words("terminal", lang))
    _play()
    _sandbox(here)


def _desk(here: Address) -> Desk:
    """The desk of this visitor: a new link or another version makes another one of it."""
    major = here.version or DEFAULT_MAJOR
    kept: Desk | None = st.session_state.get(DESK)
    code = here.typed
    try:
        if kept is None or (code and not kept.knows(code)):
            with st.spinner(tell("terminal", "replaying", here.lang), show_time=False):
                kept = desks.opened(sharing.plan_of(code, major))
            kept.called(code)
        elif kept.sitting.start.on(major) != kept.sitting.start:
            kept = _under(kept, major)
    except sharing.Unreadable as no:
        _tell(no.key, no.facts)
        kept = kept or desks.begun(Start(major))
        kept.called(code)
    st.session_state[DESK] = kept
    return kept


def _under(kept: Desk, major: int) -> Desk:
    """The same lines typed on another version; starting settings that it does not take are told and left out."""
    start = kept.sitting.start
    lines, faults = read_lines(shown(start.lines), major, start.world)
    if faults:
        _tell("bad_settings", {"said": faults[0].said})
        lines = ()
    return desks.opened(sharing.Plan(Start(major, lines, start.world), kept.sitting.lines))


def _tell(key: str, facts: dict[str, str]) -> None:
    st.session_state.setdefault(TOLD, []).append((key, facts))


@st.fragment
def _play() -> None:
    """A fragment: a command runs this alone."""
    desk: Desk = st.session_state[DESK]
    lang = header.current().lang
    terminal.feed(lambda: answering.answer(desk, lang), lambda message: desks.obey(desk, message))
    if desk.wish:
        desk.wish = ""
        st.switch_page(st.session_state[header.PAGES]["challenges"], query_params=_elsewhere(header.current()))


def _elsewhere(here: Address) -> dict[str, str]:
    """The address of another page: what was typed here stays here."""
    return replace(here, typed="").query()


def _sandbox(here: Address) -> None:
    """Another start, and the sitting as a file."""
    lang = here.lang
    desk: Desk = st.session_state[DESK]
    with st.expander(tell("terminal", "sandbox", lang), key="sandbox"):
        left, right = st.columns(2, gap="large")
        with left:
            st.markdown(tell("terminal", "sandbox_lead", lang, version=desk.sitting.start.major))
            names = dict(worlds())
            st.radio(
                tell("terminal", "world_label", lang),
                list(names),
                key=WORLD,
                format_func=lambda name: tell("terminal", names[name], lang),
            )
            st.text_area(
                tell("terminal", "conf_label", lang),
                key=LINES,
                placeholder=tell("terminal", "conf_hint", lang),
                height=150,
                max_chars=2000,
            )
            _faults(lang, desk.sitting.start.major)
            st.button(tell("terminal", "start_again", lang), on_click=_start_again, type="primary")
        with right:
            st.markdown(tell("terminal", "file_lead", lang))
            title = {each: catalogue("terminal")["file_title"][each] for each in LANGUAGES}
            st.download_button(
                tell("terminal", "download", lang),
                lambda: sharing.as_yaml(desk.sitting, title),
                file_name="terminal.yaml",
                mime="application/yaml",
                on_click="ignore",
            )
            st.file_uploader(
                tell("terminal", "file_label", lang),
                type=["yaml", "yml"],
                key=FILE,
                max_upload_size=MAX_MEGABYTES,
                on_change=_open_file,
            )
            if wrong := st.session_state.get(WRONG):
                st.error(tell("terminal", "file_faults", lang, count=len(wrong.faults)))
                st.code(opened.faults(wrong, lang), language=None, wrap_lines=True)


def _faults(lang: str, major: int) -> None:
    """What is wrong with the lines that stand in the box."""
    _, faults = read_lines(st.session_state.get(LINES) or "", major, _world())
    if faults:
        said = [tell("terminal", each.key, lang, line=each.line, said=markup.harmless(each.said)) for each in faults]
        st.warning("\n".join(f"- {sentence}" for sentence in said))


def _world() -> str:
    return str(st.session_state.get(WORLD) or worlds()[0][0])


def _start_again() -> None:
    """A new sitting with the lines of the box, when the server takes them; the old one stays otherwise."""
    desk: Desk = st.session_state[DESK]
    major = desk.sitting.start.major
    lines, faults = read_lines(st.session_state.get(LINES) or "", major, _world())
    if not faults:
        fresh = desks.begun(Start(major, lines, _world()))
        fresh.codes |= desk.codes
        st.session_state[DESK] = fresh


def _open_file() -> None:
    st.session_state.pop(WRONG, None)
    given = st.session_state.get(FILE)
    if given is None:
        return
    try:
        plan = sharing.from_yaml(given.getvalue(), given.name)
    except ScenarioError as error:
        st.session_state[WRONG] = error
        return
    here = header.current()
    old: Desk = st.session_state[DESK]
    fresh = desks.opened(plan)
    fresh.codes |= old.codes
    st.session_state[DESK] = fresh
    st.session_state[LINES], st.session_state[WORLD] = shown(plan.start.lines), plan.start.world
    if plan.start.on(here.version or DEFAULT_MAJOR) != plan.start:
        header.go(replace(here, version=plan.start.major))
