"""`waldojo explain`: what an error message or a log means, what to do, and which scenario shows it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from console.files import SCENARIOS
from console.words import word
from diagnosis.catalogue import Entry
from diagnosis.diagnose import LIMIT_CHARS, Diagnosis, Finding, diagnose
from diagnosis.shown import shown_by
from simulator.loader import load
from simulator.versions import DEFAULT

FOUND, NOTHING, MALFORMED = 0, 1, 2
SHOWN_CHARS = 160
_PATH = re.compile(r"\.{0,2}/[^\s:]*|[^\s:]*\.(?:log|txt|csv)")
"""What is meant as a file: no message looks so."""


def explain(given: str, *, as_json: bool, language: str) -> int:
    """Print the explanation; 0 something is known, 1 nothing is, 2 what was given cannot be read."""
    try:
        text = _text(given)
    except OSError as error:
        print(word("explain_unread", language, given=given, why=error.strerror or error), file=sys.stderr)
        return MALFORMED
    told = diagnose(text)
    if as_json:
        print(json.dumps(_as_json(told, language), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(told, language)))
    return FOUND if told.findings or told.normal or told.near or any(each.near for each in told.unknown) else NOTHING


def _text(given: str) -> str:
    """What is to be explained: standard input, a file, or the argument itself."""
    if given == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    path = Path(given)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):  # too long for a name, or with a zero byte: a message
        is_file = False
    if not is_file and not _PATH.fullmatch(given):
        return given
    with path.open("rb") as file:
        size = path.stat().st_size
        # Bytes are never fewer than characters, so the end of a log is never cut twice.
        file.seek(max(0, size - 4 * LIMIT_CHARS))
        return file.read().decode("utf-8", "replace")


def _lines(told: Diagnosis, language: str) -> Iterator[str]:
    if told.cut:
        yield word("explain_cut", language)
    for finding in told.findings:
        yield from _finding(finding, language)
    if told.normal:
        yield f"\n# {word('explain_normal', language)}"
        for finding in told.normal:
            yield f"  {finding.title(language)}: {finding.cause(language)}"
    for unknown in told.unknown:
        yield f"\n? {unknown.record.text[:SHOWN_CHARS]}"
        yield f"  {word('explain_similar' if unknown.near else 'explain_unknown', language)}"
        for entry in unknown.near:
            yield f"  - {_about(entry, language)}"
    if told.near:
        yield word("explain_words", language)
        for entry in told.near:
            yield from _entry(entry, language)
    if not (told.findings or told.normal or told.unknown or told.near):
        yield word("explain_nothing", language)


def _finding(finding: Finding, language: str) -> Iterator[str]:
    words = finding.entry.words[language]
    arrow = "  ↳ " if finding.because else "■ "
    times = word("explain_times", language, count=finding.count) if finding.count > 1 else ""
    line = word("explain_line", language, line=finding.first.line)
    yield f"\n{arrow}{finding.title(language)} ({line}{times})"
    yield f"    {_said(finding)[:SHOWN_CHARS]}"
    for label, text in finding.first.more[:3]:
        yield f"    {label}: {text[:SHOWN_CHARS]}"
    if finding.because:
        yield f"    {word('explain_because', language, title=finding.because.title(language))}"
    yield f"    {word('explain_cause', language)}: {finding.cause(language)}"
    for number, step in enumerate(finding.remedy(language), 1):
        yield f"    {number}. {step}"
    if words.belief:
        yield f"    {word('explain_belief', language)}: {words.belief}"
    yield from _links(finding.entry, language)


def _said(finding: Finding) -> str:
    who = finding.first.severity or finding.first.program
    return f"{who}: {finding.first.text}" if who else finding.first.text


def _entry(entry: Entry, language: str) -> Iterator[str]:
    words = entry.words[language]
    yield f"\n- {_about(entry, language)}"
    yield f"    {words.cause}"
    yield from _links(entry, language)


def _links(entry: Entry, language: str) -> Iterator[str]:
    shown = _shown(entry)
    if shown:
        yield f"    {word('explain_scenarios', language)}: {' '.join(shown)}  (waldojo run {shown[0]})"
    url, title = entry.manual_page(language, DEFAULT)
    yield f"    {title}: {url}"


def _shown(entry: Entry) -> tuple[str, ...]:
    """The scenarios of an entry; the files are read only when it names none."""
    named = {each: () for each in entry.scenarios if (SCENARIOS / f"{each}.yaml").exists()}
    return shown_by(entry, named or _at_hand())


@cache
def _at_hand() -> dict[str, tuple[int, ...]]:
    return {file.stem: load(file).failures for file in sorted(SCENARIOS.glob("*.yaml"))}


def _about(entry: Entry, language: str) -> str:
    return Finding.bare_title(entry, language)


def _as_json(told: Diagnosis, language: str) -> dict[str, object]:
    return {
        "findings": [_json(each, language) for each in told.findings],
        "normal": [_json(each, language) for each in told.normal],
        "unknown": [
            {"line": each.record.line, "text": each.record.text, "similar": [entry.code for entry in each.near]}
            for each in told.unknown
        ],
        "similar": [entry.code for entry in told.near],
        "lines": told.lines,
        "cut": told.cut,
    }


def _json(finding: Finding, language: str) -> dict[str, object]:
    return {
        "code": finding.entry.code,
        "title": finding.title(language),
        "line": finding.first.line,
        "count": finding.count,
        "severity": finding.first.severity,
        "text": finding.first.text,
        "more": finding.first.more,
        "facts": dict(finding.facts),
        "because": finding.because.entry.code if finding.because else None,
        "cause": finding.cause(language),
        "remedy": finding.remedy(language),
        "belief": finding.entry.words[language].belief,
        "failures": finding.entry.failures,
        "scenarios": _shown(finding.entry),
        "manual": finding.entry.manual_page(language, DEFAULT)[0],
    }
