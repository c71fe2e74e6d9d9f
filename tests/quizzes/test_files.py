"""What is wrong with a bank file is told at its place, in both languages."""

import pytest

from quizzes.loader import loads
from simulator.faults import ScenarioError

GOOD = """objective: S2.4
questions:
- id: a-question
  kind: one
  level: silver
  difficulty: 1
  facts: [a-fact]
  manual: pg_dump
  stem: {ja: 問い, en: Which?}
  explanation: {ja: 説明, en: Because.}
  choices:
  - {text: {ja: 一, en: One}, right: true, because: {ja: はい, en: Yes.}}
  - {text: {ja: 二, en: Two}, because: {ja: いいえ, en: No.}}
  - {text: {ja: 三, en: Three}, because: {ja: いいえ, en: No.}}
  - {code: pg_dump, because: {ja: いいえ, en: No.}}
"""


def said(text: str, language: str = "en") -> str:
    with pytest.raises(ScenarioError) as caught:
        loads(text.encode(), "mine.yaml")
    return "\n".join(fault.line_of_text(language) for fault in caught.value.faults)


def test_a_question_without_an_experiment_is_read_and_is_not_called_proved() -> None:
    [question] = loads(GOOD.encode())
    assert not question.proved
    assert [choice.code for choice in question.choices] == [False, False, False, True]


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("right: true, ", "", "mine.yaml:11: questions[0].choices: ", "exactly one choice must be right; 0 are"),
        ("en: Two", "en: One", "mine.yaml:11: questions[0].choices: ", "the same choice is there twice: One"),
        ("  manual: pg_dump\n", "", "mine.yaml:3: questions[0].manual: ", "needs a page of the manual"),
        ("ja: 説明", "ja: Because", "mine.yaml:10: questions[0].explanation.ja: ", "the Japanese text is missing"),
        ("kind: one", "kind: several", "mine.yaml:4: questions[0].kind: ", "choose"),
        ("kind: one", "kind: choose", "mine.yaml:11: questions[0].choices: ", "two or more right choices"),
        ("code: pg_dump,", "", "mine.yaml:15: questions[0].choices[3]: ", "either text (in both languages) or code"),
        ("difficulty: 1", "difficulty: 4", "mine.yaml:6: questions[0].difficulty: ", "3"),
        ("difficulty: 1", "dificulty: 1", "mine.yaml:6: questions[0].dificulty: ", ""),
        ("kind: one", "kind: typed", "mine.yaml:3: questions[0].accepts: ", ""),
    ],
)
def test_a_fault_is_told_at_its_line(old: str, new: str, place: str, words: str) -> None:
    assert old in GOOD
    text = said(GOOD.replace(old, new))
    assert any(line.startswith(place) and words in line for line in text.splitlines()), text


def test_faults_are_told_in_japanese_too() -> None:
    assert "正解は1個だけにしてください(今は0個)" in said(GOOD.replace("right: true, ", ""), "ja")
