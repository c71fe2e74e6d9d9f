"""The prose of events and of restorability: simulator/prose, filled with facts, with their pages of the manual."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files as resource_files
from typing import Any

from simulator.events import Event, Files
from simulator.lsn import format_lsn
from simulator.restorable import Restorability
from simulator.versions import since, version
from ui.frames import as_lists
from ui.language import words

Entry = Mapping[str, Any]


@cache
def catalogue(name: str) -> dict[str, dict[str, Any]]:
    """One file of simulator/prose."""
    return tomllib.loads(resource_files("simulator").joinpath("prose", f"{name}.toml").read_text(encoding="utf-8"))


def event(same: Sequence[Event], major: int, lang: str) -> dict[str, str]:
    """One explanation for events of one kind; the last of them speaks."""
    last = same[-1]
    entry = _variant(catalogue("events").get(last.code, {}), last)
    facts = _Facts({**_names(major), **last.facts()})
    facts["holder"] = facts.get("held_by", "").removeprefix("slot ")
    refusal: Entry = {}
    if reason := getattr(last, "reason", None) or getattr(last, "code_of_failure", None):
        reasons = catalogue("refusals")
        refusal = reasons.get(str(reason), reasons["default"])
        facts["because"] = str(refusal[lang]).format_map(facts)
    text = str(entry.get(lang, last.code)).format_map(facts)
    if "hint" in refusal:
        text += " " + str(refusal["hint"][lang]).format_map(facts)
    if len(same) > 1:
        text += words("steps", lang)["times"].format(count=len(same))
    told = {"k": last.code, "t": text}
    page = refusal.get("manual") or entry.get("manual")
    return told | manual(str(page), major, lang) if page else told


def _variant(entry: Entry, event: Event) -> Entry:
    """The variant that a field of the event chooses: by its value, its first word, or its last path part."""
    variants = entry.get("variants", {})
    if not variants:
        return entry
    value = str(getattr(event, entry["variant"], ""))
    for key in (value, value.split(" ", maxsplit=1)[0], value.rsplit("/", 1)[-1]):
        if key in variants:
            return {**entry, **variants[key]}
    return entry


@lru_cache(maxsize=512)
def _manual(key: str, major: int, lang: str) -> tuple[str, str]:
    pages = catalogue("manual")
    entry = pages.get(key)
    if entry is None:
        return "", ""
    # A major that the translated manual does not have yet falls back to the newest that it has.
    known = [int(each) for each in pages["majors"][lang]]
    there = since(major, {each: each for each in known})
    anchors = {known[0]: "", **{int(first): anchor for first, anchor in entry.get("anchor", {}).items()}}
    address = str(pages["book"][lang]).format(major=there, page=entry["page"])
    if anchor := since(there, anchors):
        address += f"#{anchor}"
    return address, words("steps", lang)["manual"].format(title=entry[lang])


def manual(key: str, major: int, lang: str) -> dict[str, str]:
    """Address and title of a page of the manual, as the stage reads them."""
    address, title = _manual(key, major, lang)
    return {"m": address, "mt": title} if address else {}


def hint(answer: Restorability, major: int, lang: str) -> str:
    """What to do next with a backup that can, or cannot, be restored."""
    entry = catalogue("restorable")[answer.reason]
    facts = _Facts({**_names(major), "path": answer.path, "reaches_lsn": format_lsn(answer.reaches_lsn)})
    return str(entry.get("hint", {}).get(lang, "")).format_map(facts)


@cache
def _names(major: int) -> dict[str, str]:
    """What the functions and parameters are called in a major."""
    facts = version(major)
    return {
        "backup_start_function": facts.backup_start_function,
        "backup_stop_function": facts.backup_stop_function,
        "wal_keep_parameter": facts.wal_keep_parameter,
    }


class _Facts(dict[str, str]):
    """A gap that no fact fills stays visible instead of raising."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def runs(files: Files) -> list[list[int]]:
    """Segment numbers of files as runs."""
    return as_lists(files.numbers)
