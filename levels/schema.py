"""The schema of a challenge file: what fields there are and what they may hold (pydantic checks it)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

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
    at: str | None = None
    """A machine of the world.  (Not `on`: YAML reads that as true.)"""
    negated: bool = Field(default=False, alias="not")
    say: Prose | None = None
    versions: str | int | None = None


class LineThere(_Model):
    """A command line at one of several machines."""

    at: str
    run: str | dict[str | int, str]


def _form(given: object) -> str:
    """Which of the forms of a command line it is, as pydantic names them."""
    if isinstance(given, str):
        return "str"
    return "LineThere" if isinstance(given, dict) and {"at", "run"} & given.keys() else "dict[]"


CommandLine = Annotated[
    Annotated[str, Tag("str")]
    | Annotated[LineThere, Tag("LineThere")]
    | Annotated[dict[str | int, str], Tag("dict[]")],
    Discriminator(_form),
]
"""A command line, one for each span of versions, or either at another machine than the first."""


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

    name: str = "default"
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
