"""Whether replay stops here, and what the history file says of it (recoveryStopsBefore, recoveryStopsAfter)."""

from __future__ import annotations

from simulator.frozen import replace
from simulator.lsn import format_lsn
from simulator.recovery.journal import ABORT, COMMIT, RESTORE_POINT, Record
from simulator.recovery.state import Recovery, Stop, lsn
from simulator.timestamps import NEVER, shown

_NEVER_SET = Stop(after=False, time=NEVER)
"""What the variables hold before any target was reached: 12 promotes, and writes them down."""


def stops_before(recovery: Recovery, record: Record) -> Recovery:
    """Set `stop` if the target lies before this record."""
    request = recovery.request
    if not request.asked:
        return recovery
    if request.target == "immediate" and recovery.consistent:
        return replace(recovery, stop=Stop(after=False)).say("stop_consistent")
    if request.target == "lsn" and not request.inclusive and record.last_start >= request.number:
        at = record.start if record.start >= request.number else record.last_start
        return replace(recovery, stop=Stop(after=False, lsn=at)).say("stop_before_lsn", lsn=lsn(at))
    if record.kind not in (COMMIT, ABORT):
        return recovery
    stops = request.target == "xid" and not request.inclusive and record.xid == request.number
    if request.target == "time":
        stops = record.time > request.number if request.inclusive else record.time >= request.number
    if not stops:
        return recovery
    stop, time = Stop(after=False, xid=record.xid, time=record.time), shown(record.time)
    return replace(recovery, stop=stop).say("stop_before_xact", kind=record.kind, xid=record.xid, time=time)


def stops_after(recovery: Recovery, record: Record) -> Recovery:
    """Set `stop` if the record just replayed was the target; remembers that a transaction ended."""
    request = recovery.request
    if not request.asked:
        return recovery
    if request.target == "name" and record.kind == RESTORE_POINT and record.name == request.name:
        stop, time = Stop(after=True, name=record.name, time=record.time), shown(record.time)
        return replace(recovery, stop=stop).say("stop_at_name", name=record.name, time=time)
    if request.target == "lsn" and request.inclusive and record.last_start >= request.number:
        at = record.start if record.start >= request.number else record.last_start
        return replace(recovery, stop=Stop(after=True, lsn=at)).say("stop_after_lsn", lsn=lsn(at))
    if record.kind not in (COMMIT, ABORT):
        return recovery
    recovery = replace(recovery, completed=record.time)
    if request.target == "xid" and request.inclusive and record.xid == request.number:
        stop, time = Stop(after=True, xid=record.xid, time=record.time), shown(record.time)
        return replace(recovery, stop=stop).say("stop_after_xact", kind=record.kind, xid=record.xid, time=time)
    if request.target == "immediate" and recovery.consistent:
        return replace(recovery, stop=Stop(after=True)).say("stop_consistent")
    return recovery


def reason(recovery: Recovery) -> str:
    """GetRecoveryStopReason: the third column of the history file."""
    stop, target = recovery.stop or _NEVER_SET, recovery.request.target
    side = "after" if stop.after else "before"
    if target == "xid":
        return f"{side} transaction {stop.xid}"
    if target == "time":
        return f"{side} {shown(stop.time)}\n"
    if target == "lsn":
        return f"{side} LSN {format_lsn(stop.lsn)}\n"
    if target == "name":
        return f'at restore point "{stop.name}"'
    return "reached consistency" if target == "immediate" else "no recovery target specified"
