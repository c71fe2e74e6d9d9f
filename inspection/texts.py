"""The room's sentences in both languages (inspection/texts.toml), with sizes and times in a reader's units."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from simulator.events import size_words

_TIMES = (("day", 86400), ("hour", 3600), ("minute", 60))


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(files("inspection").joinpath("texts.toml").read_text(encoding="utf-8"))


def text(key: str, language: str, **facts: object) -> str:
    """A sentence by its dotted key; raises KeyError for an unknown one.

    A fact that ends in `_bytes` is told as a size, `_seconds` as a time, `_rate` as a size a second.
    """
    found: Any = _texts()
    for part in key.split("."):
        found = found[part]
    told = {name: _told(name, fact, language) for name, fact in facts.items()}
    return str(found["ja" if language == "ja" else "en"]).format_map(told)


def has(key: str) -> bool:
    """Is there such a text?"""
    found: Any = _texts()
    for part in key.split("."):
        if part not in found:
            return False
        found = found[part]
    return True


def _told(name: str, fact: object, language: str) -> str:
    if isinstance(fact, int | float):
        if name.endswith("_bytes"):
            return bytes_words(int(fact))
        if name.endswith("_seconds"):
            return time_words(fact, language)
        if name.endswith("_rate"):
            return f"{bytes_words(int(fact))}/s"
    return str(fact)


def bytes_words(size: int) -> str:
    """A size as PostgreSQL would say it; terabytes are told too."""
    terabyte = 1 << 40
    return f"{size / terabyte:.1f} TB" if abs(size) >= terabyte else ("-" if size < 0 else "") + size_words(abs(size))


def time_words(seconds: float, language: str) -> str:
    """A time in at most two units: '3 days 4 hours'."""
    name, length = next(((name, length) for name, length in _TIMES if seconds >= length), ("second", 1))
    if name == "second" or seconds < 90:
        return text("time.second", language, n=max(1, round(seconds)))
    whole, rest = divmod(seconds, length)
    first = text(f"time.{name}", language, n=f"{whole:.0f}")
    below = dict(zip(("day", "hour"), _TIMES[1:], strict=False)).get(name)
    if below is None or whole >= 10 or rest < below[1]:
        return first
    second = text(f"time.{below[0]}", language, n=f"{rest // below[1]:.0f}")
    return first + ("" if language == "ja" else " ") + second
