"""The closed set of conditions that a goal or a trap may state about a host: plain records; judging is in judges.py.

A file of challenges writes one as `{kind: {field: value …}}`; a dataclass here is the kind's fields with their types
and defaults, and the schema checks a file against the very same.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar, Literal

Strict = dict[str, str]
_STRICT: Strict = {"extra": "forbid"}
"""Read by pydantic: a misspelt field is a fault."""

PORT = 5432
States = Literal["running", "writable", "recovering", "standby", "streaming", "paused", "down"]
SlotStates = Literal["exists", "active", "inactive", "lost", "reserved"]
DumpFormats = Literal["plain", "custom", "directory", "tar", "cluster", "globals"]


@dataclass(frozen=True)
class Rows:
    """A table on a running server has so many rows; `table`: database.table or database.schema.table."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    table: str
    count: int
    port: int = PORT


@dataclass(frozen=True)
class TableThere:
    """A table is there, whatever is in it."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    table: str
    port: int = PORT


@dataclass(frozen=True)
class DatabaseThere:
    """A database is there."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    name: str
    port: int = PORT


@dataclass(frozen=True)
class RoleThere:
    """A role is there."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    name: str
    port: int = PORT


@dataclass(frozen=True)
class ServerState:
    """What the server on a port does; `directory`: it must run on that one."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    state: States
    port: int = PORT
    directory: str = ""


@dataclass(frozen=True)
class OnTimeline:
    """The server writes or replays this timeline."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    number: int
    port: int = PORT


@dataclass(frozen=True)
class InForce:
    """A setting has this value now, in the server's own spelling or the file's."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    name: str
    value: str
    port: int = PORT


@dataclass(frozen=True)
class FileThere:
    """A file or directory is there; `path` may have * and ?."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    path: str


@dataclass(frozen=True)
class FileSays:
    """A text file has these words in it."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    path: str
    words: str


@dataclass(frozen=True)
class LinksTo:
    """A symbolic link leads there; `path` may have * and ?."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    path: str
    target: str


@dataclass(frozen=True)
class Restores:
    """A physical backup, copied aside and started, comes up with these rows.

    `archive`: restore_command takes WAL from that directory; '' is a start without any other WAL.
    Tar files are unpacked first.  `table` '': it is enough that it starts.
    """

    __pydantic_config__: ClassVar[Strict] = _STRICT
    path: str
    archive: str = ""
    table: str = ""
    count: int = 0


@dataclass(frozen=True)
class Verifies:
    """pg_verifybackup is content with a backup, and its manifest is there."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    path: str


@dataclass(frozen=True)
class StoppedCleanly:
    """pg_control of a directory says that its server was shut down."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    path: str


@dataclass(frozen=True)
class DumpHolds:
    """A dump has this format and, when a table is named, so many of its rows (`count` -1: its definition only)."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    path: str
    format: DumpFormats
    table: str = ""
    count: int = -1


@dataclass(frozen=True)
class Archived:
    """Every finished WAL segment of a server's timeline is in the archive, and at least so many."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    path: str
    at_least: int = 1
    port: int = PORT


@dataclass(frozen=True)
class NothingWaits:
    """No segment in pg_wal is waiting to be archived."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    port: int = PORT


@dataclass(frozen=True)
class WalFiles:
    """pg_wal has at most so many segments."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    at_most: int
    port: int = PORT


@dataclass(frozen=True)
class SlotState:
    """A physical replication slot is in this state."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    name: str
    state: SlotStates = "exists"
    port: int = PORT


@dataclass(frozen=True)
class SpaceFree:
    """A file system has so many megabytes free."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    path: str
    megabytes: int


@dataclass(frozen=True)
class BackupOpen:
    """A low-level backup is between its start and its stop."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    port: int = PORT


@dataclass(frozen=True)
class Typed:
    """A command line was typed that matches a regular expression: for traps, where the deed itself is the harm."""

    __pydantic_config__: ClassVar[Strict] = _STRICT
    pattern: str


Condition = (
    Rows
    | TableThere
    | DatabaseThere
    | RoleThere
    | ServerState
    | OnTimeline
    | InForce
    | FileThere
    | FileSays
    | LinksTo
    | Restores
    | Verifies
    | StoppedCleanly
    | DumpHolds
    | Archived
    | NothingWaits
    | WalFiles
    | SlotState
    | SpaceFree
    | BackupOpen
    | Typed
)

KINDS: dict[str, type[Condition]] = {
    "rows": Rows,
    "table": TableThere,
    "database": DatabaseThere,
    "role": RoleThere,
    "server": ServerState,
    "timeline": OnTimeline,
    "setting": InForce,
    "file": FileThere,
    "says": FileSays,
    "link": LinksTo,
    "restores": Restores,
    "verifies": Verifies,
    "clean": StoppedCleanly,
    "dump": DumpHolds,
    "archived": Archived,
    "nothing_waits": NothingWaits,
    "wal_files": WalFiles,
    "slot": SlotState,
    "free": SpaceFree,
    "backup_open": BackupOpen,
    "typed": Typed,
}
"""The words of a challenge file."""
_WORDS = {kind: word for word, kind in KINDS.items()}


def word_of(condition: Condition) -> str:
    """The kind as a file writes it: also the key of its sentences."""
    return _WORDS[type(condition)]


def facts_of(condition: Condition) -> dict[str, object]:
    """What its sentence may name."""
    return {field.name: getattr(condition, field.name) for field in fields(condition)}
