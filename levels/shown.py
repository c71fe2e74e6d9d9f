"""An attempt as plain data in one language: what a page or a program needs after each command."""

from __future__ import annotations

from typing import TypedDict

from levels.attempt import Attempt, Judged
from levels.words import chapter


class ShownCondition(TypedDict):
    """A condition of the goal; `missing` is '' when it holds."""

    text: str
    holds: bool
    missing: str


class Shown(TypedDict):
    """The whole of it; texts that may not be seen yet are ''."""

    id: str
    number: int
    chapter: str
    version: int
    title: str
    story: str
    goal: list[ShownCondition]
    outcome: str
    """open, reached or lost."""
    why: str
    """Why the level was lost, or what the solution teaches once the goal is reached."""
    hints: list[str]
    """Those that were asked for."""
    more_hints: int
    commands: int
    par: int
    stars: int
    history: list[str]
    """What was typed: together with id and version the whole state."""


def shown(now: Attempt, language: str) -> Shown:
    """An attempt as it stands."""
    challenge, standing = now.challenge, now.standing
    why = ""
    if standing.trap is not None:
        why = standing.trap.why.in_(language)
    elif standing.outcome == "reached":
        why = challenge.why.in_(language)
    return Shown(
        id=challenge.id,
        number=challenge.number,
        chapter=chapter(challenge.chapter, language),
        version=now.major,
        title=challenge.title.in_(language),
        story=challenge.story.in_(language),
        goal=[_condition(judged, language) for judged in standing.goal],
        outcome=standing.outcome,
        why=why,
        hints=[hint.in_(language) for hint in challenge.hints[: now.hints_shown]],
        more_hints=len(challenge.hints) - now.hints_shown,
        commands=standing.commands,
        par=challenge.par,
        stars=now.rating,
        history=[turn.line for turn in now.turns],
    )


def _condition(judged: Judged, language: str) -> ShownCondition:
    return ShownCondition(text=judged.sentence(language), holds=judged.holds, missing=judged.missing(language))
