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

from levels import saved
from simulator import faults
from simulator.faults import ScenarioError
from ui.terminal.sitting import INTERRUPT, LONGEST_LINE, MOST_LINES, Line, Sitting, first_seats
from ui.terminal.start import WORLD, WORLDS, Fault, Start, first_host, read_lines, shown

LONGEST_LINK = 6000
"""Characters; browsers and mail programs cut longer addresses."""
LARGEST = 400_000
"""Bytes of a file, and of what a link unfolds to."""


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
    if not sitting.lines and not sitting.start.lines and sitting.start.world == WORLD:
        return ""
    told: dict[str, Any] = {"l": [[line.seat, line.text] for line in sitting.lines]}
    if sitting.start.lines:
        told["s"] = [list(pair) for pair in sitting.start.lines]
    if sitting.start.world != WORLD:
        told["w"] = sitting.start.world
    packed = zlib.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def plan_of(text: str, major: int, world: str = WORLD) -> Plan:
    """What an address asks for (in `world`, when it names none); raises Unreadable."""
    if not text:
        return Plan(Start(major, world=world))
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unfolded = zlib.decompressobj().decompress(packed, LARGEST)
        told = json.loads(unfolded)
        # Half a character is none: nobody could share what comes of it.
        json.dumps(told, ensure_ascii=False).encode()
        world = _world(told["w"]) if "w" in told else world
        lines = _lines([{"tab": seat + 1, "shell": line} for seat, line in told["l"]], world)
        settings = {str(name): str(value) for name, value in told.get("s", [])}
    except Unreadable:
        raise
    except (binascii.Error, zlib.error, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unreadable("bad_link") from error
    return Plan(Start(major, _settings(settings, major, world), world), lines)


def as_yaml(sitting: Sitting, title: Mapping[str, str]) -> str:
    """The sitting as a file."""
    tree: dict[str, Any] = {"format": saved.FORMAT, "title": dict(title), "version": sitting.start.major}
    if sitting.start.world != WORLD:
        tree["world"] = sitting.start.world
    if sitting.start.lines:
        tree["settings"] = dict(sitting.start.lines)
    tree["timeline"] = [_entry(line) for line in sitting.lines]
    text: str = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=110)
    return text


def _entry(line: Line) -> dict[str, Any]:
    told: dict[str, Any] = {"key": "Ctrl-C"} if line.text == INTERRUPT else {"shell": line.text}
    return told | ({"tab": line.seat + 1} if line.seat else {})


def from_yaml(raw: bytes, name: str = "terminal.yaml") -> Plan:
    """The plan of such a file; raises ScenarioError with every fault, each at its line."""
    file = saved.read(raw, name, WORLDS)
    lines, refused = read_lines(shown(file.settings), file.major, file.world)
    if refused:
        raise ScenarioError([_told(file, fault) for fault in refused])
    return Plan(Start(file.major, lines, file.world), file.lines)


_KINDS = {"conf_kept": "setting_kept", "conf_no_server": "setting_without_server", "conf_too_long": "line_too_long"}


def _told(file: saved.Saved, fault: Fault) -> faults.Fault:
    """A fault of a line for postgresql.conf, at the line of the file that asks for it."""
    at = min(fault.line, len(file.settings))
    path = ("settings", file.settings[at - 1][0]) if at else ("settings",)
    facts = {"wrong": fault.said, "major": file.major, "reason": fault.said, "allowed": fault.said}
    return file.fault(path, _KINDS.get(fault.key, "setting_refused"), **facts)


def _world(name: object) -> str:
    """A world that a sitting may begin with; raises Unreadable."""
    if name not in WORLDS:
        raise Unreadable("file_world", world=str(name)[:40], known=", ".join(WORLDS))
    return str(name)


def _settings(given: Mapping[str, str], major: int, world: str) -> tuple[tuple[str, str], ...]:
    """Settings that the server of this version takes; raises Unreadable with the first that it does not."""
    good, faults = read_lines(shown(tuple(given.items())), major, world)
    if faults:
        raise Unreadable("bad_settings", said=faults[0].said or str(faults[0].line))
    return good


def _lines(entries: list[Any], world: str) -> tuple[Line, ...]:
    if len(entries) > MOST_LINES:
        raise Unreadable("too_many_lines", most=str(MOST_LINES))
    found, seats = [], len(first_seats(first_host(Start(world=world))))
    for number, entry in enumerate(entries, 1):
        told = entry if isinstance(entry, dict) else {}
        text = INTERRUPT if told.get("key") == "Ctrl-C" else told.get("shell")
        tab = told.get("tab", 1)
        good = isinstance(text, str) and len(text) <= LONGEST_LINE and type(tab) is int and 1 <= tab <= seats
        if not good:
            raise Unreadable("bad_line", number=str(number))
        assert isinstance(text, str)
        found.append(Line(tab - 1, text))
    return tuple(found)
