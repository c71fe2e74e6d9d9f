"""Sentences about conditions, in both languages (levels/texts.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from levels.challenge import Wanted
from levels.conditions import facts_of, word_of
from levels.judges import Verdict


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(files("levels").joinpath("texts.toml").read_text(encoding="utf-8"))


def chapter(name: str, language: str) -> str:
    """The title of a chapter."""
    return str(_texts()["chapter"][name][_side(language)])


def wanting(wanted: Wanted, language: str) -> str:
    """What the goal wants of the host."""
    if wanted.say is not None:
        return wanted.say.in_(language)
    table = _texts()["wants" if wanted.holds else "wants_not"]
    facts = facts_of(wanted.condition)
    key = word_of(wanted.condition)
    for value in facts.values():
        key = f"{key}_{value}" if f"{key}_{value}" in table else key
    empty = [name for name, value in facts.items() if value in ("", -1)]
    for name in sorted(empty):  # in the order of the keys: restores_no_archive_no_table
        key = f"{key}_no_{name}" if f"{key}_no_{name}" in table else key
    sentence = str(table[key][_side(language)]).format_map(facts)
    return f"{wanted.on}: {sentence}" if wanted.on else sentence


def lacking(wanted: Wanted, verdict: Verdict, language: str) -> str:
    """What stands in the way now."""
    key = verdict.reason if wanted.holds else "still"
    return str(_texts()["lacks"][key][_side(language)]).format_map({**facts_of(wanted.condition), **verdict.facts})


def _side(language: str) -> str:
    return "ja" if language == "ja" else "en"
