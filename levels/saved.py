"""A sitting saved as a file: where it began, and what was typed at which terminal. Faults are told with their lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from host import worlds
from host.seats import INTERRUPT, LONGEST_LINE, SEATS, Line
from simulator.faults import Fault, ScenarioError, placed
from simulator.loader import checked
from simulator.schema import Setting
from simulator.settings import ServerSettings, UnknownParameter, UnmodelledParameter
from simulator.settings_values import InvalidValue
from simulator.versions import DEFAULT, KNOWN, UnknownVersion, version
from simulator.yaml_tree import Path_

FORMAT = "terminal/1"
MOST_LINES = 1000
SEGMENT_BYTES = 16 << 20


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EntryFile(_Model):
    """A line, or a key that is a line of its own."""

    shell: str | None = None
    key: Literal["Ctrl-C"] | None = None
    tab: int = Field(default=1, ge=1)


class SavedFile(_Model):
    """A whole file."""

    format: Literal["terminal/1"]
    title: dict[str, str] = {}
    version: int | str = DEFAULT
    world: str = "default"
    settings: dict[str, Setting] = {}
    timeline: list[EntryFile] = []


@dataclass(frozen=True, slots=True)
class Saved:
    """What a file asks for, and where its fields stand in it."""

    major: int
    world: str
    settings: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    name: str
    where: Mapping[Path_, int]

    def fault(self, path: Path_, kind: str, **facts: object) -> Fault:
        """A fault of a field that only the server of the world can find."""
        return placed(self.name, self.where, path, kind, **facts)


def read(raw: bytes, name: str, known: Sequence[str] = worlds.NAMES) -> Saved:
    """Read a file; `name` stands for it in messages.  Raises ScenarioError with every fault found."""
    file, where = checked(SavedFile, raw, name)
    found = Saved(_major(file), file.world, tuple(file.settings.items()), _lines(file), name, where)
    faults = [found.fault(path, kind, **facts) for path, kind, facts in _wrong(file, known)]
    if faults:
        raise ScenarioError(faults)
    return found


def _major(file: SavedFile) -> int:
    try:
        return version(str(file.version)).major
    except UnknownVersion:
        return 0


def _lines(file: SavedFile) -> tuple[Line, ...]:
    return tuple(Line(entry.tab - 1, INTERRUPT if entry.key else entry.shell or "") for entry in file.timeline)


def _wrong(file: SavedFile, known: Sequence[str]) -> Iterator[tuple[Path_, str, dict[str, object]]]:
    """What the schema cannot see: place, kind and facts of each fault."""
    major = _major(file)
    if not major:
        named = str(file.version)[:40]
        yield ("version",), "unknown_version", {"wrong": named, "allowed": ", ".join(map(str, KNOWN))}
    if file.world not in known:
        yield ("world",), "not_one_of", {"wrong": file.world[:40], "allowed": ", ".join(known)}
    for name, value in file.settings.items() if major else ():
        if reason := _refusal(major, name, value):
            yield ("settings", name), "setting_refused", {"major": major, "reason": reason}
    if len(file.timeline) > MOST_LINES:
        yield ("timeline",), "too_many_lines", {"wrong": len(file.timeline), "allowed": MOST_LINES}
    seats = len(worlds.MACHINES.get(file.world, ())) or SEATS
    for at, entry in enumerate(file.timeline[:MOST_LINES]):
        path = ("timeline", at)
        given = [word for word in ("shell", "key") if getattr(entry, word) is not None]
        if len(given) != 1:
            yield path, "one_action", {"wrong": ", ".join(given) or "-", "allowed": "shell, key"}
        if entry.tab > seats:
            yield (*path, "tab"), "too_big", {"wrong": entry.tab, "allowed": seats}
        if len(entry.shell or "") > LONGEST_LINE:
            yield (*path, "shell"), "line_too_long", {"allowed": LONGEST_LINE}


def _refusal(major: int, name: str, value: str) -> str:
    """What a server of the major says of a setting; '' when it takes it."""
    try:
        ServerSettings.initial(major, SEGMENT_BYTES, {name: value})
    except UnmodelledParameter:
        return ""
    except (InvalidValue, UnknownParameter) as refused:
        return str(getattr(refused, "message", refused))
    return ""
