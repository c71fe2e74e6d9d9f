"""The prose of events: simulator/prose/events.toml, filled with an event's facts, with its page of the manual."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files as resource_files
from typing import Any

from simulator.events import Event, Files
from ui.frames import as_lists
from ui.language import words

MANUAL = "https://www.postgresql.org/docs/{major}/"


@cache
def _prose() -> dict[str, dict[str, Any]]:
    place = resource_files("simulator").joinpath("prose", "events.toml")
    return tomllib.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}


def event(same: list[Event], major: int, lang: str) -> dict[str, str]:
    """One explanation for events of one kind; the last of them speaks."""
    last = same[-1]
    entry = _prose().get(last.code, {})
    text = str(entry.get(lang, last.code)).format_map(_Facts(last.facts()))
    if len(same) > 1:
        text += words("steps", lang)["times"].format(count=len(same))
    told = {"k": last.code, "t": text}
    if page := entry.get("manual"):
        told |= {"m": page if "://" in page else MANUAL.format(major=major) + page}
    return told


class _Facts(dict[str, str]):
    """A gap that no fact fills stays visible instead of raising."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def runs(files: Files) -> list[list[int]]:
    """Segment numbers of files as runs."""
    return as_lists(files.numbers)
