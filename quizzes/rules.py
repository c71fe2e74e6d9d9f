"""What a question needs by its kind, beyond its schema: the field at fault, the kind of fault, and its facts."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache

from quizzes.question import CHOOSING, Question
from simulator.prose import catalogue

Found = tuple[tuple[str | int, ...], str, dict[str, object]]
FEWEST_CHOICES, MOST_CHOICES = 4, 6
FEWEST_STEPS, MOST_STEPS = 3, 6


def faults(question: Question) -> Iterator[Found]:
    """Everything that its kind misses."""
    if question.kind in CHOOSING:
        yield from _choices(question)
    elif question.kind == "order":
        yield from _steps(question)
    elif question.kind == "typed":
        if not question.accepts:
            yield ("accepts",), "missing", {}
    elif question.kind == "picture":
        if question.picture is None or question.experiment is None:
            yield ("picture",), "missing", {}
    elif question.number is None:
        yield ("number",), "missing", {}
    if not question.proved and not question.manual:
        yield ("manual",), "proof_or_manual", {}
    if question.manual and question.manual not in pages():
        near = get_close_matches(question.manual, pages(), n=5, cutoff=0.3)
        yield ("manual",), "unknown_page", {"wrong": question.manual, "allowed": ", ".join(near or pages()[:5])}
    yield from _two_languages(question)


def _choices(question: Question) -> Iterator[Found]:
    count, right = len(question.choices), len(question.key)
    if not FEWEST_CHOICES <= count <= MOST_CHOICES:
        yield ("choices",), "choices_count", {"wrong": count, "allowed": f"{FEWEST_CHOICES}-{MOST_CHOICES}"}
    if question.kind == "choose" and not 2 <= right < count:
        yield ("choices",), "several_right", {"wrong": right}
    if question.kind != "choose" and right != 1:
        yield ("choices",), "one_right", {"wrong": right}
    for language in ("ja", "en"):
        words = [one.text.in_(language) for one in question.choices]
        twice = next((one for one in words if words.count(one) > 1), None)
        if twice is not None:
            yield ("choices",), "choice_twice", {"wrong": twice}


def _steps(question: Question) -> Iterator[Found]:
    count = len(question.choices)
    if not FEWEST_STEPS <= count <= MOST_STEPS:
        yield ("choices",), "choices_count", {"wrong": count, "allowed": f"{FEWEST_STEPS}-{MOST_STEPS}"}
    for at, order in enumerate(question.also):
        if sorted(order) != list(range(1, count + 1)):
            yield ("also", at), "order_of_steps", {"wrong": order, "allowed": count}


def _two_languages(question: Question) -> Iterator[Found]:
    """Japanese is Japanese: a text without any letter of it was forgotten."""
    for field in ("stem", "explanation"):
        if not any(ord(letter) > 0x3000 for letter in getattr(question, field).ja):
            yield (field, "ja"), "not_japanese", {}


@cache
def pages() -> tuple[str, ...]:
    """The pages of the manual that a question may name."""
    return tuple(key for key, entry in catalogue("manual").items() if "page" in entry)
