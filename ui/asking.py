"""'Ask a real server': one run of this visitor at a time, in a process of its own, and what it tells on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from simulator.faults import ScenarioError
from simulator.scenario import Scenario
from ui import documents, header, markup, realities, shelf, steps
from ui.address import Address
from ui.language import reason, tell
from ui.realities import Held

if TYPE_CHECKING:
    from lab.jobs import Job, JobState

SECONDS_BETWEEN_LOOKS = 0.5
LOOK_AGAIN_SECONDS = 60
"""For servers on this machine: somebody may have just installed one."""
Key = tuple[str, int, tuple[tuple[str, str], ...]]


@dataclass(slots=True)
class Asked:
    """One question to a real server."""

    key: Key
    scenario: Scenario
    job: Job
    held: Held | None = None
    """The answer, once it is there."""


@dataclass(slots=True)
class Desk:
    """One visitor's question; there is room for one."""

    asked: Asked | None = None
    refused: tuple[Key, ScenarioError] | None = None
    """Conditions that make no scenario document, and why."""

    @property
    def busy(self) -> bool:
        """Is a run under way?"""
        return self.asked is not None and not self.asked.job.over

    def clear(self) -> None:
        """Nobody waits for the answer any more."""
        if self.asked is not None:
            self.asked.job.cancel()
        self.asked = None


@st.cache_resource(scope="session", show_spinner=False, on_release=Desk.clear)
def desk() -> Desk:
    """It ends with the session: a tab that is closed cancels its run."""
    return Desk()


@dataclass(frozen=True, slots=True)
class Offer:
    """What this machine can perform: major → release; or why nothing (a key of lab/texts.toml)."""

    releases: Mapping[int, str]
    denied: str = ""

    def nearest(self, wanted: int, suits: frozenset[int]) -> int | None:
        """The wanted major, else the one next to it (the newer of two); None when none suits the scenario."""
        usable = sorted(set(self.releases) & suits, key=lambda major: (abs(major - wanted), -major))
        return usable[0] if usable else None


@st.cache_resource(ttl=LOOK_AGAIN_SECONDS, show_spinner=False)
def offer() -> Offer:
    """Look for servers; starts each program once to hear its version, so not before somebody can see the page."""
    from lab.permission import Denied, allowed

    found: dict[int, str] = {}

    def lacking() -> str | None:
        from lab.permission import what_is_lacking

        return what_is_lacking()

    answer = allowed(st.get_option("server.address"), lacking=lacking)
    if isinstance(answer, Denied):
        return Offer(found, answer.code)
    from lab.binaries import usable

    return Offer({major: one.release for major, one in usable().items()})


def strip(scenario: Scenario, major: int, settings: Mapping[str, str], here: Address) -> None:
    """The button, or the run that is under way, or what came of it."""
    running = desk().busy
    # Looks again by itself only while there is something to look at.
    look = st.fragment(_strip, run_every=SECONDS_BETWEEN_LOOKS if running else None)
    look(scenario, major, dict(settings), here, running)


def _strip(scenario: Scenario, major: int, settings: dict[str, str], here: Address, running: bool) -> None:
    asked = desk().asked
    with st.container(key="ask", gap="xsmall"):
        if asked is None:
            _offer(scenario, major, settings, here)
            return
        if asked.held is None and asked.job.over:
            _answered(asked)
        if desk().busy != running:
            # The whole page: it begins to look, or stops, and everything on it may know the answer now.
            st.rerun()
        if not asked.job.over:
            _under_way(asked, here.lang)
            return
        same = asked.key == _key(scenario, major, settings)
        if same:
            _outcome(asked, here)
        if not same or asked.held is None:
            _offer(scenario, major, settings, here)


def watch(here: Address) -> None:
    """The run that is under way, if there is one: for a page that has no scenario of its own."""
    running = desk().busy
    look = st.fragment(_watch, run_every=SECONDS_BETWEEN_LOOKS if running else None)
    look(here, running)


def _watch(here: Address, running: bool) -> None:
    asked = desk().asked
    if asked is None:
        return
    if asked.held is None and asked.job.over:
        _answered(asked)
    if desk().busy != running:
        st.rerun()
    if running:
        _under_way(asked, here.lang)


def _key(scenario: Scenario, major: int, settings: Mapping[str, str]) -> Key:
    return scenario.id, major, tuple(sorted(settings.items()))


def _offer(scenario: Scenario, major: int, settings: Mapping[str, str], here: Address) -> None:
    """The button with the version that would answer, or one sentence that says how to get one."""
    lang = here.lang
    possible = offer()
    if possible.denied:
        st.caption(tell("asking", "denied", lang, reason=reason(possible.denied, lang)))
        return
    if not scenario.lab:
        st.caption(reason("not_for_a_lab", lang))
        return
    nearest = possible.nearest(major, scenario.server.versions)
    if nearest is None:
        majors, found = (", ".join(map(str, sorted(each))) for each in (scenario.server.versions, possible.releases))
        st.caption(tell("asking", "none_suits", lang, majors=majors, found=found))
        return
    if (refused := desk().refused) and refused[0] == _key(scenario, major, settings):
        st.info(markup.plain(tell("asking", "no_document", lang, reason=refused[1].faults[0].text(lang))))
    facts = {"major": major, "release": possible.releases[nearest]}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        asks = (scenario, major, nearest, dict(settings))
        st.button(tell("asking", "ask", lang), key="ask_real", on_click=_ask, args=asks)
        who = "who_answers" if major in possible.releases else "who_else_answers"
        st.caption(tell("asking", who, lang, **facts), width="stretch")


def _ask(scenario: Scenario, major: int, nearest: int, settings: dict[str, str]) -> None:
    from lab.jobs import Job

    here, key = desk(), _key(scenario, major, settings)
    if here.asked is not None and not here.asked.job.over:
        return
    try:
        document = documents.under(scenario, settings)
    except ScenarioError as error:
        here.refused = key, error
        return
    here.asked = Asked(key, document, Job.start(document, nearest))


def _answered(asked: Asked) -> None:
    from lab.jobs import JobDone

    if isinstance(state := asked.job.state, JobDone):
        asked.held = realities.keep(state.reality, "live")


def _under_way(asked: Asked, lang: str) -> None:
    """How far it is, and a button that ends it."""
    share, words = progress(asked.job.state, asked.scenario, lang)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(markup.progress(share, tell("asking", "under_way", lang), words), width="stretch")
        st.button(tell("asking", "cancel", lang), key="cancel_real", on_click=asked.job.cancel)


def progress(state: JobState, scenario: Scenario, lang: str) -> tuple[float, str]:
    """The share that is done, and where it is in words."""
    from lab.jobs import JobRunning, JobWaiting

    title = scenario.title.of(lang)
    match state:
        case JobWaiting(place=place) if place > 0:
            return 0.0, tell("asking", "waiting", lang, place=place)
        case JobRunning(number=number, of=of, steps=done, release=release):
            if not done:
                return 0.0, tell("asking", "begun", lang, release=release)
            share = number / of if of else 1.0
            said = steps.title(done[-1], lang).replace("`", "")
            # Counted as the slider counts: step 1 is the server that has just been made.
            return share, tell("asking", "step", lang, number=number + 1, of=max(of, number) + 1, typed=said)
        case JobWaiting():
            return 0.0, tell("asking", "starting", lang, title=title)
        case _:
            return 1.0, tell("asking", "ending", lang)


def _outcome(asked: Asked, here: Address) -> None:
    """What came of it: the answer with a link to it, or why there is none."""
    from lab.jobs import JobCancelled, JobFailed, JobLimited, JobRefused

    lang = here.lang
    match asked.job.state:
        case JobRefused(code=code, facts=facts):
            st.info(markup.plain(reason(code, lang, facts)))
        case JobLimited(code=code, facts=facts):
            st.warning(markup.plain(reason(f"limit_{code}", lang, facts)))
        case JobFailed(reason=said):
            st.warning(markup.plain(reason("failed", lang, {"reason": said})))
        case JobCancelled():
            st.info(reason("cancelled", lang))
        case _ if asked.held is not None:
            _answer(asked, asked.held, here)
        case _:
            pass


def _answer(asked: Asked, held: Held, here: Address) -> None:
    from ui import headline

    recording = held.reality.recording
    good = not held.reality.wrong
    frame = "answer-good" if good else "answer-bad"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=frame):
        facts = {"release": recording.release, "seconds": f"{recording.seconds:.1f}"}
        said = tell("asking", "answered", here.lang, sentence=headline.sentence(held.reality, here.lang), **facts)
        st.markdown(f"**{'✓' if good else '≠'} {markup.plain(said)}**", width="stretch")
        scenario_id, major, settings = asked.key
        again = (shelf.known(scenario_id), major, recording.major, dict(settings))
        st.button(tell("asking", "again", here.lang), key="link-again", type="tertiary", on_click=_ask, args=again)
        to = {"scenario": recording.scenario.id, "v": str(recording.major), "run": held.id}
        header.link("reality", tell("asking", "see", here.lang), here, **to)
