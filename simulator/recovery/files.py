"""WAL files as values: whose WAL is in a file and how far; pg_wal by file numbers, an archive by names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from simulator.cluster import Control, DataDirectory
from simulator.frozen import replace
from simulator.pg_wal import file_number
from simulator.ranges import Ranges
from simulator.recovery.journal import ROOT


@dataclass(frozen=True)
class ControlFile(Control):
    """pg_control with what recovery keeps in it (the field names are those of ControlFileData)."""

    previous: int = 1
    """prev_timeline: the timeline before the checkpoint's."""
    min_recovery: int = 0
    min_recovery_timeline: int = 0
    backup_start: int = 0
    backup_end: int = 0
    backup_end_required: bool = False
    full_page_writes: bool = True
    """As the last checkpoint's record has it."""


def own_timeline(control: Control) -> Control:
    """Pg_control after a checkpoint that ends no recovery: the timeline before the checkpoint's is its own."""
    return replace(control, previous=control.timeline) if isinstance(control, ControlFile) else control


@dataclass(frozen=True, slots=True)
class WalFile:
    """A file of WAL: the WAL of `branch` up to `valid`; what comes after that is old bytes or zeros."""

    timeline: int
    segment: int
    branch: str
    valid: int
    size: int | None = None
    """Bytes, where the file is not as long as a segment."""
    system_identifier: int = 0
    """Of the cluster that its first page names; 0: nobody has looked."""


def recycled(timeline: int, segment: int) -> WalFile:
    """A file under a name whose WAL it does not hold yet: valid up to nowhere."""
    return WalFile(timeline, segment, ROOT, 0)


@dataclass(frozen=True, slots=True)
class HistoryText:
    """A timeline history file, or another text that an archive gives back."""

    text: str


@dataclass(frozen=True, slots=True)
class RestoreFailure:
    """restore_command ended in a way that stops recovery (exit code over 125, or a signal): what it is called.

    '' after SIGTERM: nothing is said.
    """

    reason: str
    said: tuple[str, ...] = ()
    """What it wrote into the log."""


@dataclass(frozen=True, slots=True)
class Talkative:
    """It was restored, and restore_command wrote something into the log."""

    said: tuple[str, ...]
    got: WalFile | HistoryText


@dataclass(frozen=True, slots=True)
class Absent:
    """Not there, and restore_command wrote something into the log."""

    said: tuple[str, ...] = ()


Restored = WalFile | HistoryText | Talkative | RestoreFailure | Absent | None
"""What restore_command made of a name; None: not there."""


@dataclass(frozen=True)
class WalFiles:
    """What the segment files in a directory hold, by file number; one that is not here was recycled."""

    held: Mapping[int, WalFile] = field(default_factory=lambda: MappingProxyType({}))

    def get(self, timeline: int, segment: int) -> WalFile:
        """What a file holds that is there."""
        return self.held.get(file_number(timeline, segment)) or recycled(timeline, segment)

    def put(self, file: WalFile) -> WalFiles:
        """A file is put in the place of what had its name."""
        return WalFiles(MappingProxyType({**self.held, file_number(file.timeline, file.segment): file}))

    def kept(self, segments: Ranges) -> WalFiles:
        """Forget what files held that are gone."""
        if all(number in segments for number in self.held):
            return self
        return WalFiles(MappingProxyType({n: file for n, file in self.held.items() if n in segments}))

    def written(self, branch: str, timeline: int, start: int, end: int, size: int) -> WalFiles:
        """A branch wrote WAL from `start` to `end`."""
        if end <= start:
            return self
        made = dict(self.held)
        for segment in range(start // size, (end - 1) // size + 1):
            valid = min(end, (segment + 1) * size)
            made[file_number(timeline, segment)] = WalFile(timeline, segment, branch, valid)
        return WalFiles(MappingProxyType(made))

    def up_to(self, branch: str, end: int) -> WalFiles:
        """As a copy finds them that is made when the branch's WAL is flushed up to `end`."""
        return WalFiles(
            MappingProxyType(
                {
                    n: replace_valid(file, min(file.valid, end)) if file.branch == branch else file
                    for n, file in self.held.items()
                }
            )
        )

    def __iter__(self) -> Iterator[WalFile]:
        return iter(self.held.values())


def replace_valid(file: WalFile, valid: int) -> WalFile:
    """The same file, valid up to another place."""
    return WalFile(file.timeline, file.segment, file.branch, valid, file.size, file.system_identifier)


@dataclass(frozen=True)
class Place:
    """A data directory with what its WAL files hold."""

    data: DataDirectory
    files: WalFiles
    branch: str
    """Whose WAL ends at `data.wal_end`, where a clean start goes on writing."""
    incremental: bool = False
    """The label says INCREMENTAL FROM: no data directory, but a part of one."""

    @property
    def control(self) -> ControlFile:
        """Its pg_control."""
        assert isinstance(self.data.control, ControlFile)
        return self.data.control

    def with_data(self, **changes: object) -> Place:
        """Change fields of the data directory; what left pg_wal is forgotten."""
        data = replace(self.data, **changes)  # type: ignore[arg-type]
        files = self.files.kept(data.pg_wal.segments) if "pg_wal" in changes else self.files
        return replace(self, data=data, files=files)

    def with_control(self, **changes: object) -> Place:
        """Change fields of pg_control."""
        return replace(self, data=replace(self.data, control=replace(self.control, **changes)))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Upstream:
    """What a WAL sender has: the server that primary_conninfo names, while it runs."""

    place: Place
    flushed: int
    timeline: int
    histories: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))


RestoreCommand = Callable[[str], Restored]
