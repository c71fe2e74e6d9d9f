"""A draw becomes a Question: the model is asked for the answer, and each choice is a claim about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations

from levels.challenge import Text
from quizzes.drawing import Draw
from quizzes.grading import among, fated
from quizzes.question import Choice, Claim, Fate, Number, Picture, Question, Said, Wrong
from quizzes.templates.base import ALL, Belief, Drawn, Statement, Template, lines, printed
from quizzes.templates.words import words

CHOICES, FEW_CHOICES = 5, 4
"""Of a question with several right choices, and of one with a single one."""
FATE: Fate = "vanishes"
"""What pictures ask about: files that are gone afterwards."""


def question_of(template: Template, drawn: Drawn, draw: Draw, major: int) -> Question | None:
    """The question; None when the draw asks nothing (two beliefs come to the same, no file has the fate)."""
    if template.kind == "picture":
        return _picture(template, drawn, major)
    if drawn.statements:
        return _stated(template, drawn, draw, major)
    if drawn.steps:
        return _ordered(template, drawn, major)
    right = printed(drawn.experiment, major, drawn.line)
    if template.kind == "number":
        number = Number(float(right), template.unit, drawn.line)
        return replace(_bare(template, drawn, {**drawn.words, "right": right}, major), number=number)
    return _typed(template, drawn, major) if template.kind == "typed" else _chosen(template, drawn, draw, right, major)


def _bare(template: Template, drawn: Drawn, names: Mapping[str, object], major: int) -> Question:
    return Question(
        id=template.id,
        kind=template.kind,
        objective=template.objective,
        level=template.level,
        versions=frozenset({major}),
        stem=words(template.id, "stem", **names),
        explanation=words(template.id, "explanation", **names),
        difficulty=template.difficulty,
        manual=template.manual,
        facts=drawn.facts or template.facts,
        situational=template.situational,
        experiment=drawn.experiment,
    )


def _chosen(template: Template, drawn: Drawn, draw: Draw, right: str, major: int) -> Question | None:
    """Choices are values that a command line prints; None when too few beliefs differ from the key."""
    if not right or (drawn.texts and right not in drawn.texts):
        return None
    wrong: dict[str, Belief] = {}
    for one in drawn.beliefs:
        if one.value != right:
            wrong.setdefault(one.value, one)
    if len(wrong) < FEW_CHOICES - 1:
        return None
    taken = (Belief(right, "right"), *draw.some(tuple(wrong.values()), FEW_CHOICES - 1))
    names = {**drawn.words, "right": right}
    choices = tuple(_choice(template.id, drawn, one, names) for one in taken)
    return replace(_bare(template, drawn, names, major), choices=choices)


def _choice(template: str, drawn: Drawn, one: Belief, names: Mapping[str, object]) -> Choice:
    key = drawn.texts.get(one.value, "")
    return Choice(
        text=words(template, key, **names) if key else Text(one.value, one.value),
        right=one.key == "right",
        because=words(template, one.key, **names),
        code=not key,
        claims=(Claim(ALL, said=Said(drawn.line, prints=one.value)),),
    )


def _stated(template: Template, drawn: Drawn, draw: Draw, major: int) -> Question | None:
    """Statements that the model finds true and false, so many of each as the kind asks for."""
    found: dict[bool, list[Statement]] = {True: [], False: []}
    for one in drawn.statements:
        found[printed(drawn.experiment, major, one.line) == one.prints].append(one)
    many = template.kind == "choose"
    several = 2 + draw.number(2) if many else 1
    others = (CHOICES if many else FEW_CHOICES) - several
    wanted = {template.kind != "not": several, template.kind == "not": others}
    if any(len(found[side]) < count for side, count in wanted.items()):
        return None
    sides = [(side, one) for side, count in wanted.items() for one in draw.some(found[side], count)]
    names = {**drawn.words, "count": several}
    choices = tuple(
        _statement(template.id, drawn, one, names, true=side, right=side is not (template.kind == "not"))
        for side, one in sides
    )
    return replace(_bare(template, drawn, names, major), choices=choices)


def _statement(
    template: str, drawn: Drawn, one: Statement, names: Mapping[str, object], *, true: bool, right: bool
) -> Choice:
    said = {**names, **one.words, "value": one.value}
    key = drawn.texts.get(one.value, "")
    return Choice(
        text=words(template, key, **said) if key else Text(one.value, one.value),
        right=right,
        because=words(template, one.true if true else one.false, **said),
        code=not key,
        claims=(Claim(ALL, said=Said(one.line, prints=one.prints)),),
    )


def _picture(template: Template, drawn: Drawn, major: int) -> Question | None:
    """Files of a directory of which some go, and some do not."""
    picture = Picture(drawn.path, FATE)
    asked = replace(_bare(template, drawn, drawn.words, major), picture=picture)
    gone = fated(asked, picture, major)
    return asked if gone and gone != frozenset(among(asked, picture, major)) else None


def _goal(drawn: Drawn, value: str) -> tuple[Claim, ...]:
    return (Claim(ALL, said=Said(drawn.line, prints=value)),)


def _typed(template: Template, drawn: Drawn, major: int) -> Question | None:
    """Whatever is typed is right when it does what the first accepted line does."""
    before, value = (printed(drawn.experiment, major, drawn.line, *done) for done in ((), drawn.accepts[:1]))
    if before == value:
        return None
    wrong = tuple(
        Wrong(one.value, words(template.id, one.key, **drawn.words))
        for one in drawn.wrong
        if printed(drawn.experiment, major, drawn.line, one.value) != value
    )
    bare = _bare(template, drawn, drawn.words, major)
    return replace(bare, goal=_goal(drawn, value), accepts=drawn.accepts, wrong=wrong)


def _ordered(template: Template, drawn: Drawn, major: int) -> Question | None:
    """Every order that comes to the same as the order of the draw is right."""

    def reached(order: tuple[int, ...]) -> str:
        done = (line for at in order for line in drawn.steps[at].lines)
        return printed(drawn.experiment, major, drawn.line, *done)

    first = tuple(range(len(drawn.steps)))
    value = reached(first)
    also = tuple(
        tuple(at + 1 for at in order) for order in permutations(first) if order != first and reached(order) == value
    )
    choices = tuple(
        Choice(
            text=words(template.id, one.key, **drawn.words) if one.key else Text(one.lines[0], one.lines[0]),
            right=True,
            because=words(template.id, one.because, **drawn.words),
            code=not one.key,
            lines=lines(*one.lines),
        )
        for one in drawn.steps
    )
    bare = _bare(template, drawn, drawn.words, major)
    return replace(bare, goal=_goal(drawn, value), choices=choices, also=also)
