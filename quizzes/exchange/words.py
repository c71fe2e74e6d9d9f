"""What cards say beside the question, in both languages (texts.toml), and how they look (HTML and CSS)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(look("texts.toml"))


def word(key: str, language: str, **facts: object) -> str:
    """A sentence with its placeholders filled; raises KeyError for an unknown key."""
    return _texts()[key]["ja" if language == "ja" else "en"].format_map(facts)


def look(name: str) -> str:
    """A file that lies beside this one."""
    return files("quizzes.exchange").joinpath(name).read_text(encoding="utf-8")
