"""Packages for Anki: cards written with genanki, their pictures packed beside them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import genanki

from quizzes.exchange.cards import FIELDS, Card
from quizzes.exchange.words import look, word

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip file can name: entries do not tell when they were packed."""


def package(cards: Iterable[Card], *, language: str, made: int) -> bytes:
    """An .apkg file.  `made`, in seconds, dates its notes: Anki updates a note that it has by a later one only."""
    found = list(cards)
    kind = _note_type(language)
    decks: dict[str, genanki.Deck] = {}
    pictures: dict[str, str] = {}
    for card in found:
        deck = decks.setdefault(card.deck, genanki.Deck(_number(f"deck/{language}/{card.deck}"), card.deck))
        fields = [card.fields[name] for name in FIELDS]
        deck.add_note(genanki.Note(kind, fields, tags=list(card.tags), guid=genanki.guid_for(card.key)))
        pictures |= card.pictures
    with TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in sorted(pictures)]
        for file in files:
            file.write_text(pictures[file.name], encoding="utf-8", newline="\n")
        page = io.BytesIO()
        genanki.Package(list(decks.values()), list(map(str, files))).write_to_file(page, timestamp=made)
    return _undated(page)


def _note_type(language: str) -> genanki.Model:
    words = {head: word(f"head_{head}", language) for head in ("answer", "explanation", "manual")}
    side = {"name": "WAL Dojo", "qfmt": look("front.html"), "afmt": look("back.html") % words}
    return genanki.Model(
        _number(f"note type/{language}"),
        word("note_type", language),
        fields=[{"name": name} for name in FIELDS],
        templates=[side],
        css=look("card.css"),
    )


def _number(name: str) -> int:
    """What Anki knows a deck or a note type by: the same for the same name, on every machine."""
    return (1 << 30) + int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % (1 << 30)


def _undated(page: io.BytesIO) -> bytes:
    """The same archive, smaller, and without the time at which genanki made its temporary files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(page) as given, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as undated:
        for entry in given.infolist():
            undated.writestr(_entry(entry.filename), given.read(entry))
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _FIRST_DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
