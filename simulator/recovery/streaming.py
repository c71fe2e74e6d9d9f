"""What a standby does when archive and pg_wal have nothing more: stream, and look for a newer timeline."""

from __future__ import annotations

from simulator.frozen import replace
from simulator.lsn import timeline_history_name
from simulator.pg_wal import file_number, span_files
from simulator.ranges import EMPTY
from simulator.recovery.files import Upstream, WalFile
from simulator.recovery.finding import history_of, keep_history, newest_timeline, restore_histories
from simulator.recovery.state import Recovery, Sources, lsn
from simulator.recovery.timelines import History, read_history, switch_point, timeline_at


def follow(recovery: Recovery, sources: Sources) -> tuple[Recovery, bool]:
    """One round of XLOG_FROM_STREAM; true if it makes sense to read on."""
    if recovery.request.conninfo:  # curFileTLI: from now on no older timeline is looked at
        recovery = replace(recovery, file_timeline=wanted(recovery)[0])
    if recovery.request.conninfo and sources.upstream is not None:
        before = recovery.received
        recovery, ended = _receive(recovery, sources.upstream, wanted(recovery))
        recovery = replace(recovery, at_end=ended)
        if recovery.received != before:
            return recovery, True
        if recovery.receiving and not ended:
            return recovery, False
    recovery = replace(recovery, receiving=False)
    if recovery.request.timeline != "latest":
        return recovery, False
    return _rescan(recovery, sources)


def receive(recovery: Recovery, sources: Sources) -> Recovery:
    """A WAL receiver goes on while replay waits (paused, or for a commit that is delayed); nobody starts another."""
    if not recovery.receiving:
        return recovery
    if sources.upstream is None or not recovery.request.conninfo:
        return replace(recovery, receiving=False)
    before = recovery.received
    recovery, ended = _receive(recovery, sources.upstream, before)
    return replace(recovery, at_end=ended, open=None if recovery.received != before else recovery.open)


def wanted(recovery: Recovery) -> tuple[int, int]:
    """RequestXLogStreaming: which timeline, and from where; the checkpoint is looked for from its redo point on."""
    if recovery.fetching:
        label, control = recovery.place.data.label, recovery.place.control
        if label is not None:
            return label.timeline, label.redo_lsn
        return control.timeline, control.redo_lsn
    history = recovery.expected or read_history(recovery.target_timeline, None)
    position = recovery.rest or recovery.position
    return timeline_at(history, position), position


def _receive(recovery: Recovery, upstream: Upstream, asked: tuple[int, int]) -> tuple[Recovery, bool]:
    """A WAL receiver's life until it has to wait, fails (`receiving` is off), or its timeline ends (true)."""
    size = recovery.size
    timeline, position = asked
    start, down = position - position % size, replace(recovery, receiving=False)
    if not timeline or timeline > upstream.timeline:
        return down, False
    recovery = _fetch_histories(recovery, upstream, timeline)
    down, end, following = replace(recovery, receiving=False), upstream.flushed, 0
    if timeline != upstream.timeline:
        history = read_history(upstream.timeline, upstream.histories.get(upstream.timeline))
        end, following = switch_point(history, timeline), _after(history, timeline)
        if not following:
            return down, False
    if start > end:
        return down, False
    pg_wal, files = recovery.place.data.pg_wal, recovery.place.files
    got, done, reached = EMPTY, EMPTY, start
    for segment in range(start // size, (end - 1) // size + 1 if end > start else start // size):
        named = following if following and segment == end // size else timeline
        if file_number(named, segment) not in upstream.place.data.pg_wal.segments:
            break
        source = upstream.place.files.get(named, segment)
        reached = min(end, (segment + 1) * size)
        files = files.put(WalFile(timeline, segment, source.branch, min(source.valid, reached)))
        one = span_files(timeline, segment, segment + 1)
        got |= one
        done |= one if reached == (segment + 1) * size else EMPTY
    whole = reached == end
    ended = bool(following) and whole
    if ended and end > start:
        done |= span_files(timeline, (end - 1) // size, (end - 1) // size + 1)
    pg_wal = replace(pg_wal, segments=pg_wal.segments | got)
    if recovery.request.always:
        pg_wal = replace(pg_wal, ready=pg_wal.ready | done)
    else:
        pg_wal = replace(pg_wal, ready=pg_wal.ready - done, done=pg_wal.done | done)
    place = recovery.place.with_data(pg_wal=pg_wal)
    received = (timeline, max(reached, recovery.received[1] if recovery.received[0] == timeline else 0))
    recovery = replace(recovery, place=replace(place, files=files), received=received, receiving=whole and not ended)
    return recovery, ended


def _after(history: History, timeline: int) -> int:
    """The timeline that follows in a history; 0 if this one is not in it."""
    numbers = [entry.timeline for entry in history]
    return numbers[numbers.index(timeline) - 1] if timeline in numbers[1:] else 0


def _fetch_histories(recovery: Recovery, upstream: Upstream, timeline: int) -> Recovery:
    """WalRcvFetchTimeLineHistoryFiles: those that are not here already."""
    here = {other.name for other in recovery.place.data.pg_wal.others}
    for number in range(max(timeline, 2), upstream.timeline + 1):
        name = timeline_history_name(number)
        if name not in here and number in upstream.histories:
            recovery = keep_history(recovery, name, upstream.histories[number])
    return recovery


def _rescan(recovery: Recovery, sources: Sources) -> tuple[Recovery, bool]:
    """RescanLatestTimeLine: has somebody been promoted?"""
    old = recovery.target_timeline
    recovery, newest = newest_timeline(recovery, sources, old)
    if newest == old or recovery.failed:
        return recovery, False
    recovery, history = history_of(recovery, sources, newest)
    if all(entry.timeline != old for entry in history):
        return recovery.say("not_our_child", new=newest, timeline=old), False
    if switch_point(history, old) < recovery.position:
        return recovery.say("forked_before", new=newest, timeline=old, lsn=lsn(recovery.position)), False
    recovery = replace(recovery, target_timeline=newest, expected=history)
    recovery = restore_histories(recovery, sources, old + 1, newest)
    return recovery.say("new_target", timeline=newest), True
