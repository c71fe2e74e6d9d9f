"""The check of a question can fail: each mark is turned round, and it says so."""

from dataclasses import replace

import pytest

from levels.challenge import Line
from quizzes import survey
from quizzes.check import problems
from quizzes.grading import Answer, fated, grade, same_number
from quizzes.loader import bank
from quizzes.question import CHOOSING, Number, Question, Wrong
from quizzes.sheet import sheet
from simulator.versions import KNOWN

BANK = {one.id: one for one in bank()}
CHOICES = [one for one in bank() if one.kind in CHOOSING and one.proved]


def on(question: Question, major: int = 14) -> Question:
    """The same question, asked on one major only."""
    wanted = major if major in question.versions else max(question.versions)
    return replace(question, versions=frozenset({wanted}))


def kinds(question: Question) -> list[str]:
    return [one.kind for one in problems(on(question))]


@pytest.mark.parametrize("question", CHOICES[:12], ids=lambda one: one.id)
def test_a_choice_marked_the_wrong_way_is_found(question: Question) -> None:
    """One after the other: the check disagrees with exactly the mark that was turned."""
    assert kinds(question) == []
    for at, choice in enumerate(question.choices):
        turned = list(question.choices)
        turned[at] = replace(choice, right=not choice.right)
        found = list(problems(on(replace(question, choices=tuple(turned)))))
        assert [(one.kind, dict(one.facts)["number"]) for one in found] == [("choice", at + 1)]


def test_an_order_that_does_not_do_it_is_found() -> None:
    question = BANK["order-of-a-cold-backup"]
    assert kinds(question) == []
    assert kinds(replace(question, choices=question.choices[::-1])) == ["order", "order"]
    assert kinds(replace(question, also=((1, 3, 2),))) == ["order"]


def test_typed_answers_are_judged_by_what_they_do() -> None:
    question = BANK["dump-only-the-definitions"]
    for line in ("pg_dump shop --schema-o > /backup/schema.sql", "cd /backup && pg_dump -sfschema.sql shop"):
        assert grade(question, Answer(text=line), 16).right
    denied = grade(question, Answer(text="pg_dump  -a -f /backup/schema.sql shop"), 16)
    assert not denied.right
    assert denied.because is not None
    assert "rows only" in denied.because.en
    assert kinds(replace(question, accepts=("pg_dump -a -f /backup/schema.sql shop",))) == ["accepts"]
    foolish = Wrong("pg_dump -s -f /backup/schema.sql shop", question.explanation)
    assert kinds(replace(question, wrong=(foolish,))) == ["wrong_is_right"]


def test_a_goal_that_is_reached_without_typing_is_found() -> None:
    question = BANK["dump-only-the-definitions"]
    assert question.experiment is not None
    done = replace(question.experiment, prepare=(Line(question.accepts[0], question.versions),))
    assert "goal_idle" in kinds(replace(question, experiment=done))


def test_a_number_is_the_one_that_the_host_prints() -> None:
    question = BANK["bytes-to-a-file-name"]
    assert question.number is not None
    assert kinds(replace(question, number=replace(question.number, value=41))) == ["number"]
    assert grade(question, Answer(text=" 40 B"), 14).right
    assert not grade(question, Answer(text="40 kB"), 14).right
    assert same_number(Number(1024, "MB"), "1,024MB")


def test_a_picture_is_answered_by_every_file_with_the_fate_and_no_other() -> None:
    question = BANK["which-files-of-a-finished-low-level-backup"]
    assert question.picture is not None
    names = fated(question, question.picture, 16)
    assert names == {"backup_label", "backup_manifest", "standby.signal"}
    assert grade(question, Answer(names=names), 16).right
    assert not grade(question, Answer(names=names | {"PG_VERSION"}), 16).right


def test_several_choices_are_graded_all_or_nothing() -> None:
    one = next(item for item in bank() if item.kind in CHOOSING)
    [right] = one.key
    assert grade(one, Answer(marked=(right,)), 14).right
    both = grade(one, Answer(marked=(right, (right + 1) % 4)), 14)
    assert not both.right
    assert both.because == one.choices[(right + 1) % 4].because


def test_the_same_seed_draws_the_same_order_and_steps_never_stand_solved() -> None:
    order = BANK["order-of-a-cold-backup"]
    for seed in range(50):
        assert sheet(order, 14, seed) == sheet(order, 14, seed)
        assert sheet(order, 14, seed).order != (0, 1, 2)
    firsts = {sheet(BANK["restore-needs-a-destination"], 14, seed).order[0] for seed in range(50)}
    assert firsts == {0, 1, 2, 3}


def test_the_same_question_twice_is_found() -> None:
    one = bank()[0]
    found = {problem.kind for _, problem in survey.problems_of([one, replace(one, facts=("other",)), *bank()])}
    assert {"id_twice", "alike"} <= found


def test_every_question_of_the_bank_is_sound_beside_the_others() -> None:
    assert [(one.id, problem.kind) for one, problem in survey.problems_of(bank())] == []


@pytest.mark.parametrize("question", bank(), ids=lambda one: one.id)
def test_the_answer_is_proved(question: Question) -> None:
    """On every major that the question names."""
    assert question.versions <= set(KNOWN)
    assert list(problems(question)) == []
