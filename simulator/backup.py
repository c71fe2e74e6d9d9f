"""Backups by the low-level functions: start and stop, backup_label, tablespace_map, backup history file.

The texts are byte for byte those of do_pg_backup_start/stop (12 to 14) and build_backup_content (15+); wall-clock
times, which the model has not, are written as <TIME>.
"""

from __future__ import annotations

from simulator.cluster import BackupLabel, Cluster, DataDirectory, RunningBackup, Server
from simulator.frozen import replace
from simulator.lsn import (
    backup_history_name,
    format_lsn,
    previous_segment_of,
    segment_name,
    segment_of,
)
from simulator.pg_wal import OtherFile, clean_backup_history
from simulator.records import CheckpointPlace

TIME = "<TIME>"
STREAMED, EXCLUSIVE = "streamed", "pg_start_backup"


def label_of(data: DataDirectory, place: CheckpointPlace, label: str, *, exclusive: bool) -> BackupLabel:
    """The facts of the label of a backup whose start checkpoint is at `place`."""
    return BackupLabel(
        redo_lsn=place.redo,
        checkpoint_lsn=place.record,
        timeline=data.timeline,
        method=EXCLUSIVE if exclusive else STREAMED,
        label=label,
        source=data.facts.backup_from_word,
    )


def label_text(label: BackupLabel, segment_size: int) -> str:
    """The file backup_label."""
    segment = segment_name(label.timeline, segment_of(label.redo_lsn, segment_size), segment_size)
    return (
        f"START WAL LOCATION: {format_lsn(label.redo_lsn)} (file {segment})\n"
        f"CHECKPOINT LOCATION: {format_lsn(label.checkpoint_lsn)}\n"
        f"BACKUP METHOD: {label.method}\n"
        f"BACKUP FROM: {label.source}\n"
        f"START TIME: {TIME}\n"
        f"LABEL: {label.label}\n"
        f"START TIMELINE: {label.timeline}\n"
    )


def stop_segment(data: DataDirectory, stop_lsn: int) -> int:
    """The segment that the history file names as the last one, and that the stop function waits for."""
    if data.facts.stop_segment_is_previous:
        return previous_segment_of(stop_lsn, data.segment_size)
    return segment_of(stop_lsn, data.segment_size)


def history_text(data: DataDirectory, label: BackupLabel, stop_lsn: int) -> str:
    """The backup history file: the label with the stop position after its first line and the stop's lines last."""
    size = data.segment_size
    start_line, rest = label_text(label, size).split("\n", 1)
    last = segment_name(data.timeline, stop_segment(data, stop_lsn), size)
    return (
        f"{start_line}\nSTOP WAL LOCATION: {format_lsn(stop_lsn)} (file {last})\n{rest}"
        f"STOP TIME: {TIME}\nSTOP TIMELINE: {data.timeline}\n"
    )


def tablespace_map_text(data: DataDirectory) -> str:
    """The file tablespace_map: one line '<oid> <path>' a tablespace, '' without tablespaces."""
    return "".join(f"{space.oid} {space.location}\n" for space in sorted(data.tablespaces, key=lambda t: str(t.oid)))


def begin(cluster: Cluster, place: CheckpointPlace, label: str, *, session: str, exclusive: bool) -> Cluster:
    """Register a backup whose start checkpoint has just been made at `place`.

    An exclusive one leaves backup_label (and tablespace_map) in PGDATA; the other kind keeps them in its session.
    """
    facts = label_of(cluster.data, place, label, exclusive=exclusive)
    running = RunningBackup("" if exclusive else session, facts, tablespace_map_text(cluster.data))
    cluster = cluster.with_server(backups=(*cluster.live.backups, running))
    if exclusive:
        cluster = cluster.with_data(label=facts, tablespace_map=running.tablespace_map or None)
    return cluster


def running(cluster: Cluster, session: str) -> RunningBackup | None:
    """The backup of a session ('' = the exclusive one) that has been started and not stopped."""
    for backup in cluster.live.backups:
        if backup.session == session:
            return backup
    return None


def finish(cluster: Cluster, backup: RunningBackup, stop_lsn: int) -> tuple[Cluster, OtherFile]:
    """Write the history file once the stop's segment switch is done; returns it even where it is removed at once."""
    data = cluster.data
    name = backup_history_name(data.timeline, backup.label.redo_lsn, data.segment_size)
    file = OtherFile(name, history_text(data, backup.label, stop_lsn))
    pg_wal = clean_backup_history(data.pg_wal.with_other(file), archiving=cluster.live.limits.archiving)
    if backup.session:
        data = replace(data, pg_wal=pg_wal)
    else:
        data = replace(data, pg_wal=pg_wal, label=None, tablespace_map=None)
    return replace(cluster, data=data, server=_without(cluster.live, backup)), file


def forget(cluster: Cluster, backup: RunningBackup) -> Cluster:
    """Drop a backup from the server's memory: it was stopped, or its session ended."""
    return replace(cluster, server=_without(cluster.live, backup))


def _without(server: Server, backup: RunningBackup) -> Server:
    return replace(server, backups=tuple([other for other in server.backups if other is not backup]))
