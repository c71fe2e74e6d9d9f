"""One line of pg_waldump's output for each record."""

from __future__ import annotations

from collections.abc import Mapping

from host.server import clock
from simulator.lsn import format_lsn
from simulator.recovery.journal import (
    ABORT,
    BACKUP_END,
    COMMIT,
    END_OF_RECOVERY,
    ONLINE,
    RESTORE_POINT,
    SHUTDOWN,
    SWITCH,
    Record,
)

_MANAGERS: Mapping[str, tuple[str, str]] = {
    COMMIT: ("Transaction", "COMMIT"),
    ABORT: ("Transaction", "ABORT"),
    RESTORE_POINT: ("XLOG", "RESTORE_POINT"),
    BACKUP_END: ("XLOG", "BACKUP_END"),
    SWITCH: ("XLOG", "SWITCH"),
    ONLINE: ("XLOG", "CHECKPOINT_ONLINE"),
    SHUTDOWN: ("XLOG", "CHECKPOINT_SHUTDOWN"),
    END_OF_RECOVERY: ("XLOG", "END_OF_RECOVERY"),
}
_OTHER = ("Heap", "INSERT")


def manager(record: Record) -> str:
    """The resource manager of a record; those of no interest count as the heap's."""
    return _MANAGERS.get(record.kind, _OTHER)[0]


def line(record: Record, previous: int) -> str:
    """`rmgr: … len (rec/tot): … tx: … lsn: … prev … desc: …`."""
    rmgr, what = _MANAGERS.get(record.kind, _OTHER)
    length = min(record.end - record.start, 2**20)
    where = f"lsn: {format_lsn(record.start):>10}, prev {format_lsn(previous):>10}"
    head = f"rmgr: {rmgr:<11} len (rec/tot): {length:>6}/{length:>6}, tx: {record.xid:>10}, {where}"
    return f"{head}, desc: {what}{_detail(record)}\n"


def _detail(record: Record) -> str:
    if record.kind in (COMMIT, ABORT):
        return f" {clock.micros(record.time)}"
    if record.kind == RESTORE_POINT:
        return f" {record.name}"
    if record.kind == BACKUP_END:
        return f" {format_lsn(record.redo)}"
    if record.kind in (ONLINE, SHUTDOWN):
        state = "online" if record.kind == ONLINE else "shutdown"
        return f" redo {format_lsn(record.redo)}; tli {record.timeline}; prev tli {record.previous}; {state}"
    return ""
