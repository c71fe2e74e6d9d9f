"""Write WAL up to an exact position, by messages that touch no table (pg_logical_emit_message)."""

from __future__ import annotations

from lab.server import Server
from simulator.lsn import parse_lsn
from simulator.records import COMMIT, byte_position, insert

PREFIX = "dojo"
CHUNK = 4 << 20
_RECORD_HEADER, _SHORT_DATA, _LONG_DATA = 24, 2, 5
_MESSAGE_HEADER = 24 + len(PREFIX) + 1
"""xl_logical_message up to its message, and the prefix with its zero byte."""
_LEAST = 56 + COMMIT
"""An empty message and its commit record: nothing shorter can be written and flushed."""


def write_exactly(server: Server, target: int) -> bool:
    """Write and flush so that the WAL ends at `target`; less than a record before it, one record more is written.

    False when the server died of it, because its disk is full.
    """
    size = server.segment_size
    wanted = byte_position(target, size)
    alive = True
    while alive and (room := wanted - byte_position(_inserted(server), size)) > 0:
        if room <= CHUNK + _LEAST:
            return _emit(server, _payload(max(room, _LEAST) // 8 * 8 - COMMIT), commit=True)
        alive = _emit(server, CHUNK, commit=False)
    return alive


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


def _emit(server: Server, length: int, *, commit: bool) -> bool:
    """A transactional message gives its transaction an id, so that its commit is written and flushed."""
    transactional = "true" if commit else "false"
    return server.try_(f"SELECT pg_logical_emit_message({transactional}, '{PREFIX}', repeat('x', {length}))")


__all__ = ["after_commit", "write_exactly"]
