"""The path: every challenge by chapter, what this visitor has reached, and filters."""

from __future__ import annotations

import streamlit as st

from levels.challenge import Challenge
from levels.words import chapter
from quizzes.scope import scope
from ui import header, markup
from ui.address import Address
from ui.challenges import memory, progress, shelf
from ui.challenges.progress import Progress
from ui.language import tell

OBJECTIVE, FAILURE = "challenge_objective", "challenge_failure"
GLYPH = {"untried": "○", "open": "◐", "lost": "✕", "helped": "◇", "solved": "✓", "within_par": "★"}
STYLE = """<style>
[class*="st-key-level-"] { border-inline-start: 4px solid transparent; padding-inline-start: 0.6rem;
  margin-bottom: 0.25rem; }
[class*="st-key-level-open"] { border-color: light-dark(#0072b2, #56b4e9); }
[class*="st-key-level-lost"] { border-color: light-dark(#b03500, #ff8a5c); }
[class*="st-key-level-helped"] { border-color: light-dark(#8a97a6, #6d7a89); }
[class*="st-key-level-solved"], [class*="st-key-level-within_par"] { border-color: light-dark(#00674a, #3ec29b); }
.st-key-challenge-onward { background: light-dark(#fff, #171e27); }
.st-key-challenge-onward [data-testid="stProgressBarTrack"] { background: light-dark(#dde3ea, #2b3643); }
</style>"""


def show() -> None:
    """Draw the page; a challenge in the address is one that is not there."""
    here = header.current()
    header.switches(here)
    lang = here.lang
    st.html(STYLE)
    st.title(tell("challenges", "title", lang), anchor=False)
    header.problems(here)
    if here.level and shelf.find(here.level) is None:
        st.warning(tell("challenges", "unknown", lang, level=markup.harmless(here.level)))
    memory.ask_browser()
    known = memory.reached()
    everything = shelf.challenges()
    st.markdown(tell("challenges", "lead", lang, count=len(everything)))
    _onward(known, here)
    left = _filtered(lang)
    if not left:
        st.info(tell("challenges", "nothing_left", lang))
    _chapters(shelf.chapters(left), known, here)


def _onward(known: Progress, here: Address) -> None:
    """How far one is, and where to go on: at what was begun last, or at the first that is not solved yet."""
    lang = here.lang
    everything = shelf.challenges()
    unsolved = [one for one in everything if progress.state_of(known, one.id) != "solved"]
    solved = len(everything) - len(unsolved)
    begun = shelf.find(progress.latest_open(known))
    with st.container(key="challenge-onward", gap="xxsmall", border=True):
        st.progress(solved / len(everything), tell("challenges", "tally", lang, solved=solved, all=len(everything)))
        wanted = begun or next(iter(unsolved), None)
        if wanted is None:
            st.markdown(tell("challenges", "all_solved", lang))
        else:
            facts = {"number": wanted.number, "title": markup.plain(wanted.title.in_(lang))}
            said = tell("challenges", "continue" if begun else "go_on", lang, **facts)
            header.link("challenge", said, here, **_address(wanted, known, here))
        st.caption(tell("challenges", "kept" if memory.keeps() else "not_kept", lang))


def _address(one: Challenge, known: Progress, here: Address) -> dict[str, str | None]:
    """Of a challenge: where it was left, when it is not over."""
    kept = known.get(one.id)
    parts: dict[str, str | None] = {"id": one.id}
    if here.version not in one.versions:
        parts["v"] = None
    if kept is not None and kept.last.code and kept.last.major in one.versions:
        parts |= {"c": kept.last.code, "v": str(kept.last.major)}
    return parts


def _filtered(lang: str) -> tuple[Challenge, ...]:
    """Two filters, and what they leave."""
    anything = tell("challenges", "any", lang)
    left, right = st.columns(2, gap="medium")
    with left:
        objective = st.selectbox(
            tell("challenges", "objective", lang),
            ("", *shelf.objectives()),
            key=OBJECTIVE,
            format_func=lambda each: f"{each} {_objective(each, lang)}" if each else anything,
        )
    with right:
        failure = st.selectbox(
            tell("challenges", "failure", lang),
            (0, *shelf.failures()),
            key=FAILURE,
            format_func=lambda each: f"{each}. {tell('failures', f'item_{each}', lang)}" if each else anything,
        )
    return shelf.left(objective, failure)


def _objective(name: str, lang: str) -> str:
    return scope().objectives[name].title.in_(lang)


def _chapters(members: dict[str, tuple[Challenge, ...]], known: Progress, here: Address) -> None:
    """One box a chapter, in the order of the path from top to bottom, as high as each other."""
    columns = st.columns(2, gap="medium")
    total = sum(len(each) + 2 for each in members.values())
    done = 0
    for name, challenges in members.items():
        column = columns[0 if done < total / 2 else 1]
        done += len(challenges) + 2
        solved = sum(1 for one in challenges if progress.state_of(known, one.id) == "solved")
        with column, st.container(border=True, gap="xxsmall", key=f"group-{name}"):
            st.header(chapter(name, here.lang), anchor=name)
            st.caption(tell("challenges", "chapter_tally", here.lang, solved=solved, all=len(challenges)))
            for one in challenges:
                _entry(one, known, here)


def _entry(one: Challenge, known: Progress, here: Address) -> None:
    lang = here.lang
    state: str = progress.state_of(known, one.id)
    kept = known.get(one.id)
    best = kept.best if kept else None
    if best is not None and best.commands <= one.par:
        state = "within_par"
    facts = {"commands": best.commands} if best else {}
    said = f"{GLYPH[state]} {tell('challenges', f'state_{state}', lang, **facts)}"
    par = tell("challenges", "par", lang, par=one.par)
    with st.container(key=f"level-{state}-{one.id}", gap=None):
        title = markup.plain(f"{one.number}. {one.title.in_(lang)}")
        header.link("challenge", title, here, **_address(one, known, here))
        st.caption(markup.plain(f"{said} · {par} · {shelf.subject(one)}"))
