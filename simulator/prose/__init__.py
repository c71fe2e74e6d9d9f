"""Prose in Japanese and English, beside the code that it explains: what each event, refusal and verdict says.

The catalogues are TOML files in this folder; their headers tell their shape.  A gap in them is our bug: `explain`
and `explain_restorability` raise, and the tests call these; what a learner sees falls back to the title instead.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from simulator.lsn import format_lsn
from simulator.versions import since, version

if TYPE_CHECKING:
    from simulator.events import Event
    from simulator.restorable import Restorability

LANGUAGES = ("ja", "en")
KINDS = ("info", "good", "warn", "bad")
VERSION_WORDS = ("backup_start_function", "backup_stop_function", "wal_keep_parameter")
"""Facts of a major that a text may name besides the fields of its event."""

Entry = Mapping[str, Any]


class ProseError(LookupError):
    """A catalogue lacks an entry, a language or a word for a placeholder."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is said about one event or verdict; `hint` ('' for none) says what to do next."""

    title: str
    text: str
    kind: str
    """One of KINDS."""
    manual_url: str
    manual_title: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different from a major on."""

    version: int
    id: str
    topic: str
    text: str
    url: str
    exam: tuple[str, ...]
    """Objectives of the exam that it touches."""
    facts: tuple[str, ...]
    """Fields of versions.Version that it explains."""


@cache
def catalogue(name: str) -> Mapping[str, Entry]:
    """One of the TOML files of this folder, read once."""
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def event_text(event: Event, lang: str, major: int) -> Explanation:
    """Explain an event to a learner; never raises for a gap in the catalogues."""
    try:
        return explain(event, lang, major)
    except (LookupError, ValueError):
        return _fallback(catalogue("events").get(event.code, {}), event.code, lang)


def explain(event: Event, lang: str, major: int) -> Explanation:
    """Explain an event; raises ProseError for what the catalogues lack."""
    entry = _entry("events", event.code)
    facts = event.facts()
    if "variant" in entry:
        entry = variant_of(entry, facts[entry["variant"]])
    words = {**facts, **_version_words(major)}
    if "held_by" in facts:
        words["holder"] = facts["held_by"].removeprefix("slot ")
    if "reason" in entry:
        refusals = catalogue("refusals")
        why = refusals.get(facts[entry["reason"]], refusals["default"])
        words["because"] = _say(why, lang, words)
        taken = ("hint", "manual", "title") if entry.get("titled_by_reason") else ("hint", "manual")
        entry = {**entry, **{key: why[key] for key in taken if key in why}}
    return _explanation(entry, lang, major, words)


def restorability_text(answer: Restorability, lang: str, major: int) -> Explanation:
    """Explain whether a backup can be restored; never raises for a gap in the catalogues."""
    try:
        return explain_restorability(answer, lang, major)
    except (LookupError, ValueError):
        return _fallback(catalogue("restorable").get(answer.reason, {}), answer.path, lang)


def explain_restorability(answer: Restorability, lang: str, major: int) -> Explanation:
    """Explain whether a backup can be restored; raises ProseError for what the catalogue lacks."""
    words = {field.name: str(getattr(answer, field.name)) for field in fields(answer)}
    words["reaches_lsn"] = format_lsn(answer.reaches_lsn)
    return _explanation(_entry("restorable", answer.reason), lang, major, {**words, **_version_words(major)})


def manual(key: str, lang: str, major: int) -> tuple[str, str]:
    """URL and title of a manual page: the page of that major, or of the nearest older one that the language has."""
    page = _entry("manual", key)
    edition = _edition(lang, major)
    anchors = {int(first): name for first, name in page.get("anchor", {}).items()}
    anchor = since(edition, {0: "", **anchors})
    url = str(catalogue("manual")["book"][lang]).format(major=edition, page=page["page"])
    return (f"{url}#{anchor}" if anchor else url), str(page[lang])


@cache
def changes(lang: str) -> tuple[Change, ...]:
    """What changed from major to major, oldest first."""
    return tuple(
        Change(
            version=row["version"],
            id=name,
            topic=row["topic"],
            text=row[lang],
            url=_release_notes(lang, row["version"]),
            exam=tuple(row["exam"]),
            facts=tuple(row.get("fact", ())),
        )
        for name, row in catalogue("changes").items()
    )


def variant_of(entry: Entry, value: str) -> Entry:
    """The entry as it reads for one value of its `variant` field; itself for a value without words of its own."""
    variants = entry.get("variants", {})
    for key in (value, value.split(" ", maxsplit=1)[0], value.rpartition("/")[2]):
        if key in variants:
            return {**entry, **variants[key]}
    return entry


def _entry(name: str, key: str) -> Entry:
    try:
        return catalogue(name)[key]
    except KeyError:
        raise ProseError(f"{name}.toml has no entry {key}") from None


def _explanation(entry: Entry, lang: str, major: int, words: Mapping[str, str]) -> Explanation:
    url, page = manual(entry["manual"], lang, major)
    hint = _say(entry["hint"], lang, words) if "hint" in entry else ""
    text = _say(entry, lang, words)
    return Explanation(_say(entry["title"], lang, words), text, entry["kind"], url, page, hint)


def _say(texts: Entry, lang: str, words: Mapping[str, str]) -> str:
    try:
        return str(texts[lang]).format_map(words)
    except KeyError as missing:
        raise ProseError(f"no {missing} for {texts.get(lang, texts)!r}") from None


def _fallback(entry: Entry, name: str, lang: str) -> Explanation:
    title = str(entry.get("title", {}).get(lang, name))
    return Explanation(title, title, str(entry.get("kind", "info")), "", "")


@cache
def _version_words(major: int) -> Mapping[str, str]:
    facts = version(major)
    return {name: str(getattr(facts, name)) for name in VERSION_WORDS}


@cache
def _editions(lang: str) -> Mapping[int, int]:
    return {int(edition): int(edition) for edition in catalogue("manual")["majors"][lang]}


def _edition(lang: str, major: int) -> int:
    return since(major, _editions(lang))


def _release_notes(lang: str, number: int) -> str:
    """The notes of a major are in its own manual; an edition that is not there yet is read in English."""
    book = lang if number in _editions(lang) else "en"
    return str(catalogue("manual")["book"][book]).format(major=number, page=f"release-{number}")
