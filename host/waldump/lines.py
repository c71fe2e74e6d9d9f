"""One line of pg_waldump's output for each record."""

from __future__ import annotations

from collections.abc import Mapping

from host.server import clock
from host.server.boot import OLDEST_XID
from simulator.lsn import format_lsn
from simulator.recovery.journal import (
    ABORT,
    BACKUP_END,
    CHECKPOINTS,
    COMMIT,
    END_OF_RECOVERY,
    FPW_CHANGE,
    ONLINE,
    PARAMETER_CHANGE,
    REDO,
    RESTORE_POINT,
    RUNNING,
    SHUTDOWN,
    SWITCH,
    Record,
)
from simulator.recovery.parameters import listed
from simulator.versions import since

_MANAGERS: Mapping[str, tuple[str, str]] = {
    COMMIT: ("Transaction", "COMMIT"),
    ABORT: ("Transaction", "ABORT"),
    RUNNING: ("Standby", "RUNNING_XACTS"),
    RESTORE_POINT: ("XLOG", "RESTORE_POINT"),
    BACKUP_END: ("XLOG", "BACKUP_END"),
    SWITCH: ("XLOG", "SWITCH"),
    REDO: ("XLOG", "CHECKPOINT_REDO"),
    ONLINE: ("XLOG", "CHECKPOINT_ONLINE"),
    SHUTDOWN: ("XLOG", "CHECKPOINT_SHUTDOWN"),
    END_OF_RECOVERY: ("XLOG", "END_OF_RECOVERY"),
    PARAMETER_CHANGE: ("XLOG", "PARAMETER_CHANGE"),
    FPW_CHANGE: ("XLOG", "FPW_CHANGE"),
}
_OTHER = ("Heap", "INSERT")
_LENGTHS: Mapping[str, Mapping[int, int]] = {
    COMMIT: {12: 34},
    ABORT: {12: 34},
    RUNNING: {12: 50},
    RESTORE_POINT: {12: 98},
    BACKUP_END: {12: 34},
    SWITCH: {12: 24},
    REDO: {12: 30},
    ONLINE: {12: 114},
    SHUTDOWN: {12: 114},
    END_OF_RECOVERY: {12: 42, 17: 50},
    PARAMETER_CHANGE: {12: 54},
    FPW_CHANGE: {12: 27},
}
"""Bytes of a record as written; the next one begins at a multiple of 8."""
_HAS_WAL_LEVEL = {12: False, 17: True}


def manager(record: Record) -> str:
    """The resource manager of a record; those of no interest count as the heap's."""
    return _MANAGERS.get(record.kind, _OTHER)[0]


def kind(record: Record) -> str:
    """What a record is, in the words of its manager."""
    return _MANAGERS.get(record.kind, _OTHER)[1]


def length(record: Record, major: int) -> int:
    """Bytes of a record, without what fills it up to a multiple of 8."""
    known = _LENGTHS.get(record.kind)
    return since(major, known) if known else min(record.end - record.start, 2**20)


def line(record: Record, previous: int, major: int) -> str:
    """`rmgr: … len (rec/tot): … tx: … lsn: … prev … desc: …`."""
    size = length(record, major)
    where = f"lsn: {_padded(record.start)}, prev {_padded(previous)}"
    head = f"rmgr: {manager(record):<11} len (rec/tot): {size:>6}/{size:>6}, tx: {record.xid:>10}, {where}"
    return f"{head}, desc: {kind(record)} {_detail(record, major)}\n"


def _padded(position: int) -> str:
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:08X}"


def _detail(record: Record, major: int) -> str:
    """What the manager's rm_desc says."""
    match record.kind:
        case "commit" | "abort":
            return clock.micros(record.time)
        case "restore_point":
            return record.name
        case "backup_end":
            return format_lsn(record.redo)
        case "checkpoint_redo":
            return f"wal_level {record.wal_level}"
        case "running_xacts":
            following = record.next_xid
            return f"nextXid {following} latestCompletedXid {following - 1} oldestRunningXid {following}"
        case "fpw_change":
            return str(record.full_page_writes).lower()
        case "parameter_change":
            return listed(record)
        case "end_of_recovery":
            level = f"; wal_level {record.wal_level}" if since(major, _HAS_WAL_LEVEL) else ""
            return f"tli {record.timeline}; prev tli {record.previous}; time {clock.micros(record.time)}{level}"
        case _:
            return _checkpoint(record, major) if record.kind in CHECKPOINTS else ""


def _checkpoint(record: Record, major: int) -> str:
    """As xlog_desc shows a checkpoint: the cluster has no multixacts, and only initdb's oldest transaction."""
    level = f" wal_level {record.wal_level};" if since(major, _HAS_WAL_LEVEL) else ""
    running, state = (record.next_xid, "online") if record.kind == ONLINE else (0, "shutdown")
    return (
        f"redo {format_lsn(record.redo)}; tli {record.timeline}; prev tli {record.previous}; "
        f"fpw {str(record.full_page_writes).lower()};{level} xid 0:{record.next_xid}; oid {record.next_oid}; "
        f"multi 1; offset 0; oldest xid {since(major, OLDEST_XID)} in DB 1; oldest multi 1 in DB 1; "
        f"oldest/newest commit timestamp xid: 0/0; oldest running xid {running}; {state}"
    )
