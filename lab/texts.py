"""The lab's sentences in both languages (lab/texts.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("lab").joinpath("texts.toml").read_text(encoding="utf-8"))


def text(key: str, language: str, **facts: object) -> str:
    """A sentence with its placeholders filled; raises KeyError for an unknown key."""
    return _texts()[key]["ja" if language == "ja" else "en"].format_map(facts)
