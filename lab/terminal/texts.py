"""The sentences of a terminal session, in both languages (texts.toml); where there is none, the lab's."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from lab import NotHere, texts


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("lab.terminal").joinpath("texts.toml").read_text(encoding="utf-8"))


def text(key: str, language: str, **facts: object) -> str:
    """A sentence with its placeholders filled; raises KeyError for an unknown key."""
    if key not in _texts():
        return texts.text(key, language, **facts)
    return _texts()[key]["ja" if language == "ja" else "en"].format_map(facts)


def reason(why: NotHere, language: str) -> str:
    """Why a line was not performed."""
    return text(why.code, language, **why.facts)
