"""The command's own words in both languages (console/texts.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from simulator.versions import KNOWN, UnknownVersion


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("console").joinpath("texts.toml").read_text(encoding="utf-8"))


def word(key: str, language: str, **facts: object) -> str:
    """A sentence with its placeholders filled; raises KeyError for an unknown key."""
    return _texts()[key]["ja" if language == "ja" else "en"].format_map(facts)


def unknown_version(error: UnknownVersion, language: str) -> str:
    """Which majors there are, when another was asked for."""
    return word("unknown_version", language, given=error.wrong, known=", ".join(map(str, KNOWN)))
