"""Recordings of real servers in files: find them, read them, and hold the model against each by its form.

A form is a row of `READERS`: how it is told from others, and how its observations are read.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator import recording as scenario_recording
from simulator import replay_recovery as recoveries
from simulator.faults import ScenarioError
from simulator.recording import NotItsScenario, from_json, held_against, is_unknown
from simulator.replay_trace import replay

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """One field that a real server showed, and what the model says of it."""

    unit: str
    """What the recording counts: 'event' or 'step'."""
    number: int
    what: str
    """The kind of the event, or the line that was typed."""
    field: str
    predicted: object
    observed: object
    equal: bool | None
    """None: one side does not know; neither a success nor a failure."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Why something is no recording; `key` is its sentence in texts.toml."""

    key: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """One form of recording."""

    knows: Callable[[Json], bool]
    read: Callable[[Json], Iterator[Seen]]


def _events(told: Json) -> Iterator[Seen]:
    for one in replay(told):
        yield Seen("event", one.event, one.kind, one.field, one.predicted, one.observed, one.equal)


def _steps(told: Json) -> Iterator[Seen]:
    reality = held_against(from_json(told))
    steps = reality.run.steps
    for one in reality.differences:
        if one.how == "shown" or (one.equal is None and not is_unknown(one)):
            continue
        step = steps[one.step] if one.step < len(steps) else None
        what = "" if step is None else step.typed or type(step.command).__name__
        yield Seen("step", one.step + 1, what, one.field, one.predicted, one.real, one.equal)


def _recoveries(told: Json) -> Iterator[Seen]:
    for one in recoveries.replay(told):
        yield Seen("event", one.event, one.kind, one.field, one.predicted, one.observed, one.equal)
    for event in told["events"]:
        for field in sorted(recoveries.NOT_DETERMINED & event["observed"].keys()):
            yield Seen("event", event["n"], event["action"]["kind"], field, None, event["observed"][field], None)


def _is_recovery(told: Json) -> bool:
    return told.get("format") == recoveries.FORMAT and {"events", "profile", "initial"} <= told.keys()


def _commands(told: Json) -> Iterator[Seen]:
    from host.replay_cli import read
    from host.replay_cli import replay as replay_command

    case = read(told)
    for number, one in enumerate(replay_command(case), 1):
        what = f"{case.case}: {case.cmd}"
        said = f"({one.fault})" if one.fault else one.got
        yield Seen("observation", number, what, one.name, said, one.expected, one.equal if case.stable else None)


def _is_command(told: Json) -> bool:
    return {"tool", "client_major", "cmd", "exit", "stdout", "stderr"} <= told.keys()


READERS: tuple[Reader, ...] = (
    Reader(lambda told: told.get("format") == 1 and "events" in told, _events),
    Reader(_is_recovery, _recoveries),
    Reader(lambda told: told.get("format") == scenario_recording.FORMAT, _steps),
    Reader(_is_command, _commands),
)
"""Format 1: a server's WAL directory, event by event.  Format 2: a scenario, step by step (`waldojo lab record`),
or, with events,
recoveries of several servers.  No format: one command line of a client tool, with what it printed and left."""

_NOT_REPLAYED = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError, RecursionError)
"""What recordings raise that lack a field, or hold something else in it."""


def observations(told: object) -> tuple[int, str, list[Seen]] | Unread:
    """Major, release, and every observation of a recording; or why it is none."""
    if not isinstance(told, dict):
        return Unread("unread_recording")
    reader = next((each for each in READERS if each.knows(told)), None)
    if reader is None:
        return Unread("unread_recording")
    try:
        major = int(told["client_major"] if "client_major" in told else told["major"])
        return major, str(told.get("server_version", major)), list(reader.read(told))
    except ScenarioError as error:
        fault = error.faults[0]
        return Unread("unread_scenario", (("line", str(fault.line)), ("field", fault.field or "-")))
    except NotItsScenario as error:
        return Unread("unread_step", (("step", str(error.step)),))
    except _NOT_REPLAYED as error:
        return Unread("unread_damaged", (("reason", f"{type(error).__name__}: {error}"),))


# Files

MOST_BYTES = 1 << 28
"""A recording that unpacks to more is none."""
_PACKED: dict[bytes, Callable[[io.BytesIO], io.BufferedIOBase]] = {
    b"\x1f\x8b": lambda raw: gzip.GzipFile(fileobj=raw),
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"BZh": bz2.BZ2File,
}
_NOT_READ = (
    OSError, EOFError, ValueError, RecursionError, RuntimeError, NotImplementedError,
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip
"""What files raise that are cut, spoilt, or no JSON at all."""
_WANTED = (".json", ".jsonl")
Named = tuple[str, object]


def documents(paths: Iterable[str]) -> Iterator[Named]:
    """Every JSON value below the paths: in .json and .jsonl, packed or not, and in bundles; Unread for the rest."""
    for given in paths:
        path = Path(given)
        files = sorted(file for file in path.rglob("*") if _is_wanted(file.name)) if path.is_dir() else [path]
        for file in files:
            yield from _read(file)


def _is_wanted(name: str) -> bool:
    return ".tar" in name or name.endswith((*_WANTED, ".tgz", ".zip")) or name.rpartition(".")[0].endswith(_WANTED)


def _read(file: Path) -> Iterator[Named]:
    try:
        if ".tar" in file.name or file.suffix == ".tgz":
            with tarfile.open(file) as bundle:
                # In the order of the archive: going back in a compressed one means unpacking it again.
                for member in bundle:
                    content = bundle.extractfile(member)
                    if content is not None and _is_wanted(member.name):
                        yield from _values(f"{file.name}:{member.name}", content.read(MOST_BYTES + 1))
        elif file.suffix == ".zip":
            with zipfile.ZipFile(file) as folder:
                for name in filter(_is_wanted, folder.namelist()):
                    with folder.open(name) as content:
                        yield from _values(f"{file.name}:{name}", content.read(MOST_BYTES + 1))
        else:
            with file.open("rb") as opened:
                yield from _values(str(file), opened.read(MOST_BYTES + 1))
    except _NOT_READ:
        yield str(file), Unread("unread_file")


def _values(name: str, raw: bytes) -> Iterator[Named]:
    """The JSON in a file: one value, or in .jsonl one a line."""
    try:
        text = _unpacked(raw)
        if ".jsonl" not in name:
            yield name, json.loads(text)
            return
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield f"{name}:{number}", _value(line)
    except _NOT_READ:
        yield name, Unread("unread_file")


def _value(line: bytes) -> object:
    try:
        return json.loads(line)
    except _NOT_READ:
        return Unread("unread_file")


def _unpacked(raw: bytes) -> bytes:
    for magic, opened in _PACKED.items():
        if raw.startswith(magic):
            raw = opened(io.BytesIO(raw)).read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise ValueError("too large")
    return raw
