"""Finding files: restore_command, history files, and the segment that replay needs next (xlogarchive.c)."""

from __future__ import annotations

from simulator.frozen import replace
from simulator.lsn import segment_name, timeline_history_name
from simulator.pg_wal import OtherFile, file_number
from simulator.ranges import Ranges
from simulator.recovery.files import Absent, HistoryText, Restored, RestoreFailure, Talkative, WalFile
from simulator.recovery.state import Recovery, Sources
from simulator.recovery.timelines import Entry, History, read_history


def restore(recovery: Recovery, sources: Sources, name: str) -> tuple[Recovery, Restored]:
    """RestoreArchivedFile: ask restore_command, which only a requested archive recovery does."""
    if not recovery.request.asked or not recovery.request.restore_command:
        return recovery, None
    got = sources.restore(name)
    if isinstance(got, Absent):
        return replace(recovery, log=recovery.log + got.said), None
    if isinstance(got, RestoreFailure):
        recovery = replace(recovery, log=recovery.log + got.said)
        code = "restore_failed" if got.reason else "restore_terminated"
        return recovery.fail(code, file=name, reason=got.reason), None
    if isinstance(got, Talkative):
        recovery, got = replace(recovery, log=recovery.log + got.said), got.got
    if isinstance(got, WalFile) and got.size is not None and got.size != recovery.size:
        if recovery.standby and got.size < recovery.size:
            return recovery, None  # it may still be on its way into the archive
        return recovery.fail("wrong_size", file=name, size=got.size, expected=recovery.size), None
    if got is not None:
        recovery = recovery.say("restored", file=name)
    return recovery, got


def history_text_of(
    recovery: Recovery, sources: Sources, timeline: int, *, keep: bool = False, even_first: bool = False
) -> tuple[Recovery, str | None]:
    """The text of a history file, from the archive before pg_wal; `keep`: a restored one stays, .done.

    The first timeline has none; only writeTimeLineHistory asks for it all the same (`even_first`).
    """
    if timeline == 1 and not even_first:
        return recovery, None
    name = timeline_history_name(timeline)
    recovery, got = restore(recovery, sources, name)
    if isinstance(got, HistoryText):
        if keep:
            recovery = keep_history(recovery, name, got.text)
        return recovery, got.text
    here = next((other.text for other in recovery.place.data.pg_wal.others if other.name == name), None)
    return recovery, here


def keep_history(recovery: Recovery, name: str, text: str) -> Recovery:
    """KeepFileRestoredFromArchive, and what a WAL receiver does with a history file it has fetched."""
    file = OtherFile(name, text, "ready" if recovery.request.always else "done")
    pg_wal = recovery.place.data.pg_wal.with_other(file)
    return replace(recovery, place=recovery.place.with_data(pg_wal=pg_wal))


def timeline_exists(recovery: Recovery, sources: Sources, timeline: int) -> tuple[Recovery, bool]:
    """ExistsTimeLineHistory."""
    recovery, text = history_text_of(recovery, sources, timeline)
    return recovery, text is not None


def newest_timeline(recovery: Recovery, sources: Sources, start: int) -> tuple[Recovery, int]:
    """FindNewestTimeLine: ask for the next one until one is missing."""
    newest = start
    while not recovery.failed:
        recovery, there = timeline_exists(recovery, sources, newest + 1)
        if not there:
            break
        newest += 1
    return recovery, newest


def history_of(recovery: Recovery, sources: Sources, timeline: int) -> tuple[Recovery, History]:
    """ReadTimeLineHistory."""
    recovery, text = history_text_of(recovery, sources, timeline, keep=True)
    return recovery, read_history(timeline, text)


def restore_histories(recovery: Recovery, sources: Sources, begin: int, end: int) -> Recovery:
    """RestoreTimeLineHistoryFiles: those between the timeline in use and the target."""
    for timeline in range(max(begin, 2), end):
        if recovery.failed:
            break
        name = timeline_history_name(timeline)
        recovery, got = restore(recovery, sources, name)
        if isinstance(got, HistoryText):
            recovery = keep_history(recovery, name, got.text)
    return recovery


def keep_segment(recovery: Recovery, file: WalFile) -> Recovery:
    """KeepFileRestoredFromArchive: it is in pg_wal under its own name, never to be archived again."""
    number = file_number(file.timeline, file.segment)
    one = Ranges.span(number, number + 1)
    pg_wal = recovery.place.data.pg_wal
    ready, done = pg_wal.ready, pg_wal.done
    if recovery.request.always:  # XLogArchiveNotify does not look for a .done
        ready |= one
    elif not one & done:
        ready, done = ready - one, done | one
    place = recovery.place.with_data(pg_wal=replace(pg_wal, segments=pg_wal.segments | one, ready=ready, done=done))
    return replace(recovery, place=replace(place, files=place.files.put(file)))


def open_segment(
    recovery: Recovery, sources: Sources, segment: int, *, random: bool = False
) -> tuple[Recovery, WalFile | None]:
    """XLogFileReadAnyTLI: the newest timeline of the target's history that has the segment, archive before pg_wal."""
    if random:
        recovery = replace(recovery, file_timeline=0)
    entries = recovery.expected
    if not entries:
        recovery, entries = history_of(recovery, sources, recovery.target_timeline)
    for entry in entries:
        if recovery.failed or entry.timeline < recovery.file_timeline:
            break
        if entry.begin and segment < entry.begin // recovery.size:
            continue
        recovery, file = _open(recovery, sources, entry, segment)
        if file is not None:
            opened = replace(recovery, expected=entries, file_timeline=entry.timeline, open=file)
            return opened, file
    return replace(recovery, open=None), None


def _open(recovery: Recovery, sources: Sources, entry: Entry, segment: int) -> tuple[Recovery, WalFile | None]:
    if recovery.in_archive:
        recovery, got = restore(recovery, sources, segment_name(entry.timeline, segment, recovery.size))
        if isinstance(got, WalFile):
            file = WalFile(entry.timeline, segment, got.branch, got.valid, system_identifier=got.system_identifier)
            return keep_segment(recovery, file), file
        if recovery.failed:
            return recovery, None
    if file_number(entry.timeline, segment) in recovery.place.data.pg_wal.segments:
        return recovery, recovery.place.files.get(entry.timeline, segment)
    return recovery, None
