"""A mock paper: drawn by the weights of the objectives, against the clock; the store is the truth, the page a view."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from progress.records import Answered, Item, Paper
from quizzes import paper as papers
from quizzes.grading import Answer, grade
from quizzes.scope import EXAMS, scope
from quizzes.sheet import Sheet, sheet
from simulator.versions import DEFAULT
from ui import header, markup, study
from ui.address import Address
from ui.language import tell, words
from ui.study import banks, learner, results, shelf, told
from ui.study.doors import begin

PLACE, SHOWN, EXAM = "paper_place", "paper_shown", "paper_exam"
LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Open:
    """A paper that is being taken: its questions as they are put."""

    paper: Paper
    sheets: tuple[Sheet | None, ...]
    """None: a question that the bank has no more."""


def show() -> None:
    """Draw the page."""
    if begin("paper", "paper") is not None:
        _page()


@st.fragment
def _page() -> None:
    """A fragment: an answer runs this alone."""
    learner.remember()
    here = header.current()
    mine = _papers()
    running = next((one for one in reversed(mine) if one.open), None)
    if running is not None and running.left(learner.now()) <= 0:
        hand_in(opened(running))
        mine, running = _papers(), None
    if running is not None:
        _taking(opened(running), here)
        return
    shown = next((one for one in mine if one.id == st.session_state.get(SHOWN)), None)
    if shown is not None:
        results.show(opened(shown), mine, here)
        st.button(tell("paper", "back", here.lang), on_click=lambda: st.session_state.pop(SHOWN, None))
        return
    _choosing(here)
    results.earlier(mine, here, on_open=_open_result)


def _papers() -> tuple[Paper, ...]:
    who = learner.known()
    return learner.store().papers(who.code) if who else ()


def _open_result(name: str) -> None:
    st.session_state[SHOWN] = name


def opened(one: Paper) -> Open:
    """A paper with its questions as they were put: the same order of choices each time."""
    found = [shelf.find(item.question, one.major) for item in one.items]
    return Open(
        one,
        tuple(
            None if question is None else sheet(question, one.major, one.seed + item.position)
            for question, item in zip(found, one.items, strict=True)
        ),
    )


def _choosing(here: Address) -> None:
    """What can be taken, how long it is, and what it does not ask about."""
    lang, major = here.lang, here.version or DEFAULT
    exam = st.segmented_control(
        tell("paper", "exam", lang),
        EXAMS,
        key=EXAM,
        default=EXAMS[0],
        required=True,
        format_func=lambda one: tell("study", f"level_{one}", lang),
    )
    wanted = papers.plan(str(exam or EXAMS[0]), banks.questions(), major)
    real = scope().exams[wanted.exam]
    facts: dict[str, object] = {
        "questions": wanted.questions,
        "minutes": wanted.minutes,
        "mark": wanted.pass_mark,
        "real_questions": real.questions,
        "real_minutes": real.minutes,
        "version": major,
    }
    st.markdown(tell("paper", "plan", lang, **facts))
    covered = [_objective(name, lang, count) for name, count in wanted.counts.items()]
    st.markdown("\n".join(f"- {one}" for one in covered))
    if wanted.uncovered:
        names = "、".join(wanted.uncovered) if lang == "ja" else ", ".join(wanted.uncovered)
        st.caption(tell("paper", "uncovered", lang, names=names))
    st.caption(tell("paper", "not_asked", lang))
    st.button(tell("paper", "begin", lang), type="primary", on_click=_begin, args=(wanted, major))


def _objective(name: str, lang: str, count: int) -> str:
    part = tell("paper", "part", lang) if scope().objectives[name].part else ""
    title = scope().objectives[name].title.in_(lang)
    return markup.plain(tell("paper", "objective", lang, name=name, title=title, count=count, part=part))


def _begin(wanted: papers.Plan, major: int) -> None:
    """Fix the questions and start the clock; a paper that is open in another tab goes on."""
    who = learner.here()
    if any(one.open for one in learner.store().papers(who.code)):
        return
    seed = secrets.randbelow(2**30)
    questions = papers.draw(wanted, banks.questions(), major, seed)
    items = tuple(Item(at, one.id, one.objective) for at, one in enumerate(questions))
    name = secrets.token_urlsafe(12)
    begun = Paper(name, who.code, wanted.exam, major, seed, learner.now(), wanted.minutes * 60.0, items)
    learner.store().begin_paper(begun)
    st.session_state[PLACE], st.session_state[SHOWN] = 0, name


def _taking(now: Open, here: Address) -> None:
    """One question of the paper, the clock and the overview."""
    count = len(now.paper.items)
    at = min(max(0, int(st.session_state.get(PLACE, _first_open(now)))), count - 1)
    st.session_state[PLACE] = at
    study.sheet(_told(now, at, here.lang), _labels(here.lang), lambda said: _heard(now, at, said))
    st.session_state[SHOWN] = now.paper.id


def _labels(lang: str) -> dict[str, str]:
    return words("study", lang) | words("paper", lang)


def _first_open(now: Open) -> int:
    """Where somebody goes on who comes back: at the first question without an answer."""
    return next((one.position for one in now.paper.items if not one.given), 0)


def _told(now: Open, at: int, lang: str) -> dict[str, Any]:
    item, asked = now.paper.items[at], now.sheets[at]
    found: dict[str, Any] = {
        "token": f"{now.paper.id}/{at}",
        "lang": lang,
        "flag": item.flagged,
        "paper": {
            "at": at,
            "left": round(now.paper.left(learner.now())),
            "marks": [{"given": _whole(one.given, there), "flag": one.flagged} for one, there in _pairs(now)],
        },
    }
    if asked is None:
        return found | {"kind": "gone", "stem": tell("paper", "gone", lang), "ask": "", "situation": [], "choices": []}
    found |= told.asked(asked, lang) | {"objective": tell("paper", "number", lang, at=at + 1, all=len(now.sheets))}
    found["difficulty"] = ""
    if item.given:
        found["given"] = told.shown(asked, told.from_kept(item.given))
    return found


def _pairs(now: Open) -> list[tuple[Item, Sheet | None]]:
    return list(zip(now.paper.items, now.sheets, strict=True))


def _whole(given: dict[str, Any] | None, asked: Sheet | None) -> bool:
    """Answered, and as many choices marked as are asked for."""
    if not given or asked is None:
        return False
    return asked.question.kind != "choose" or len(given.get("marked", ())) == len(asked.question.key)


def _heard(now: Open, at: int, said: str) -> None:
    """What the browser says of the question that it shows; everything is kept at once."""
    message = told.read(said, LONGEST)
    paper, asked = now.paper, now.sheets[at]
    if message.get("token") != f"{paper.id}/{at}":
        return
    match message.get("do"):
        case "answer" if asked is not None:
            answer = told.answer_of(asked, message.get("given")) or Answer()
            learner.store().note(paper.id, at, now=learner.now(), given=told.as_kept(answer))
        case "flag":
            learner.store().note(paper.id, at, now=learner.now(), flag=bool(message.get("on")))
        case "go" if type(message.get("to")) is int:
            st.session_state[PLACE] = message["to"]
        case "hand_in":
            found = learner.store().paper(paper.learner, paper.id)
            if found is not None and found.open:
                hand_in(opened(found))
        case _:
            pass


def hand_in(now: Open) -> None:
    """Grade everything, keep it, and show the result."""
    paper, moment = now.paper, learner.now()
    graded = []
    for item, asked in _pairs(now):
        if asked is None:
            continue
        right = bool(item.given) and grade(asked.question, told.from_kept(item.given or {}), paper.major).right
        graded.append(_answered(paper, item, asked, right=right))
    done = papers.result(((one.objective, one.right) for one in graded), scope().exams[paper.exam].pass_mark)
    learner.store().finish(paper, [replace(one, at=moment) for one in graded], now=moment, score=done.share)
    st.session_state.pop(PLACE, None)
    st.session_state[SHOWN] = paper.id


def _answered(paper: Paper, item: Item, asked: Sheet, *, right: bool) -> Answered:
    return Answered(
        id=f"{paper.id}-{item.position}",
        learner=paper.learner,
        question=item.question,
        objective=item.objective,
        major=paper.major,
        seed=asked.seed,
        given=item.given or {},
        right=right,
        at=paper.begun,
        paper=paper.id,
    )
