"""A running server: the model's Cluster, the committed Catalog, its sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from host.catalog.model import Catalog
from simulator.cluster import Cluster
from simulator.frozen import replace
from simulator.pg_wal import PgWal
from simulator.recovery.state import Recovery
from simulator.settings import ServerSettings
from simulator.versions import Version

SOCKET_DIRECTORY = "/tmp"  # noqa: S108  (a path of the simulated host: DEFAULT_PGSOCKET_DIR)


@dataclass(frozen=True)
class Session:
    """A connection: a psql that was left open, or the one of the command that runs now."""

    pid: int
    user: str
    database: str
    application: str = "psql"
    kind: str = "client backend"
    """client backend or walsender."""
    host: str = "[local]"
    opened: float = 0.0
    state: str = "idle"
    """idle, active, idle in transaction, idle in transaction (aborted)."""
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """SET in this session."""
    local_settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """SET LOCAL: until the transaction ends."""
    catalog: Catalog | None = None
    """What the open transaction sees; None: no transaction is open."""
    xid: int = 0
    """Of the open transaction, once it has written."""
    held: bool = False
    """It stays open after its command: a psql of its own tab, or one made by the circumstances."""
    base: Catalog | None = None
    """What was committed when the open transaction first wrote."""
    wal_bytes: int = 0
    """WAL of the open transaction so far."""
    savepoints: tuple[tuple[str, Catalog], ...] = ()
    """Names, and what the transaction saw then."""
    descriptors: tuple[tuple[int, int], ...] = ()
    """Large objects opened in the transaction: OID (0: closed) and position."""
    sequences: tuple[tuple[int, int], ...] = ()
    """Sequences that nextval or setval was called for: OID and value, the last one at the end."""
    snapshot: Catalog | None = None
    """What was committed at the first query of an open transaction that is REPEATABLE READ or SERIALIZABLE."""
    queried: bool = False
    """The open transaction has had its first query."""
    exported: tuple[tuple[str, Catalog], ...] = ()
    """Snapshots that the open transaction lets others take over (pg_export_snapshot), by name."""
    transactions: int = 0
    """How many it has ended."""
    holds_lock_on: tuple[str, ...] = ()
    """ACCESS EXCLUSIVE on these tables ('public.orders')."""


@dataclass(frozen=True)
class ArchiverStats:
    """pg_stat_archiver."""

    archived_count: int = 0
    last_archived: str = ""
    last_archived_at: float = 0.0
    failed_count: int = 0
    last_failed: str = ""
    last_failed_at: float = 0.0
    tries_at: float = 0.0
    """Clock of the next try after a failure; 0: none is due."""
    waited: int = 0
    """So many files waited when it failed last: one more wakes it."""
    tried: str = ""
    """archive_command as it was then."""


@dataclass(frozen=True)
class Checkpoints:
    """What a primary's checkpointer counts (pg_stat_bgwriter; pg_stat_checkpointer from 17 on)."""

    timed: int = 0
    """checkpoint_timeout was over; those that were skipped because nothing had been written count, too."""
    requested: int = 0
    done: int = 0

    def with_one(self, cause: str) -> Checkpoints:
        """One more was done, for this cause as the log names it."""
        timed = "time" in cause.split()
        return Checkpoints(self.timed + timed, self.requested + (not timed), self.done + 1)


@dataclass(frozen=True)
class Recovering:
    """A server in recovery: a standby, or one paused at its target."""

    standby: bool
    replay_lsn: int
    replay_timeline: int
    paused: bool = False
    streaming: bool = False
    last_xact: float | None = None
    """Clock of the last replayed commit."""
    accepts: bool = True
    """Read-only connections are possible (hot_standby, and consistent)."""
    upstream: int = 0
    """Port of the server it streams from; 0: none."""
    looked: float = 0.0
    """Clock of its last look for WAL."""
    received: int = 0
    """LSN up to which a WAL receiver has written; 0: none has run."""

    @property
    def has(self) -> int:
        """LSN up to which it can send WAL on (GetStandbyFlushRecPtr)."""
        return max(self.replay_lsn, self.received)


@dataclass(frozen=True)
class Instance:
    """A server that runs."""

    pgdata: str
    """Its directory, links followed."""
    port: int
    cluster: Cluster
    catalog: Catalog
    """As of the last commit."""
    branch: str
    """Who writes: the key of its records in Host.journal."""
    pid: int
    build_release: str
    methods: frozenset[str] = frozenset({"gzip"})
    socket_dir: str = SOCKET_DIRECTORY
    listen: tuple[str, ...] = ("localhost",)
    log_path: str = ""
    """File named by -l of pg_ctl; '': nobody keeps it."""
    sessions: tuple[Session, ...] = ()
    archiver: ArchiverStats = field(default_factory=ArchiverStats)
    recovery: Recovering | None = None
    startup: Recovery | None = None
    """The startup process of a server in recovery (simulator/recovery)."""
    next_xid: int = 740
    started: float = 0.0
    written: PgWal = field(default_factory=PgWal)
    """What the file tree has of pg_wal: only differences are written back."""
    flushed: int = 0
    """LSN up to which the file tree's segments were written back."""
    checkpoint_time: float = 0.0
    """Clock of the last checkpoint (pg_control)."""
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    checkpoint_full_page_writes: bool = True
    """full_page_writes as that checkpoint's record has it."""
    stats_reset: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Clock at which shared statistics were set back, by target (pg_stat_reset_shared); the others: since the start."""
    wal_counted_from: int = 0
    """LSN behind which pg_stat_wal counts since it was set back; 0: it never was."""
    summarized: int = 0
    """LSN up to which WAL summaries were written (summarize_wal); 0: none yet."""
    checkpointed: Catalog | None = None
    """The catalogue whose tables are in the data files."""
    without_roles: bool = False
    """It was started on a directory that lacks the catalogues of global/: nobody can connect."""
    options: tuple[tuple[str, str], ...] = ()
    """Settings given on the command line (`-o '-p 5433'`)."""
    shutting_down: bool = False
    hba: str | None = None
    """pg_hba.conf as it was last loaded: at the start, or at a reload."""

    @property
    def facts(self) -> Version:
        """Its major's row of facts."""
        return self.cluster.data.facts

    @property
    def settings(self) -> ServerSettings:
        """The values in force."""
        return self.cluster.data.settings

    @property
    def major(self) -> int:
        """Its major."""
        return self.facts.major

    def session(self, pid: int) -> Session | None:
        """The session with that process id."""
        for one in self.sessions:  # asked nearly as often
            if one.pid == pid:
                return one
        return None

    def with_session(self, session: Session) -> Instance:
        """Add a session, or put it in the place of the one with its pid."""
        others = tuple(one for one in self.sessions if one.pid != session.pid)
        return replace(self, sessions=(*others, session))

    def without_session(self, pid: int) -> Instance:
        """A session has ended."""
        return replace(self, sessions=tuple(one for one in self.sessions if one.pid != pid))
