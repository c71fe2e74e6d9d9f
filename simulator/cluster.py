"""A data directory and the server that may run on it: frozen values with nothing but readings of them."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.frozen import quick, replace, replace_known
from simulator.lsn import insert_position, megabytes_to_segments
from simulator.pg_wal import PgWal
from simulator.ranges import EMPTY, Ranges
from simulator.retention import NO_LIMIT, checkpoint_segments
from simulator.settings import ServerSettings
from simulator.settings_table import Value
from simulator.versions import Version


@quick
@dataclass(frozen=True)
class WalLimits:
    """The settings that decide how long WAL stays, in segments; worked out once per change of a setting."""

    keep_segments: int
    slot_limit: int
    """max_slot_wal_keep_size, or retention.NO_LIMIT."""
    min_wal_segments: int
    max_wal_segments: int
    completion_target: float
    wal_recycle: bool
    archiving: bool
    """archive_mode is on or always (XLogArchivingActive)."""
    checkpoint_segments: int
    """CheckPointSegments: the volume that asks for a checkpoint."""
    summarizing: bool = False
    """summarize_wal is on: what has not been summarized yet stays."""
    idle_slot_seconds: int = 0
    """idle_replication_slot_timeout; 0: none."""

    @staticmethod
    def of(settings: ServerSettings, facts: Version, segment_size: int) -> WalLimits:
        """Read them from the values in force."""
        values = settings.values
        limit = int(values["max_slot_wal_keep_size"]) if facts.slot_loss else NO_LIMIT
        keep, maximum = int(values[facts.wal_keep_parameter]), int(values["max_wal_size"])
        maximum, target = megabytes_to_segments(maximum, segment_size), float(values["checkpoint_completion_target"])
        return WalLimits(
            keep_segments=megabytes_to_segments(keep, segment_size) if facts.keep_is_a_size else keep,
            slot_limit=limit if limit < 0 else megabytes_to_segments(limit, segment_size),
            min_wal_segments=megabytes_to_segments(int(values["min_wal_size"]), segment_size),
            max_wal_segments=maximum,
            completion_target=target,
            wal_recycle=bool(values["wal_recycle"]),
            archiving=values["archive_mode"] != "off",
            checkpoint_segments=checkpoint_segments(maximum, target),
            summarizing=bool(values.get("summarize_wal", False)),
            idle_slot_seconds=int(values.get("idle_replication_slot_timeout", 0)),
        )


@quick
@dataclass(frozen=True)
class Slot:
    """A physical replication slot: its position in memory and the one last written to disk."""

    name: str
    restart_lsn: int | None
    saved_lsn: int | None
    lost: bool = False
    """max_slot_wal_keep_size has ended it: it holds no WAL.  A client of 16 and 17 can still move its position."""
    revived: bool = False
    """It was lost, and a client streams with it again; without a position on disk a crash makes it lost once more."""
    temporary: bool = False
    active: bool = False
    idle_since: float | None = None
    """Clock (s) from which nobody has used it, as far as somebody keeps the time (inactive_since)."""
    timed_out: bool = False
    """It is lost because of idle_replication_slot_timeout, and shows its position for ever."""


@quick
@dataclass(frozen=True)
class Control:
    """global/pg_control, as far as backups need it."""

    state: str
    checkpoint_lsn: int
    redo_lsn: int
    timeline: int
    needed: tuple[tuple[str, Value], ...] = ()
    """What a recovery that is asked for must have room for (see recovery_settings.py); (): the values in force."""


@dataclass(frozen=True)
class Tablespace:
    """A tablespace besides pg_default and pg_global."""

    oid: int
    name: str
    location: str


@quick
@dataclass(frozen=True, slots=True)
class BackupLabel:
    """The facts of a backup_label file; `text` in backup.py writes it."""

    redo_lsn: int
    checkpoint_lsn: int
    timeline: int
    method: str
    label: str
    source: str


@quick
@dataclass(frozen=True, slots=True)
class Pages:
    """Which WAL the data files need: replay must start at or before `redo_from` and reach `consistent_at`.

    A cold copy needs none; a copy of a running server was read between a checkpoint's redo point and the end
    of copying, and is a mixture of states until replay has passed that end.
    """

    redo_from: int
    consistent_at: int


@quick
@dataclass(frozen=True)
class DataDirectory:
    """What is on disk below PGDATA (and in its WAL directory): what a file-level backup copies."""

    facts: Version
    segment_size: int
    system_identifier: int
    settings: ServerSettings
    control: Control
    pg_wal: PgWal
    wal_end: int
    """The WAL in pg_wal is valid up to here (flush position)."""
    pages: Pages
    slots: tuple[Slot, ...] = ()
    tablespaces: tuple[Tablespace, ...] = ()
    label: BackupLabel | None = None
    tablespace_map: str | None = None
    signals: frozenset[str] = frozenset()
    manifest: bool = False
    started: int = 0
    """Which start of a server wrote the postmaster.pid that is here or was copied."""
    pid_file: bool = False
    """postmaster.pid of the running server that this directory was copied from."""
    crossed: Ranges = EMPTY
    """Segment files whose end a record crosses: alone they end a little before it."""
    damaged: Ranges = EMPTY
    """Segment files that were deleted while being written and made anew: zeros where the old WAL was."""
    summarized: int = 0
    """Where the newest file in pg_wal/summaries ends; 0: there is none."""
    label_renamed: bool = False
    """backup_label.old is there."""
    erased: bool = False
    """Somebody deleted the whole directory; what else stands here is what it was."""

    @property
    def timeline(self) -> int:
        """The timeline that WAL is written on."""
        return self.control.timeline

    def slot(self, name: str) -> Slot | None:
        """The slot of that name, None if there is none."""
        for slot in self.slots:
            if slot.name == name:
                return slot
        return None

    def with_slot(self, changed: Slot) -> DataDirectory:
        """Put a slot in the place of the one of the same name, or add it."""
        if self.slot(changed.name) is None:
            return replace(self, slots=(*self.slots, changed))
        return replace(self, slots=tuple([changed if s.name == changed.name else s for s in self.slots]))

    def without_slot(self, name: str) -> DataDirectory:
        """Drop a slot."""
        return replace(self, slots=tuple([slot for slot in self.slots if slot.name != name]))


@quick
@dataclass(frozen=True, slots=True)
class RunningBackup:
    """A backup between start and stop; `session` is '' for an exclusive one, which no session owns."""

    session: str
    label: BackupLabel
    tablespace_map: str


@quick
@dataclass(frozen=True)
class Server:
    """What only lives in the memory of a running server."""

    limits: WalLimits
    estimate: float = 0.0
    """CheckPointDistanceEstimate, bytes."""
    last_removed: int = 0
    """XLogGetLastRemovedSegno: newest segment removed since the start."""
    backups: tuple[RunningBackup, ...] = ()
    inserted: int = 0
    """End of the last record inserted; beyond data.wal_end it is not flushed yet and a crash loses it."""
    checkpointed_at: float = 0.0
    """Clock (s) at which the last checkpoint started."""
    switched_at: float = 0.0
    """Clock (s) at which the last segment was finished (archive_timeout counts from here)."""
    switched_to: int = 0
    """Insert position at the start of the present segment (archive_timeout: nothing new, no switch)."""
    idle_from: int = 0
    """Insert position behind the last checkpoint and what archive_timeout switched since (nothing new: the system is
    idle, and a timed checkpoint is skipped)."""


@quick
@dataclass(frozen=True)
class Cluster:
    """A data directory and, while it runs, its server."""

    path: str
    data: DataDirectory
    server: Server | None = None

    @property
    def running(self) -> bool:
        """Is there a server on this directory?"""
        return self.server is not None

    @property
    def live(self) -> Server:
        """The running server; raises AssertionError when it is down (callers look first)."""
        assert self.server is not None, f"no server runs on {self.path}"
        return self.server

    @property
    def insert_end(self) -> int:
        """End of the last record inserted, flushed or not."""
        return max(self.data.wal_end, self.live.inserted)

    @property
    def insert_lsn(self) -> int:
        """pg_current_wal_insert_lsn(): a page header that comes next is counted."""
        data, inserted = self.data, self.live.inserted
        return insert_position(max(inserted, data.wal_end), data.segment_size)

    def with_data(self, **changes: object) -> Cluster:
        """Replace fields of the data directory."""
        return replace(self, data=replace_known(self.data, changes))

    def with_server(self, **changes: object) -> Cluster:
        """Replace fields of the running server."""
        return replace(self, server=replace_known(self.live, changes))
