"""Questions without their dojo: as other programs can ask them, in one language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from quizzes.exchange.words import word
from quizzes.experiment import asked_at
from quizzes.grading import among, fated
from quizzes.question import CHOOSING, Choice, Fate, Level, Question
from quizzes.sheet import sheet
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
    """Objective, kind and version first, then the question's own."""
    language: str
    level: Level
    unit: str = ""
    """What a number counts."""
    cased: bool = False
    """A typed answer is a command line, in which capital letters matter."""
    shown: tuple[int, ...] = ()
    """Of steps: their numbers (from 0) in an order that gives nothing away."""
    place: str = ""
    """Of files in a picture: their directory."""
    fate: Fate | Literal[""] = ""
    """Of files in a picture: what befalls the right ones."""

    @property
    def objective(self) -> str:
        """Where it belongs in the scope."""
        return self.tags[0]


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
        explanation=" ".join((question.explanation.in_(language), *_other_orders(question, language))),
        manual=manual(question.manual, language, major)[0] if question.manual else "",
        tags=(question.objective, question.kind, f"PostgreSQL-{major}", *question.tags),
        language=language,
        level=question.level,
        unit=question.number.unit if question.number else "",
        cased=question.kind == "typed" and question.experiment is not None and bool(question.goal),
        shown=sheet(question, major, 0).order if question.kind == "order" else (),
        place=question.picture.path if question.picture else "",
        fate=question.picture.fate if question.picture else "",
    )


def _other_orders(question: Question, language: str) -> Iterator[str]:
    """Programs that know one order only would leave a learner in doubt about another that does it, too."""
    if question.also:
        orders = ", ".join("-".join(map(str, order)) for order in question.also)
        yield word("other_orders", language, orders=orders)


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
        return (Option(f"{question.number.value:.15g}", right=True),)
    wrong = (Option(one.text, False, one.because.in_(language)) for one in question.wrong)
    return (*(Option(text, right=True) for text in question.accepts), *wrong)


def _option(one: Choice, language: str, *, right: bool) -> Option:
    text = one.text.in_(language)
    return Option(f"`{text}`" if one.code else text, right, one.because.in_(language))
