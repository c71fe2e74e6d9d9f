"""Answers graded: choices all or nothing, typed lines and orders by what they do, pictures by the fate of each file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from host.tree import Dir, Node, find
from levels.challenge import Text
from levels.judges import path_on
from quizzes.claims import true_on
from quizzes.experiment import Outcome, after, asked_at, by_learner
from quizzes.question import CHOOSING, Number, Picture, Question


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered: numbers of choices (in the order of the steps for `order`), a text, or file names."""

    marked: tuple[int, ...] = ()
    text: str = ""
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Grade:
    """Right or wrong; `because` tells why when the bank foresaw this very answer, `outcome` what it led to."""

    right: bool
    because: Text | None = None
    outcome: Outcome | None = None


def grade(question: Question, answer: Answer, major: int) -> Grade:
    """Grade an answer on a major."""
    if question.kind in CHOOSING:
        return _chosen(question, answer)
    if question.kind == "order":
        return _ordered(question, answer.marked, major)
    if question.kind == "picture":
        assert question.picture is not None
        return Grade(answer.names == fated(question, question.picture, major))
    if question.kind == "number":
        assert question.number is not None
        return Grade(same_number(question.number, answer.text))
    return _typed(question, answer.text, major)


def _chosen(question: Question, answer: Answer) -> Grade:
    marked = frozenset(answer.marked)
    right = marked == frozenset(question.key)
    first = next((at for at in answer.marked if not question.choices[at].right), None)
    return Grade(right, question.choices[first].because if first is not None else None)


def _ordered(question: Question, order: tuple[int, ...], major: int) -> Grade:
    """An order is right that reaches the goal."""
    everything = tuple(range(len(question.choices)))
    if tuple(sorted(order)) != everything:
        return Grade(right=False)
    if question.experiment is None:
        known = (everything, *(tuple(at - 1 for at in other) for other in question.also))
        return Grade(order in known)
    outcome = taken(question, order, major)
    return Grade(true_on(question.goal, outcome, major), outcome=outcome)


def taken(question: Question, order: tuple[int, ...], major: int) -> Outcome:
    """What comes of taking steps in an order."""
    assert question.experiment is not None, "steps are taken on a host"
    return after(question.experiment, major, tuple(line for at in order for line in question.choices[at].lines))


def _typed(question: Question, text: str, major: int) -> Grade:
    """A line is right that reaches the goal, however it is spelt; a word, when it is one of those accepted."""
    said = " ".join(text.split())
    known = next((one.because for one in question.wrong if _word(one.text) == _word(said)), None)
    if not said:
        return Grade(right=False)
    if question.experiment is None or not question.goal:
        return Grade(_word(said) in {_word(one) for one in question.accepts}, known)
    outcome = after(question.experiment, major, by_learner(text, major))
    return Grade(true_on(question.goal, outcome, major), known, outcome)


def _word(text: str) -> str:
    return " ".join(text.strip().rstrip(";").split()).casefold()


_NUMBER = re.compile(r"\s*([+-]?[0-9][0-9,]*(?:\.[0-9]+)?)\s*(\S*)\s*")


def same_number(wanted: Number, text: str) -> bool:
    """A number as a learner types it: with or without the unit, thousands apart by commas."""
    read = _NUMBER.fullmatch(text)
    if read is None or read[2].casefold() not in ("", wanted.unit.casefold()):
        return False
    return abs(float(read[1].replace(",", "")) - wanted.value) < 1e-6 * max(1.0, abs(wanted.value))


def among(question: Question, picture: Picture, major: int) -> tuple[str, ...]:
    """Names that can be clicked on: of a file that appears, those of after; otherwise those of before."""
    assert question.experiment is not None, "a picture is one of a host"
    when = after if picture.fate == "appears" else asked_at
    return tuple(sorted(_entries(when(question.experiment, major), picture.path)))


def fated(question: Question, picture: Picture, major: int) -> frozenset[str]:
    """Names that have the fate which is asked for."""
    assert question.experiment is not None, "a picture is one of a host"
    before = _entries(asked_at(question.experiment, major), picture.path)
    then = _entries(after(question.experiment, major), picture.path)
    match picture.fate:
        case "vanishes":
            return frozenset(before) - frozenset(then)
        case "appears":
            return frozenset(then) - frozenset(before)
        case "stays":
            return frozenset(before) & frozenset(then)
        case "changes":
            return frozenset(name for name, node in before.items() if name in then and then[name] != node)


def _entries(outcome: Outcome, path: str) -> dict[str, Node]:
    node = find(outcome.host.root, path_on(outcome.host, path))
    return (
        {name: one for name, one in node.entries.items() if not isinstance(one, Dir)} if isinstance(node, Dir) else {}
    )
