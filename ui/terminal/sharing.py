"""A sitting as text: short for a link, and as YAML for a file.  What does not fit becomes a sentence."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from simulator.versions import DEFAULT, UnknownVersion, version
from ui.terminal.sitting import INTERRUPT, LONGEST_LINE, MOST_LINES, SEATS, Line, Sitting
from ui.terminal.start import Start, read_lines, shown

LONGEST_LINK = 6000
"""Characters; browsers and mail programs cut longer addresses."""
LARGEST = 400_000
"""Bytes of a file, and of what a link unfolds to."""
FORMAT = "terminal/1"


class Unreadable(ValueError):
    """A link or file that cannot be followed: the key of a sentence in texts/terminal.toml, and what it names."""

    def __init__(self, key: str, **facts: str) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


@dataclass(frozen=True, slots=True)
class Plan:
    """What a link or file asks for."""

    start: Start
    lines: tuple[Line, ...] = ()


def code(sitting: Sitting) -> str:
    """The lines and settings for the address; '' for a sitting in which nothing was done."""
    if not sitting.lines and not sitting.start.lines:
        return ""
    told: dict[str, Any] = {"l": [[line.seat, line.text] for line in sitting.lines]}
    if sitting.start.lines:
        told["s"] = [list(pair) for pair in sitting.start.lines]
    packed = zlib.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def plan_of(text: str, major: int) -> Plan:
    """What an address asks for; raises Unreadable."""
    if not text:
        return Plan(Start(major))
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unfolded = zlib.decompressobj().decompress(packed, LARGEST)
        told = json.loads(unfolded)
        lines = _lines([{"tab": seat + 1, "shell": line} for seat, line in told["l"]])
        settings = {str(name): str(value) for name, value in told.get("s", [])}
    except Unreadable:
        raise
    except (binascii.Error, zlib.error, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unreadable("bad_link") from error
    return Plan(Start(major, _settings(settings, major)), lines)


def as_yaml(sitting: Sitting, title: Mapping[str, str]) -> str:
    """The sitting as a file."""
    tree: dict[str, Any] = {"format": FORMAT, "title": dict(title), "version": sitting.start.major}
    if sitting.start.lines:
        tree["settings"] = dict(sitting.start.lines)
    tree["timeline"] = [_entry(line) for line in sitting.lines]
    text: str = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=110)
    return text


def _entry(line: Line) -> dict[str, Any]:
    told: dict[str, Any] = {"key": "Ctrl-C"} if line.text == INTERRUPT else {"shell": line.text}
    return told | ({"tab": line.seat + 1} if line.seat else {})


def from_yaml(raw: bytes) -> Plan:
    """The plan of such a file; raises Unreadable."""
    if len(raw) > LARGEST:
        raise Unreadable("file_large", limit=str(LARGEST // 1000))
    try:
        tree = yaml.safe_load(raw.decode("utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        raise Unreadable("file_not_yaml", line=str(where.line + 1) if where else "1") from error
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        raise Unreadable("file_other", format=FORMAT)
    try:
        major = version(str(tree.get("version", DEFAULT))).major
    except UnknownVersion as error:
        raise Unreadable("file_version", version=str(tree.get("version"))[:40]) from error
    settings = tree.get("settings") or {}
    if not isinstance(settings, dict):
        raise Unreadable("file_settings")
    timeline = tree.get("timeline")
    lines = _lines(timeline if isinstance(timeline, list) else [])
    return Plan(Start(major, _settings({str(k): str(v) for k, v in settings.items()}, major)), lines)


def _settings(given: Mapping[str, str], major: int) -> tuple[tuple[str, str], ...]:
    """Settings that the server of this version takes; raises Unreadable with the first that it does not."""
    good, faults = read_lines(shown(tuple(given.items())), major)
    if faults:
        raise Unreadable("bad_settings", said=faults[0].said or str(faults[0].line))
    return good


def _lines(entries: list[Any]) -> tuple[Line, ...]:
    if len(entries) > MOST_LINES:
        raise Unreadable("too_many_lines", most=str(MOST_LINES))
    found = []
    for number, entry in enumerate(entries, 1):
        told = entry if isinstance(entry, dict) else {}
        text = INTERRUPT if told.get("key") == "Ctrl-C" else told.get("shell")
        tab = told.get("tab", 1)
        good = isinstance(text, str) and len(text) <= LONGEST_LINE and type(tab) is int and 1 <= tab <= SEATS
        if not good:
            raise Unreadable("bad_line", number=str(number))
        assert isinstance(text, str)
        found.append(Line(tab - 1, text))
    return tuple(found)
