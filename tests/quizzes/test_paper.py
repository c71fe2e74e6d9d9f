"""A mock paper: by weight, in proportion, the same for the same seed."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from quizzes.loader import bank
from quizzes.paper import draw, plan, result
from quizzes.question import Question
from simulator.versions import KNOWN

ONE = next(one for one in bank() if one.versions == frozenset(KNOWN) and one.level != "beyond")


def questions(**counts: int) -> list[Question]:
    """So many questions of each objective."""
    return [
        replace(ONE, id=f"{name}-{at}", objective=name.replace("_", "."), facts=(f"{name}-{at}",), incident="")
        for name, count in counts.items()
        for at in range(count)
    ]


def test_a_paper_holds_an_objectives_weight_and_says_what_it_does_not_cover() -> None:
    found = plan("silver", questions(S2_4=30, S2_3=3, G1_2=9), 14)
    assert found.counts == {"S2.4": 7, "S2.3": 3}
    assert found.uncovered == ("S2.1", "S2.2", "S2.5", "S3.1")
    assert (found.questions, found.minutes, found.pass_mark) == (10, 17, 64)


def test_questions_of_other_versions_and_beyond_the_paper_are_not_drawn() -> None:
    old = [replace(one, versions=frozenset({12})) for one in questions(S2_4=5)]
    beyond = [replace(one, id=f"b-{one.id}", level="beyond") for one in questions(S2_4=5)]
    assert plan("silver", [*old, *beyond], 14).questions == 0
    assert plan("silver", [*old, *beyond], 12).counts == {"S2.4": 5}


@given(st.integers(0, 10_000))
def test_a_seed_draws_one_paper_without_a_question_twice(seed: int) -> None:
    there = questions(S2_4=20, S2_3=20, S2_1=2)
    wanted = plan("silver", there, 14)
    paper = draw(wanted, there, 14, seed)
    assert paper == draw(wanted, list(there), 14, seed)
    assert len({one.id for one in paper}) == len(paper) == wanted.questions


def test_different_seeds_draw_different_papers() -> None:
    there = questions(S2_4=20)
    assert len({draw(plan("silver", there, 14), there, 14, seed) for seed in range(20)}) == 20


def test_an_incident_is_met_once_as_long_as_there_are_others() -> None:
    shared = [replace(one, incident="the night of the full disk") for one in questions(S2_4=10)]
    others = [replace(one, id=f"o-{one.id}", facts=(f"o-{one.id}",)) for one in questions(S2_4=6)]
    for seed in range(20):
        paper = draw(plan("silver", shared + others, 14), shared + others, 14, seed)
        assert sum(bool(one.incident) for one in paper) == 1


def test_a_result_is_by_objective_and_against_the_pass_mark() -> None:
    found = result([("S2.4", True)] * 7 + [("S2.3", True)] * 2 + [("S2.3", False)] * 5, 64)
    assert (found.right, found.asked) == ({"S2.4": 7, "S2.3": 2}, {"S2.4": 7, "S2.3": 7})
    assert found.passed is (found.share >= 64) is True
    assert not result([("S2.4", False)], 64).passed
