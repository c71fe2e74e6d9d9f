"""How a start begins: signals, target timeline, the checkpoint to begin from, the timeline check (InitWalRecovery)."""

from __future__ import annotations

from simulator.backup import EXCLUSIVE
from simulator.frozen import replace
from simulator.recovery.consistency import check_consistency
from simulator.recovery.files import Place
from simulator.recovery.finding import newest_timeline, restore_histories, timeline_exists
from simulator.recovery.journal import CHECKPOINTS, SHUTDOWN, Record
from simulator.recovery.reading import read_record
from simulator.recovery.request import Request, strtoul
from simulator.recovery.state import Recovery, Sources, lsn
from simulator.recovery.timelines import switch_point, timeline_at
from simulator.timestamps import shown


def begin(place: Place, request: Request, sources: Sources) -> Recovery:
    """Everything before the first record is replayed; `checkpoint` is None where that cannot be (failed, or waits)."""
    control = place.control
    recovery = Recovery(place, request, target_timeline=max(control.timeline, control.min_recovery_timeline))
    recovery = recovery.say(control.state)
    recovery = _validate(recovery, sources)
    if recovery.failed:
        return recovery
    late = place.data.facts.recovery_announced_late
    if not late:
        recovery = _announce(recovery)
    return locate(recovery, sources)


def locate(recovery: Recovery, sources: Sources) -> Recovery:
    """Find the checkpoint, check that the target can be reached from it, and prepare pg_control."""
    recovery, record = _checkpoint(recovery, sources)
    if record is None or recovery.failed:
        return recovery
    if recovery.place.data.facts.recovery_announced_late:
        recovery = _announce(recovery)
    recovery = _check_redo(recovery, sources, record)
    if recovery.failed or recovery.position != record.redo:
        return recovery
    recovery = _check_timeline(recovery, record)
    if recovery.failed:
        return recovery
    recovery = restore_histories(recovery, sources, record.timeline, recovery.target_timeline)
    recovery = replace(recovery, checkpoint=record)
    if recovery.failed or not needed(recovery):
        return recovery
    return _prepare(recovery, record)


def needed(recovery: Recovery) -> bool:
    """InRecovery: no clean shutdown, a label, or somebody asks for recovery."""
    record = recovery.checkpoint
    assert record is not None
    clean = record.redo >= record.start and recovery.place.control.state == "shut down"
    return not clean or recovery.request.asked


def _validate(recovery: Recovery, sources: Sources) -> Recovery:
    """ValidateRecoveryParameters."""
    request = recovery.request
    if not request.asked:
        return recovery
    if not request.restore_command:
        if not request.standby:
            return recovery.fail("no_restore_command")
        if not request.conninfo:
            recovery = recovery.say("neither_source")
    if request.timeline == "current":
        return recovery
    if request.timeline == "latest":
        recovery, newest = newest_timeline(recovery, sources, recovery.target_timeline)
        return replace(recovery, target_timeline=newest)
    wanted = strtoul(request.timeline)
    there = wanted == 1
    if not there:
        recovery, there = timeline_exists(recovery, sources, wanted)
    if recovery.failed:
        return recovery
    if not there:
        return recovery.fail("no_timeline", timeline=wanted)
    return replace(recovery, target_timeline=wanted)


def _announce(recovery: Recovery) -> Recovery:
    request = recovery.request
    if not request.asked:
        return recovery
    if request.standby:
        return recovery.say("standby_mode")
    number = request.number
    time = shown(number) if request.target == "time" else ""
    return recovery.say(f"recovery_to_{request.target}", number=number, lsn=lsn(number), time=time, shown=request.shown)


def _checkpoint(recovery: Recovery, sources: Sources) -> tuple[Recovery, Record | None]:
    """The checkpoint of the label, or that of pg_control; a standby waits for it, others fail."""
    data, control = recovery.place.data, recovery.place.control
    if data.label is not None:
        if recovery.place.incremental:
            return recovery.fail("incremental"), None
        at, label = data.label.checkpoint_lsn, data.label
        recovery = replace(
            recovery,
            with_label=True,
            in_archive=True,
            standby=recovery.request.standby,
            backup_redo=label.redo_lsn,
        ).say("backup_recovery", redo=lsn(label.redo_lsn), checkpoint=lsn(at), timeline=label.timeline)
    else:
        at = control.checkpoint_lsn
        known = control.min_recovery or control.backup_end_required or control.backup_end
        direct = recovery.request.asked and bool(known or control.state == "shut down")
        recovery = replace(recovery, in_archive=direct, standby=direct and recovery.request.standby)
        if control.backup_start:
            recovery = recovery.say("backup_recovery_again", redo=lsn(control.backup_start))
    recovery = replace(recovery, position=at, open=None, fetching=True)
    recovery, record = read_record(recovery, sources, random=True)
    if recovery.failed:
        return recovery, None
    if record is not None and record.start == at and record.kind in CHECKPOINTS:
        return replace(recovery, fetching=False), record
    if recovery.standby:
        return recovery, None
    code = "no_checkpoint_with_label" if recovery.with_label else "no_checkpoint"
    return recovery.fail(code, lsn=lsn(at)), None


def _check_redo(recovery: Recovery, sources: Sources, record: Record) -> Recovery:
    """The redo point is looked at as well, on the older majors only with a label; `position`: where replay begins."""
    if record.redo >= record.start:
        return replace(recovery, position=record.redo)
    recovery = replace(recovery, position=record.redo)
    if not recovery.with_label and not recovery.place.data.facts.checks_redo_without_label:
        return recovery
    recovery, first = read_record(recovery, sources, random=True)
    if first is None and not recovery.failed and not recovery.standby:
        return recovery.fail(
            "no_redo_with_label" if recovery.with_label else "no_redo",
            redo=lsn(record.redo),
            lsn=lsn(record.start),
            redo8=_padded(record.redo),
            lsn8=_padded(record.start),
        )
    return replace(recovery, position=record.redo if first is not None else -1)


def _padded(position: int) -> str:
    """An LSN as newer messages write it, with eight digits in its second half."""
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:08X}"


def _check_timeline(recovery: Recovery, record: Record) -> Recovery:
    """The checkpoint, and the minimum recovery point, must lie on the history of the target."""
    expected, control, target = recovery.expected, recovery.place.control, recovery.target_timeline
    if timeline_at(expected, record.start) != record.timeline:
        return recovery.fail(
            "not_a_child",
            target=target,
            source="backup_label" if recovery.with_label else "pg_control",
            lsn=lsn(record.start),
            timeline=record.timeline,
            switch=lsn(switch_point(expected, record.timeline)),
        )
    minimum, timeline = control.min_recovery, control.min_recovery_timeline
    if minimum and timeline_at(expected, minimum - 1) != timeline:
        return recovery.fail("minimum_elsewhere", target=target, lsn=lsn(minimum), timeline=timeline)
    return recovery


def _prepare(recovery: Recovery, record: Record) -> Recovery:
    """Pg_control says that this is a recovery and how far it must go; only now the label is put out of the way."""
    control, label = recovery.place.control, recovery.place.data.label
    changes: dict[str, object] = {
        "state": "in archive recovery" if recovery.in_archive else "in crash recovery",
        "checkpoint_lsn": record.start,
        "redo_lsn": record.redo,
        "timeline": record.timeline,
        "previous": record.previous,
    }
    if label is not None:
        changes |= {"backup_start": record.redo, "backup_end_required": label.method != EXCLUSIVE}
        if label.source == "standby":
            changes["backup_end"] = control.min_recovery
    if recovery.in_archive and control.min_recovery < record.redo:
        changes |= {"min_recovery": record.redo, "min_recovery_timeline": record.timeline}
    if not recovery.in_archive:
        recovery = recovery.say("crash_recovery")
        if recovery.target_timeline > control.timeline:
            recovery = recovery.say("crash_timelines", timeline=control.timeline, target=recovery.target_timeline)
    recovery = recovery.with_control(**changes)
    if label is not None:
        place = recovery.place.with_data(label=None, tablespace_map=None, label_renamed=True)
        recovery = replace(recovery, place=place)
    after = record.end
    online = record.redo < record.start
    recovery = replace(
        recovery,
        minimum=recovery.place.control.min_recovery if recovery.in_archive else 0,
        position=record.redo if online else after,
        replayed=record.redo if online else after,
        replayed_start=record.start,
        replayed_timeline=record.timeline,
        replayed_branch=recovery.read_branch,
        replayed_file=recovery.read_file,
        read=record.redo if online else record.start,
        snapshot=record.kind == SHUTDOWN,
        started=recovery.request.asked,
    )
    return check_consistency(recovery)
