"""Sentences of the templates, in both languages (the *.toml beside), with the numbers of a draw filled in."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from levels.challenge import Text

SUBJECTS = (
    "texts",
    "segments",
    "archive",
    "targets",
    "timelines",
    "dumps",
    "copies",
    "majors",
    "servers",
    "standbys",
)
"""The files of sentences, without their ending."""


@cache
def _texts() -> dict[str, dict[str, Any]]:
    """All sentences by template; no template has sentences in two files."""
    folder = files("quizzes.templates")
    read = [tomllib.loads(folder.joinpath(f"{name}.toml").read_text(encoding="utf-8")) for name in SUBJECTS]
    return {template: sentences for one in read for template, sentences in one.items()}


def words(template: str, key: str, **facts: object) -> Text:
    """A sentence of a template; raises KeyError for one that there is not.  A fact may itself be words."""
    entry = _texts()[template][key]
    return Text(*(entry[language].format_map(_in(facts, language)) for language in ("ja", "en")))


def joined(parts: tuple[Text, ...]) -> Text:
    """Sentences one after the other."""
    return Text("".join(part.ja for part in parts), " ".join(part.en for part in parts))


def _in(facts: dict[str, object], language: str) -> dict[str, object]:
    return {name: fact.in_(language) if isinstance(fact, Text) else fact for name, fact in facts.items()}
