"""The world of the model: places with data directories, tar backups and dumps; an archive; clients; a clock."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.cluster import BackupLabel, Cluster, Control, DataDirectory
from simulator.commands import BackupStop, Command, Copy, PgBasebackup
from simulator.events import Event
from simulator.frozen import quick, replace
from simulator.pg_wal import OtherFile, PgWal
from simulator.ranges import EMPTY, Ranges

PRIMARY = "/pgdata"
ARCHIVE = "/archive"


@quick
@dataclass(frozen=True)
class Archive:
    """The archive directory, what archive_command does at present, and pg_stat_archiver."""

    path: str = ARCHIVE
    segments: Ranges = EMPTY
    crossed: Ranges = EMPTY
    """Those of them whose end a record crosses."""
    others: tuple[OtherFile, ...] = ()
    works: bool = True
    fails_for: frozenset[str] = frozenset()
    seconds_per_file: float = 0.0
    archived_count: int = 0
    last_archived: str = ""
    failed_count: int = 0
    last_failed: str = ""
    done_at: float | None = None
    """Clock (s) at which a slow command is done with the file it has in hand; None: it has none."""


@dataclass(frozen=True)
class TarBackup:
    """base.tar (a data directory, with WAL inside for fetch) and, for stream, pg_wal.tar."""

    data: DataDirectory
    pg_wal_tar: PgWal | None


@dataclass(frozen=True, slots=True)
class Dump:
    """What a logical dump holds: rows of tables as (database, table, rows)."""

    format: str
    database: str
    """'' for pg_dumpall."""
    tables: tuple[tuple[str, str, int], ...]
    globals_only: bool = False
    roles: bool = False
    empty: bool = False
    """pg_dump failed after it had made the file or the directory."""


Place = Cluster | TarBackup | Dump


@quick
@dataclass(frozen=True, slots=True)
class Commit:
    """A committed change of a table, in the WAL of a timeline; `rows` is the difference, None drops the table."""

    end_lsn: int
    timeline: int
    database: str
    table: str
    rows: int | None


@quick
@dataclass(frozen=True)
class Client:
    """A client program that has begun and not ended: a pg_basebackup, a stop function that waits, a long cp."""

    name: str
    command: PgBasebackup | BackupStop | Copy
    phase: str
    """copying, reading (cp of a running server), waiting (for the archive), failed or done."""
    server: str = PRIMARY
    label: BackupLabel | None = None
    pages_redo: int = 0
    read: DataDirectory | None = None
    """What a long cp has read at its beginning: everything but pg_control and pg_wal."""
    control: Control | None = None
    """pg_control as a base backup has sent it."""
    received_to: int = 0
    """stream: position up to which WAL has been received."""
    received: Ranges = EMPTY
    slot: str = ""
    held: bool = False
    stop_lsn: int = 0
    stdout: tuple[str, ...] = ()
    stderr: tuple[str, ...] = ()
    exit_code: int | None = None
    failure: str = ""
    """Code of the message with which it failed."""


@quick
@dataclass(frozen=True)
class Standby:
    """A server in recovery that streams from the primary: where it is and what it waits for."""

    path: str
    replay_lsn: int
    lost: bool = False


@quick
@dataclass(frozen=True)
class World:
    """Everything there is, at one moment."""

    primary: Cluster
    """The server that the scenario is about: at PRIMARY, also when its directory was deleted."""
    archive: Archive = field(default_factory=Archive)
    others: tuple[tuple[str, Place], ...] = ()
    """What is at other paths."""
    clients: tuple[Client, ...] = ()
    standbys: tuple[Standby, ...] = ()
    sessions: frozenset[str] = frozenset()
    databases: frozenset[str] = frozenset({"postgres"})
    commits: tuple[Commit, ...] = ()
    clock: float = 0.0
    disk_bytes: int | None = None
    """Size of the file system of pg_wal; None: enough."""
    backup_ends: tuple[tuple[int, int], ...] = ()
    """Backup-end records in the WAL: (redo LSN of the backup's start, stop LSN)."""
    starts: int = 0
    """How often the primary was started: each start has its own process id."""
    socket_left: bool = False
    """A server that was killed has left its socket behind: clients are refused instead of finding none."""
    last_label: BackupLabel | None = None
    """The label file that the last stop function returned to its session."""
    next_oid: int = 16384

    def place(self, path: str) -> Place | None:
        """What is at a path, None if nothing is."""
        path = path.rstrip("/")
        found = self.primary if path == PRIMARY else dict(self.others).get(path)
        return None if isinstance(found, Cluster) and found.data.erased else found

    def cluster(self, path: str = PRIMARY) -> Cluster:
        """The data directory at a path; raises KeyError when there is none."""
        found = self.place(path)
        if not isinstance(found, Cluster):
            raise KeyError(path)
        return found

    @property
    def places(self) -> tuple[tuple[str, Place], ...]:
        """All paths and what is there, the primary first."""
        return ((PRIMARY, self.primary), *self.others)

    def with_place(self, path: str, place: Place) -> World:
        """Put something at a path (replacing what was there)."""
        path = path.rstrip("/")
        if path == PRIMARY:
            assert isinstance(place, Cluster), "nothing but a data directory is ever put at PRIMARY"
            return replace(self, primary=place)
        return replace(self, others=tuple({**dict(self.others), path: place}.items()))

    def without_place(self, path: str) -> World:
        """Remove what is at a path and below it."""
        path = path.rstrip("/")
        kept = tuple([(at, old) for at, old in self.others if at != path and not at.startswith(path + "/")])
        return replace(self, others=kept)

    def with_primary(self, cluster: Cluster) -> World:
        """Replace the primary."""
        return replace(self, primary=cluster)

    def client(self, name: str) -> Client | None:
        """The client of that name."""
        for client in self.clients:
            if client.name == name:
                return client
        return None

    def with_client(self, client: Client) -> World:
        """Add a client or replace the one of the same name."""
        kept = [other for other in self.clients if other.name != client.name]
        return replace(self, clients=(*kept, client))

    def without_client(self, name: str) -> World:
        """A client program has ended."""
        return replace(self, clients=tuple([client for client in self.clients if client.name != name]))


@quick
@dataclass(frozen=True)
class Outcome:
    """What a command did: the new world, events, and what its user and the server's log show."""

    world: World
    events: tuple[Event, ...] = ()
    exit_code: int | None = 0
    """None: nothing was typed, or the client has not ended yet."""
    stdout: tuple[str, ...] = ()
    stderr: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    rest: Command | None = None
    """What is left to do: a long write or wait is several steps, one for each checkpoint on the way."""

    def and_then(self, later: Outcome) -> Outcome:
        """Join with what happened afterwards; the later exit code counts."""
        return replace(
            later,
            events=self.events + later.events,
            stdout=self.stdout + later.stdout,
            stderr=self.stderr + later.stderr,
            log=self.log + later.log,
        )


def rows_at(world: World, lsn: int, timeline: int = 1) -> dict[tuple[str, str], int]:
    """Tables and their rows as of a position: (database, table) to count."""
    found: dict[tuple[str, str], int] = {}
    for commit in world.commits:
        if commit.end_lsn > lsn or commit.timeline > timeline:
            continue
        key = (commit.database, commit.table)
        if commit.rows is None:
            found.pop(key, None)
        else:
            found[key] = found.get(key, 0) + commit.rows
    return found


__all__ = [
    "ARCHIVE",
    "PRIMARY",
    "Archive",
    "Client",
    "Commit",
    "Dump",
    "Outcome",
    "Place",
    "Standby",
    "TarBackup",
    "World",
    "rows_at",
]
