"""Drawn questions: the same seed gives the same question, and the model proves every one of them."""

import pytest

from quizzes.check import problems
from quizzes.sheet import sheet
from quizzes.templates import TEMPLATES, generated
from quizzes.templates.base import Template

SEEDS = range(4)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.id)
def test_what_is_drawn_is_proved(template: Template) -> None:
    majors = sorted(template.versions)
    for seed in SEEDS:
        for major in {majors[0], majors[-1], majors[seed % len(majors)]}:
            assert list(problems(generated(template, seed, major))) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.id)
def test_a_seed_is_a_question_and_another_seed_another(template: Template) -> None:
    major = max(template.versions)
    first = [generated(template, seed, major) for seed in SEEDS]
    generated.cache_clear()
    assert [generated(template, seed, major) for seed in SEEDS] == first
    asked = {(one.stem, one.experiment, one.choices, one.number, one.picture) for one in first}
    assert len(asked) == len(SEEDS)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.id)
def test_every_sentence_is_filled_in_in_both_languages(template: Template) -> None:
    question = generated(template, 1, max(template.versions))
    texts = [question.stem, question.explanation, *(one.because for one in question.choices)]
    for text in texts:
        assert text.ja
        assert text.en
        assert "{" not in text.ja + text.en
    assert question.proved


def test_positions_of_the_right_answer_are_even() -> None:
    seen = [0, 0, 0, 0]
    for seed in range(400):
        question = generated(TEMPLATES[0], 0, 14)
        seen[sheet(question, 14, seed).order.index(0)] += 1
    assert min(seen) > 70
