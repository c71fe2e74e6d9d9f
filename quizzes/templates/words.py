"""Sentences of the templates, in both languages (texts.toml), with the numbers of a draw filled in."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from levels.challenge import Text


@cache
def _texts() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("quizzes.templates").joinpath("texts.toml").read_text(encoding="utf-8"))


def words(template: str, key: str, **facts: object) -> Text:
    """A sentence of a template; raises KeyError for one that there is not."""
    entry = _texts()[template][key]
    return Text(entry["ja"].format_map(facts), entry["en"].format_map(facts))
