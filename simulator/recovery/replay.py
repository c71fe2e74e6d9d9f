"""The loop of recovery: read, stop?, apply, consistent?, stop? (PerformWalRecovery)."""

from __future__ import annotations

from simulator.frozen import replace
from simulator.recovery.consistency import backup_ended, check_consistency, flushed
from simulator.recovery.journal import BACKUP_END, CHECKPOINTS, Record
from simulator.recovery.reading import read_record
from simulator.recovery.state import Recovery, Sources, lsn
from simulator.recovery.stops import stops_after, stops_before


def replay(recovery: Recovery, sources: Sources) -> Recovery:
    """Replay until the target is reached, WAL ends, a standby has to wait, or recovery fails."""
    while not recovery.failed:
        recovery, record = read_record(recovery, sources, random=not recovery.redoing)
        if record is None or recovery.failed:
            break
        if not recovery.redoing:
            recovery = replace(recovery, redoing=True).say("redo_starts", lsn=lsn(record.start))
        recovery = stops_before(recovery, record)
        if recovery.stop is not None:
            break
        recovery = _apply(recovery, record)
        recovery = stops_after(recovery, record)
        if recovery.stop is not None:
            break
    return recovery


def _apply(recovery: Recovery, record: Record) -> Recovery:
    """ApplyWalRecord: what matters of each kind of record."""
    recovery = replace(
        recovery,
        replayed=recovery.read_end,
        replayed_start=record.last_start,
        replayed_timeline=record.timeline,
        replayed_branch=recovery.read_branch,
        replayed_file=recovery.read_file,
    )
    if record.drops_files:
        recovery = flushed(recovery)
    if record.kind in CHECKPOINTS:
        recovery = replace(recovery, last_checkpoint=record, snapshot=True)
    elif record.kind == BACKUP_END:
        recovery = backup_ended(recovery, record)
    return check_consistency(recovery)
