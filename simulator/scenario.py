"""A scenario: prose in two languages, a server, a timeline of commands, and the ending that it must reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.commands import Command


@dataclass(frozen=True, slots=True)
class Text:
    """The same in Japanese and in English."""

    ja: str
    en: str

    def of(self, language: str) -> str:
        """The text of a language ('ja' or anything else, which is English)."""
        return self.ja if language == "ja" else self.en


@dataclass(frozen=True)
class ServerPlan:
    """The server that a scenario begins with."""

    version: int
    versions: frozenset[int]
    """Majors that the scenario holds for."""
    segment_size: int
    settings: Mapping[str, str]
    databases: Mapping[str, Mapping[str, int]]
    """database to table to rows."""
    disk_bytes: int | None
    archive_command: bool
    slots: tuple[str, ...]


@dataclass(frozen=True)
class Planned:
    """One command of the timeline as it was written."""

    command: Command
    typed: str
    """What somebody types; '' for what the world does."""
    entry: int
    depth: int
    say: Text | None
    majors: frozenset[int]
    """Majors on which it is typed like this."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of the ending; `kind` says which, `facts` its parameters (see ending.py)."""

    kind: str
    facts: Mapping[str, object]
    line: int
    majors: frozenset[int]


@dataclass(frozen=True, slots=True)
class Condition:
    """A setting that the Theatre offers to change, with the values worth trying."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One lesson."""

    id: str
    title: Text
    outcome: Text
    prose: Text
    method: str
    """logical, cold, basebackup, low-level or wal: the door on the home page."""
    objectives: tuple[str, ...]
    failures: tuple[int, ...]
    """Items of the list of failures that it shows."""
    messages: tuple[str, ...]
    """Messages by which it can be found."""
    server: ServerPlan
    timeline: tuple[Planned, ...]
    ending: tuple[Check, ...]
    conditions: tuple[Condition, ...]
    lab: bool = True
    """Can a real server perform it?"""
    source: str = ""
    """The text that it was read from."""

    def planned(self, major: int) -> tuple[Planned, ...]:
        """The commands of a major."""
        return tuple([planned for planned in self.timeline if major in planned.majors])
