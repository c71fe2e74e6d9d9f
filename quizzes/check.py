"""Is a question sound: its experiment proves the marked answer right and every other one wrong, on every major."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

from host.shell import run_line
from levels.worlds import NotPrepared
from quizzes.claims import true_on
from quizzes.experiment import after
from quizzes.grading import Answer, among, fated, grade, taken
from quizzes.question import CHOOSING, Question
from simulator.prose import LANGUAGES, catalogue, manual
from simulator.versions import UnknownVersion, spans

_LINK = re.compile(r"https://(?P<host>[a-z.]+)/docs/(?P<edition>[1-9][0-9])/[a-z][a-z0-9-]*\.html(?:#[A-Z][A-Z0-9-]*)?")
_HOSTS = {"en": "www.postgresql.org", "ja": "www.postgresql.jp"}
"""Where the manual of a language is."""
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a question: the key of a sentence in problems.toml, and its facts."""

    kind: str
    major: int
    facts: tuple[tuple[str, object], ...] = ()


def problems(question: Question) -> Iterator[Problem]:
    """Links that lead nowhere, and everything that its experiment does not bear out."""
    yield from links(question)
    if not question.proved or question.experiment is None:
        return
    for major in sorted(question.versions):
        try:
            after(question.experiment, major)
        except NotPrepared as error:
            yield Problem("not_prepared", major, (("said", str(error)),))
            continue
        if question.kind in CHOOSING:
            yield from _choices(question, major)
        elif question.kind == "order":
            yield from _orders(question, major)
        elif question.kind == "typed":
            yield from _typed(question, major)
        elif question.kind == "picture":
            yield from _picture(question, major)
        else:
            yield from _number(question, major)


def links(question: Question) -> Iterator[Problem]:
    """What is wrong with its links to the manual, by their form: nothing is fetched."""
    if not question.manual:
        return
    first = catalogue("manual").get(question.manual, {}).get("since")
    there = question.versions if first is None else spans(f"{first}+")
    for major in sorted(question.versions):
        if major not in there:
            yield Problem("page_too_new", major, (("page", question.manual), ("since", first), ("major", major)))
        for language in LANGUAGES:
            try:
                url, _ = manual(question.manual, language, major)
            except (LookupError, ValueError):
                url = question.manual
            if not well_formed(url, language, major):
                yield Problem("link", major, (("language", language), ("url", url)))


def well_formed(url: str, language: str, major: int) -> bool:
    """Whether a link leads to a page of the manual in a language, of that major or an older one."""
    read = _LINK.fullmatch(url)
    if read is None or read["host"] != _HOSTS[language]:
        return False
    try:
        return major in spans(f"{read['edition']}+")
    except UnknownVersion:
        return False


def _choices(question: Question, major: int) -> Iterator[Problem]:
    """Each choice is what its claims say; of 'which is NOT', the marked one is the one that is not so."""
    assert question.experiment is not None, "only what has an experiment is proved"
    for at, choice in enumerate(question.choices, 1):
        outcome = after(question.experiment, major, choice.lines)
        true = true_on(choice.claims or question.goal, outcome, major)
        if true is not (choice.right is not (question.kind == "not")):
            said = outcome.last.printed.strip()[:300] if outcome.last else ""
            facts = (("number", at), ("choice", choice.text.en), ("true", str(true).lower()), ("said", said))
            yield Problem("choice", major, facts)


def _orders(question: Question, major: int) -> Iterator[Problem]:
    """Exactly the orders that are named reach the goal."""
    numbers = range(len(question.choices))
    known = {tuple(numbers), *(tuple(at - 1 for at in order) for order in question.also)}
    for order in permutations(numbers):
        reached = true_on(question.goal, taken(question, order, major), major)
        if reached is not (order in known):
            shown = ", ".join(str(at + 1) for at in order)
            yield Problem("order", major, (("order", shown), ("reached", str(reached).lower())))


def _typed(question: Question, major: int) -> Iterator[Problem]:
    """What is accepted reaches the goal; typing nothing or what is called wrong does not."""
    assert question.experiment is not None, "only what has an experiment is proved"
    if true_on(question.goal, after(question.experiment, major), major):
        yield Problem("goal_idle", major)
    for text in question.accepts:
        if not grade(question, Answer(text=text), major).right:
            yield Problem("accepts", major, (("text", text),))
    for one in question.wrong:
        if grade(question, Answer(text=one.text), major).right:
            yield Problem("wrong_is_right", major, (("text", one.text),))


def _picture(question: Question, major: int) -> Iterator[Problem]:
    """Some of the files have the fate, and some have not."""
    assert question.picture is not None, "a picture was asked for"
    found = fated(question, question.picture, major)
    if not found or found == frozenset(among(question, question.picture, major)):
        yield Problem("picture", major, (("count", len(found)),))


def _number(question: Question, major: int) -> Iterator[Problem]:
    """The host prints the number."""
    assert question.number is not None, "a number was asked for"
    assert question.experiment is not None, "only what has an experiment is proved"
    printed = str(run_line(after(question.experiment, major).host, question.number.line).stdout)
    read = _NUMBER.search(printed)
    if read is None or float(read[0]) != question.number.value:
        facts = (("value", question.number.value), ("printed", printed.strip()))
        yield Problem("number", major, facts)
