"""Questions as cards: the fields of a note for Anki, its deck, its tags and its pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from quizzes.exchange.drawn import drawing, told
from quizzes.exchange.words import word
from quizzes.portable import Option, Portable
from quizzes.scope import scope
from quizzes.writers import html

TOP = "WAL Dojo"
FIELDS = (
    "Id",
    "Task",
    "Question",
    "Output",
    "Picture",
    "Choices",
    "Answer",
    "AnswerPicture",
    "Explanation",
    "Manual",
)
"""Anki tells notes of one kind apart by the first.  Cards that somebody studies already have these fields: new ones
only ever come behind."""


@dataclass(frozen=True, slots=True)
class Card:
    """One note with one card."""

    key: str
    """The question and its language: the same for every export, so that a card is updated and never there twice."""
    deck: str
    fields: Mapping[str, str]
    tags: tuple[str, ...]
    pictures: Mapping[str, str] = field(default_factory=dict)
    """SVG by file name."""


def card(one: Portable) -> Card:
    """A question as a card."""
    pictures = dict(_pictures(one))
    shown = [f'<img src="{name}" alt="{escape(told(one, answered=at == 1))}">' for at, name in enumerate(pictures)]
    filled = {
        "Id": one.id,
        "Task": escape(_task(one)),
        "Question": html(one.stem),
        "Output": escape(one.output),
        "Picture": shown[0] if shown else "",
        "Choices": _choices(one),
        "Answer": _answer(one),
        "AnswerPicture": shown[1] if shown else "",
        "Explanation": html(one.explanation),
        "Manual": f'<a href="{escape(one.manual)}">{escape(one.manual)}</a>' if one.manual else "",
    }
    return Card(f"{one.id}/{one.language}", _deck(one), filled, _tags(one), pictures)


def _deck(one: Portable) -> str:
    known = scope().objectives.get(one.objective)
    title = known.title.in_(one.language) if known else ""
    return f"{TOP}::{one.objective} {title}".rstrip()


def _tags(one: Portable) -> tuple[str, ...]:
    """Tags of Anki have no blanks, and :: makes a tree of them."""
    objective, kind, version, *others = one.tags
    first = (f"objective::{objective}", f"kind::{kind}", f"version::{version}", f"level::{one.level}")
    return tuple(dict.fromkeys("-".join(tag.split()) for tag in (*first, *others)))


def _pictures(one: Portable) -> Iterator[tuple[str, str]]:
    """The question's, then the answer's; Anki has one folder for the pictures of all decks."""
    if one.fate:
        for side, answered in (("question", False), ("answer", True)):
            yield f"waldojo-{one.id}-{one.language}-{side}.svg", drawing(one, answered=answered)


def _task(one: Portable) -> str:
    if one.fate:
        return word("task_files", one.language)
    if one.form == "several":
        return word("task_several", one.language, count=sum(option.right for option in one.options))
    if one.form == "number" and one.unit:
        return word("task_number_unit", one.language, unit=one.unit)
    return word(f"task_{one.form}", one.language)


def _choices(one: Portable) -> str:
    if one.form not in ("one", "several", "order") or one.fate:
        return ""
    order = one.shown or range(len(one.options))
    return _list("".join(f"<li>{html(one.options[at].text)}</li>" for at in order), "A")


def _answer(one: Portable) -> str:
    if one.form == "number":
        return f"<p><strong>{escape(f'{one.options[0].text} {one.unit}'.strip())}</strong></p>"
    if one.form == "order":
        return _list("".join(_step(one, at) for at in range(len(one.options))), "1")
    if one.form != "words":
        return "" if one.fate else _list("".join(_marked(one, option) for option in one.options), "A")
    right = "".join(_typed(option) for option in one.options if option.right)
    wrong = "".join(_typed(option) for option in one.options if not option.right)
    parts = [("accepted", right), ("not_accepted", wrong)]
    return "".join(f"<p>{word(key, one.language)}</p><ul>{told}</ul>" for key, told in parts if told)


def _list(items: str, kind: str) -> str:
    return f'<ol type="{kind}">{items}</ol>'


def _step(one: Portable, at: int) -> str:
    """A step in its right place, with the letter under which the question showed it."""
    letter = chr(ord("A") + one.shown.index(at))
    option = one.options[at]
    return f"<li><b>({letter})</b> {html(option.text)}{_because(option)}</li>"


def _marked(one: Portable, option: Option) -> str:
    """A choice with its reason; the mark is a sign with a name, so that it is seen and heard without colours."""
    name, sign = ("right", "✓") if option.right else ("wrong", "✗")
    mark = f'<span class="mark" role="img" aria-label="{word(name, one.language)}">{sign}</span>'
    return f'<li class="{name}">{mark} {html(option.text)}{_because(option)}</li>'


def _typed(option: Option) -> str:
    """What was typed: none of it is ours to take for markup."""
    return f"<li><code>{escape(option.text)}</code>{_because(option)}</li>"


def _because(option: Option) -> str:
    return f'<div class="because">{html(option.because)}</div>' if option.because else ""
