"""A recovery under way as one frozen value, and small changes of it."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.frozen import replace
from simulator.lsn import format_lsn
from simulator.recovery.files import Place, RestoreCommand, Upstream, WalFile
from simulator.recovery.journal import ROOT, Journal, Record
from simulator.recovery.request import Request
from simulator.recovery.texts import told
from simulator.recovery.timelines import History


@dataclass(frozen=True)
class Sources:
    """Where WAL can come from besides pg_wal, and what the WAL says."""

    journal: Journal
    restore: RestoreCommand
    upstream: Upstream | None = None
    now: int | None = None
    """The time in microseconds, as commits have it; None: later than every recovery_min_apply_delay."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the target was reached (recoveryStopAfter, recoveryStopXid …)."""

    after: bool
    xid: int = 0
    lsn: int = 0
    name: str = ""
    time: int = 0


@dataclass(frozen=True, slots=True)
class Decoded:
    """A record as the reader found it."""

    record: Record
    end: int
    """Where the next one is looked for: a switch fills its segment."""
    branch: str
    file: int
    """The timeline in the name of the file."""


@dataclass(frozen=True)
class Recovery:
    """The startup process: what it knows at one moment (named after the variables of xlogrecovery.c)."""

    place: Place
    request: Request
    log: tuple[str, ...] = ()
    target_timeline: int = 0
    """recoveryTargetTLI."""
    expected: History = ()
    """expectedTLEs, newest first; empty until the first file was opened."""
    file_timeline: int = 0
    """curFileTLI: the timeline of the file in use."""
    open: WalFile | None = None
    in_archive: bool = False
    """InArchiveRecovery."""
    standby: bool = False
    """StandbyMode."""
    with_label: bool = False
    backup_redo: int = 0
    """The redo point of the label, for the message at the backup's end."""
    position: int = 0
    """Where the reader looks for the next record."""
    rest: int = 0
    """The file in which the record at `position` goes on is missing: that is what a standby waits for."""
    checkpoint: Record | None = None
    """The record that replay starts from."""
    read: int = 0
    """ReadRecPtr: start of the last record read."""
    read_end: int = 0
    """Where that record ends."""
    read_branch: str = ROOT
    read_file: int = 0
    """The timeline in the name of the file that it was read from."""
    ahead: tuple[Decoded, ...] = ()
    """What recovery_prefetch has read already."""
    slots: tuple[int, ...] = ()
    """The positions of the records whose pages count as looked at ahead."""
    quiet_until: int = 0
    """no_readahead_until."""
    replayed_start: int = 0
    """Start of the last record applied."""
    replayed: int = 0
    """lastReplayedEndRecPtr."""
    replayed_timeline: int = 0
    replayed_branch: str = ROOT
    replayed_file: int = 0
    """The timeline in the name of the file that the last replayed record was read from."""
    redoing: bool = False
    """A first record was found."""
    last_checkpoint: Record | None = None
    minimum: int = 0
    """Local minRecoveryPoint; 0 in crash recovery, which has none."""
    dirty: int = 0
    """End of the last replayed record that changed a page."""
    consistent: bool = False
    snapshot: bool = False
    """STANDBY_SNAPSHOT_READY: it is known which transactions run."""
    read_only: bool = False
    """LocalHotStandbyActive."""
    completed: int | None = None
    """When the last transaction ended whose end was replayed, microseconds (latestXTime)."""
    stop: Stop | None = None
    started: bool = False
    """The postmaster knows that archive recovery has begun."""
    failed: str = ""
    """'', 'fatal' or 'panic'."""
    receiving: bool = False
    """A WAL receiver runs."""
    at_end: bool = False
    """The WAL receiver has all of its timeline, and waits to be told of another."""
    received: tuple[int, int] = (0, 0)
    """Timeline and position up to which it has received."""
    fetching: bool = False
    """fetching_ckpt: the checkpoint record is looked for."""
    promoting: bool = False
    fpw_disabled: int = 0
    """lastFpwDisableRecPtr: where full_page_writes was last turned off in the WAL that was replayed."""
    delayed: int = 0
    """A commit waits until this moment to be replayed (recovery_min_apply_delay)."""
    estimate: float = 0.0
    last_removed: int = 0

    @property
    def size(self) -> int:
        """Bytes of a segment."""
        return self.place.data.segment_size

    @property
    def major(self) -> int:
        """The server's major."""
        return self.place.data.facts.major

    def say(self, code: str, **facts: object) -> Recovery:
        """Add a message to the log."""
        lines = told(code, self.major, **facts)
        return replace(self, log=self.log + lines) if lines else self

    def fail(self, code: str, **facts: object) -> Recovery:
        """A FATAL or PANIC message; nothing follows."""
        said = self.say(code, directory=self.place.data.settings.data_directory, **facts)
        panic = any(line.startswith("PANIC") for line in said.log[len(self.log) :])
        return replace(said, failed="panic" if panic else "fatal", receiving=False)

    def with_control(self, **changes: object) -> Recovery:
        """Change fields of pg_control."""
        return replace(self, place=self.place.with_control(**changes))


def lsn(value: int) -> str:
    """As messages show positions."""
    return format_lsn(value)
