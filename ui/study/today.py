"""What is wanted of a day: a quota that stands from morning to night, and what was done of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

import streamlit as st

from progress import readiness
from progress.records import Answered, Card, Learner
from progress.schedule import RETENTION, reviewed
from quizzes.question import Question
from quizzes.scope import EXAMS, scope
from ui.language import tell
from ui.study import banks, learner
from ui.study.shelf import RIGHT_IN_A_ROW, History

KEPT = "study_quota"


@dataclass(frozen=True, slots=True)
class Quota:
    """What brings somebody through the questions of a paper until its day."""

    exam: str
    day: date
    days: int
    """From today on; 0 or less: the day has come."""
    left: int
    """Questions that are not learnt yet."""
    answers: int
    """Answers a day."""


def examination(who: Learner | None) -> str:
    """The paper that somebody prepares for."""
    wanted = str((who.wishes if who else {}).get("exam", EXAMS[0]))
    return wanted if wanted in EXAMS else EXAMS[0]


def exam_day(who: Learner | None) -> date | None:
    """The day of it, when it is known."""
    try:
        return date.fromisoformat(str((who.wishes if who else {}).get("day") or ""))
    except ValueError:
        return None


def cards_at(known: History, moment: datetime, retention: float) -> dict[str, Card]:
    """The cards as they were: only those that were answered since are worked out once more."""
    since = {one.question for one in known.answers if one.at >= moment}
    cards = {card.question: card for card in known.cards if card.question not in since}
    for one in known.answers:
        if one.question in since and one.at < moment:
            before = cards.get(one.question)
            cards[one.question] = reviewed(before, one.question, right=one.right, at=one.at, retention=retention)
    return cards


def needed(cards: dict[str, Card], questions: Iterable[str], dawn: datetime) -> tuple[int, int, int]:
    """Questions not learnt yet, the answers that they still need at least, and what is due of the learnt ones."""
    left = answers = due = 0
    for name in questions:
        card = cards.get(name)
        missing = RIGHT_IN_A_ROW - min(RIGHT_IN_A_ROW, card.in_a_row if card else 0)
        left += missing > 0
        answers += missing
        due += card is not None and missing == 0 and card.due <= dawn
    return left, answers, due


def done(answers: Iterable[Answered], day: date, zone: tzinfo) -> int:
    """Answers of a day."""
    return sum(one.at.astimezone(zone).date() == day for one in answers)


def quota(who: Learner | None, known: History, held: Collection[Question]) -> Quota | None:
    """The quota of today, as it was when the day began; None while no day of a paper is known."""
    wished = exam_day(who)
    if who is None or wished is None:
        return None
    here, exam = learner.today(), examination(who)
    retention = float(who.wishes.get("retention", RETENTION))
    mine = [one.id for one in held if _belongs(one.objective, exam)]
    key = (who.code, exam, wished, here, retention, len(mine), who.can_undo_import)
    if (kept := st.session_state.get(KEPT)) is not None and kept[0] == key:
        found: Quota = kept[1]
        return found
    dawn = datetime.combine(here, time(), learner.zone())
    left, answers, due = needed(cards_at(known, dawn, retention), mine, dawn)
    days = (wished - here).days
    found = Quota(exam, wished, days, left, readiness.quota(answers, due, here, wished))
    st.session_state[KEPT] = (key, found)
    return found


def _belongs(objective: str, exam: str) -> bool:
    found = scope().objectives.get(objective)
    return found is not None and found.exam == exam


def held(major: int) -> list[Question]:
    """Every question that holds on a version."""
    return [one for one in banks.questions() if major in one.versions]


def tally(count: int, wanted: Quota | None, lang: str) -> str:
    """'12 of 20', or the count alone."""
    if wanted is None or wanted.days <= 0:
        return tell("progress", "today_count", lang, count=count)
    return tell("progress", "today_of", lang, count=count, quota=wanted.answers)
