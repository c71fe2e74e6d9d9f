"""Reading the next record, and what a reader does when there is none (ReadRecord, WaitForWALToBecomeAvailable)."""

from __future__ import annotations

from simulator.frozen import replace
from simulator.lsn import LONG_PAGE_HEADER, XLOG_BLCKSZ
from simulator.recovery.consistency import check_consistency
from simulator.recovery.finding import open_segment
from simulator.recovery.journal import SWITCH, Record
from simulator.recovery.state import Recovery, Sources, lsn
from simulator.recovery.streaming import follow

_HEADER = 24


def read_record(recovery: Recovery, sources: Sources, *, random: bool = False) -> tuple[Recovery, Record | None]:
    """The record at `position`; None when recovery has failed, WAL ends here, or a standby has to wait for it."""
    while True:
        recovery, record = _try(recovery, sources, random=random)
        if record is not None or recovery.failed:
            return recovery, record
        recovery = replace(recovery, open=None)
        if not recovery.in_archive and recovery.request.asked and not recovery.fetching:
            recovery = into_archive(recovery)
            continue
        if not recovery.standby or recovery.promoting:
            return recovery, None
        recovery, more = follow(recovery, sources)
        if not more:
            return _waiting(recovery), None


def into_archive(recovery: Recovery) -> Recovery:
    """SwitchIntoArchiveRecovery: the local WAL is replayed to its end, now other sources are asked."""
    control = recovery.place.control
    minimum, timeline = control.min_recovery, control.min_recovery_timeline
    if minimum < recovery.position:
        minimum, timeline = recovery.position, recovery.replayed_timeline
    recovery = recovery.with_control(state="in archive recovery", min_recovery=minimum, min_recovery_timeline=timeline)
    recovery = replace(recovery, in_archive=True, standby=recovery.request.standby, minimum=minimum)
    return check_consistency(recovery)


def _try(recovery: Recovery, sources: Sources, *, random: bool) -> tuple[Recovery, Record | None]:
    size, at = recovery.size, recovery.position
    file, segment = recovery.open, at // recovery.size
    if file is None or file.segment != segment:
        recovery, file = open_segment(recovery, sources, segment, random=random)
        if file is None:
            return recovery, None
    record = sources.journal.next_record(file.branch, at)
    if record is None or record.start // size != segment or record.start - at > LONG_PAGE_HEADER:
        return recovery, None
    branch, last = file.branch, (record.end - 1) // size
    if record.end > file.valid and not (last > segment and file.valid >= (segment + 1) * size):
        return recovery, None
    for further in range(segment + 1, last + 1):
        recovery, file = open_segment(recovery, sources, further)
        if file is None:
            return recovery, None
        same = sources.journal.next_record(file.branch, at)
        if same is None or same.start != record.start or file.valid < min(record.end, (further + 1) * size):
            return recovery, None
        branch = file.branch
    end = record.end
    if record.kind == SWITCH and end % size:
        end += size - end % size
    return replace(recovery, read=record.last_start, read_branch=branch, position=end), record


def _waiting(recovery: Recovery) -> Recovery:
    """A standby without a stream sleeps for wal_retrieve_retry_interval between two looks."""
    if recovery.receiving:
        return recovery
    at = recovery.position
    if at % recovery.size >= XLOG_BLCKSZ:
        wanted = at - at % recovery.size + XLOG_BLCKSZ  # the first page of a file is looked at first
    else:
        wanted = at - at % XLOG_BLCKSZ + min(at % XLOG_BLCKSZ + _HEADER, XLOG_BLCKSZ)
    return recovery.say("waiting", lsn=lsn(wanted))
