"""Reading the next record, and what a reader does when there is none (ReadRecord, WaitForWALToBecomeAvailable)."""

from __future__ import annotations

from simulator.frozen import replace
from simulator.lsn import LONG_PAGE_HEADER, XLOG_BLCKSZ
from simulator.recovery.consistency import check_consistency
from simulator.recovery.files import WalFile
from simulator.recovery.finding import open_segment
from simulator.recovery.journal import END_OF_RECOVERY, SHUTDOWN, SWITCH, Record
from simulator.recovery.state import Decoded, Recovery, Sources, lsn
from simulator.recovery.streaming import follow

_HEADER = 24
_MULTIPLIER = 4
"""XLOGPREFETCHER_DISTANCE_MULTIPLIER."""
_DECODE_BUFFER = 512 * 1024
"""wal_decode_buffer_size as it is shipped."""
_OVERHEAD = 100
"""What a decoded record takes besides its data, about."""


def read_record(recovery: Recovery, sources: Sources, *, random: bool = False) -> tuple[Recovery, Record | None]:
    """The next record; None when recovery has failed, WAL ends here, or a standby has to wait for it.

    `random`: it is the one at `position`, and nothing is known yet of the files before it.
    """
    if random:
        recovery = replace(recovery, ahead=(), slots=(), quiet_until=0)
    distance = 0 if random else _distance(recovery)
    if distance:
        recovery = replace(recovery, slots=tuple(at for at in recovery.slots if at >= recovery.read_end))
        recovery = _look_ahead(recovery, sources, distance)
    if not recovery.ahead and not recovery.failed:
        recovery, found = _decode(recovery, sources, random=random)
        if found is None:
            return recovery, None
        recovery = replace(recovery, ahead=(found,))
        if distance:
            recovery = _counted(recovery, found)
            recovery = _look_ahead(recovery, sources, distance)
    if recovery.failed:
        return recovery, None
    head = recovery.ahead[0]
    recovery = replace(
        recovery,
        ahead=recovery.ahead[1:],
        read=head.record.last_start,
        read_end=head.end,
        read_branch=head.branch,
        read_file=head.file,
    )
    return recovery, head.record


def _distance(recovery: Recovery) -> int:
    """How many pages recovery_prefetch looks ahead: four times as many as it may ask for at once."""
    settings = recovery.place.data.settings.values
    if settings.get("recovery_prefetch", "off") == "off":
        return 0
    return _MULTIPLIER * int(settings.get("maintenance_io_concurrency", 0))


def _counted(recovery: Recovery, found: Decoded) -> Recovery:
    quiet = found.record.start if found.record.kind in (SHUTDOWN, END_OF_RECOVERY) else recovery.quiet_until
    slots = recovery.slots + (found.record.start,) * found.record.references
    return replace(recovery, slots=slots, quiet_until=quiet)


def _look_ahead(recovery: Recovery, sources: Sources, distance: int) -> Recovery:
    """XLogPrefetcher: decode more records, without waiting for WAL, while there is room for them and their pages."""
    while recovery.ahead and len(recovery.slots) < distance and not recovery.failed:
        if recovery.read <= recovery.quiet_until:
            break
        tail = recovery.ahead[-1]
        held = sum(each.record.end - each.record.start + _OVERHEAD for each in recovery.ahead)
        recovery, found = _try(recovery, sources, random=False, ahead=True)
        if found is None or held + found.record.end - found.record.start > _DECODE_BUFFER:
            if found is not None:
                recovery = replace(recovery, position=tail.end)
            return replace(recovery, quiet_until=tail.record.last_start)
        recovery = _counted(replace(recovery, ahead=(*recovery.ahead, found)), found)
    return recovery


def _decode(recovery: Recovery, sources: Sources, *, random: bool) -> tuple[Recovery, Decoded | None]:
    """Find the record at `position`, from wherever it can come."""
    while True:
        recovery, found = _try(recovery, sources, random=random)
        if found is not None or recovery.failed:
            return recovery, found
        if not (recovery.rest and recovery.standby):
            recovery = replace(recovery, open=None)
        if not recovery.in_archive and recovery.request.asked and not recovery.fetching:
            recovery = into_archive(recovery)
            continue
        if not recovery.standby or recovery.promoting:
            return recovery, None
        recovery, more = follow(recovery, sources)
        if not more:
            return say_waiting(recovery), None


def into_archive(recovery: Recovery) -> Recovery:
    """SwitchIntoArchiveRecovery: the local WAL is replayed to its end, now other sources are asked."""
    control = recovery.place.control
    minimum, timeline = control.min_recovery, control.min_recovery_timeline
    if minimum < recovery.position:
        minimum, timeline = recovery.position, recovery.replayed_timeline
    recovery = recovery.with_control(state="in archive recovery", min_recovery=minimum, min_recovery_timeline=timeline)
    recovery = replace(recovery, in_archive=True, standby=recovery.request.standby, minimum=minimum)
    return check_consistency(recovery)


def _try(recovery: Recovery, sources: Sources, *, random: bool, ahead: bool = False) -> tuple[Recovery, Decoded | None]:
    size, at = recovery.size, recovery.position
    recovery = replace(recovery, rest=0) if recovery.rest else recovery
    file, segment = recovery.open, at // recovery.size
    if file is None or file.segment != segment:
        recovery, file = open_segment(recovery, sources, segment, random=random)
        if file is None:
            return recovery, None
    if _foreign(recovery, file):
        return (recovery if ahead and not recovery.standby else _complain(recovery, file)), None
    record = sources.journal.next_record(file.branch, at)
    if record is None or record.start // size != segment or record.start - at > LONG_PAGE_HEADER:
        return recovery, None
    branch, last, begun = file.branch, (record.end - 1) // size, file
    if record.end > file.valid and not (last > segment and file.valid >= (segment + 1) * size):
        return recovery, None
    for further in range(segment + 1, last + 1):
        recovery, file = open_segment(recovery, sources, further)
        if file is not None and _foreign(recovery, file):
            return _complain(recovery, file), None
        if file is None or file.valid <= further * size:
            return replace(recovery, open=begun, rest=further * size + _HEADER), None
        same = sources.journal.next_record(file.branch, at)
        if same != record or file.valid < min(record.end, (further + 1) * size):
            return recovery, None
        branch = file.branch
    end = record.end
    if record.kind == SWITCH and end % size:
        end += size - end % size
    return replace(recovery, position=end), Decoded(record, end, branch, recovery.file_timeline)


def _foreign(recovery: Recovery, file: WalFile) -> bool:
    """XLogReaderValidatePageHeader: its first page names another cluster."""
    return file.system_identifier not in (0, recovery.place.data.system_identifier)


def _complain(recovery: Recovery, file: WalFile) -> Recovery:
    """A reader that runs ahead says so at once in standby mode only."""
    ours = recovery.place.data.system_identifier
    return recovery.say("foreign_wal", theirs=file.system_identifier, ours=ours)


def say_waiting(recovery: Recovery) -> Recovery:
    """A standby without a stream sleeps for wal_retrieve_retry_interval between two looks."""
    if recovery.receiving:
        return recovery
    at = recovery.position
    if recovery.rest:
        wanted = recovery.rest
    elif at % recovery.size >= XLOG_BLCKSZ:
        wanted = at - at % recovery.size + XLOG_BLCKSZ  # the first page of a file is looked at first
    else:
        wanted = at - at % XLOG_BLCKSZ + min(at % XLOG_BLCKSZ + _HEADER, XLOG_BLCKSZ)
    return recovery.say("waiting", lsn=lsn(wanted))
