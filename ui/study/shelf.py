"""Questions to choose from: those of the bank and those that templates draw, by id, objective and history."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from progress.records import Answered, Card, Paper
from quizzes.question import Question
from quizzes.sheet import drawn
from quizzes.templates import TEMPLATES, generated
from ui.study import banks

WHICH = ("unseen", "due", "wrong", "once", "bookmarked", "all", "drawn")
RIGHT_IN_A_ROW = 2
"""So often in a row a question has to be right to count as learnt."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to practise; '' is everything."""

    objective: str = ""
    level: str = ""
    kind: str = ""
    which: str = "unseen"
    paper: str = ""
    """A mock paper: what was wrong in it is answered once more."""


@dataclass(frozen=True, slots=True)
class History:
    """What a learner has done so far."""

    answers: tuple[Answered, ...] = ()
    cards: tuple[Card, ...] = ()
    bookmarks: frozenset[str] = frozenset()
    latest: dict[str, bool] = field(default_factory=dict)
    """Whether the last answer to each question was right; the one answered last stands last."""

    def in_a_row(self, question: str) -> int:
        """Right answers to a question since the last wrong one."""
        return next((card.in_a_row for card in self.cards if card.question == question), 0)

    @property
    def learnt(self) -> frozenset[str]:
        """What was right so often in a row that it counts as learnt."""
        return frozenset(card.question for card in self.cards if card.in_a_row >= RIGHT_IN_A_ROW)


def history(answers: Sequence[Answered], cards: Sequence[Card], bookmarks: Collection[str]) -> History:
    """A learner's history, with what follows from it."""
    latest: dict[str, bool] = {}
    for one in answers:
        latest.pop(one.question, None)
        latest[one.question] = one.right
    return History(tuple(answers), tuple(cards), frozenset(bookmarks), latest)


def find(name: str, major: int) -> Question | None:
    """A question by its id: of the banks, or drawn by a template (`template~seed`)."""
    head, mark, seed = name.partition("~")
    if not mark:
        return next((one for one in banks.questions() if one.id == name), None)
    template = next((one for one in TEMPLATES if one.id == head), None)
    if template is None or not seed.isdigit() or len(seed) > 9 or major not in template.versions:
        return None
    return generated(template, int(seed), major)


@lru_cache(maxsize=2_000)
def reopened(name: str, major: int) -> tuple[Question, int] | None:
    """A question that somebody asks for by its id, on the wanted major or on the one next to it where it holds."""
    template = next((one for one in TEMPLATES if one.id == name.partition("~")[0]), None)
    known = next((one.versions for one in banks.questions() if one.id == name), None)
    majors = known or (template.versions if template else None)
    if not majors:
        return None
    held = min(majors, key=lambda one: (abs(one - major), -one))
    with suppress(LookupError):
        found = find(name, held)
        return (found, held) if found else None
    return None


def wrong_of(paper: Paper, known: History) -> list[str]:
    """What was wrong in a paper and has not been answered rightly since."""
    wrong = [one.question for one in paper.items if one.right is False]
    return [name for name in wrong if known.latest.get(name) is False]


def fitting(wish: Wish, major: int, known: History, now: datetime, questions: Iterable[Question]) -> list[Question]:
    """The questions of a wish that hold on a major."""
    due = {card.question for card in known.cards if card.due <= now}
    once = {card.question for card in known.cards if card.in_a_row < RIGHT_IN_A_ROW}
    wanted: Mapping[str, Callable[[str], bool]] = {
        "unseen": lambda name: name not in known.latest,
        "due": due.__contains__,
        "wrong": lambda name: known.latest.get(name) is False,
        "once": once.__contains__,
        "bookmarked": known.bookmarks.__contains__,
        "all": lambda _: True,
        "drawn": lambda _: False,
    }
    return [
        one
        for one in questions
        if major in one.versions
        and wish.objective in ("", one.objective)
        and wish.level in ("", one.level)
        and wish.kind in ("", one.kind)
        and wanted[wish.which](one.id)
    ]


def in_order(questions: Sequence[Question], known: History, seed: int) -> list[Question]:
    """What comes first: unseen ones, then those whose answer lies back furthest; otherwise as the seed draws."""
    places = {name: place for place, name in enumerate(known.latest)}
    mixed = [questions[at] for at in drawn(range(len(questions)), str(seed))]
    return sorted(mixed, key=lambda one: places.get(one.id, -1))


def fresh(wish: Wish, major: int, seed: int, last: str = "") -> Question | None:
    """A question that nobody has seen: drawn by one of the templates that fit, and not by the last one again."""
    fitting_ones = [
        one
        for one in TEMPLATES
        if major in one.versions
        and wish.objective in ("", one.objective)
        and wish.level in ("", one.level)
        and wish.kind in ("", one.kind)
    ]
    order = [fitting_ones[at] for at in drawn(range(len(fitting_ones)), str(seed))]
    for template in sorted(order, key=lambda one: one.id == last.partition("~")[0]):
        with suppress(LookupError):
            return generated(template, seed, major)
    return None
