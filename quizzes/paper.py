"""A mock paper: questions drawn by the weights of the objectives, in proportion to the real paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from quizzes.question import Question
from quizzes.scope import Exam, scope
from quizzes.sheet import drawn


@dataclass(frozen=True, slots=True)
class Plan:
    """What a paper holds: questions an objective, minutes, and the objectives that it says it does not cover."""

    exam: str
    counts: Mapping[str, int]
    minutes: int
    pass_mark: int
    uncovered: tuple[str, ...]

    @property
    def questions(self) -> int:
        """Of all objectives."""
        return sum(self.counts.values())


def plan(exam: str, bank: Iterable[Question], major: int) -> Plan:
    """How many questions of each objective: its weight, as far as the bank has questions that hold on a major.

    A paper with fewer questions than the real one has its minutes in the same proportion.
    """
    there = scope()
    real = there.exams[exam]
    held: dict[str, int] = {}
    for one in bank:
        if major in one.versions and one.level != "beyond":
            held[one.objective] = held.get(one.objective, 0) + 1
    mine = {name: one for name, one in there.objectives.items() if one.exam == exam}
    counts = {name: min(one.weight, held[name]) for name, one in mine.items() if held.get(name)}
    total = sum(counts.values())
    return Plan(exam, counts, _minutes(real, total), real.pass_mark, tuple(name for name in mine if name not in counts))


def _minutes(real: Exam, questions: int) -> int:
    """In proportion, to the whole minute above."""
    return int(-(-Fraction(real.minutes * questions, real.questions) // 1))


def draw(wanted: Plan, bank: Sequence[Question], major: int, seed: int) -> tuple[Question, ...]:
    """The questions of a paper, in an order that mixes the objectives; the same seed draws the same paper.

    No two of them tell of the same incident or turn on the very same facts, as far as there are others.
    """
    chosen: list[Question] = []
    for objective, count in wanted.counts.items():
        mine = [one for one in bank if one.objective == objective and major in one.versions and one.level != "beyond"]
        order = [mine[at] for at in drawn(range(len(mine)), f"{seed}/{objective}")]
        chosen += _differing(order, count, chosen)
    return tuple(chosen[at] for at in drawn(range(len(chosen)), f"{seed}/paper"))


def _differing(order: Sequence[Question], count: int, before: Sequence[Question]) -> list[Question]:
    incidents = {one.incident for one in before if one.incident}
    facts = {one.facts for one in before}
    taken: list[Question] = []
    left: list[Question] = []
    for one in order:
        if one.incident in incidents or one.facts in facts:
            left.append(one)
            continue
        taken.append(one)
        facts.add(one.facts)
        incidents |= {one.incident} - {""}
    return (taken + left)[:count]


@dataclass(frozen=True, slots=True)
class Result:
    """Right and asked, by objective; `share` is per cent of the paper, `passed` against the real pass mark."""

    right: Mapping[str, int]
    asked: Mapping[str, int]
    share: float
    passed: bool


def result(graded: Iterable[tuple[str, bool]], pass_mark: int) -> Result:
    """The result of a paper from (objective, right) of each of its questions."""
    right: dict[str, int] = {}
    asked: dict[str, int] = {}
    for objective, good in graded:
        asked[objective] = asked.get(objective, 0) + 1
        right[objective] = right.get(objective, 0) + good
    share = 100 * sum(right.values()) / max(1, sum(asked.values()))
    return Result(right, asked, share, share >= pass_mark)
