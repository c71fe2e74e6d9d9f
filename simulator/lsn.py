"""Positions in the WAL and the names of its files (access/xlogdefs.h, access/xlog_internal.h).

An LSN is an int: bytes since the beginning of the WAL.  A segment number is an int: LSN // wal_segment_size.
"""

from __future__ import annotations

import re

XLOG_BLCKSZ = 8192
SHORT_PAGE_HEADER = 24
LONG_PAGE_HEADER = 40
KB, MB, GB = 1 << 10, 1 << 20, 1 << 30

LEGAL_SEGMENT_SIZES: tuple[int, ...] = tuple(MB << shift for shift in range(11))
"""initdb --wal-segsize takes a power of two from 1 to 1024 (megabytes)."""

_LSN = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})")
_SEGMENT = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})")


def format_lsn(lsn: int) -> str:
    """Write an LSN as the server does: two hexadecimal halves, '%X/%X'."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


def parse_lsn(text: str) -> int:
    """Read 'X/X'; raises ValueError with pg_lsn's own message."""
    match = _LSN.fullmatch(text)
    if match is None:
        raise ValueError(f'invalid input syntax for type pg_lsn: "{text}"')
    return (int(match[1], 16) << 32) | int(match[2], 16)


def check_segment_size(size: int) -> int:
    """Return `size` (bytes) if initdb would take it; raises ValueError with its message otherwise."""
    if size not in LEGAL_SEGMENT_SIZES:
        raise ValueError("argument of --wal-segsize must be a power of two between 1 and 1024")
    return size


def segment_of(lsn: int, segment_size: int) -> int:
    """XLByteToSeg: the segment that holds the byte at `lsn`."""
    return lsn // segment_size


def previous_segment_of(lsn: int, segment_size: int) -> int:
    """XLByteToPrevSeg: the segment that holds the last byte before `lsn`; differs at a segment start only."""
    return (lsn - 1) // segment_size


def megabytes_to_segments(megabytes: int, segment_size: int) -> int:
    """ConvertToXSegs: whole segments in so many megabytes (truncated)."""
    return megabytes * MB // segment_size


def segments_per_xlogid(segment_size: int) -> int:
    """XLogSegmentsPerXLogId: segments in 4 GB, the range of the last eight digits of a file name."""
    return (1 << 32) // segment_size


def segment_name(timeline: int, segment: int, segment_size: int) -> str:
    """XLogFileName: 24 hexadecimal digits of timeline, high and low half of the segment number."""
    per_id = segments_per_xlogid(segment_size)
    return f"{timeline << 64 | segment // per_id << 32 | segment % per_id:024X}"


def parse_segment_name(name: str, segment_size: int) -> tuple[int, int]:
    """Read a segment file name as (timeline, segment number); raises ValueError if it is none."""
    match = _SEGMENT.fullmatch(name)
    per_id = segments_per_xlogid(segment_size)
    if match is None or int(match[3], 16) >= per_id:
        raise ValueError(f'"{name}" is not the name of a WAL segment of {segment_size // MB} MB')
    return int(match[1], 16), int(match[2], 16) * per_id + int(match[3], 16)


def is_segment_name(name: str) -> bool:
    """IsXLogFileName: exactly 24 upper-case hexadecimal digits."""
    return _SEGMENT.fullmatch(name) is not None


def partial_name(timeline: int, segment: int, segment_size: int) -> str:
    """The last, unfinished segment of an old timeline, or one that is still being received."""
    return segment_name(timeline, segment, segment_size) + ".partial"


def timeline_history_name(timeline: int) -> str:
    """TLHistoryFileName."""
    return f"{timeline:08X}.history"


def backup_history_name(timeline: int, start_lsn: int, segment_size: int) -> str:
    """BackupHistoryFileName: the start segment and the offset of the start LSN in it."""
    name = segment_name(timeline, segment_of(start_lsn, segment_size), segment_size)
    return f"{name}.{start_lsn % segment_size:08X}.backup"


def page_header_size(lsn: int, segment_size: int) -> int:
    """Bytes of page header at `lsn`: 40 at a segment start, 24 at any other page start, else 0."""
    if lsn % segment_size == 0:
        return LONG_PAGE_HEADER
    if lsn % XLOG_BLCKSZ == 0:
        return SHORT_PAGE_HEADER
    return 0


def insert_position(end: int, segment_size: int) -> int:
    """pg_current_wal_insert_lsn() after a record that ends at `end`: a page header, if one comes, is counted."""
    if end % XLOG_BLCKSZ:  # inside a page, as nearly always
        return end
    return end + page_header_size(end, segment_size)
