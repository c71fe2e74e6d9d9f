"""Consistency: from when on a data directory may be looked at (CheckRecoveryConsistency, xlog_redo)."""

from __future__ import annotations

from simulator.frozen import replace
from simulator.recovery.journal import Record
from simulator.recovery.state import Recovery, lsn


def check_consistency(recovery: Recovery) -> Recovery:
    """CheckRecoveryConsistency, after each record; in crash recovery nobody asks."""
    if not recovery.minimum:
        return recovery
    control = recovery.place.control
    if control.backup_end and control.backup_end <= recovery.replayed:
        recovery = _end_of_backup(recovery)
        control = recovery.place.control
    wanting = recovery.minimum > recovery.replayed or control.backup_start or control.backup_end_required
    if not recovery.consistent and not wanting:
        recovery = replace(recovery, consistent=True).say("consistent", lsn=lsn(recovery.replayed))
    if recovery.consistent and recovery.snapshot and recovery.request.hot_standby and recovery.request.asked:
        return replace(recovery, read_only=True)
    return recovery


def backup_ended(recovery: Recovery, record: Record) -> Recovery:
    """Replay of a backup-end record: it counts if it is that of the backup that was restored."""
    control = recovery.place.control
    if not control.backup_start or control.backup_start != record.redo:
        return recovery
    return _end_of_backup(recovery)


def _end_of_backup(recovery: Recovery) -> Recovery:
    """ReachedEndOfBackup: pg_control forgets the backup, and its end is the least that must be replayed."""
    control = recovery.place.control
    minimum, timeline = control.min_recovery, control.min_recovery_timeline
    if minimum < recovery.replayed:
        minimum, timeline = recovery.replayed, recovery.replayed_timeline
    redo = recovery.backup_redo or control.backup_start
    recovery = recovery.with_control(
        min_recovery=minimum,
        min_recovery_timeline=timeline,
        backup_start=0,
        backup_end=0,
        backup_end_required=False,
    )
    recovery = recovery.say("backup_recovered", redo=lsn(redo), end=lsn(recovery.replayed))
    return replace(recovery, minimum=max(recovery.minimum, minimum) if recovery.minimum else 0)


def flushed(recovery: Recovery) -> Recovery:
    """UpdateMinRecoveryPoint: a page or a deletion went to disk, so what was replayed must be replayed again."""
    if not recovery.minimum or recovery.place.control.min_recovery >= recovery.replayed:
        return recovery
    recovery = recovery.with_control(min_recovery=recovery.replayed, min_recovery_timeline=recovery.replayed_timeline)
    return replace(recovery, minimum=recovery.replayed)
