"""'See it happen': the run of a question on the stage, opened at the line that decides, and on at the terminal."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from host import tree
from levels.challenge import Line, typed_on
from levels.worlds import begin
from quizzes import experiment as experiments
from quizzes.grading import Answer
from quizzes.question import CHOOSING, Experiment, Question
from quizzes.sheet import Sheet
from ui import header, payload, replay
from ui.address import Address
from ui.language import tell, words
from ui.stage import feed, stage
from ui.terminal import sharing
from ui.terminal.sitting import Line as Typed
from ui.terminal.sitting import Sitting
from ui.terminal.start import NO_SERVER, WORLDS, Start, first_host

OPEN = "happens_open"


def offer(asked: Sheet, answer: Answer, token: str, here: Address) -> None:
    """Below an answered question (known by its token): its run, if it has one and somebody wants to see it."""
    question = asked.question
    if question.experiment is None:
        return
    lang = here.lang
    opened = st.session_state.get(OPEN) == token
    with st.container(key="happens", gap="small"):
        st.button(
            tell("replay", "see_off" if opened else "see", lang),
            key="see-it-happen",
            on_click=_open,
            args=("" if opened else token,),
        )
        if opened:
            stage(words("stage", lang))
            more = _more(question, answer, asked.major)
            feed(_text(question.id, question.experiment, asked.major, more, lang))
            _onward(question.experiment, asked.major, here)


def _open(token: str) -> None:
    st.session_state[OPEN] = token


def _more(question: Question, answer: Answer, major: int) -> tuple[Line, ...]:
    """What is played after the experiment's own lines: what is right, where an answer is something that is done."""
    if question.number is not None:
        return experiments.by_learner(question.number.line, major)
    if question.kind == "typed":
        return experiments.by_learner(question.accepts[0], major)
    if question.kind == "order":
        return tuple(line for one in question.choices for line in one.lines)
    if question.kind in CHOOSING:
        marked = (question.choices[at] for at in (*question.key, *answer.marked))
        return next((one.lines for one in marked if one.lines), ())
    return ()


@lru_cache(maxsize=128)
def _text(name: str, experiment: Experiment, major: int, more: tuple[Line, ...], lang: str) -> str:
    """The run, opened where the question was asked: the next line decides."""
    shown = typed_on(experiment.shown, major)
    lines = (*shown, *typed_on(experiment.run, major), *typed_on(more, major))
    first = experiments.ready(experiment, major)
    seen = replay.moments(first, experiments.steps(first, lines))
    head, frames = replay.run(f"question-{name}", seen, lang)
    return payload.text(payload.packed(head | {"start": len(shown)}, frames))


def _onward(experiment: Experiment, major: int, here: Address) -> None:
    code = at_the_terminal(experiment, major)
    if code:
        label = tell("replay", "go_on", here.lang)
        header.link("terminal", label, here, c=code, v=str(major))


@lru_cache(maxsize=1024)
def at_the_terminal(experiment: Experiment, major: int) -> str:
    """The same lines as an address of the terminal; '' where its worlds cannot begin like this."""
    world = experiment.beginning
    if world.name not in WORLDS or world.client or world.old or world.weather:
        return ""
    if world.settings and world.name in NO_SERVER:
        return ""
    start = Start(major, world.settings, world.name)
    host = first_host(start)
    if any(place.capacity or tree.find(host.root, place.path) is None for place in world.places):
        return ""
    machines = list(begin(world, major).network.machines)
    lines = typed_on((*world.prepare, *experiment.prepare, *experiment.shown, *experiment.run), major)
    seats = tuple(Typed(machines.index(line.on) if line.on else 0, line.text) for line in lines)
    code = sharing.code(Sitting(start, seats, ()))
    return code if len(code) <= sharing.LONGEST_LINK else ""
