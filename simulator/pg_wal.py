"""The contents of pg_wal and pg_wal/archive_status, as ranges.

A segment file is one int: `file_number(timeline, segment)`; so every set of files is a `Ranges`, and a checkpoint
costs O(runs).  Names become strings only in `names()`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from simulator.frozen import quick, replace
from simulator.lsn import is_segment_name, parse_segment_name, segment_name
from simulator.ranges import EMPTY, Ranges

_TIMELINE = 1 << 48
"""Distance between two timelines' file numbers; a segment number has at most 44 bits (1 MB segments)."""


def file_number(timeline: int, segment: int) -> int:
    """The int that stands for the file of a segment on a timeline."""
    return timeline * _TIMELINE + segment


def segment_number(number: int) -> int:
    """The segment of a file number, its timeline left out."""
    return number % _TIMELINE


def file_name(number: int, segment_size: int) -> str:
    """The name of the file that this int stands for."""
    return segment_name(number // _TIMELINE, number % _TIMELINE, segment_size)


def on_timeline(files: Ranges, timeline: int) -> Ranges:
    """The segment numbers of the files on one timeline."""
    base = timeline * _TIMELINE
    part = files.clip(base, base + _TIMELINE)
    return Ranges(tuple((low - base, high - base) for low, high in part.runs))


def timelines_of(files: Ranges) -> tuple[int, ...]:
    """The timelines that have files here, oldest first."""
    found: list[int] = []
    for low, high in files.runs:
        for timeline in range(low // _TIMELINE, (high - 1) // _TIMELINE + 1):
            if timeline not in found:
                found.append(timeline)
    return tuple(found)


def newest_segment(files: Ranges) -> int:
    """The largest segment number among these files, whatever their timeline; 0 when there are none."""
    return max([(high - 1) % _TIMELINE for _, high in files.runs], default=0)


def span_files(timeline: int, low: int, high: int) -> Ranges:
    """The files of segments low .. high-1 on a timeline."""
    base = timeline * _TIMELINE
    return Ranges(((base + low, base + high),)) if low < high else EMPTY


def with_files(files: Ranges, timeline: int, low: int, high: int) -> Ranges:
    """These files and those of segments low .. high-1 on a timeline."""
    base = timeline * _TIMELINE
    return files.with_span(base + low, base + high)


def files_between(files: Ranges, timeline: int, low: int, high: int) -> Ranges:
    """Those of these files that are segments low .. high-1 on a timeline."""
    base = timeline * _TIMELINE
    return files.clip(base + low, base + high)


def names(files: Ranges, segment_size: int) -> list[str]:
    """The file names, sorted as `ls` sorts them."""
    return [file_name(number, segment_size) for number in files]


@quick
@dataclass(frozen=True)
class OtherFile:
    """A .backup, .history or .partial file and its archive status ('', 'ready' or 'done')."""

    name: str
    text: str = ""
    status: str = ""


@quick
@dataclass(frozen=True)
class PgWal:
    """Files in pg_wal: segments (recycled ones ahead of the pen included), their status, other files."""

    segments: Ranges = EMPTY
    ready: Ranges = EMPTY
    done: Ranges = EMPTY
    others: tuple[OtherFile, ...] = ()

    def listing(self, segment_size: int) -> list[str]:
        """Sorted names in pg_wal (without archive_status)."""
        return sorted(names(self.segments, segment_size) + [other.name for other in self.others])

    def status_listing(self, segment_size: int) -> list[str]:
        """Sorted names in pg_wal/archive_status."""
        found = [name + ".ready" for name in names(self.ready, segment_size)]
        found += [name + ".done" for name in names(self.done, segment_size)]
        found += [f"{other.name}.{other.status}" for other in self.others if other.status]
        return sorted(found)

    def with_other(self, file: OtherFile) -> PgWal:
        """Add a file, or put it in the place of the one of the same name."""
        kept = [other for other in self.others if other.name != file.name]
        return replace(self, others=tuple(sorted([*kept, file], key=lambda other: other.name)))

    def without_segments(self, gone: Ranges) -> PgWal:
        """Remove segment files together with their status files."""
        if not gone:
            return self
        return replace(self, segments=self.segments - gone, ready=self.ready - gone, done=self.done - gone)


def from_listing(listed: Iterable[str], status: Iterable[str], segment_size: int) -> PgWal:
    """Read directory listings of pg_wal and archive_status, as a real server shows them."""
    names_here, marks = list(listed), set(status)
    segments = [name for name in names_here if is_segment_name(name)]

    def marked(ending: str) -> Ranges:
        stems = [mark.removesuffix(ending) for mark in marks if mark.endswith(ending)]
        return _numbers([stem for stem in stems if is_segment_name(stem)], segment_size)

    others = []
    for name in names_here:
        if not is_segment_name(name):
            known = [ending for ending in ("ready", "done") if f"{name}.{ending}" in marks]
            others.append(OtherFile(name, "", known[0] if known else ""))
    others.sort(key=lambda other: other.name)
    return PgWal(_numbers(segments, segment_size), marked(".ready"), marked(".done"), tuple(others))


def _numbers(listed: list[str], segment_size: int) -> Ranges:
    return Ranges.of(file_number(*parse_segment_name(name, segment_size)) for name in listed)


class Removal(NamedTuple):
    """What RemoveOldXlogFiles did."""

    pg_wal: PgWal
    removed: Ranges
    recycled_from: Ranges
    recycled_to: Ranges
    newly_ready: Ranges
    """Segments without a status that were to be archived first and so were kept."""


def remove_old_files(
    pg_wal: PgWal, timeline: int, *, size: int, before: int, first_free: int, limit: int, recycle: bool, archiving: bool
) -> Removal:
    """RemoveOldXlogFiles: drop or rename every segment file before segment `before`, whatever its timeline.

    Renamed to the first free numbers from `first_free` up to and including `limit` on `timeline`; with archiving
    only files that are .done go, and one without a status gets .ready (XLogArchiveCheckDone).
    """
    old = _before(pg_wal.segments, before)
    pg_wal, partial = _without_partial(pg_wal, before, size, archiving=archiving)
    if not (old.runs or partial):
        return Removal(pg_wal, EMPTY, EMPTY, EMPTY, EMPTY)
    newly_ready = EMPTY
    if archiving:
        newly_ready = old - pg_wal.done - pg_wal.ready
        old &= pg_wal.done
        if not (old.runs or newly_ready.runs or partial):
            return Removal(pg_wal, EMPTY, EMPTY, EMPTY, EMPTY)
    free = EMPTY
    if recycle and (old.runs or partial):
        free = pg_wal.segments.gaps(file_number(timeline, first_free), file_number(timeline, limit + 1))
    recycled_to = recycled_from = EMPTY
    if free.runs:
        recycled_to = free.take(len(old) + partial)
        recycled_from = old.take(len(recycled_to))
    removed = old - recycled_from
    after = replace(
        pg_wal,
        segments=pg_wal.segments - old | recycled_to,
        ready=pg_wal.ready - old | newly_ready,
        done=pg_wal.done - old,
    )
    return Removal(after, removed, recycled_from, recycled_to, newly_ready)


def _before(files: Ranges, segment: int) -> Ranges:
    """Those of these files that are older segments, whatever their timeline."""
    timelines = timelines_of(files)
    if len(timelines) == 1:  # as a rule
        return files_between(files, timelines[0], 0, segment)
    old = EMPTY
    for each in timelines:
        old |= files_between(files, each, 0, segment)
    return old


def _without_partial(pg_wal: PgWal, before: int, size: int, *, archiving: bool) -> tuple[PgWal, int]:
    """pg_wal without its old .partial files, and how many these are: as good to be renamed as others.

    That of the newest segment which goes stays: the names are compared, and its is the longer one.
    """
    gone = [other for other in pg_wal.others if other.name.endswith(".partial")]
    if not gone:
        return pg_wal, 0
    newest = segment_name(0, max(before - 1, 0), size)[8:]
    gone = [other for other in gone if other.name[8:] <= newest and (other.status == "done" or not archiving)]
    return replace(pg_wal, others=tuple(other for other in pg_wal.others if other not in gone)), len(gone)


FUTURE_SEGMENTS = 10
"""How far ahead RemoveNonParentXlogFiles recycles, 'somewhat arbitrarily'."""


def remove_non_parent(pg_wal: PgWal, timeline: int, *, end: int, size: int, recycle: bool) -> PgWal:
    """RemoveNonParentXlogFiles: files of older timelines beyond the point `end` where `timeline` begins.

    Those that are .ready stay to be archived; the others are renamed to segments of the new timeline, or go.
    """
    first = (end - 1) // size + 1
    old = EMPTY
    for each in timelines_of(pg_wal.segments):
        if each < timeline:
            old |= pg_wal.segments & span_files(each, first, _TIMELINE)
    old -= pg_wal.ready
    ahead = end // size
    free = pg_wal.segments.gaps(file_number(timeline, ahead), file_number(timeline, ahead + FUTURE_SEGMENTS + 1))
    made = free.take(len(old)) if recycle and old and free else EMPTY
    after = pg_wal.without_segments(old)
    return replace(after, segments=after.segments | made)


def finish_segments(ready: Ranges, finished: Ranges, *, archiving: bool) -> Ranges:
    """XLogArchiveNotifySeg: segments just completed get .ready when archiving is on."""
    return ready | finished if archiving else ready


def clean_backup_history(pg_wal: PgWal, *, archiving: bool) -> PgWal:
    """CleanupBackupHistory: .backup files that are .done (or need no archiving) go, others get .ready."""
    kept: list[OtherFile] = []
    for other in pg_wal.others:
        if not other.name.endswith(".backup"):
            kept.append(other)
        elif archiving and other.status != "done":
            kept.append(replace(other, status="ready"))
    return replace(pg_wal, others=tuple(kept))


def archive_order(pg_wal: PgWal, segment_size: int) -> list[str]:
    """pgarch_readyXlog: what waits, in the order in which the archiver takes it."""
    waiting = names(pg_wal.ready, segment_size)
    others = [other.name for other in pg_wal.others if other.status == "ready"]
    return in_turn(waiting + others) if others else waiting


def in_turn(waiting: list[str]) -> list[str]:
    """History files first, then everything by name."""
    return sorted(waiting, key=lambda name: (not name.endswith(".history"), name))
