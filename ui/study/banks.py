"""The questions of this app: the dojo's own, and those of a teacher (WALDOJO_BANKS), as far as they are sound."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import streamlit as st

from quizzes import survey
from quizzes.check import Problem, problems
from quizzes.loader import bank, beside_all
from quizzes.question import Question
from quizzes.scope import scope
from quizzes.telling import line_of
from simulator.faults import Fault
from ui.address import Address
from ui.language import tell

MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Own:
    """A teacher's questions that are sound, and what is wrong with the others."""

    questions: tuple[Question, ...]
    faults: tuple[Fault, ...]
    problems: tuple[tuple[Question, Problem], ...]


@cache
def own() -> Own:
    """The teacher's banks, checked once when the app first needs them, as `waldojo quiz check` does."""
    found, faults = beside_all()
    if not found:
        return Own((), faults, ())
    mine = {id(one) for one in found}
    wrong = [(one, fault) for one, fault in survey.problems_of((*bank(), *found)) if id(one) in mine]
    wrong += [(one, fault) for one in found for fault in problems(one)]
    unsound = {id(one) for one, _ in wrong}
    return Own(tuple(one for one in found if id(one) not in unsound), faults, tuple(wrong))


@cache
def questions() -> tuple[Question, ...]:
    """Everything that may be asked."""
    return (*bank(), *own().questions)


def by_id() -> dict[str, Question]:
    """The same by id."""
    return {one.id: one for one in questions()}


@cache
def objectives() -> tuple[str, ...]:
    """Objectives that have questions, in the order of the scope; a teacher's own ones come last."""
    known = list(scope().objectives)
    held = {one.objective for one in questions()}
    return (*(one for one in known if one in held), *sorted(held - set(known)))


def titled(objective: str, lang: str) -> str:
    """An objective with its title, when the scope has it."""
    found = scope().objectives.get(objective)
    if found is None:
        return objective
    # What is of no paper has no number either.
    return f"{objective} {found.title.in_(lang)}" if found.exam else found.title.in_(lang)


def show(here: Address) -> None:
    """Tell a teacher what is to be mended, line by line."""
    there = own()
    said = [one.line_of_text(here.lang) for one in there.faults]
    said += [line_of(one, problem, here.lang) for one, problem in there.problems]
    if said:
        st.warning(tell("study", "own_faults", here.lang, count=len(said)))
        st.code("\n".join(said[:MOST_TOLD]), language=None, wrap_lines=True)
