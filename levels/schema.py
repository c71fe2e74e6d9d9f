"""The schema of a challenge file: what fields there are and what they may hold (pydantic checks it)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from host.weather import Weather
from levels.conditions import (
    Archived,
    BackupOpen,
    DatabaseThere,
    DumpHolds,
    FileSays,
    FileThere,
    InForce,
    LinksTo,
    NothingWaits,
    OnTimeline,
    Restores,
    RoleThere,
    Rows,
    ServerState,
    SlotState,
    SpaceFree,
    StoppedCleanly,
    TableThere,
    Typed,
    Verifies,
    WalFiles,
)
from simulator.schema import Bytes, Prose, Setting


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConditionFile(_Model):
    """One condition: exactly one of the kinds."""

    rows: Rows | None = None
    table: TableThere | None = None
    database: DatabaseThere | None = None
    role: RoleThere | None = None
    server: ServerState | None = None
    timeline: OnTimeline | None = None
    setting: InForce | None = None
    file: FileThere | None = None
    says: FileSays | None = None
    link: LinksTo | None = None
    restores: Restores | None = None
    verifies: Verifies | None = None
    clean: StoppedCleanly | None = None
    dump: DumpHolds | None = None
    archived: Archived | None = None
    nothing_waits: NothingWaits | None = None
    wal_files: WalFiles | None = None
    slot: SlotState | None = None
    free: SpaceFree | None = None
    backup_open: BackupOpen | None = None
    typed: Typed | None = None
    negated: bool = Field(default=False, alias="not")
    say: Prose | None = None
    versions: str | int | None = None


CommandLine = str | dict[str | int, str]
"""A command line, or one for each span of versions."""


class PlaceFile(_Model):
    """A directory with a size of its own."""

    size: Bytes | None = None


class OldClusterFile(_Model):
    """The data directory of an older major, and a dump of what was in it."""

    path: str = Field(pattern=r"^/")
    version: int
    dump: str = ""


class WorldFile(_Model):
    """The `world:` part."""

    name: Literal["default", "empty", "fixture", "fixture-without-tablespace"] = "default"
    client: int | None = None
    old: OldClusterFile | None = None
    settings: dict[str, Setting] = {}
    directories: dict[Annotated[str, Field(pattern=r"^/")], PlaceFile | None] = {}
    weather: list[Weather] = []
    prepare: list[CommandLine] = []


class TrapFile(_Model):
    """A trap: conditions that lose the level together, why, and commands that run into it."""

    when: list[ConditionFile] = Field(min_length=1)
    why: Prose
    commands: list[CommandLine] = Field(min_length=1)
    versions: str | int | None = None


class ChallengeFile(_Model):
    """A whole file."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    number: int = Field(ge=1, le=999)
    chapter: Literal[
        "logical", "cold", "basebackup", "archiving", "low-level", "pitr", "timelines", "trouble", "standby", "chain"
    ]
    title: Prose
    story: Prose
    why: Prose
    hints: list[Prose] = Field(min_length=3, max_length=3)
    version: int | None = None
    versions: str | int | None = None
    world: WorldFile = WorldFile()
    goal: list[ConditionFile] = Field(min_length=1)
    par: int = Field(ge=1, le=99)
    solution: list[CommandLine] = Field(min_length=1)
    traps: list[TrapFile] = []
    objectives: list[str] = Field(min_length=1)
    failures: list[Annotated[int, Field(ge=1, le=55)]] = []
