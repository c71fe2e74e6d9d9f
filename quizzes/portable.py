"""Questions without their dojo: as other programs can ask them, in one language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from quizzes.experiment import asked_at
from quizzes.grading import among, fated
from quizzes.question import CHOOSING, Choice, Question
from simulator.prose import manual

Form = Literal["one", "several", "words", "number", "order"]


@dataclass(frozen=True, slots=True)
class Option:
    """A choice, a step (in the right order), or an accepted answer, with what is told about it."""

    text: str
    right: bool
    because: str = ""


@dataclass(frozen=True, slots=True)
class Portable:
    """A question: plain text everywhere, backticks around code; `output` is what a terminal showed before it."""

    id: str
    form: Form
    stem: str
    output: str
    options: tuple[Option, ...]
    explanation: str
    manual: str
    tags: tuple[str, ...]


_FORMS: dict[str, Form] = {
    "choose": "several",
    "typed": "words",
    "order": "order",
    "number": "number",
    "picture": "several",
}


def portable(question: Question, major: int, language: str) -> Portable:
    """A question on a major."""
    return Portable(
        id=question.id,
        form=_FORMS.get(question.kind, "one"),
        stem=question.stem.in_(language),
        output=output(question, major),
        options=_options(question, major, language),
        explanation=question.explanation.in_(language),
        manual=manual(question.manual, language, major)[0] if question.manual else "",
        tags=(question.objective, question.kind, f"PostgreSQL-{major}", *question.tags),
    )


def output(question: Question, major: int) -> str:
    """The terminal as the learner sees it when asked; '' when nothing is shown."""
    if question.experiment is None or not question.experiment.shown:
        return ""
    shown = asked_at(question.experiment, major).transcript
    return "\n".join(f"$ {one.line}\n{one.printed}".rstrip("\n") for one in shown)


def _options(question: Question, major: int, language: str) -> tuple[Option, ...]:
    if question.kind in CHOOSING or question.kind == "order":
        right = question.kind == "order"
        return tuple(_option(one, language, right=right or one.right) for one in question.choices)
    if question.picture is not None:
        there = fated(question, question.picture, major)
        return tuple(Option(name, name in there) for name in among(question, question.picture, major))
    if question.number is not None:
        return (Option(f"{question.number.value:g}", right=True),)
    wrong = (Option(one.text, False, one.because.in_(language)) for one in question.wrong)
    return (*(Option(text, right=True) for text in question.accepts), *wrong)


def _option(one: Choice, language: str, *, right: bool) -> Option:
    text = one.text.in_(language)
    return Option(f"`{text}`" if one.code else text, right, one.because.in_(language))
