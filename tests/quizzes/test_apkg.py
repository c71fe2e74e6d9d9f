"""The bank as cards for Anki, read back from the package: what it says, where it goes, and what happens next time.

Read with zipfile and sqlite3, against Anki's own tables: `anki` is AGPL, ankipandas reads a collection and no package,
and anki-export is a few queries with these two libraries.
"""

import io
import json
import sqlite3
import xml.etree.ElementTree as ET
import zipfile
from html import unescape
from pathlib import Path
from typing import NamedTuple

import pytest

from console.apkg import package
from console.quiz import export
from quizzes.exchange.cards import FIELDS, card
from quizzes.exchange.words import look
from quizzes.loader import bank
from quizzes.portable import Portable, portable
from quizzes.writers import html

MAJOR = 14
MADE = 1_790_000_000
# Every picture, and of the others enough that each kind is among them.
MINE = [one for at, one in enumerate(bank()) if MAJOR in one.versions and (one.kind == "picture" or at % 5 == 0)]
SVG = "{http://www.w3.org/2000/svg}"


class Read(NamedTuple):
    """A package as Anki reads it."""

    notes: dict[str, dict[str, str]]
    """Fields by guid."""
    tags: dict[str, list[str]]
    decks: dict[str, str]
    cards: int
    types: dict[str, dict[str, object]]
    pictures: dict[str, str]


def _read(packed: bytes, folder: Path) -> Read:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        pictures = {name: archive.read(entry).decode() for entry, name in json.loads(archive.read("media")).items()}
        assert len(archive.namelist()) == len(pictures) + 2
        (folder / "collection").write_bytes(archive.read("collection.anki2"))
    collection = sqlite3.connect(folder / "collection")
    try:
        assert collection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        types, decks = (json.loads(one) for one in collection.execute("SELECT models, decks FROM col").fetchone())
        rows = collection.execute(
            "SELECT guid, mid, flds, tags, did FROM notes JOIN cards ON cards.nid = notes.id"
        ).fetchall()
    finally:
        collection.close()
    names = {kind: [each["name"] for each in one["flds"]] for kind, one in types.items()}
    return Read(
        {guid: dict(zip(names[str(kind)], text.split("\x1f"), strict=True)) for guid, kind, text, _, _ in rows},
        {guid: tags.split() for guid, _, _, tags, _ in rows},
        {guid: decks[str(deck)]["name"] for guid, _, _, _, deck in rows},
        len(rows),
        types,
        pictures,
    )


def _packed(language: str, *, major: int = MAJOR, made: int = MADE) -> bytes:
    wanted = [portable(one, major, language) for one in MINE if major in one.versions]
    return package(map(card, wanted), language=language, made=made)


@pytest.fixture(scope="module", params=["ja", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def asked(language: str) -> dict[str, Portable]:
    return {one.id: portable(one, MAJOR, language) for one in MINE}


@pytest.fixture(scope="module")
def read(language: str, tmp_path_factory: pytest.TempPathFactory) -> Read:
    return _read(_packed(language), tmp_path_factory.mktemp("apkg"))


def test_every_question_is_one_note_with_one_card(read: Read, asked: dict[str, Portable]) -> None:
    assert sorted(fields["Id"] for fields in read.notes.values()) == sorted(asked)
    assert read.cards == len(asked)
    assert all(tuple(fields) == FIELDS for fields in read.notes.values())


def test_a_note_says_what_the_question_says(read: Read, asked: dict[str, Portable]) -> None:
    for fields in read.notes.values():
        one = asked[fields["Id"]]
        assert fields["Question"] == html(one.stem)
        assert unescape(fields["Output"]) == one.output
        assert "<" not in fields["Output"]
        assert fields["Explanation"] == html(one.explanation)
        assert unescape(fields["Manual"]).count(one.manual) == (2 if one.manual else 0) or not one.manual
        assert fields["Task"]


def test_the_choices_stand_in_front_and_their_reasons_behind(read: Read, asked: dict[str, Portable]) -> None:
    chosen = [(fields, asked[fields["Id"]]) for fields in read.notes.values() if fields["Choices"]]
    assert {one.form for _, one in chosen} == {"one", "several", "order"}
    for fields, one in chosen:
        front, back = _items(fields["Choices"]), _items(fields["Answer"])
        assert len(front) == len(back) == len(one.options)
        assert sorted(front) == sorted(_words(html(option.text)) for option in one.options)
        assert all(_words(html(option.because)) in told for option, told in zip(one.options, back, strict=True))
        assert not any(_words(html(option.because)) in " ".join(front) for option in one.options)
        if one.form != "order":
            marked = ["✓" in told for told in back]
            assert marked == [option.right for option in one.options]


def _items(text: str) -> list[str]:
    return ["".join(item.itertext()) for item in ET.fromstring(text).findall("li")]


def _words(text: str) -> str:
    """What a reader sees of HTML."""
    return "".join(ET.fromstring(f"<p>{text}</p>").itertext())


def test_steps_never_stand_in_their_right_order_in_front(read: Read, asked: dict[str, Portable]) -> None:
    steps = [(fields, asked[fields["Id"]]) for fields in read.notes.values() if asked[fields["Id"]].form == "order"]
    assert steps
    for fields, one in steps:
        assert _items(fields["Choices"]) != [_words(html(option.text)) for option in one.options]
        letters = [item[1] for item in _items(fields["Answer"])]
        assert [_items(fields["Choices"])[ord(letter) - ord("A")] for letter in letters] == [
            _words(html(option.text)) for option in one.options
        ]


def test_what_is_typed_or_counted_is_in_the_answer_alone(read: Read, asked: dict[str, Portable]) -> None:
    found = [(fields, asked[fields["Id"]]) for fields in read.notes.values()]
    typed = [(fields, one) for fields, one in found if one.form in ("words", "number")]
    assert {one.form for _, one in typed} == {"words", "number"}
    for fields, one in typed:
        assert not fields["Choices"]
        assert all(option.text in unescape(fields["Answer"]) for option in one.options)
        assert one.unit in fields["Answer"]


def test_a_picture_question_has_its_files_drawn_without_and_with_the_answer(
    read: Read, asked: dict[str, Portable], language: str
) -> None:
    drawn = [fields for fields in read.notes.values() if asked[fields["Id"]].fate]
    assert len(drawn) > 10
    for fields in drawn:
        one = asked[fields["Id"]]
        names = [option.text for option in one.options]
        sides = [ET.fromstring(fields[side] + "</img>").attrib["src"] for side in ("Picture", "AnswerPicture")]
        front, back = ([text.text for text in _svg(read, side).iter(f"{SVG}text")] for side in sides)
        assert front == [one.place, *names]
        assert [text for text in back if text in names] == names
        after = [text for at, text in enumerate(back) if at and back[at - 1] in names and text not in names]
        assert len(after) == sum(option.right for option in one.options)
        assert len(set(after)) == 1
        assert all(f"-{language}-" in side for side in sides)
    assert len(read.pictures) == 2 * len(drawn)


def _svg(read: Read, name: str) -> ET.Element:
    return ET.fromstring(read.pictures[name])


def test_a_question_goes_to_the_deck_of_its_objective_with_its_tags(read: Read, asked: dict[str, Portable]) -> None:
    for guid, fields in read.notes.items():
        one = asked[fields["Id"]]
        assert read.decks[guid].startswith(f"WAL Dojo::{one.objective} ")
        assert {f"objective::{one.objective}", f"kind::{one.tags[1]}", f"version::PostgreSQL-{MAJOR}"} <= set(
            read.tags[guid]
        )
    assert len(set(read.decks.values())) == len({one.objective for one in asked.values()})


def test_another_export_updates_the_same_notes(read: Read, language: str, tmp_path: Path) -> None:
    again = _read(_packed(language, major=17, made=MADE + 60), tmp_path)
    known = {fields["Id"]: guid for guid, fields in read.notes.items()}
    same = [(guid, fields["Id"]) for guid, fields in again.notes.items() if fields["Id"] in known]
    assert len(same) > 60
    assert all(known[name] == guid for guid, name in same)
    assert all(again.decks[guid] == read.decks[guid] for guid, _ in same)
    assert again.types.keys() == read.types.keys()


def test_the_two_languages_are_other_notes_of_another_type(tmp_path: Path) -> None:
    (tmp_path / "ja").mkdir()
    (tmp_path / "en").mkdir()
    ja, en = (_read(_packed(one), tmp_path / one) for one in ("ja", "en"))
    assert not ja.notes.keys() & en.notes.keys()
    assert not ja.types.keys() & en.types.keys()
    assert not ja.pictures.keys() & en.pictures.keys()


def test_the_same_bank_at_the_same_time_is_the_same_bytes() -> None:
    assert _packed("en") == _packed("en")


def test_the_template_shows_every_field_and_the_front_no_answer() -> None:
    front, back = look("front.html"), look("back.html")
    assert all(f"{{{{{name}}}}}" in front + back for name in FIELDS)
    assert not any(f"{{{{{name}}}}}" in front for name in ("Answer", "AnswerPicture", "Explanation", "Manual", "Tags"))
    assert "nightMode" in look("card.css")
    assert "max-width: 480px" in look("card.css")


def test_the_command_writes_a_package_and_gives_no_bytes_to_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(MADE))
    file = tmp_path / "bank.apkg"
    assert export("apkg", None, "G1.1", str(file), language="ja") == 0
    (tmp_path / "read").mkdir()
    assert set(_read(file.read_bytes(), tmp_path / "read").decks.values()) == {"WAL Dojo::G1.1 データベースサーバ構築"}
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert export("apkg", None, "G1.1", None, language="en") != 0
    assert "-o FILE" in capsys.readouterr().err
