"""The loop of recovery: read, stop?, apply, consistent?, stop? (PerformWalRecovery)."""

from __future__ import annotations

from simulator.frozen import replace
from simulator.pg_wal import remove_non_parent
from simulator.recovery.consistency import backup_ended, check_consistency, flushed
from simulator.recovery.journal import (
    BACKUP_END,
    CHECKPOINTS,
    COMMIT,
    END_OF_RECOVERY,
    FPW_CHANGE,
    PARAMETER_CHANGE,
    SHUTDOWN,
    Record,
)
from simulator.recovery.parameters import parameters_changed
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
        if recovery.failed:
            break
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
    if record.timeline != recovery.replayed_timeline and record.kind in (SHUTDOWN, END_OF_RECOVERY):
        recovery = _left_timeline(recovery, record)
    recovery = replace(
        recovery,
        replayed=recovery.read_end,
        replayed_start=record.last_start,
        replayed_timeline=record.timeline,
        replayed_branch=recovery.read_branch,
        replayed_file=recovery.read_file,
        dirty=recovery.read_end if record.dirties else recovery.dirty,
    )
    if record.drops_files:
        recovery = flushed(recovery)
    if record.kind == SHUTDOWN and recovery.request.asked and _in_backup(recovery):
        return recovery.fail("backup_canceled")
    if record.kind in CHECKPOINTS:
        recovery = replace(recovery, last_checkpoint=record, snapshot=True)
    elif record.kind == BACKUP_END:
        recovery = backup_ended(recovery, record)
    elif record.kind == FPW_CHANGE and not record.full_page_writes:
        recovery = replace(recovery, fpw_disabled=record.start)
    elif record.kind == PARAMETER_CHANGE:
        recovery = parameters_changed(recovery, record)
        if recovery.failed:
            return recovery
    return check_consistency(recovery)


def _left_timeline(recovery: Recovery, record: Record) -> Recovery:
    """RemoveNonParentXlogFiles: files of the old timeline beyond its end are none of this history."""
    data = recovery.place.data
    recycle = bool(data.settings.values["wal_recycle"]) and (recovery.receiving or not data.facts.names_need_receiver)
    pg_wal = remove_non_parent(data.pg_wal, record.timeline, end=record.end, size=recovery.size, recycle=recycle)
    place = recovery.place.with_data(pg_wal=pg_wal)
    return replace(recovery, place=replace(place, files=place.files.kept(pg_wal.segments)))


def _in_backup(recovery: Recovery) -> bool:
    """The end-of-backup record is waited for; the shutdown or crash of the primary means that it never comes."""
    control = recovery.place.control
    return bool(control.backup_start and not control.backup_end)
