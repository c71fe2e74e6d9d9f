"""Everything somebody can do: frozen values, a closed union.  The model and the lab match over the same union."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.frozen import quick


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """SQL: CHECKPOINT."""


@dataclass(frozen=True, slots=True)
class SwitchWal:
    """SQL: pg_switch_wal()."""


@dataclass(frozen=True, slots=True)
class RestorePoint:
    """SQL: pg_create_restore_point(name)."""

    name: str


@dataclass(frozen=True, slots=True)
class BackupStart:
    """SQL: pg_start_backup / pg_backup_start.  `function` is the name as typed."""

    function: str
    label: str
    fast: bool = False
    exclusive: bool = False
    session: str = ""
    sql: str = ""
    """The statement as typed, for the server's LINE 1."""
    argument_types: str = ""
    """'unknown, boolean' for ('x', true): how the server names a call that fits no function."""


@dataclass(frozen=True, slots=True)
class BackupStop:
    """SQL: pg_stop_backup / pg_backup_stop.  May wait for the archive; `client` names the waiting client."""

    function: str
    exclusive: bool = False
    wait_for_archive: bool = True
    session: str = ""
    client: str = ""
    expanded: bool = False
    """SELECT * FROM …: three columns instead of one row value."""
    sql: str = ""
    argument_types: str = ""


@dataclass(frozen=True, slots=True)
class CloseSession:
    """A psql session that was kept open ends."""

    session: str


@dataclass(frozen=True, slots=True)
class AlterSystem:
    """SQL: ALTER SYSTEM SET name = value; `value` None is RESET."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class ReloadConf:
    """SQL: pg_reload_conf()."""


@dataclass(frozen=True, slots=True)
class Show:
    """SQL: SHOW name."""

    name: str


@dataclass(frozen=True, slots=True)
class SlotCreate:
    """SQL: pg_create_physical_replication_slot(name, immediately_reserve)."""

    name: str
    reserve: bool = False


@dataclass(frozen=True, slots=True)
class SlotAdvance:
    """SQL: pg_replication_slot_advance(name, pg_current_wal_lsn()); `lsn` None is the current position."""

    name: str
    lsn: int | None = None


@dataclass(frozen=True, slots=True)
class SlotDrop:
    """SQL: pg_drop_replication_slot(name)."""

    name: str


@dataclass(frozen=True, slots=True)
class Query:
    """SQL: SELECT columns FROM a view (or count(*) FROM a table); `columns` empty is *."""

    source: str
    columns: tuple[str, ...] = ()
    database: str = "postgres"


@dataclass(frozen=True, slots=True)
class InsertRows:
    """SQL: INSERT INTO table … that adds `rows` rows."""

    table: str
    rows: int
    database: str = "postgres"


@dataclass(frozen=True, slots=True)
class DropTable:
    """SQL: DROP TABLE."""

    table: str
    database: str = "postgres"


@dataclass(frozen=True, slots=True)
class CreateDatabase:
    """createdb, or SQL: CREATE DATABASE."""

    name: str
    sql: bool = False


@dataclass(frozen=True, slots=True)
class CreateTablespace:
    """SQL: CREATE TABLESPACE name LOCATION 'dir'."""

    name: str
    location: str


@dataclass(frozen=True, slots=True)
class PgBasebackup:
    """pg_basebackup with the options that this issue's scenarios use; '' and None are 'not given'."""

    directory: str
    format: str = "plain"
    wal_method: str = "stream"
    checkpoint: str = "spread"
    progress: bool = False
    verbose: bool = False
    write_recovery_conf: bool = False
    slot: str = ""
    create_slot: bool = False
    no_slot: bool = False
    tablespace_mapping: tuple[tuple[str, str], ...] = ()
    label: str = "pg_basebackup base backup"
    waldir: str = ""
    max_rate_kb: int | None = None
    client: str = ""
    typed: str = ""


@dataclass(frozen=True, slots=True)
class ClientFinishes:
    """The world lets a client that was held (`while:`) go on to its end."""

    client: str


@dataclass(frozen=True, slots=True)
class HoldReceiver:
    """The WAL-receiving process of a running pg_basebackup -Xs is stopped (or goes on again)."""

    client: str
    held: bool = True


@dataclass(frozen=True, slots=True)
class PgDump:
    """pg_dump; `format` is plain, custom, directory or tar."""

    database: str
    format: str
    file: str


@dataclass(frozen=True, slots=True)
class PgDumpall:
    """pg_dumpall: always plain text."""

    file: str
    globals_only: bool = False


@dataclass(frozen=True, slots=True)
class PgRestore:
    """pg_restore -d database file."""

    database: str
    file: str


@dataclass(frozen=True, slots=True)
class PsqlFile:
    """psql -d database -f file."""

    database: str
    file: str


@dataclass(frozen=True, slots=True)
class PgCtl:
    """pg_ctl start, stop or restart on a data directory; `mode` is smart, fast or immediate."""

    action: str
    directory: str
    mode: str = "fast"


@dataclass(frozen=True, slots=True)
class Copy:
    """cp -a or rsync -a: a whole directory, WAL segments or a backup_label into a directory.

    `exclude`: rsync's patterns; `client` names a copy that goes on while other things happen (`while:`).
    """

    source: str
    destination: str
    exclude: tuple[str, ...] = ()
    client: str = ""


@dataclass(frozen=True, slots=True)
class Remove:
    """rm [-r] path …: a directory below /backup, or files in pg_wal by hand."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveOldest:
    """Somebody deletes the `count` oldest segments in pg_wal by hand (names depend on the run)."""

    count: int


@dataclass(frozen=True, slots=True)
class TouchSignal:
    """touch DIR/recovery.signal or standby.signal."""

    directory: str
    signal: str


@dataclass(frozen=True, slots=True)
class Configure:
    """A line is appended to postgresql.auto.conf of a stopped directory (echo … >>)."""

    directory: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class SaveLabel:
    """The labelfile that the stop function returned is saved as DIRECTORY/backup_label."""

    directory: str


@quick
@dataclass(frozen=True, slots=True)
class WriteWal:
    """The world: clients write so many bytes of WAL."""

    bytes: int


@quick
@dataclass(frozen=True, slots=True)
class Wait:
    """The world: time passes while clients write at a rate (bytes a second)."""

    seconds: float
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Crash:
    """The world: every process of the server is killed at once; `restart` as the postmaster would."""


@dataclass(frozen=True, slots=True)
class SetArchive:
    """The world: archive_command begins to work, to fail, to fail for some files, or to be slow."""

    works: bool = True
    fails_for: tuple[str, ...] = ()
    seconds_per_file: float = 0.0


@dataclass(frozen=True, slots=True)
class ResizeDisk:
    """The world: the file system of pg_wal gets another size (bytes)."""

    bytes: int


Sql = (
    Checkpoint
    | SwitchWal
    | RestorePoint
    | BackupStart
    | BackupStop
    | CloseSession
    | AlterSystem
    | ReloadConf
    | Show
    | SlotCreate
    | SlotAdvance
    | SlotDrop
    | Query
    | InsertRows
    | DropTable
    | CreateDatabase
    | CreateTablespace
)
Tool = PgBasebackup | ClientFinishes | PgDump | PgDumpall | PgRestore | PsqlFile | PgCtl
Shell = Copy | Remove | RemoveOldest | TouchSignal | Configure | SaveLabel
Environment = WriteWal | Wait | Crash | SetArchive | ResizeDisk | HoldReceiver
Command = Sql | Tool | Shell | Environment
