"""What the browser is told of a question: nothing that gives the answer away before the answer is given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from quizzes.experiment import Outcome, Shown, after, asked_at, by_learner
from quizzes.grading import Answer, Grade, among, fated, taken
from quizzes.question import CHOOSING, Question
from quizzes.sheet import Sheet
from simulator.versions import KNOWN
from ui import explain
from ui.language import tell
from ui.study import banks

LONGEST_TYPED = 2_000
MOST_PRINTED = 6_000
"""Characters of one output that are shown; nobody reads more in a question."""


def asked(sheet: Sheet, lang: str) -> dict[str, Any]:
    """The question as it is put: stem, situation, choices in their drawn order."""
    question, major = sheet.question, sheet.major
    choices = [question.choices[at] for at in sheet.order]
    told: dict[str, Any] = {
        "id": question.id,
        "kind": question.kind,
        "objective": banks.titled(question.objective, lang),
        "ask": _ask(question, lang),
        "difficulty": tell("study", "difficulty", lang, stars="★" * question.difficulty),
        "stem": question.stem.in_(lang),
        "situation": [],
        "choices": [{"text": one.text.in_(lang), "code": one.code} for one in choices],
        "unit": question.number.unit if question.number else "",
        "wants": len(question.key),
    }
    if question.experiment is not None and (question.experiment.shown or question.picture):
        told["situation"] = printed(asked_at(question.experiment, major).transcript)
    if question.picture is not None:
        told["names"] = list(among(question, question.picture, major))
    return told


def _ask(question: Question, lang: str) -> str:
    """What is to be done, in a few words."""
    return tell("study", f"ask_{question.kind}", lang, count=len(question.key))


def printed(transcript: Iterable[Shown]) -> list[dict[str, str]]:
    """Lines of a terminal and what they printed."""
    return [{"on": one.on, "line": one.line, "out": _shortened(one.printed)} for one in transcript]


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_PRINTED else text[:MOST_PRINTED].rsplit("\n", 1)[0] + "\n…"


def explained(sheet: Sheet, answer: Answer, grade: Grade, lang: str) -> dict[str, Any]:
    """What is told when the answer is kept: right or wrong, why each choice is, and what really happens."""
    question, major = sheet.question, sheet.major
    choices = [question.choices[at] for at in sheet.order]
    told: dict[str, Any] = {
        "right": grade.right,
        "because": grade.because.in_(lang) if grade.because is not None and question.kind not in CHOOSING else "",
        "reasons": [{"right": one.right, "because": one.because.in_(lang)} for one in choices],
        "explanation": question.explanation.in_(lang),
        "played": _played(sheet, answer, grade),
        "accepts": list(question.accepts),
        "value": "",
        "names": [],
    }
    if question.kind == "order":
        told["steps"] = [sheet.order.index(at) for at in range(len(question.choices))]
    if question.picture is not None:
        told["names"] = sorted(fated(question, question.picture, major))
    if question.number is not None:
        told["value"] = f"{question.number.value:,g} {question.number.unit}".strip()
    if question.manual:
        told |= explain.manual(question.manual, major, lang)
    return told


def _played(sheet: Sheet, answer: Answer, grade: Grade) -> list[dict[str, Any]]:
    """What the decisive lines do: those of the experiment, and those of what was answered and of what is right."""
    question, major = sheet.question, sheet.major
    if question.experiment is None:
        return []
    before = len(asked_at(question.experiment, major).transcript)
    found = []
    for title, outcome in _outcomes(question, major, answer, grade):
        if lines := printed(outcome.transcript[before:]):
            found.append({"title": title, "lines": lines})
    return found


def _outcomes(question: Question, major: int, answer: Answer, grade: Grade) -> Iterator[tuple[str, Outcome]]:
    """What is worth seeing, each under the key of its title."""
    experiment = question.experiment
    assert experiment is not None, "only what has an experiment is played"
    if question.number is not None:
        yield "played", after(experiment, major, by_learner(question.number.line, major))
    elif question.kind in ("typed", "order"):
        if grade.outcome is not None:
            yield "played_yours", grade.outcome
        if not grade.right:
            yield "played_right", _right(question, major)
    elif not any(one.lines for one in question.choices):
        yield "played", after(experiment, major)
    else:
        for at in dict.fromkeys((*answer.marked, *question.key)):
            one = question.choices[at]
            yield "played_right" if one.right else "played_yours", after(experiment, major, one.lines)


def _right(question: Question, major: int) -> Outcome:
    """What the order or the line does that reaches the goal."""
    assert question.experiment is not None, "only what is typed or done on a host has an outcome"
    if question.kind == "order":
        return taken(question, tuple(range(len(question.choices))), major)
    return after(question.experiment, major, by_learner(question.accepts[0], major))


def versions(question: Question, lang: str) -> str:
    """Where it holds, when that is not everywhere."""
    majors = sorted(question.versions)
    if majors == list(KNOWN):
        return ""
    spans = f"{majors[0]}–{majors[-1]}" if len(majors) > 1 else str(majors[0])
    return tell("study", "holds_on", lang, versions=spans)


def read(said: str, longest: int) -> dict[str, Any]:
    """A message of the browser; what is none says nothing."""
    try:
        message = json.loads(said[:longest])
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def answer_of(sheet: Sheet, given: object) -> Answer | None:
    """An answer from what the browser tells: places on the sheet become numbers of choices.  None: it is no answer."""
    if not isinstance(given, dict):
        return None
    places = given.get("marked", [])
    names, text = given.get("names", []), given.get("text", "")
    if not (isinstance(places, list) and isinstance(names, list) and isinstance(text, str)):
        return None
    if not all(type(at) is int and 0 <= at < len(sheet.order) for at in places) or len(set(places)) != len(places):
        return None
    answer = Answer(tuple(sheet.order[at] for at in places), plain(text), frozenset(plain(str(one)) for one in names))
    return answer if answer.marked or answer.text.strip() or answer.names else None


def plain(text: str) -> str:
    """JSON may hold halves of a character, which neither a store nor a page can."""
    return text[:LONGEST_TYPED].encode(errors="replace").decode().replace("\0", "")


def as_kept(answer: Answer) -> dict[str, Any]:
    """An answer as the store keeps it: choices by their number in the bank, whatever their order on the sheet was."""
    kept = {"marked": list(answer.marked), "text": answer.text, "names": sorted(answer.names)}
    return {name: value for name, value in kept.items() if value}


def from_kept(given: dict[str, Any]) -> Answer:
    """The same back."""
    return Answer(tuple(given.get("marked", ())), str(given.get("text", "")), frozenset(given.get("names", ())))


def shown(sheet: Sheet, answer: Answer) -> dict[str, Any]:
    """An answer by the places on the sheet."""
    return as_kept(answer) | {"marked": [sheet.order.index(at) for at in answer.marked]}
