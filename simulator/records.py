"""Where a record lands in the WAL: the arithmetic of access/transam/xlog.c (ReserveXLogInsertLocation).

A position is given as a 'byte position': usable bytes only, page headers left out.  Records have the sizes
that an idle server writes at wal_level=replica (lengths after alignment to 8 bytes).
"""

from __future__ import annotations

from typing import NamedTuple

from simulator.lsn import LONG_PAGE_HEADER, SHORT_PAGE_HEADER, XLOG_BLCKSZ
from simulator.versions import Version, since

RUNNING_XACTS = 56
CHECKPOINT = 120
CHECKPOINT_REDO = 32
SWITCH = 24
RESTORE_POINT = 104
BACKUP_END = 40
COMMIT = 40
_END_OF_RECOVERY = {12: 48, 17: 56}
PARAMETER_CHANGE = 56
FPW_CHANGE = 32

_PER_PAGE = XLOG_BLCKSZ - SHORT_PAGE_HEADER
_FIRST_PAGE = XLOG_BLCKSZ - LONG_PAGE_HEADER


def _per_segment(segment_size: int) -> int:
    return segment_size // XLOG_BLCKSZ * _PER_PAGE - (LONG_PAGE_HEADER - SHORT_PAGE_HEADER)


def byte_position(lsn: int, segment_size: int) -> int:
    """XLogRecPtrToBytePos."""
    segment, offset = divmod(lsn, segment_size)
    page, within = divmod(offset, XLOG_BLCKSZ)
    position = segment * _per_segment(segment_size)
    if page == 0:
        return position + (within - LONG_PAGE_HEADER if within else 0)
    return position + _FIRST_PAGE + (page - 1) * _PER_PAGE + (within - SHORT_PAGE_HEADER if within else 0)


def _place(position: int, segment_size: int, *, is_end: bool) -> int:
    segment, left = divmod(position, _per_segment(segment_size))
    start = segment * segment_size
    if left < _FIRST_PAGE:
        return start if is_end and left == 0 else start + left + LONG_PAGE_HEADER
    page, left = divmod(left - _FIRST_PAGE, _PER_PAGE)
    start += XLOG_BLCKSZ + page * XLOG_BLCKSZ
    return start if is_end and left == 0 else start + left + SHORT_PAGE_HEADER


def start_lsn(position: int, segment_size: int) -> int:
    """XLogBytePosToRecPtr: where a record beginning at this byte position starts."""
    return _place(position, segment_size, is_end=False)


def end_lsn(position: int, segment_size: int) -> int:
    """XLogBytePosToEndRecPtr: where a record ending at this byte position ends (no next page header)."""
    return _place(position, segment_size, is_end=True)


class Record(NamedTuple):
    """One record: the LSN of its first byte and the LSN just after its last one."""

    start: int
    end: int


def insert(at: int, size: int, segment_size: int) -> Record:
    """Place a record of `size` bytes (aligned) behind the position `at` (a flush or an insert position)."""
    used = at % XLOG_BLCKSZ
    if used and used + size <= XLOG_BLCKSZ:  # most records: no page header in between
        return Record(at, at + size)
    position = byte_position(at, segment_size)
    return Record(start_lsn(position, segment_size), end_lsn(position + size, segment_size))


def end_of_recovery(facts: Version, at: int, segment_size: int) -> Record:
    """Place the record of a promotion behind `at`; since 17 it has wal_level, too."""
    return insert(at, since(facts.major, _END_OF_RECOVERY), segment_size)


class Switch(NamedTuple):
    """What pg_switch_wal() did: the LSN it returns and the end of the WAL afterwards."""

    result: int
    end: int
    switched: bool


def switch(at: int, segment_size: int) -> Switch:
    """ReserveXLogSwitch: fill the segment; at a segment start do nothing."""
    if at % XLOG_BLCKSZ <= LONG_PAGE_HEADER:  # perhaps nothing but a page header has been written
        begin = end_lsn(byte_position(at, segment_size), segment_size)
        if begin % segment_size == 0:
            return Switch(begin, begin, switched=False)
    record = insert(at, SWITCH, segment_size)
    end = record.end
    if end % segment_size:
        end += segment_size - end % segment_size
    result = record.start + SWITCH
    if record.start // XLOG_BLCKSZ != result // XLOG_BLCKSZ:
        result += LONG_PAGE_HEADER if result % segment_size == result % XLOG_BLCKSZ else SHORT_PAGE_HEADER
    return Switch(result, end, switched=True)


class CheckpointPlace(NamedTuple):
    """The positions of one checkpoint: redo point, its record's start and end."""

    redo: int
    record: int
    end: int


def online_checkpoint(facts: Version, at: int, segment_size: int, *, between: int = 0) -> CheckpointPlace:
    """Where CreateCheckPoint puts redo and record when `between` bytes of other WAL come in the meantime.

    17+ marks the redo point with a record of its own; 12 to 16 just remember the insert position.
    """
    within = at % XLOG_BLCKSZ
    if within and not between and within + CHECKPOINT_REDO + RUNNING_XACTS + CHECKPOINT <= XLOG_BLCKSZ:
        record = at + RUNNING_XACTS + (CHECKPOINT_REDO if facts.checkpoint_redo_record else 0)
        return CheckpointPlace(at, record, record + CHECKPOINT)  # as a rule no page header is in between
    if facts.checkpoint_redo_record:
        first = insert(at, CHECKPOINT_REDO, segment_size)
        redo, at = first.start, first.end
    else:
        redo = insert(at, 8, segment_size).start
    if between:
        at = insert(at, between, segment_size).end
    running = insert(at, RUNNING_XACTS, segment_size)
    last = insert(running.end, CHECKPOINT, segment_size)
    return CheckpointPlace(redo, last.start, last.end)


def shutdown_checkpoint(at: int, segment_size: int) -> CheckpointPlace:
    """A shutdown or end-of-recovery checkpoint: redo is its own record."""
    record = insert(at, CHECKPOINT, segment_size)
    return CheckpointPlace(record.start, record.start, record.end)
