"""Drawn questions: the same seed gives the same question, and the model proves every one of them."""

from collections import Counter

import pytest

from quizzes.check import problems
from quizzes.drawing import Draw
from quizzes.question import CHOOSING, Experiment
from quizzes.rules import faults
from quizzes.scope import scope
from quizzes.sheet import sheet
from quizzes.survey import LANGUAGES, MOST_KEYS, cues
from quizzes.templates import TEMPLATES, generated
from quizzes.templates.base import Belief, Drawn, Statement, Template, world
from quizzes.templates.making import question_of

SEEDS = range(3)
EVERY = pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.id)


def major_of(template: Template, seed: int) -> int:
    """The oldest, the one in the middle and the newest."""
    majors = sorted(template.versions)
    return (majors[0], majors[len(majors) // 2], majors[-1])[seed]


@EVERY
def test_what_is_drawn_is_proved(template: Template) -> None:
    for seed in SEEDS:
        question = generated(template, seed, major_of(template, seed))
        assert question.proved
        assert list(problems(question)) == []


@EVERY
def test_a_seed_is_a_question_and_another_seed_another(template: Template) -> None:
    major = max(template.versions)
    first = [generated(template, seed, major) for seed in SEEDS]
    generated.cache_clear()
    assert [generated(template, seed, major) for seed in SEEDS] == first
    asked = {(one.stem, one.experiment, one.choices, one.number, one.picture) for one in first}
    assert len(asked) == len(SEEDS)


@EVERY
def test_what_is_drawn_keeps_the_rules_of_its_kind(template: Template) -> None:
    assert template.objective in scope().objectives
    for seed in SEEDS:
        assert list(faults(generated(template, seed, major_of(template, seed)))) == []


@EVERY
def test_every_sentence_is_filled_in_in_both_languages(template: Template) -> None:
    question = generated(template, 1, max(template.versions))
    texts = [question.stem, question.explanation]
    texts += [one.because for one in question.choices] + [one.because for one in question.wrong]
    for text in texts:
        assert text.ja
        assert text.en
        assert "{" not in (text.ja + text.en).replace("{}", "")


def test_there_are_at_least_forty_and_no_two_are_called_alike() -> None:
    assert len({one.id for one in TEMPLATES}) == len(TEMPLATES) >= 40


def test_no_fact_decides_more_than_two_templates() -> None:
    keys = Counter(fact for one in TEMPLATES for fact in one.facts)
    assert [fact for fact, count in keys.items() if count > MOST_KEYS] == []


def test_drawn_questions_are_of_many_kinds() -> None:
    kinds = {one.kind for one in TEMPLATES}
    assert kinds >= {"one", "predict", "choose", "picture", "number", "typed", "order"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_lengths_and_absolutes_do_not_tell_the_answer(language: str) -> None:
    drawn = [
        generated(template, seed, major_of(template, seed))
        for template in TEMPLATES
        if template.kind in CHOOSING
        for seed in SEEDS
    ]
    found = cues(drawn, language)
    assert found.longest <= 0.32
    assert found.no_absolutes <= 0.32


def test_positions_of_the_right_answer_are_even() -> None:
    seen = [0, 0, 0, 0]
    for seed in range(400):
        question = generated(TEMPLATES[0], 0, 14)
        seen[sheet(question, 14, seed).order.index(0)] += 1
    assert min(seen) > 70


def _of_kind(kind: str) -> Template:
    return next(one for one in TEMPLATES if one.id == kind)


def test_a_draw_in_which_beliefs_come_to_the_same_asks_nothing() -> None:
    template = _of_kind("rows-of-a-dump")
    drawn = Drawn(Experiment(world()), "echo 5", tuple(Belief(value, "now") for value in ("5", "5", "6", "7")))
    assert question_of(template, drawn, Draw("x"), 14) is None


def test_the_model_says_which_statements_are_true() -> None:
    template = _of_kind("queries-of-a-major")
    statements = tuple(Statement(str(one), f"echo {one % 2}", "1", "xlog", "xlog") for one in range(8))
    drawn = Drawn(Experiment(world()), statements=statements, words={"major": 14})
    question = question_of(template, drawn, Draw("x"), 14)
    assert question is not None
    assert [int(one.text.en) % 2 == 1 for one in question.choices] == [one.right for one in question.choices]


def test_a_picture_in_which_nothing_vanishes_asks_nothing() -> None:
    drawn = Drawn(Experiment(world()), path="$PGDATA/pg_wal", words={"line": "true", "label": "", "first": ""})
    assert question_of(_of_kind("cleaned-up"), drawn, Draw("x"), 14) is None
