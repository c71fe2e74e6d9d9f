"""The end of recovery: the new timeline with its files, and the server that goes on writing (StartupXLOG)."""

from __future__ import annotations

from dataclasses import dataclass

from simulator import wal
from simulator.cluster import Cluster, Server, WalLimits
from simulator.frozen import replace
from simulator.lsn import previous_segment_of, segment_of, timeline_history_name
from simulator.pg_wal import OtherFile, span_files
from simulator.records import CheckpointPlace
from simulator.recovery.files import ControlFile, Place, WalFile, WalFiles
from simulator.recovery.finding import history_text_of, newest_timeline, open_segment
from simulator.recovery.request import RECOVERY, STANDBY
from simulator.recovery.state import Recovery, Sources, lsn
from simulator.recovery.stops import reason
from simulator.recovery.timelines import history_text
from simulator.retention import update_estimate
from simulator.timestamps import shown

FORCE, WAIT, ALONE = "force", "end-of-recovery immediate wait", "end-of-recovery immediate"


@dataclass(frozen=True)
class Ended:
    """A recovery that is over: where its WAL ends, and what is to be written next."""

    recovery: Recovery
    end: int
    """EndOfLog."""
    branch: str
    """The branch whose WAL goes on here."""
    timeline: int
    """The timeline to write on."""
    promoted: bool = False
    """An end-of-recovery record first and a checkpoint afterwards, instead of an end-of-recovery checkpoint."""

    @property
    def words(self) -> str:
        """What follows 'checkpoint starting:'."""
        if self.promoted:
            return FORCE
        facts = self.recovery.place.data.facts
        return WAIT if facts.checkpointer_in_recovery or self.recovery.request.asked else ALONE


def finish_redo(recovery: Recovery, sources: Sources) -> Recovery:
    """What is said and checked when no more record will be replayed."""
    recovery = replace(recovery, receiving=False)
    request = recovery.request
    if recovery.redoing:
        recovery = recovery.say("redo_done", lsn=lsn(recovery.read))
        if recovery.completed is not None:
            recovery = recovery.say("last_completed", time=shown(recovery.completed))
    else:
        recovery = recovery.say("redo_not_required")
    wanted = request.asked and request.target and recovery.stop is None
    if wanted and recovery.place.data.facts.unreached_target_is_fatal:
        return recovery.fail("unreached")
    recovery = _read_again(recovery, sources)
    if recovery.failed:
        return recovery
    control = recovery.place.control
    if recovery.replayed < recovery.minimum or control.backup_start:
        if control.backup_end_required:
            return recovery.fail("ends_before_backup")
        if request.asked:
            return recovery.fail("ends_before_exclusive" if control.backup_start else "ends_inconsistent")
    return recovery


def _read_again(recovery: Recovery, sources: Sources) -> Recovery:
    """The last applied record is read once more, to know where it ends: its file may have to be found again."""
    recovery, segment = replace(recovery, standby=False), recovery.replayed_start // recovery.size
    if recovery.open is not None and recovery.open.segment == segment and not recovery.rest:
        return recovery
    recovery, file = open_segment(recovery, sources, segment, random=True)
    if file is None:
        return recovery
    last = sources.journal.record_at(recovery.replayed_branch, recovery.replayed_start)
    if last is not None and sources.journal.record_at(file.branch, recovery.replayed_start) != last:
        return replace(recovery, failed="panic")  # another server's file; the reader's message says what is wrong
    return replace(recovery, replayed_file=file.timeline)


def end_recovery(recovery: Recovery, sources: Sources) -> Ended | Recovery:
    """Choose the timeline to go on with and make its first files; the Recovery itself where that fails."""
    recovery = finish_redo(recovery, sources)
    if recovery.failed:
        return recovery
    if not recovery.request.asked:
        timeline = recovery.place.control.timeline
        recovery = replace(recovery, place=recovery.place.with_data(wal_end=recovery.replayed))
        return Ended(recovery, recovery.replayed, recovery.replayed_branch, max(timeline, recovery.replayed_timeline))
    target = recovery.target_timeline
    recovery, newest = newest_timeline(recovery, sources, target)
    if recovery.failed:
        return recovery
    new, early = newest + 1, not recovery.place.data.facts.history_before_complete
    recovery = recovery.say("new_timeline", timeline=new)
    recovery = _first_segment(recovery, new)
    if early:
        recovery = recovery.say("complete")
    recovery, parent = history_text_of(recovery, sources, target, even_first=True)
    if not early:
        recovery = recovery.say("complete")
    text = history_text(parent, target, recovery.replayed, reason(recovery))
    status = "ready" if recovery.request.archiving else ""
    pg_wal = recovery.place.data.pg_wal.with_other(OtherFile(timeline_history_name(new), text, status))
    found = STANDBY if recovery.request.standby else RECOVERY
    place = recovery.place.with_data(
        pg_wal=pg_wal, signals=recovery.place.data.signals - {found}, wal_end=recovery.replayed
    )
    ended = replace(recovery, place=place)
    return Ended(ended, recovery.replayed, recovery.replayed_branch, new, promoted=recovery.promoting)


def _first_segment(recovery: Recovery, new: int) -> Recovery:
    """XLogInitNewTimeline: the last segment is copied under the new timeline's name, or the next one made."""
    end, size = recovery.replayed, recovery.size
    segment = segment_of(end, size)
    pg_wal = recovery.place.data.pg_wal
    place = recovery.place.with_data(
        pg_wal=replace(pg_wal, segments=pg_wal.segments | span_files(new, segment, segment + 1))
    )
    copied = WalFile(new, segment, recovery.replayed_branch, end)
    return replace(recovery, place=replace(place, files=place.files.put(copied)))


def go_on(ended: Ended, path: str, place: CheckpointPlace, record_end: int = 0) -> tuple[Cluster, WalFiles]:
    """The server writes again: its checkpoint lies at `place`, an end-of-recovery record before it ends at
    `record_end`; old files of the timeline that was left go.
    """
    recovery = ended.recovery
    data, control = recovery.place.data, recovery.place.control
    data = replace(data, control=replace(control, timeline=ended.timeline))
    left = recovery.replayed_file if recovery.request.asked else None
    if ended.promoted:
        cluster = _promoted(ended, replace(recovery.place, data=data), path, place, record_end)
    else:
        cluster, done = wal.start_after_crash(data, path, place, left, archive_recovery=recovery.in_archive)
        if left is not None:  # the checkpointer has been there since recovery began
            cluster = cluster.with_server(estimate=update_estimate(recovery.estimate, done.distance))
    after = cluster.data.control
    assert isinstance(after, ControlFile)
    previous = ended.timeline if ended.promoted else recovery.replayed_timeline
    cluster = cluster.with_data(control=replace(after, previous=previous, min_recovery=0, min_recovery_timeline=0))
    return cluster, recovery.place.files.kept(cluster.data.pg_wal.segments)


def _promoted(ended: Ended, place: Place, path: str, checkpoint: CheckpointPlace, record_end: int) -> Cluster:
    """CreateEndOfRecoveryRecord, clean-up, and the checkpoint that follows when the server already writes."""
    recovery, data = ended.recovery, place.data
    data = replace(data, settings=data.settings.restarted(), control=replace(data.control, state="in production"))
    limits = WalLimits.of(data.settings, data.facts, data.segment_size)
    server = Server(limits, estimate=recovery.estimate, last_removed=recovery.last_removed)
    cluster, early = Cluster(path, data, server), data.facts.checkpointer_in_recovery
    if early:
        cluster, _ = wal.preallocate(cluster, ended.end)
    cluster = wal.write_to(cluster, record_end)
    if data.facts.preallocates_before_leaving:
        cluster, _ = wal.preallocate(cluster, ended.end)
    cluster = wal.leave_timeline(cluster, recovery.replayed_file, ended.end)
    if not early:
        cluster, _ = wal.preallocate(cluster, ended.end)
    cluster, _ = wal.checkpoint(cluster, checkpoint)
    return cluster


def last_segment(ended: Ended) -> int:
    """The segment that holds the last byte of the old WAL."""
    return previous_segment_of(ended.end, ended.recovery.size)
