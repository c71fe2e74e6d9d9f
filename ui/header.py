"""What every page wears: brand, language of the page, the switches of version and language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import streamlit as st

from simulator import versions
from ui import address, markup
from ui.address import Address
from ui.language import LANGUAGES, NATIVE_NAMES, say

STYLE = Path(__file__).with_name("page.css")
BRAND = "WAL Dojo"
# The address as this visitor's language: it outlives a switch of pages, which empties the address.
KEPT = "kept_language"
# The pages by name, so that a link needs no reload.
PAGES = "pages"
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="118" height="28" viewBox="0 0 118 28" role="img">'
    '<text x="0" y="20.5" font-family="system-ui,-apple-system,\'Segoe UI\',sans-serif" font-size="20" '
    'font-weight="700" fill="{ink}">{brand}</text></svg>'
)
INK = {"light": "#1b2430", "dark": "#e6ecf3"}


def theme() -> str:
    """'light' or 'dark', as this visitor sees the page."""
    return "dark" if st.context.theme.type == "dark" else "light"


@cache
def _style() -> str:
    return f"<style>{STYLE.read_text(encoding='utf-8')}</style>"


def current() -> Address:
    """The address of this run, with the language that the visitor chose on another page."""
    here = address.read(st.query_params.to_dict())
    if here.lang_chosen:
        st.session_state[KEPT] = here.lang
    elif kept := st.session_state.get(KEPT):
        here = replace(here, lang=kept, lang_chosen=True)
    return here


def go(to: Address, **changes: str | None) -> None:
    """Write an address; the browser adds the step again by itself."""
    wanted = to.query(**changes)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def _switch_language() -> None:
    lang = st.session_state.language
    st.session_state[KEPT] = lang
    go(replace(address.read(st.query_params.to_dict()), lang=lang, lang_chosen=True))


def _switch_version() -> None:
    here = address.read(st.query_params.to_dict())
    # A run on a real server belongs to one version: another version is another run.
    go(replace(here, version=st.session_state.version, run=""))


def brand() -> None:
    """The name, top left on every page."""
    st.logo(LOGO.format(ink=INK[theme()], brand=BRAND), size="large")


def switches(here: Address, majors: Sequence[int] = versions.KNOWN) -> None:
    """Version and language, top right. The address decides what they show."""
    st.session_state.version = here.version or versions.DEFAULT
    st.session_state.language = here.lang
    with st.container(key="switches", horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.html(_style())
        script = f"<script>document.documentElement.lang={here.lang!r}</script>"
        st.html(script, unsafe_allow_javascript=True)
        st.selectbox(
            say("version", here.lang),
            majors,
            key="version",
            on_change=_switch_version,
            format_func=lambda major: f"PostgreSQL {major}",
            label_visibility="collapsed",
            width=160,
        )
        st.segmented_control(
            say("language", here.lang),
            LANGUAGES,
            key="language",
            on_change=_switch_language,
            required=True,
            format_func=NATIVE_NAMES.__getitem__,
            label_visibility="collapsed",
        )


def problems(here: Address, *more: address.Problem) -> None:
    """Say what in the address could not be followed; everything else on the page works."""
    for problem in (*here.problems, *more):
        facts = {name: markup.harmless(fact) for name, fact in problem.facts.items()}
        st.warning(say(problem.key, here.lang, **facts))


def link(page: str, label: str, here: Address, **parameters: str | None) -> None:
    """A link to a page that keeps language and version."""
    kept = Address(version=here.version, lang=here.lang, lang_chosen=here.lang_chosen)
    st.page_link(st.session_state[PAGES][page], label=label, query_params=kept.query(**parameters))


def link_here(key: str, label: str, to: Address) -> None:
    """A link to another address of the same page: Streamlit's own would leave the address bar as it is."""
    st.button(label, key=f"link-{key}", type="tertiary", on_click=go, args=(to,))
