"""What is known about somebody's server.  None is 'not known': nothing here is ever guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from simulator.cluster import WalLimits
from simulator.settings import InvalidValue, ServerSettings, Value, parameters, parse_value
from simulator.versions import Version, version

DEFAULT_SEGMENT = 16 << 20


@dataclass(frozen=True, slots=True)
class Archiver:
    """pg_stat_archiver."""

    archived_count: int | None
    last_archived_wal: str | None
    last_archived_time: datetime | None
    failed_count: int | None
    last_failed_wal: str | None
    last_failed_time: datetime | None
    stats_reset: datetime | None

    @property
    def failing(self) -> bool | None:
        """Was the last thing that it did a failure?"""
        if self.last_failed_time is None:
            return None if self.archived_count is None else False
        return self.last_archived_time is None or self.last_failed_time > self.last_archived_time


@dataclass(frozen=True, slots=True)
class Slot:
    """One row of pg_replication_slots."""

    name: str
    type: str | None
    active: bool | None
    active_pid: int | None
    temporary: bool | None
    restart_lsn: int | None
    wal_status: str | None
    safe_wal_size: int | None
    inactive_since: datetime | None
    invalidation_reason: str | None

    @property
    def lost(self) -> bool:
        """Has the server given it up?"""
        return self.wal_status == "lost" or self.invalidation_reason is not None


@dataclass(frozen=True, slots=True)
class Sender:
    """One row of pg_stat_replication: a standby, pg_receivewal or a running pg_basebackup."""

    pid: int | None
    application_name: str | None
    state: str | None
    sync_state: str | None
    flush_lsn: int | None
    replay_lsn: int | None


@dataclass(frozen=True, slots=True)
class PgWalFiles:
    """What lies in pg_wal: segment files only."""

    count: int | None
    bytes: int | None
    oldest: str | None
    newest: str | None


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system that pg_wal is on; a server cannot tell, so somebody has to (df)."""

    size_bytes: int | None
    free_bytes: int | None
    mounted_on: str | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast WAL is written, and from what that is known: 'given', 'looks', 'pg_stat_wal' or 'archiver'."""

    bytes_per_second: float
    source: str
    over_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """Everything that was seen."""

    major: int | None = None
    release: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    """Parameter to text, as ALTER SYSTEM would take it."""
    pending_restart: tuple[str, ...] = ()
    new_settings: tuple[str, ...] = ()
    """Parameters that no known version has: of a newer server, or of an extension."""
    seen_at: datetime | None = None
    """The server's own clock."""
    standby: bool | None = None
    lsn: int | None = None
    redo_lsn: int | None = None
    timeline: int | None = None
    archiver: Archiver | None = None
    slots: tuple[Slot, ...] | None = None
    senders: tuple[Sender, ...] | None = None
    wal_bytes: int | None = None
    wal_stats_reset: datetime | None = None
    looks: tuple[tuple[datetime, int], ...] = ()
    """The write position at several moments."""
    checkpoints_timed: int | None = None
    checkpoints_requested: int | None = None
    pg_wal: PgWalFiles | None = None
    ready_files: int | None = None
    oldest_ready: str | None = None
    database_bytes: int | None = None
    databases: int | None = None
    tablespaces: int | None = None
    disk: Disk | None = None
    disks: tuple[Disk, ...] = ()
    """All file systems of df; `disk` is chosen from them."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Statement to what the server said instead of an answer."""

    @property
    def segment_size(self) -> int:
        """wal_segment_size in bytes; 16 MB is what every server has that was not made otherwise."""
        return int(self.value("wal_segment_size") or DEFAULT_SEGMENT)

    @property
    def version(self) -> Version:
        """The row of this major; raises UnknownVersion."""
        return version(self.major if self.major is not None else "")

    def value(self, name: str) -> Value | None:
        """The value in the parameter's own unit; None: not seen, not in this version, or not readable."""
        text = self.settings.get(name)
        known = parameters(self.version.major).get(name)
        if text is None or known is None:
            return None
        try:
            return parse_value(known, text)
        except InvalidValue:
            return None

    def limits(self) -> WalLimits | None:
        """The settings that decide how long WAL stays; None when one of them was not seen."""
        names = self.deciding()
        if any(self.value(name) is None for name in names):
            return None
        settings = ServerSettings.initial(
            self.version.major, self.segment_size, {name: self.settings[name] for name in names}
        )
        return WalLimits.of(settings, self.version, self.segment_size)

    def deciding(self) -> tuple[str, ...]:
        """The parameters that `limits` needs."""
        limit = ("max_slot_wal_keep_size",) if self.version.slot_loss else ()
        always = ("max_wal_size", "min_wal_size", "checkpoint_completion_target", "wal_recycle", "archive_mode")
        return (self.version.wal_keep_parameter, *limit, *always)
