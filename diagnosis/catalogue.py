"""The entries of prose/*.toml: a message in all its forms, or a belief without one, and what is said about it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from diagnosis.forms import Form, form
from simulator.prose import manual
from simulator.versions import KNOWN, since

LANGUAGES = ("ja", "en")
KINDS = ("problem", "follows", "normal", "belief")
"""`follows`: the end of a chain whose reason stands elsewhere; `normal`: looks bad, is none; `belief`: no message."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language; gaps in braces are filled with what the pasted line held."""

    title: str
    cause: str
    remedy: tuple[str, ...]
    belief: str = ""
    """What people believe wrongly; '' where nobody is known to."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One message (or belief) of the catalogue."""

    code: str
    kind: str
    says: tuple[str, ...]
    severity: str
    forms: tuple[Form, ...]
    words: Mapping[str, Words]
    failures: tuple[int, ...]
    """Items of the list 'what goes wrong, and what people believe'."""
    scenarios: tuple[str, ...]
    manual: str
    leads_to: tuple[str, ...]
    """Entries that this one explains when both are in one log."""
    general: bool
    """Its DETAIL may name a more special entry."""
    find: str
    """More words by which somebody may look for it."""

    def manual_page(self, lang: str, major: int) -> tuple[str, str]:
        """URL and title of the manual's page; a tool that is younger than `major` has its first page."""
        oldest = min((each.since for each in self.forms), default=KNOWN[0])
        return manual(self.manual, lang, max(major, oldest))


def said(table: Mapping[str, list[str]], major: int) -> list[str]:
    """The texts of a `messages` table in one major; none where the message is younger."""
    rows = {int(first): texts for first, texts in table.items()}
    return since(major, {0: [], **rows})


@cache
def tables() -> Mapping[str, Mapping[str, Any]]:
    """The files as they are: code → entry."""
    found: dict[str, Mapping[str, Any]] = {}
    folder = files(__package__).joinpath("prose")
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            found |= tomllib.loads(file.read_text(encoding="utf-8"))
    return found


@cache
def entries() -> Mapping[str, Entry]:
    """Code → entry, in the order of the files."""
    return {code: _entry(code, table) for code, table in tables().items()}


def _entry(code: str, table: Mapping[str, Any]) -> Entry:
    return Entry(
        code=code,
        kind=table.get("kind", "problem"),
        says=tuple(table.get("says", ())),
        severity=table.get("severity", ""),
        forms=_forms(table),
        words={lang: _words(table[lang]) for lang in LANGUAGES},
        failures=tuple(table.get("failures", ())),
        scenarios=tuple(table.get("scenarios", ())),
        manual=table["manual"],
        leads_to=tuple(table.get("leads_to", ())),
        general=table.get("general", False),
        find=table.get("find", ""),
    )


def _forms(table: Mapping[str, Any]) -> tuple[Form, ...]:
    found = {
        text: form(text, int(first)) for first, texts in reversed(table.get("messages", {}).items()) for text in texts
    }
    translated = (form(text, KNOWN[0], japanese=True) for text in table.get("japanese", ()))
    return (*found.values(), *translated)


def _words(table: Mapping[str, Any]) -> Words:
    return Words(table["title"], table["cause"], tuple(table["remedy"]), table.get("belief", ""))
