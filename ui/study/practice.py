"""Practice: one question, nothing else; the answer is kept before it is explained."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import streamlit as st

from quizzes.question import Question
from quizzes.scope import scope
from quizzes.sheet import Sheet
from simulator.versions import DEFAULT
from ui import header, markup
from ui.address import Address
from ui.language import tell
from ui.study import asking, banks, happens, learner, shelf, today
from ui.study.asking import Asked
from ui.study.doors import ASKED, begin
from ui.study.shelf import WHICH, History, Wish
from ui.study.today import Quota

ROUND, OPENED, PAPER = "practice_round", "practice_opened", "practice_paper"
LONGEST_NAME = 100
CHOICES = ("which", "objective", "level", "kind")


@dataclass(slots=True)
class Round:
    """A visitor's practice: the question that is asked, and how it was answered."""

    wish: Wish
    major: int
    seed: int = field(default_factory=lambda: secrets.randbelow(2**31))
    asked: Asked | None = None
    left: int = 0
    right: int = 0
    answered: int = 0
    opened: str = ""
    """The question that was asked for by its id; '' in the usual course."""
    in_a_row: int = 0
    today: int = 0
    quota: Quota | None = None


def show() -> None:
    """Draw the page."""
    here = begin("practice", "study")
    if here is not None:
        banks.show(here)
        _from_address()
        _wishes(here)
        _question()


def _from_address() -> None:
    """A link may say what is practised (`which=due`, `question=…`); after that the visitor's own choice counts."""
    for name, known in (("which", WHICH), ("objective", tuple(scope().objectives))):
        if (wanted := _newly(name)) in known:
            st.session_state[f"practice_{name}"] = wanted
    if wanted := _newly("question"):
        st.session_state[OPENED] = wanted[:LONGEST_NAME]
        if (now := st.session_state.get(ROUND)) is not None:
            now.opened = ""
    if (wanted := _newly("paper")) and learner.paper(wanted) is not None:
        st.session_state[PAPER] = wanted


def _newly(name: str) -> str:
    """What the address says, unless it was followed before."""
    wanted = st.query_params.get(name, "")
    key = f"{ASKED}{name}"
    if not wanted or st.session_state.get(key) == wanted:
        return ""
    st.session_state[key] = wanted
    return wanted


def _leave(*names: str) -> None:
    """Neither an opened question nor a paper: the usual practice goes on, and the address says so."""
    for name in names:
        st.session_state.pop({"question": OPENED, "paper": PAPER}[name], None)
        st.query_params.pop(name, None)


def _choose() -> None:
    """Somebody chose what is asked: that counts from now on, also when this page is left and seen again."""
    _leave("question", "paper")
    _keep()


def _keep() -> None:
    for name in CHOICES:
        st.session_state[f"kept_practice_{name}"] = st.session_state.get(f"practice_{name}")


def _wishes(here: Address) -> None:
    """What is practised, in a row that folds away on a phone."""
    lang = here.lang
    anything = tell("study", "any", lang)
    objectives = ["", *banks.objectives()]
    for name in CHOICES:
        if (kept := st.session_state.get(f"kept_practice_{name}")) is not None:
            st.session_state.setdefault(f"practice_{name}", kept)
    with st.expander(tell("study", "choose_questions", lang), key="study-wishes"):
        which, objective, level, kind = st.columns(4, gap="small")
        with which:
            st.selectbox(
                tell("study", "which", lang),
                WHICH,
                key="practice_which",
                on_change=_choose,
                format_func=lambda one: tell("study", f"which_{one}", lang),
            )
        with objective:
            st.selectbox(
                tell("study", "objective", lang),
                objectives,
                key="practice_objective",
                on_change=_choose,
                format_func=lambda one: banks.titled(one, lang) if one else anything,
            )
        with level:
            st.selectbox(
                tell("study", "level", lang),
                ("", "silver", "gold", "beyond"),
                key="practice_level",
                on_change=_choose,
                format_func=lambda one: tell("study", f"level_{one}", lang) if one else anything,
            )
        with kind:
            st.selectbox(
                tell("study", "kind", lang),
                ("", "one", "choose", "not", "predict", "typed", "order", "picture", "number"),
                key="practice_kind",
                on_change=_choose,
                format_func=lambda one: tell("study", f"kind_{one}", lang) if one else anything,
            )


def _wished() -> Wish:
    kept = st.session_state
    return Wish(
        objective=kept.get("practice_objective") or "",
        level=kept.get("practice_level") or "",
        kind=kept.get("practice_kind") or "",
        which=kept.get("practice_which") or WHICH[0],
        paper=kept.get(PAPER) or "",
    )


@st.fragment
def _question() -> None:
    """A fragment: an answer runs this alone."""
    learner.remember()
    here = header.current()
    lang, major = here.lang, here.version or DEFAULT
    now: Round | None = st.session_state.get(ROUND)
    if now is None or (now.wish, now.major) != (_wished(), major):
        now = Round(_wished(), major)
        st.session_state[ROUND] = now
    _open(now, lang)
    if now.asked is None:
        _next(now)
    if now.asked is None and not now.wish.paper:
        st.info(tell("study", f"nothing_{now.wish.which}", lang))
        return
    if now.asked is None:
        st.success(tell("study", "of_paper_done", lang))
    with st.container(horizontal=True, vertical_alignment="center", key="practice-tally"):
        if now.asked is not None:
            st.caption(markup.plain(" · ".join(_tally(now, now.asked.sheet, lang))), width="content")
        if now.wish.paper and not now.opened:
            st.button(tell("study", "of_paper_end", lang), key="link-paper-end", type="tertiary", on_click=_end)
    if now.asked is None:
        return
    asking.ask(now.asked, lang, lambda said: _heard(now, said))
    if now.asked.answer is not None:
        happens.offer(now.asked.sheet, now.asked.answer, now.asked.token, here)


def _open(now: Round, lang: str) -> None:
    """Put the question that somebody asked for."""
    wanted = st.session_state.get(OPENED, "")
    if not wanted or now.opened == wanted:
        return
    found = shelf.reopened(wanted, now.major)
    if found is None:
        st.warning(tell("study", "unknown_question", lang, name=markup.harmless(wanted)))
        _leave("question")
        return
    now.opened = wanted
    _put(now, *found, learner.history())


def _tally(now: Round, asked: Sheet, lang: str) -> list[str]:
    """How the practice goes, in one line."""
    if now.opened:
        key = "opened" if now.major in asked.question.versions else "opened_elsewhere"
        return [tell("study", key, lang, major=asked.major)]
    facts: dict[str, object] = {"left": now.left, "right": now.right, "answered": now.answered}
    key = "tally_drawn" if now.wish.which == "drawn" else "tally"
    if paper := learner.paper(now.wish.paper) if now.wish.paper else None:
        key = "of_paper"
        facts["day"] = f"{paper.begun.astimezone(learner.zone()):%Y-%m-%d}"
        facts["exam"] = tell("study", f"level_{paper.exam}", lang)
    parts = [tell("study", key, lang, **facts), today.tally(now.today, now.quota, lang)]
    if now.wish.which == "once" and paper is None:
        parts.append(tell("study", "in_a_row", lang, count=now.in_a_row))
    return parts


def _end() -> None:
    """The wrong ones of a paper may wait."""
    _leave("paper")


def _next(now: Round) -> None:
    """Put the next question."""
    before = now.asked.sheet.question.id if now.asked else ""
    now.asked = None
    known, major = learner.history(), now.major
    paper = learner.paper(now.wish.paper) if now.wish.paper else None
    if paper is None and now.wish.which == "drawn":
        found = shelf.fresh(now.wish, now.major, secrets.randbelow(10**9), before)
    else:
        if paper is not None:
            left = [one[0] for name in shelf.wrong_of(paper, known) if (one := shelf.reopened(name, paper.major))]
            major = paper.major
        else:
            left = shelf.fitting(now.wish, now.major, known, learner.now(), banks.questions())
        now.left = len(left)
        left = [one for one in left if one.id != before] or left
        found = next(iter(shelf.in_order(left, known, now.seed)), None)
    if found is not None:
        _put(now, found, major if major in found.versions else max(found.versions), known)


def _put(now: Round, question: Question, major: int, known: History) -> None:
    """A question as it is put from now on."""
    now.asked = asking.put(question, major)
    now.in_a_row = known.in_a_row(question.id)
    now.today = today.done(known.answers, learner.today(), learner.zone())
    now.quota = today.quota(learner.known(), known, today.held(now.major))


def _heard(now: Round, said: str) -> None:
    """What came of what the browser says: the counts go on, or the next question comes."""
    if now.asked is None:
        return
    match asking.heard(now.asked, said):
        case "answer":
            right = now.asked.grade is not None and now.asked.grade.right
            now.answered += 1
            now.right += right
            now.today += 1
            now.in_a_row = now.in_a_row + 1 if right else 0
            now.left = max(0, now.left - _settled(now, right=right))
        case "next":
            if now.opened:
                _leave("question")
                now.opened = ""
            _next(now)
        case _:
            pass


def _settled(now: Round, *, right: bool) -> bool:
    """Whether the question that was answered leaves what is practised."""
    if now.opened:
        return False
    if now.wish.paper or now.wish.which == "wrong":
        return right
    return now.wish.which in ("unseen", "due") or (now.wish.which == "once" and now.in_a_row >= shelf.RIGHT_IN_A_ROW)
