"""The schema of a scenario file: what fields there are and what they may hold (pydantic checks it)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from simulator.lsn import GB, KB, MB
from simulator.versions import DEFAULT

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|MB|GB)?")
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)?")
MAX_SIZE, MAX_SECONDS = 1 << 40, 31 * 86400
"""No file, disk or load of a lesson is larger, no wait is longer: a slip of the keyboard must not run for hours."""
MAX_WRITE = 64 * GB
_SIZES = {"B": 1, None: 1, "kB": KB, "MB": MB, "GB": GB}
_TIMES = {"s": 1, None: 1, "min": 60, "h": 3600, "d": 86400}


def size_of(value: object) -> int:
    """Read '16MB' as bytes; raises ValueError."""
    match = _SIZE.fullmatch(str(value).strip())
    if match is None:
        raise ValueError("size")
    size = float(match[1]) * _SIZES[match[2]]
    if size > MAX_SIZE:
        raise ValueError("size_limit")
    return int(size)


def volume_of(value: object) -> int:
    """Read how much WAL is written at once; raises ValueError."""
    size = size_of(value)
    if size > MAX_WRITE:
        raise ValueError("volume_limit")
    return size


def seconds_of(value: object) -> float:
    """Read '10min' as seconds; raises ValueError."""
    match = _TIME.fullmatch(str(value).strip())
    if match is None:
        raise ValueError("duration")
    seconds = float(match[1]) * _TIMES[match[2]]
    if seconds > MAX_SECONDS:
        raise ValueError("duration_limit")
    return seconds


def rate_of(value: object) -> float:
    """Read '1MB/s' as bytes a second; raises ValueError."""
    text = str(value).strip()
    if not text.endswith("/s"):
        raise ValueError("rate")
    return float(size_of(text.removesuffix("/s")))


def _text_of_setting(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError("setting")


Bytes = Annotated[int, BeforeValidator(size_of)]
Volume = Annotated[int, BeforeValidator(volume_of)]
Seconds = Annotated[float, BeforeValidator(seconds_of)]
Rate = Annotated[float, BeforeValidator(rate_of)]
Setting = Annotated[str, BeforeValidator(_text_of_setting)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Prose(_Model):
    """Both languages."""

    ja: str = Field(min_length=1)
    en: str = Field(min_length=1)


class ServerFile(_Model):
    """The `server:` part."""

    version: int = DEFAULT
    wal_segment_size: Bytes = 16 * MB
    settings: dict[str, Setting] = {}
    databases: dict[str, dict[str, Annotated[int, Field(ge=0, le=10_000_000)]]] = {}
    archive: bool = False
    disk: Bytes | None = None
    slots: list[str] = []


class ArchiveFile(_Model):
    """`archive:` with details."""

    fails_for: list[str] = []
    seconds_per_file: float = Field(default=0, ge=0, le=MAX_SECONDS, allow_inf_nan=False)


class Entry(_Model):
    """One entry of the timeline; exactly one of the first group."""

    run: str | dict[str, str] | None = None
    write: Volume | None = None
    wait: Seconds | None = None
    archive: Literal["works", "fails"] | ArchiveFile | None = None
    crash: Literal[True] | None = None
    disk: Bytes | None = None
    close: str | None = None
    hold: Literal["receiver"] | None = None
    release: Literal["receiver"] | None = None
    delete_oldest: Annotated[int, Field(ge=1, le=1000)] | None = None
    save_label: str | None = None
    writing: Rate = 0.0
    session: str = ""
    during: list[Entry] = Field(default=[], alias="while")
    say: Prose | None = None
    name: str = ""
    versions: str | int | None = None


class EndingFile(_Model):
    """One condition; exactly one of the first group."""

    exit: int | None = None
    stderr: str | None = None
    stdout: str | None = None
    log: str | None = None
    restorable: dict[str, bool | str | int] | None = None
    slot: dict[str, str] | None = None
    server: Literal["running", "down"] | None = None
    event: str | None = None
    no_event: str | None = None
    segments: dict[str, int] | None = None
    rows: dict[str, int | str] | None = None
    lost: bool | None = None
    exists: str | None = None
    absent: str | None = None
    waits: bool | None = None
    of: str = ""
    versions: str | int | None = None


class ScenarioFile(_Model):
    """A whole file."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: Prose
    outcome: Prose
    prose: Prose
    method: Literal["logical", "cold", "basebackup", "low-level", "wal"]
    objectives: list[str] = Field(min_length=1)
    failures: list[Annotated[int, Field(ge=1, le=55)]] = []
    messages: list[str] = []
    versions: str | int | None = None
    server: ServerFile = ServerFile()
    conditions: dict[str, list[Setting]] = {}
    timeline: list[Entry] = Field(min_length=1)
    ending: list[EndingFile] = Field(min_length=1)
    lab: bool = True
