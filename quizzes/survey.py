"""The bank as a whole: what it covers, what it asks twice, and whether its choices give the answer away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from quizzes.check import Problem
from quizzes.question import CHOOSING, Question
from quizzes.scope import scope, topics

LANGUAGES = ("ja", "en")
MOST_KEYS = 2
"""So many questions may turn on the same fact, or tell of the same incident."""
FEWEST_OF_A_TOPIC = 2
"""So many questions, at least, are about each thing that other banks never ask."""
ALIKE = 0.8
"""Questions that share so much of their words are the same one."""
ABSOLUTES = {
    "en": re.compile(r"\b(always|never|only|all|every|must|none|cannot|any)\b", re.IGNORECASE),
    "ja": re.compile(r"必ず|常に|決して|だけ|すべて|全て|一切|絶対|いつでも|のみ"),
}
_WORDS = re.compile(r"[a-z0-9_.$/-]+|[\u3040-\u30ff\u4e00-\u9fff]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cues:
    """What somebody scores who knows nothing (0 to 1): by guessing, by the longest, by leaving out absolutes."""

    guess: float
    longest: float
    no_absolutes: float


def cues(bank: Iterable[Question], language: str) -> Cues:
    """The scores over the questions with one right choice."""
    one = [item for item in bank if item.kind in CHOOSING and len(item.key) == 1]
    if not one:
        return Cues(0.0, 0.0, 0.0)
    guessed = sum(1 / len(item.choices) for item in one)
    longest = sum(_longest(item, language) for item in one)
    dropped = sum(_no_absolutes(item, language) for item in one)
    return Cues(guessed / len(one), longest / len(one), dropped / len(one))


def _longest(item: Question, language: str) -> float:
    lengths = [len(choice.text.in_(language)) for choice in item.choices]
    best = [at for at, length in enumerate(lengths) if length == max(lengths)]
    [right] = item.key
    return (right in best) / len(best)


def _no_absolutes(item: Question, language: str) -> float:
    """Of 'which is NOT' the absolute ones are taken, not left."""
    bold = [bool(ABSOLUTES[language].search(choice.text.in_(language))) for choice in item.choices]
    left = [at for at, one in enumerate(bold) if one is (item.kind == "not")] or list(range(len(bold)))
    [right] = item.key
    return (right in left) / len(left)


def alike(bank: Sequence[Question]) -> Iterator[tuple[Question, Question]]:
    """Pairs that ask the same in other words: by the English text with its choices."""
    words = [(one, _words(one)) for one in bank]
    for (first, mine), (second, other) in combinations(words, 2):
        shared = len(mine & other)
        if shared >= ALIKE * min(len(mine), len(other)) and shared >= ALIKE * len(mine | other):
            yield first, second


def _words(one: Question) -> frozenset[str]:
    texts = (one.stem.en, *(choice.text.en for choice in one.choices), *one.accepts)
    shown = () if one.experiment is None else (line.text for line in (*one.experiment.shown, *one.experiment.run))
    return frozenset(_WORDS.findall(" ".join((*texts, *shown)).casefold()))


def missing_terms(bank: Iterable[Question]) -> dict[str, tuple[str, ...]]:
    """Terms of the scope that no question of their objective asks about."""
    asked: dict[str, set[str]] = {}
    for one in bank:
        asked.setdefault(one.objective, set()).update(one.terms)
    found = {
        name: tuple(term for term in objective.terms if term not in asked.get(name, ()))
        for name, objective in scope().objectives.items()
    }
    return {name: terms for name, terms in found.items() if terms}


def missing_failures(bank: Iterable[Question]) -> tuple[int, ...]:
    """Items of the failures list (1 to 55) that no question asks about."""
    asked = {number for one in bank for number in one.failures}
    return tuple(number for number in range(1, 56) if number not in asked)


def few_of(bank: Iterable[Question]) -> dict[str, int]:
    """Topics that fewer questions than wanted are about, with how many there are."""
    asked = Counter(topic for one in bank for topic in one.topics)
    return {name: asked[name] for name in topics() if asked[name] < FEWEST_OF_A_TOPIC}


def gaps(bank: Sequence[Question]) -> Iterator[Problem]:
    """What the bank as a whole leaves out: terms of the scope, items of the failures list, topics."""
    for objective, terms in missing_terms(bank).items():
        for term in terms:
            yield Problem("term_missing", 0, (("term", term), ("objective", objective)))
    for number in missing_failures(bank):
        yield Problem("failure_missing", 0, (("number", number),))
    for topic, count in few_of(bank).items():
        yield Problem("topic_few", 0, (("topic", topic), ("count", count), ("wanted", FEWEST_OF_A_TOPIC)))


def problems_of(bank: Sequence[Question]) -> Iterator[tuple[Question, Problem]]:
    """What is wrong with a question only beside the others."""
    ids = Counter(one.id for one in bank)
    keys = Counter(fact for one in bank for fact in one.facts)
    incidents = Counter(one.incident for one in bank if one.incident)
    for one in bank:
        if ids[one.id] > 1:
            yield one, Problem("id_twice", 0)
        for fact in one.facts:
            if keys[fact] > MOST_KEYS:
                yield one, Problem("fact_often", 0, (("fact", fact), ("count", keys[fact])))
        if incidents[one.incident] > MOST_KEYS:
            yield one, Problem("incident_often", 0, (("incident", one.incident),))
        objective = scope().objectives.get(one.objective)
        unknown = [term for term in one.terms if objective is None or term not in objective.terms]
        if unknown:
            yield one, Problem("term_unknown", 0, (("term", unknown[0]), ("objective", one.objective)))
        for topic in one.topics:
            if topic not in topics():
                yield one, Problem("topic_unknown", 0, (("topic", topic),))
    for first, second in alike(bank):
        yield second, Problem("alike", 0, (("other", first.id),))
