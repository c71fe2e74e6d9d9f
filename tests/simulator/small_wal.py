"""A few records of WAL told in words, a backup made on the way, and an archive: enough to recover from by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from simulator.backup import STREAMED
from simulator.cluster import BackupLabel, DataDirectory, Pages
from simulator.frozen import replace
from simulator.lsn import MB, segment_name
from simulator.pg_wal import OtherFile, PgWal, span_files
from simulator.records import insert
from simulator.records import switch as switched
from simulator.recovery import (
    Branch,
    ControlFile,
    HistoryText,
    Journal,
    Outcome,
    Place,
    Record,
    Request,
    RestoreFailure,
    Sources,
    Upstream,
    WalFile,
    WalFiles,
    start,
)
from simulator.recovery.files import Restored
from simulator.settings import ServerSettings
from simulator.versions import version

SIZE = MB
FIRST = 2 * SIZE + 40
STORY = """
checkpoint
501 commits
end of backup
switch
502 commits
point fork
503 commits
504 aborts
switch
505 commits
point fork
506 commits
switch
"""
"""Segment 2: the backup; segment 3: 502, fork, 503, 504; segment 4: 505, another fork, 506."""


@dataclass(frozen=True)
class Told:
    """A story as WAL: its records, where they lie, and whose they are."""

    records: tuple[Record, ...]
    end: int

    def at(self, words: str) -> Record:
        """The record of one line of the story, the first that says so."""
        return self.records[STORY.split("\n")[1:].index(words)]


def tell(story: str = STORY, timeline: int = 1, at: int = FIRST) -> Told:
    """Write the records of a story one behind the other; a transaction's time is its number, in seconds."""
    records: list[Record] = []
    done: tuple[int, ...] = ()
    redo = at
    for line in story.strip().split("\n"):
        match line.split():
            case ["checkpoint"]:
                place = insert(at, 120, SIZE)
                record = Record(place.start, place.end, "checkpoint_shutdown", redo=place.start, timeline=timeline)
                redo = place.start
            case [xid, "commits"]:
                place, done = insert(at, 40, SIZE), (*done, int(xid))
                record = Record(place.start, place.end, "commit", int(xid), int(xid), timeline=timeline, state=done)
            case [xid, "aborts"]:
                place = insert(at, 40, SIZE)
                record = Record(place.start, place.end, "abort", int(xid), int(xid), timeline=timeline)
            case ["point", name]:
                place = insert(at, 104, SIZE)
                record = Record(place.start, place.end, "restore_point", name=name, timeline=timeline)
            case ["end", "of", "backup"]:
                place = insert(at, 40, SIZE)
                record = Record(place.start, place.end, "backup_end", redo=redo, timeline=timeline)
            case _:
                place = insert(at, 24, SIZE)
                record = Record(place.start, place.end, "switch", timeline=timeline)
        records.append(record)
        at = switched(place.start, SIZE).end if record.kind == "switch" else place.end
    return Told(tuple(records), at)


@dataclass(frozen=True)
class Scene:
    """What a DBA has when recovery starts."""

    major: int = 16
    told: Told = field(default_factory=tell)
    archive: Mapping[str, Restored] = field(default_factory=dict)
    label: bool = True
    state: str = "in production"
    upstream: Upstream | None = None

    @property
    def place(self) -> Place:
        """The restored base backup: no WAL in it."""
        first = self.told.records[0]
        settings = ServerSettings.initial(self.major, SIZE, {"recovery_prefetch": "off"} if self.has_prefetch else {})
        label = BackupLabel(first.start, first.start, 1, STREAMED, "nightly", "primary")
        data = DataDirectory(
            facts=version(self.major),
            segment_size=SIZE,
            system_identifier=0,
            settings=settings,
            control=ControlFile(self.state, first.start, first.start, 1),
            pg_wal=PgWal(),
            wal_end=first.end,
            pages=Pages(first.start, first.end),
            label=label if self.label else None,
        )
        return Place(data, WalFiles(), "")

    @property
    def has_prefetch(self) -> bool:
        """Does this major read ahead?"""
        return "recovery_prefetch" in ServerSettings.initial(self.major, SIZE).values

    @property
    def journal(self) -> Journal:
        """The story as the first server wrote it."""
        return Journal(MappingProxyType({"": Branch(1, initial=())})).written("", self.told.records)

    def restore(self, name: str) -> Restored:
        """restore_command."""
        return self.archive.get(name)

    def recover(self, place: Place | None = None, **asked: object) -> Outcome:
        """Start the server; without a word, as recovery.signal and a restore_command ask for it."""
        wanted = {"signal": "recovery.signal", "restore_command": True, **asked}
        sources = Sources(self.journal, self.restore, self.upstream)
        return start(place or self.place, Request(**wanted), sources)  # type: ignore[arg-type]

    def rows(self, outcome: Outcome) -> object:
        """What the tables show: the transactions that are in them."""
        recovery = outcome.recovery
        return self.journal.state_at(recovery.replayed_branch, recovery.replayed)


def segments(told: Told, *, missing: tuple[int, ...] = ()) -> dict[str, Restored]:
    """An archive with the story's segments."""
    numbers = range(FIRST // SIZE, -(-told.end // SIZE))
    return {
        segment_name(1, number, SIZE): WalFile(1, number, "", (number + 1) * SIZE)
        for number in numbers
        if number not in missing
    }


def scene(*, missing: tuple[int, ...] = (), major: int = 16, more: Mapping[str, Restored] | None = None) -> Scene:
    """The story of above, its archive, and what else is in it."""
    told = tell()
    return Scene(major, told, {**segments(told, missing=missing), **(more or {})})


def with_local(place: Place, told: Told, *numbers: int, valid: int | None = None) -> Place:
    """Put the story's segments into pg_wal, the last of them valid up to a place only."""
    pg_wal, files = place.data.pg_wal, place.files
    for number in numbers:
        end = (number + 1) * SIZE
        pg_wal = replace(pg_wal, segments=pg_wal.segments | span_files(1, number, number + 1))
        files = files.put(WalFile(1, number, "", end if valid is None else min(end, valid)))
    return replace(place, data=replace(place.data, pg_wal=pg_wal), files=files)


def history(timeline: int, text: str) -> dict[str, Restored]:
    """A history file in the archive."""
    return {f"{timeline:08X}.history": HistoryText(text)}


def with_history(place: Place, timeline: int, text: str) -> Place:
    """A history file in pg_wal."""
    return place.with_data(pg_wal=place.data.pg_wal.with_other(OtherFile(f"{timeline:08X}.history", text)))


NOT_FOUND = RestoreFailure("command not found")
