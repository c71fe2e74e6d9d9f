"""The bank in the formats of other programs says what the bank says."""

import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest

from console.quiz import export
from quizzes.loader import bank
from quizzes.portable import Portable, portable
from quizzes.writers import as_json, gift, moodle, shares, table

MAJOR = 14
MINE = [one for one in bank() if MAJOR in one.versions]


@pytest.fixture(params=["ja", "en"])
def cards(request: pytest.FixtureRequest) -> list[Portable]:
    return [portable(one, MAJOR, request.param) for one in MINE]


def test_json_holds_every_choice_with_its_reason(cards: list[Portable]) -> None:
    rows = json.loads(as_json(cards))
    assert [(row["id"], row["stem"]) for row in rows] == [(one.id, one.stem) for one in cards]
    for row, question in zip(rows, MINE, strict=True):
        if question.choices:
            assert len(row["options"]) == len(question.choices)
            assert all(each["because"] for each in row["options"])


def test_csv_is_one_row_a_question(cards: list[Portable]) -> None:
    rows = list(csv.DictReader(io.StringIO(table(cards))))
    assert [row["id"] for row in rows] == [one.id for one in cards]
    assert all(len(row["options"].split("\n")) == len(one.options) for row, one in zip(rows, cards, strict=True))


def test_moodle_gives_every_question_its_whole_grade(cards: list[Portable]) -> None:
    top = ET.fromstring(moodle(cards))
    assert [one.findtext("name/text") for one in top] == [one.id for one in cards]
    for made, one in zip(top, cards, strict=True):
        worth = [float(answer.attrib["fraction"]) for answer in made.findall("answer")]
        best = {"several": sum(part for part in worth if part > 0), "order": 100}.get(one.form, max(worth, default=100))
        assert best == pytest.approx(100, abs=0.01)
        if one.form == "order":
            assert len(made.findall("subquestion")) == len(one.options)


def test_marking_everything_of_several_earns_nothing(cards: list[Portable]) -> None:
    several = [one for one in cards if one.form == "several"]
    assert several
    assert all(sum(shares(one)) == pytest.approx(0, abs=0.01) for one in several)


def test_gift_escapes_what_it_would_take_for_its_own(cards: list[Portable]) -> None:
    text = gift(cards)
    assert text.count("\n\n") == len(cards) - 1
    for block, one in zip(text.split("\n\n"), cards, strict=True):
        body = block[block.index(" {") + 2 :]
        assert body.count("}") - body.count(r"\}") == 1
        marks = [line for line in body.splitlines() if line.startswith(("=", "~"))]
        if one.form in ("one", "several"):
            assert len(marks) == len(one.options)
        if one.form == "one":
            assert sum(line.startswith("=") for line in marks) == 1


def test_what_is_not_is_bold_and_code_is_code() -> None:
    text = gift([portable(one, MAJOR, "en") for one in MINE if one.kind == "not"])
    assert "<strong>NOT</strong>" in text
    assert "<code>" in text


def test_the_command_prints_one_objective_and_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert export("json", None, "S2.4", language="ja") == 0
    assert len(json.loads(capsys.readouterr().out)) == sum(one.objective == "S2.4" for one in MINE)
    assert export("json", "16", "S9.9", language="en") != 0
    assert "S2.4" in capsys.readouterr().err
    assert export("xls", None, "", language="en") != 0
    assert "gift, moodle-xml" in capsys.readouterr().err
    assert export("json", "9", "", language="en") != 0
    assert "known: 12" in capsys.readouterr().err
