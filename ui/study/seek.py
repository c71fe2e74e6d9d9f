"""Looking for a question: by words of it in the reader's language, by its id, a tag or a term, and by how it went."""

from __future__ import annotations

import unicodedata
from functools import cache

import streamlit as st

from quizzes.question import Question
from simulator.versions import DEFAULT
from ui import header
from ui.address import Address
from ui.language import tell
from ui.study import banks, learner, rows, told
from ui.study.doors import begin
from ui.study.shelf import History

STATES = ("any", "unseen", "wrong", "right", "bookmarked")
WORDS, OBJECTIVE, STATE, PLACE = "seek_words", "seek_objective", "seek_state", "seek_place"
LONGEST = 200


def show() -> None:
    """Draw the page."""
    here = begin("questions", "seek")
    if here is not None:
        learner.remember()
        _page(here)


@st.fragment
def _page(here: Address) -> None:
    """A fragment: a word runs this alone."""
    lang, known = here.lang, learner.history()
    wanted, objective, state = _asked(lang)
    found = [
        one
        for one in matching(wanted, lang)
        if objective in ("", one.objective) and (state == "any" or in_state(one.id, state, known))
    ]
    major = here.version or DEFAULT
    found.sort(key=lambda one: major not in one.versions)
    if not found:
        st.info(tell("seek", "nothing_words" if wanted.strip() else "nothing", lang))
        return
    st.caption(tell("seek", "count", lang, count=len(found)))
    seen = rows.page(PLACE, found, (wanted, objective, state))
    with st.container(key="rows-found", gap=None):
        for one in seen:
            label = rows.label(_about(one, known, major, lang), rows.stem(one, lang))
            header.link("practice", label, here, question=one.id)
    rows.pager(PLACE, len(found), lang)


def _asked(lang: str) -> tuple[str, str, str]:
    words, objective, state = st.columns([2, 2, 2], gap="small")
    with words:
        wanted = st.text_input(
            tell("seek", "words", lang),
            key=WORDS,
            max_chars=LONGEST,
            placeholder=tell("seek", "hint", lang),
            icon=":material/search:",
        )
    with objective:
        chosen = rows.objective_choice(OBJECTIVE, lang)
    with state:
        how = st.selectbox(
            tell("seek", "state", lang), STATES, key=STATE, format_func=lambda one: tell("seek", f"state_{one}", lang)
        )
    return wanted or "", chosen, str(how)


def _about(one: Question, known: History, major: int, lang: str) -> str:
    """How it went so far, what it is about, and where it holds when that is not here."""
    state = {True: "right", False: "wrong", None: "unseen"}[known.latest.get(one.id)]
    parts = [tell("seek", f"mark_{state}", lang), one.objective]
    if one.id in known.bookmarks:
        parts.append(f"⚑ {tell('study', 'bookmark', lang)}")
    if major not in one.versions:
        parts.append(told.versions(one, lang))
    return " · ".join([*parts, one.id])


def in_state(name: str, state: str, known: History) -> bool:
    """Whether a question is in a state."""
    if state == "bookmarked":
        return name in known.bookmarks
    return known.latest.get(name) is {"right": True, "wrong": False, "unseen": None}[state]


def matching(wanted: str, lang: str) -> list[Question]:
    """The questions in which every word occurs: those first that have it in stem, id or tag; then as the scope goes."""
    words = _even(wanted).split()
    hits = []
    for one, first, everything in index(lang):
        if all(word in everything for word in words):
            hits.append((sum(word not in first for word in words), one))
    places = {name: at for at, name in enumerate(banks.objectives())}
    return [one for _, one in sorted(hits, key=lambda hit: (hit[0], places[hit[1].objective]))]


@cache
def index(lang: str) -> tuple[tuple[Question, str, str], ...]:
    """Every question with the words that it is found by."""
    return tuple((one, *_texts(one, lang)) for one in banks.questions())


def _texts(one: Question, lang: str) -> tuple[str, str]:
    """What names a question and what it asks; and that with its choices, commands and explanation."""
    title = banks.titled(one.objective, lang)
    first = [one.id, title, *one.tags, *one.terms, one.stem.in_(lang)]
    rest = [one.explanation.in_(lang), *one.accepts, one.manual]
    rest += [text for choice in one.choices for text in (choice.text.in_(lang), choice.because.in_(lang))]
    if one.experiment is not None:
        rest += [line.text for line in one.experiment.shown]
    return _even(" ".join(first)), _even(" ".join([*first, *rest]))


def _even(text: str) -> str:
    """Wide and narrow letters, and capitals, are the same; marks are none."""
    return unicodedata.normalize("NFKC", text).casefold().replace("`", "").replace("**", "")
