"""The bank in other programs' formats says what the bank says: parsers that were not written here read it back."""

import csv
import io
import json
import re
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache
from html import unescape
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from moodle_xml_parser import parser as moodle_xml

from console.quiz import export
from quizzes.loader import bank
from quizzes.portable import Option, Portable, portable
from quizzes.question import Question
from quizzes.writers import as_json, gift, html, moodle, plain, shares, stem_html, table, told_html

MAJOR = 14
BANK = bank()
MINE = [one for one in BANK if MAJOR in one.versions]
# What Moodle's import takes for a grade (question_bank::fraction_options_full), per cent; 'invalid grade' otherwise.
GRADES = (100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5, 11.11111)
KNOWN_GRADES = [sign * grade for grade in (*GRADES, 10, 5, 0) for sign in (1, -1)]
OWN = """objective: S2.4
questions:
- id: mine-not-prepared
  kind: one
  level: silver
  difficulty: 1
  facts: [a-fact]
  manual: pg_dump
  stem: {ja: 問い, en: Which?}
  explanation: {ja: 説明, en: Because.}
  experiment:
    world: {name: default, prepare: [no-such-command]}
    shown: [ls]
  choices:
  - {text: {ja: 一, en: One}, right: true, because: {ja: はい, en: Yes.}}
  - {text: {ja: 二, en: Two}, because: {ja: いいえ, en: No.}}
  - {text: {ja: 三, en: Three}, because: {ja: いいえ, en: No.}}
  - {text: {ja: 四, en: Four}, because: {ja: いいえ, en: No.}}
"""
WHOLE = 99.99999  # as much as a weight of GIFT can say


def _any_major(question: Question) -> int:
    return MAJOR if MAJOR in question.versions else min(question.versions)


@cache
def _both() -> dict[str, list[Portable]]:
    """Question by question, so that an experiment is performed once for both languages."""
    pairs = [[portable(one, _any_major(one), language) for language in ("ja", "en")] for one in BANK]
    return dict(zip(("ja", "en"), map(list, zip(*pairs, strict=True)), strict=True))


@pytest.fixture(scope="module", params=["ja", "en"])
def cards(request: pytest.FixtureRequest) -> list[Portable]:
    """Every question of the bank."""
    return _both()[request.param]


@pytest.fixture(scope="module")
def gift_parser() -> ModuleType:
    """pygiftparser asks for the locale in a way that Python deprecates."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module("pygiftparser.parser")


def test_json_holds_every_choice_with_its_reason(cards: list[Portable]) -> None:
    rows = json.loads(as_json(cards))
    assert [(row["id"], row["stem"]) for row in rows] == [(one.id, one.stem) for one in cards]
    for row, question in zip(rows, BANK, strict=True):
        if question.choices:
            assert len(row["options"]) == len(question.choices)
            assert all(each["because"] for each in row["options"])
        assert row["unit"] == (question.number.unit if question.number else "")


def test_csv_is_one_row_a_question(cards: list[Portable]) -> None:
    rows = list(csv.DictReader(io.StringIO(table(cards))))
    assert [row["id"] for row in rows] == [one.id for one in cards]
    assert all(len(row["options"].split("\n")) == len(one.options) for row, one in zip(rows, cards, strict=True))
    assert all(row["tags"].split(" ")[1] == question.kind for row, question in zip(rows, BANK, strict=True))


def test_another_programs_gift_parser_reads_the_same_questions(cards: list[Portable], gift_parser: ModuleType) -> None:
    read = gift_parser.parseFile(io.StringIO(gift(cards)))
    assert [found.title for found in read] == [one.id for one in cards]
    for found, one in zip(read, cards, strict=True):
        assert found.valid
        assert found.markup == "html"
        assert _from_gift(found.text) == stem_html(one)
        assert _from_gift(found.generalFeedback) == told_html(one)
        assert _gift_answers(found, one) == _answers_for_gift(one)


def _from_gift(text: str) -> str:
    """The parser gives what is escaped as it stands, except for line ends, which it also sees in an escaped \\."""
    return re.sub(r"\\([~=#{}:\\\n])", lambda found: r"\n" if found[1] == "\n" else found[1], text)


def _gift_answers(found: Any, one: Portable) -> list[tuple[str | float, ...]]:
    kind, answers = type(found.answers).__name__, found.answers.answers
    if kind == "MatchingSet":
        return [(each.question.strip(), _from_gift(each.answer.strip())) for each in answers]
    if kind == "NumericAnswerSet":
        return [(each.value, each.tolerance, each.fraction) for each in answers]
    expected = {"one": {"SelectSet"}, "several": {"MultipleChoicesSet"}, "words": {"SelectSet", "ShortSet"}}
    assert kind in expected[one.form]
    return [(_from_gift(each.answer), each.fraction, _from_gift(each.feedback)) for each in answers]


def _answers_for_gift(one: Portable) -> list[tuple[str | float, ...]]:
    if one.form == "order":
        return [(str(at), plain(option.text)) for at, option in enumerate(one.options, 1)]
    if one.form == "number":
        return [(float(one.options[0].text), 0, 100)]
    texts = [_typed(option.text) if one.form == "words" else html(option.text) for option in one.options]
    worth = [max(-WHOLE, min(WHOLE, share)) if one.form == "several" else share for share in shares(one)]
    return list(zip(texts, worth, [html(option.because) for option in one.options], strict=True))


def _typed(text: str) -> str:
    return text.replace("*", r"\*")


def test_a_weight_of_gift_has_two_digits_before_its_point_as_moodle_wants(cards: list[Portable]) -> None:
    weights = re.findall(r"^[~=]%(.*?)%", gift(cards), flags=re.MULTILINE)
    assert len(weights) > 300
    assert all(re.fullmatch(r"-?[0-9]{1,2}(\.[0-9]+)?", one) for one in weights)
    assert all(any(abs(float(one) - grade) < 0.001 for grade in KNOWN_GRADES) for one in weights)


def test_no_typed_answer_is_taken_for_a_pair(cards: list[Portable]) -> None:
    """In GIFT an arrow cannot be escaped."""
    assert not [one.id for one in cards if one.form == "words" for option in one.options if "->" in option.text]


def test_another_programs_moodle_parser_reads_the_same_choices(cards: list[Portable]) -> None:
    read = moodle_xml.parse_string(moodle(cards))["multichoice"]
    mine = [one for one in cards if one.form in ("one", "several")]
    assert len(read) == len(mine) > 300
    for found, one in zip(read, mine, strict=True):
        assert found.name == one.id
        assert found.text_pre_parse == unescape(stem_html(one))
        assert found.general_feedback == unescape(told_html(one))
        assert found.single is (one.form == "one")
        assert found.shuffle_answers
        assert [(each.answer, each.score_fraction, each.feedback or "") for each in found.options] == [
            (unescape(html(option.text)), share, unescape(html(option.because)))
            for option, share in zip(one.options, shares(one), strict=True)
        ]


def _asked(cards: list[Portable]) -> list[ET.Element]:
    return [one for one in ET.fromstring(moodle(cards)) if one.get("type") != "category"]


def test_moodle_knows_every_grade_and_gives_every_question_its_whole_grade(cards: list[Portable]) -> None:
    asked = _asked(cards)
    assert [one.findtext("name/text") for one in asked] == [one.id for one in cards]
    for made, one in zip(asked, cards, strict=True):
        worth = [float(answer.attrib["fraction"]) for answer in made.findall("answer")]
        assert all(any(abs(part - grade) < 0.001 for grade in KNOWN_GRADES) for part in worth)
        best = {"several": sum(part for part in worth if part > 0), "order": 100}.get(one.form, max(worth, default=100))
        assert best == pytest.approx(100, abs=0.01)


def test_moodle_gets_answers_that_are_typed_put_in_order_or_counted(cards: list[Portable]) -> None:
    for made, one in zip(_asked(cards), cards, strict=True):
        answers = [answer.findtext("text") for answer in made.findall("answer")]
        match one.form:
            case "order":
                assert made.get("type") == "matching"
                pairs = [(pair.findtext("text"), pair.findtext("answer/text")) for pair in made.findall("subquestion")]
                assert pairs == [(str(at), plain(option.text)) for at, option in enumerate(one.options, 1)]
                assert len(pairs) >= 3
            case "number":
                assert made.get("type") == "numerical"
                assert [float(str(answer)) for answer in answers] == [float(one.options[0].text)]
                assert made.findtext("answer/tolerance") == "0"
                assert made.findtext("units/unit/unit_name", "") == one.unit
            case "words":
                assert made.get("type") == "shortanswer"
                assert answers == [_typed(option.text) for option in one.options]
                assert made.findtext("usecase") == str(int(one.cased))
            case _:
                assert made.get("type") == "multichoice"


def test_capital_letters_matter_where_the_dojo_takes_them_for_different(cards: list[Portable]) -> None:
    words = [(one.cased, question) for one, question in zip(cards, BANK, strict=True) if one.form == "words"]
    assert {cased for cased, _ in words} == {True, False}
    assert all(cased == bool(question.experiment and question.goal) for cased, question in words)


def test_an_objective_is_a_category_in_moodle(cards: list[Portable]) -> None:
    top = ET.fromstring(moodle(cards))
    paths = [str(one.findtext("category/text")) for one in top if one.get("type") == "category"]
    assert len(paths) == len({one.objective for one in cards})
    assert all(path.startswith("$course$/WAL Dojo/") and path.count("/") == 2 for path in paths)
    assert re.findall(r"^\$CATEGORY: (.*)$", gift(cards), flags=re.MULTILINE) == paths


def test_markup_stands_in_cdata_since_moodle_drops_a_blank_between_two_entities(cards: list[Portable]) -> None:
    page = moodle(cards)
    assert not re.search(r"<text>[^<]*&", page)
    assert "</code> <strong>" in page or cards[0].language == "ja"


def test_what_would_end_a_cdata_section_does_not() -> None:
    one = replace(portable(MINE[0], MAJOR, "en"), stem="a & b ]]> c")
    top = ET.fromstring(moodle([one]))
    assert "a &amp; b ]]&gt; c" in str(top.findtext("question/questiontext/text"))


def test_marking_everything_of_several_earns_nothing(cards: list[Portable]) -> None:
    several = [one for one in cards if one.form == "several"]
    assert several
    assert all(sum(shares(one)) == pytest.approx(0, abs=0.01) for one in several)


@pytest.mark.parametrize(("right", "wrong"), [(1, 1), (2, 3), (7, 9), (11, 1), (13, 20)])
def test_any_number_of_files_has_grades_that_moodle_knows(right: int, wrong: int) -> None:
    one = portable(next(one for one in MINE if one.kind == "picture"), MAJOR, "en")
    worth = shares(replace(one, options=tuple(Option(f"{at}", right=at < right) for at in range(right + wrong))))
    assert all(any(abs(part - grade) < 0.001 for grade in KNOWN_GRADES) for part in worth)
    assert sum(part for part in worth if part > 0) == pytest.approx(100, abs=0.01)
    assert sum(worth) == pytest.approx(0, abs=0.01)


def test_what_is_not_is_bold_and_code_is_code() -> None:
    text = gift([portable(one, MAJOR, "en") for one in MINE if one.kind == "not"])
    assert "<strong>NOT</strong>" in text
    assert "<code>" in text


def test_other_right_orders_are_told_where_a_program_knows_only_one() -> None:
    several = [one for one in MINE if one.also]
    assert several
    for question in several:
        told = portable(question, MAJOR, "en").explanation
        assert all("-".join(map(str, order)) in told for order in question.also)


def test_a_large_number_keeps_its_digits() -> None:
    question = next(one for one in MINE if one.number is not None)
    assert question.number is not None
    large = replace(question, number=replace(question.number, value=16777217.0))
    assert portable(large, MAJOR, "en").options[0].text == "16777217"


def test_the_command_prints_one_objective_and_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert export("json", None, "S2.4", None, language="ja") == 0
    assert len(json.loads(capsys.readouterr().out)) == sum(one.objective == "S2.4" for one in MINE)
    assert export("json", "16", "S9.9", None, language="en") != 0
    assert "S2.4" in capsys.readouterr().err
    assert export("xls", None, "", None, language="en") != 0
    assert "gift, moodle-xml" in capsys.readouterr().err
    assert export("json", "9", "", None, language="en") != 0
    assert "known: 12" in capsys.readouterr().err


def test_the_command_writes_a_file_and_tells_why_it_could_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bank.json"
    assert export("json", "17", "G1.1", str(file), language="en") == 0
    assert f"{len(json.loads(file.read_text(encoding='utf-8')))} questions" in capsys.readouterr().err
    assert export("json", "17", "G1.1", str(tmp_path / "none" / "bank.json"), language="en") != 0
    assert "could not be written" in capsys.readouterr().err


def test_a_teachers_question_that_cannot_be_performed_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text(OWN, encoding="utf-8")
    monkeypatch.setenv("WALDOJO_BANKS", str(tmp_path))
    assert export("gift", None, "S2.4", None, language="en") != 0
    told = capsys.readouterr()
    assert not told.out
    assert "mine-not-prepared" in told.err
    assert "a command of the preparation fails" in told.err


def test_who_wants_text_does_not_wait_for_anki() -> None:
    asked = "import cli, sys; cli.main(['quiz', 'export', '--format', 'csv', '--objective', 'G1.1'])"
    done = subprocess.run(
        [sys.executable, "-c", f"{asked}; sys.exit('genanki' in sys.modules)"], capture_output=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b"id,objective")
