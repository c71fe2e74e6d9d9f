"""Write WAL up to an exact position, by messages that touch no table (pg_logical_emit_message)."""

from __future__ import annotations

from lab.server import Server
from simulator.lsn import parse_lsn
from simulator.records import COMMIT, byte_position, insert

PREFIX = "dojo"
RECORD = 8000
"""Bytes of a record: as on any server some record crosses the end of a segment, and none is larger than a page."""
LARGE_RECORD = 4 << 20
"""Where the disk fills up: with small ones the WAL writer may be the first to find no room, and not the client."""
_RECORD_HEADER, _SHORT_DATA, _LONG_DATA = 24, 2, 5
_MESSAGE_HEADER = 24 + len(PREFIX) + 1
"""xl_logical_message up to its message, and the prefix with its zero byte."""
_EMPTY = 56
"""An empty message; with its commit record nothing shorter can be written and flushed."""
_DATABASE = 8
"""What the commit record is longer with wal_level logical: it names its database."""


def write_exactly(server: Server, target: int) -> str:
    """Write and flush so that the WAL ends at `target`; less than a record before it, one record more is written.

    Returns what the client said when the server died of it (its disk is full), else ''.
    """
    size = server.segment_size
    commit = COMMIT + (_DATABASE if server.one("SHOW wal_level") == "logical" else 0)
    wanted = byte_position(target, size)
    while (room := wanted - byte_position(_inserted(server), size)) > 0:
        record = LARGE_RECORD if server.small_disk else RECORD
        many = (room - _EMPTY - commit) // record
        if many < 1:
            return _emit(server, _payload(max(room, _EMPTY + commit) // 8 * 8 - commit), commit=True)
        if trouble := _emit(server, _payload(record), commit=False, many=many):
            return trouble
    return ""


def after_commit(lsn: int, segment_size: int) -> int:
    """The end of a commit record behind this position."""
    return insert(lsn, COMMIT, segment_size).end


def _inserted(server: Server) -> int:
    return parse_lsn(str(server.one("SELECT pg_current_wal_insert_lsn()::text")))


def _payload(total: int) -> int:
    """How long a message must be for its record to take `total` bytes (a multiple of 8)."""
    short = total - _RECORD_HEADER - _SHORT_DATA - _MESSAGE_HEADER
    if short + _MESSAGE_HEADER <= 255:
        return short
    return total - _RECORD_HEADER - _LONG_DATA - _MESSAGE_HEADER


def _emit(server: Server, length: int, *, commit: bool, many: int = 1) -> str:
    """A transactional message gives its transaction an id, so that its commit is written and flushed."""
    message = f"pg_logical_emit_message({'true' if commit else 'false'}, '{PREFIX}', repeat('x', {length}))"
    statement = f"SELECT count({message}) FROM generate_series(1, {many})"  # noqa: S608  (numbers only)
    if not server.small_disk:
        return server.try_(statement)
    # The words of the client whose server dies are compared, so it is the client of everybody else.
    words = ("-X", "-q", "-c", "SET synchronous_commit = local", "-c", statement)
    tool = server.installation.tool("psql")
    return server.try_(statement) if tool is None else server.runner.run([tool, *words]).stderr


__all__ = ["after_commit", "write_exactly"]
