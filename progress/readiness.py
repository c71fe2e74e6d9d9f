"""How ready somebody is: accuracy by objective with its uncertainty, a streak, a quota."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from math import sqrt

from progress.records import Answered

PRIOR_RIGHT, PRIOR_WRONG = 1.0, 1.0
"""Before anything is answered every accuracy is as likely as every other."""
RECENT = 40
"""So many of the last answers of an objective say how somebody is now."""
WINDOW = 30
"""So many answers make a point of accuracy over time: fewer would jump, more would hide a change."""
SIGMAS = 1.64
"""Nine times in ten the truth lies within."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share (0 to 1), and the interval in which it lies nine times in ten."""

    share: float
    low: float
    high: float
    answers: int


def accuracy(answers: Iterable[Answered]) -> Estimate:
    """What the last answers say (each question counts once: its latest)."""
    latest: dict[str, bool] = {}
    for one in answers:
        latest.pop(one.question, None)
        latest[one.question] = one.right
    last = list(latest.values())[-RECENT:]
    right, wrong = PRIOR_RIGHT + sum(last), PRIOR_WRONG + len(last) - sum(last)
    mean, spread = right / (right + wrong), _deviation(right, wrong)
    return Estimate(mean, max(0.0, mean - SIGMAS * spread), min(1.0, mean + SIGMAS * spread), len(last))


def _deviation(right: float, wrong: float) -> float:
    """Of a beta distribution."""
    total = right + wrong
    return sqrt(right * wrong / (total * total * (total + 1)))


def readiness(answers: Iterable[Answered], weights: Mapping[str, int]) -> Estimate:
    """The share of a paper that somebody would get right, objectives weighted as the paper weighs them."""
    by_objective: dict[str, list[Answered]] = {name: [] for name in weights}
    for one in answers:
        if one.objective in by_objective:
            by_objective[one.objective].append(one)
    total = sum(weights.values())
    if not total:
        return accuracy(())
    share = variance = 0.0
    count = 0
    for name, weight in weights.items():
        mine = accuracy(by_objective[name])
        spread = (mine.high - mine.low) / (2 * SIGMAS)
        share += weight / total * mine.share
        variance += (weight / total * spread) ** 2
        count += mine.answers
    reach = SIGMAS * sqrt(variance)
    return Estimate(share, max(0.0, share - reach), min(1.0, share + reach), count)


@dataclass(frozen=True, slots=True)
class Day:
    """A day with answers: how many, how many of them right, and the share of the last WINDOW answers at its end."""

    day: date
    asked: int
    right: int
    share: float


def by_day(answers: Iterable[Answered], zone: tzinfo) -> list[Day]:
    """The days on which something was answered, in the order of time."""
    found: dict[date, Day] = {}
    last: deque[bool] = deque(maxlen=WINDOW)
    for one in answers:
        last.append(one.right)
        day = one.at.astimezone(zone).date()
        before = found.get(day, Day(day, 0, 0, 0.0))
        found[day] = Day(day, before.asked + 1, before.right + one.right, sum(last) / len(last))
    return [found[day] for day in sorted(found)]


def streak(moments: Iterable[datetime], today: date, zone: tzinfo) -> int:
    """Days in a row with an answer, up to today (or up to yesterday, while nothing was answered today)."""
    days = {moment.astimezone(zone).date() for moment in moments}
    day = today if today in days else today - timedelta(days=1)
    count = 0
    while day in days:
        count, day = count + 1, day - timedelta(days=1)
    return count


def quota(unlearnt: int, due: int, today: date, exam: date | None) -> int:
    """Questions a day that bring somebody through the bank before the examination, those that are due included."""
    if exam is None or exam <= today:
        return due
    return due + -(-unlearnt // (exam - today).days)
