"""The loop of recovery: read, stop?, apply, consistent?, stop? (PerformWalRecovery)."""

from __future__ import annotations

from simulator.frozen import replace
from simulator.recovery.consistency import backup_ended, check_consistency, flushed
from simulator.recovery.journal import BACKUP_END, CHECKPOINTS, COMMIT, Record
from simulator.recovery.reading import read_record
from simulator.recovery.state import Decoded, Recovery, Sources, lsn
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
        recovery = _delay(recovery, sources, record)
        if recovery.delayed:
            break
        recovery = _apply(recovery, record)
        recovery = stops_after(recovery, record)
        if recovery.stop is not None:
            break
    return recovery


def _delay(recovery: Recovery, sources: Sources, record: Record) -> Recovery:
    """RecoveryApplyDelay: a commit waits for its time, unless somebody promotes; then it is read again."""
    until = record.time + recovery.request.delay
    waits = (
        recovery.request.delay > 0
        and recovery.consistent
        and recovery.request.asked
        and record.kind == COMMIT
        and not recovery.promoting
        and sources.now is not None
        and sources.now < until
    )
    if not waits:
        return replace(recovery, delayed=0) if recovery.delayed else recovery
    again = Decoded(record, recovery.read_end, recovery.read_branch, recovery.read_file)
    return replace(recovery, delayed=until, ahead=(again, *recovery.ahead))


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
