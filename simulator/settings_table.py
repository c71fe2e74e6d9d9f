"""The parameters of PostgreSQL that backup, WAL, recovery and replication touch: one row a parameter.

Every figure is `pg_settings` of a real server (boot_val, min_val, max_val, enumvals, context, unit, vartype);
`tests/data/pg_settings-<major>.json` holds the recordings and the suite compares this table with them field
by field.  A value that changed is written as `{12: old, 14: new}`: from that major on.  A parameter that came
or went says `first` and `last`.  Numbers are in the parameter's own unit, as in `pg_settings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from simulator import versions

Value = bool | int | float | str
Hidden = tuple[tuple[str, str], ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as one major knows it; `default`, `min` and `max` are in `unit`.

    `enumvals` are the words the server lists; `hidden` maps the spellings it also takes to those words.
    `default` is the built-in one (`boot_val`): initdb writes some others into postgresql.conf.
    """

    major: int
    name: str
    vartype: str
    unit: str | None
    default: Value
    min: float | None
    max: float | None
    enumvals: tuple[str, ...]
    context: str
    hidden: Hidden = ()


class _Row(NamedTuple):
    """One parameter over all majors; a mapping says 'from this major on'."""

    name: str
    vartype: str | Mapping[int, str]
    context: str | Mapping[int, str]
    default: Value | Mapping[int, Value]
    unit: str | None = None
    low: float | Mapping[int, float] | None = None
    high: float | None = None
    words: tuple[str, ...] | Mapping[int, tuple[str, ...]] = ()
    hidden: Hidden = ()
    first: int = 12
    last: int = 99


_INT_MAX = 2**31 - 1
_HALF_INT_MAX = 2**30 - 1
_MAX_BACKENDS = 2**18 - 1

_SWITCH: Hidden = (("true", "on"), ("false", "off"), ("yes", "on"), ("no", "off"), ("1", "on"), ("0", "off"))
_OLD_WAL_LEVELS: Hidden = (("archive", "replica"), ("hot_standby", "replica"))
# `on` is a listed word that is shown as pglz: the first listed word of the same value wins.
_PGLZ: Hidden = (*_SWITCH, ("on", "pglz"), ("true", "pglz"), ("yes", "pglz"), ("1", "pglz"))  # last wins
_DEBUG: Hidden = (("debug", "debug2"),)

_ROWS: tuple[_Row, ...] = (
    # --- Files, identity and connections
    _Row("data_directory", "string", "postmaster", ""),
    _Row("config_file", "string", "postmaster", ""),
    _Row("hba_file", "string", "postmaster", ""),
    _Row("ident_file", "string", "postmaster", ""),
    _Row("external_pid_file", "string", "postmaster", ""),
    _Row("data_directory_mode", "integer", "internal", 448, low=0, high=511),
    _Row("listen_addresses", "string", "postmaster", "localhost"),
    _Row("port", "integer", "postmaster", 5432, low=1, high=65535),
    _Row("unix_socket_directories", "string", "postmaster", "/tmp"),  # noqa: S108  where the real server puts its socket
    _Row("cluster_name", "string", "postmaster", ""),
    _Row("max_connections", "integer", "postmaster", 100, low=1, high=_MAX_BACKENDS),
    _Row("superuser_reserved_connections", "integer", "postmaster", 3, low=0, high=_MAX_BACKENDS),
    _Row("reserved_connections", "integer", "postmaster", 0, low=0, high=_MAX_BACKENDS, first=16),
    _Row("block_size", "integer", "internal", 8192, low=8192, high=8192),
    # --- WAL: how it is written
    _Row(
        "wal_level",
        "enum",
        "postmaster",
        "replica",
        words=("minimal", "replica", "logical"),
        hidden=_OLD_WAL_LEVELS,
    ),
    _Row("fsync", "bool", "sighup", True),
    _Row(
        "synchronous_commit",
        "enum",
        "user",
        "on",
        words=("local", "remote_write", "remote_apply", "on", "off"),
        hidden=_SWITCH,
    ),
    _Row(
        "wal_sync_method",
        "enum",
        "sighup",
        "fdatasync",
        words=("fsync", "fdatasync", "open_sync", "open_datasync"),
    ),
    _Row("full_page_writes", "bool", "sighup", True),
    _Row("wal_log_hints", "bool", "postmaster", False),
    _Row(
        "wal_compression",
        {12: "bool", 15: "enum"},
        "superuser",
        {12: False, 15: "off"},
        words={12: (), 15: ("pglz", "lz4", "zstd", "on", "off")},
        hidden=_PGLZ,
    ),
    _Row("wal_init_zero", "bool", "superuser", True),
    _Row("wal_recycle", "bool", "superuser", True),
    _Row("wal_buffers", "integer", "postmaster", -1, unit="8kB", low=-1, high=_MAX_BACKENDS),
    _Row("wal_writer_delay", "integer", "sighup", 200, unit="ms", low=1, high=10000),
    _Row("wal_writer_flush_after", "integer", "sighup", 128, unit="8kB", low=0, high=_INT_MAX),
    _Row("wal_skip_threshold", "integer", "user", 2048, unit="kB", low=0, high=_INT_MAX, first=13),
    _Row("commit_delay", "integer", "superuser", 0, low=0, high=100000),
    _Row("commit_siblings", "integer", "user", 5, low=0, high=1000),
    _Row("wal_segment_size", "integer", "internal", 16777216, unit="B", low=1048576, high=1073741824),
    _Row("wal_block_size", "integer", "internal", 8192, low=8192, high=8192),
    _Row("data_checksums", "bool", "internal", False),
    _Row("wal_consistency_checking", "string", "superuser", ""),
    _Row("track_wal_io_timing", "bool", "superuser", False, first=14),
    _Row("track_commit_timestamp", "bool", "postmaster", False),
    _Row("logical_decoding_work_mem", "integer", "user", 65536, unit="kB", low=64, high=_INT_MAX, first=13),
    # --- WAL summaries
    _Row("summarize_wal", "bool", "sighup", False, first=17),
    _Row("wal_summary_keep_time", "integer", "sighup", 14400, unit="min", low=0, high=35791394, first=17),
    # --- Checkpoints
    _Row("checkpoint_timeout", "integer", "sighup", 300, unit="s", low=30, high=86400),
    _Row("checkpoint_completion_target", "real", "sighup", {12: 0.5, 14: 0.9}, low=0.0, high=1.0),
    _Row("checkpoint_flush_after", "integer", "sighup", 32, unit="8kB", low=0, high=256),
    _Row("checkpoint_warning", "integer", "sighup", 30, unit="s", low=0, high=_INT_MAX),
    _Row("log_checkpoints", "bool", "sighup", {12: False, 15: True}),
    _Row("max_wal_size", "integer", "sighup", 1024, unit="MB", low=2, high=_INT_MAX),
    _Row("min_wal_size", "integer", "sighup", 80, unit="MB", low=2, high=_INT_MAX),
    # --- Archiving
    _Row("archive_mode", "enum", "postmaster", "off", words=("always", "on", "off"), hidden=_SWITCH),
    _Row("archive_command", "string", "sighup", ""),
    _Row("archive_library", "string", "sighup", "", first=15),
    _Row("archive_timeout", "integer", "sighup", 0, unit="s", low=0, high=_HALF_INT_MAX),
    # --- Recovery
    _Row("restore_command", "string", {12: "postmaster", 14: "sighup"}, ""),
    _Row("archive_cleanup_command", "string", "sighup", ""),
    _Row("recovery_end_command", "string", "sighup", ""),
    _Row("recovery_target", "string", "postmaster", ""),
    _Row("recovery_target_name", "string", "postmaster", ""),
    _Row("recovery_target_time", "string", "postmaster", ""),
    _Row("recovery_target_xid", "string", "postmaster", ""),
    _Row("recovery_target_lsn", "string", "postmaster", ""),
    _Row("recovery_target_inclusive", "bool", "postmaster", True),
    _Row("recovery_target_timeline", "string", "postmaster", "latest"),
    _Row("recovery_target_action", "enum", "postmaster", "pause", words=("pause", "promote", "shutdown")),
    _Row("recovery_min_apply_delay", "integer", "sighup", 0, unit="ms", low=0, high=_INT_MAX),
    _Row("recovery_prefetch", "enum", "sighup", "try", words=("off", "on", "try"), hidden=_SWITCH, first=15),
    _Row(
        "wal_decode_buffer_size",
        "integer",
        "postmaster",
        524288,
        unit="B",
        low=65536,
        high=_HALF_INT_MAX,
        first=15,
    ),
    _Row("promote_trigger_file", "string", "sighup", "", last=15),
    _Row("log_startup_progress_interval", "integer", "sighup", 10000, unit="ms", low=0, high=_INT_MAX, first=15),
    _Row("log_recovery_conflict_waits", "bool", "sighup", False, first=14),
    _Row(
        "trace_recovery_messages",
        "enum",
        "sighup",
        "log",
        words=("debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"),
        hidden=_DEBUG,
        last=16,
    ),
    _Row("in_hot_standby", "bool", "internal", False, first=14),
    # --- Replication: the sending server
    _Row("max_wal_senders", "integer", "postmaster", 10, low=0, high=_MAX_BACKENDS),
    _Row("max_replication_slots", "integer", "postmaster", 10, low=0, high=_MAX_BACKENDS),
    _Row("wal_keep_segments", "integer", "sighup", 0, low=0, high=_INT_MAX, last=12),
    _Row("wal_keep_size", "integer", "sighup", 0, unit="MB", low=0, high=_INT_MAX, first=13),
    _Row("max_slot_wal_keep_size", "integer", "sighup", -1, unit="MB", low=-1, high=_INT_MAX, first=13),
    _Row("idle_replication_slot_timeout", "integer", "sighup", 0, unit="s", low=0, high=_INT_MAX, first=18),
    _Row("wal_sender_timeout", "integer", "user", 60000, unit="ms", low=0, high=_INT_MAX),
    _Row("synchronous_standby_names", "string", "sighup", ""),
    _Row("synchronized_standby_slots", "string", "sighup", "", first=17),
    _Row("vacuum_defer_cleanup_age", "integer", "sighup", 0, low=0, high=1000000, last=15),
    _Row("log_replication_commands", "bool", "superuser", False),
    # --- Replication: the standby
    _Row("primary_conninfo", "string", {12: "postmaster", 13: "sighup"}, ""),
    _Row("primary_slot_name", "string", {12: "postmaster", 13: "sighup"}, ""),
    _Row("hot_standby", "bool", "postmaster", True),
    _Row("max_standby_archive_delay", "integer", "sighup", 30000, unit="ms", low=-1, high=_INT_MAX),
    _Row("max_standby_streaming_delay", "integer", "sighup", 30000, unit="ms", low=-1, high=_INT_MAX),
    _Row("wal_receiver_create_temp_slot", "bool", "sighup", False, first=13),
    _Row("wal_receiver_status_interval", "integer", "sighup", 10, unit="s", low=0, high=2147483),
    _Row("hot_standby_feedback", "bool", "sighup", False),
    _Row("wal_receiver_timeout", "integer", "sighup", 60000, unit="ms", low=0, high=_INT_MAX),
    _Row("wal_retrieve_retry_interval", "integer", "sighup", 5000, unit="ms", low=1, high=_INT_MAX),
    _Row("sync_replication_slots", "bool", "sighup", False, first=17),
    # --- Logical replication
    _Row("max_logical_replication_workers", "integer", "postmaster", 4, low=0, high=_MAX_BACKENDS),
    _Row("max_sync_workers_per_subscription", "integer", "sighup", 2, low=0, high=_MAX_BACKENDS),
    _Row("max_active_replication_origins", "integer", "postmaster", 10, low=0, high=_MAX_BACKENDS, first=18),
    # --- Processes and locks (a standby needs as many as its primary)
    _Row("max_worker_processes", "integer", "postmaster", 8, low=0, high=_MAX_BACKENDS),
    _Row("max_parallel_workers", "integer", "user", 8, low=0, high=1024),
    _Row("max_prepared_transactions", "integer", "postmaster", 0, low=0, high=_MAX_BACKENDS),
    _Row("max_locks_per_transaction", "integer", "postmaster", 64, low=10, high=_INT_MAX),
    _Row("autovacuum_max_workers", "integer", {12: "postmaster", 18: "sighup"}, 3, low=1, high=_MAX_BACKENDS),
    _Row("autovacuum_worker_slots", "integer", "postmaster", 16, low=1, high=_MAX_BACKENDS, first=18),
    # --- Memory and background work
    _Row(
        "shared_buffers",
        "integer",
        "postmaster",
        {12: 1024, 15: 16384},
        unit="8kB",
        low=16,
        high=_HALF_INT_MAX,
    ),
    _Row("temp_buffers", "integer", "user", 1024, unit="8kB", low=100, high=_HALF_INT_MAX),
    _Row("work_mem", "integer", "user", 4096, unit="kB", low=64, high=_INT_MAX),
    _Row("maintenance_work_mem", "integer", "user", 65536, unit="kB", low={12: 1024, 17: 64}, high=_INT_MAX),
    _Row("bgwriter_delay", "integer", "sighup", 200, unit="ms", low=10, high=10000),
    _Row("bgwriter_lru_maxpages", "integer", "sighup", 100, low=0, high=_HALF_INT_MAX),
    _Row("bgwriter_lru_multiplier", "real", "sighup", 2.0, low=0.0, high=10.0),
    _Row("bgwriter_flush_after", "integer", "sighup", 64, unit="8kB", low=0, high=256),
    _Row("effective_io_concurrency", "integer", "user", {12: 1, 18: 16}, low=0, high=1000),
    _Row("maintenance_io_concurrency", "integer", "user", {13: 10, 18: 16}, low=0, high=1000, first=13),
    _Row("autovacuum", "bool", "sighup", True),
    _Row("autovacuum_naptime", "integer", "sighup", 60, unit="s", low=1, high=2147483),
    _Row("vacuum_cost_delay", "real", "user", 0.0, unit="ms", low=0.0, high=100.0),
    _Row("autovacuum_vacuum_cost_delay", "real", "sighup", 2.0, unit="ms", low=-1.0, high=100.0),
    _Row("shared_preload_libraries", "string", "postmaster", ""),
    # --- Crashes and damage
    _Row("restart_after_crash", "bool", "sighup", True),
    _Row("remove_temp_files_after_crash", "bool", "sighup", True, first=14),
    _Row("recovery_init_sync_method", "enum", "sighup", "fsync", words=("fsync", "syncfs"), first=14),
    _Row("data_sync_retry", "bool", "postmaster", False),
    _Row("exit_on_error", "bool", "user", False),
    _Row("ignore_checksum_failure", "bool", "superuser", False),
    _Row("ignore_invalid_pages", "bool", "postmaster", False, first=13),
    _Row("zero_damaged_pages", "bool", "superuser", False),
    _Row("ignore_system_indexes", "bool", "backend", False),
    # --- Backups of special files
    _Row("stats_temp_directory", "string", "sighup", "pg_stat_tmp", last=14),
    _Row("temp_tablespaces", "string", "user", ""),
    _Row("allow_in_place_tablespaces", "bool", "superuser", False),
    _Row("file_copy_method", "enum", "user", "copy", words=("copy", "clone"), first=18),
    _Row("allow_alter_system", "bool", "sighup", True, first=17),
    # --- Logs and time limits
    _Row("logging_collector", "bool", "postmaster", False),
    _Row("log_destination", "string", "sighup", "stderr"),
    _Row("log_directory", "string", "sighup", "log"),
    _Row("log_filename", "string", "sighup", "postgresql-%Y-%m-%d_%H%M%S.log"),
    _Row(
        "log_min_messages",
        "enum",
        "superuser",
        "warning",
        words=(
            "debug5",
            "debug4",
            "debug3",
            "debug2",
            "debug1",
            "info",
            "notice",
            "warning",
            "error",
            "log",
            "fatal",
            "panic",
        ),
        hidden=_DEBUG,
    ),
    _Row("log_line_prefix", "string", "sighup", "%m [%p] "),
    _Row("statement_timeout", "integer", "user", 0, unit="ms", low=0, high=_INT_MAX),
    _Row("lock_timeout", "integer", "user", 0, unit="ms", low=0, high=_INT_MAX),
    _Row("idle_in_transaction_session_timeout", "integer", "user", 0, unit="ms", low=0, high=_INT_MAX),
    _Row("old_snapshot_threshold", "integer", "postmaster", -1, unit="min", low=-1, high=86400, last=16),
    _Row("default_transaction_read_only", "bool", "user", False),
)


def _at(major: int, value: T | Mapping[int, T]) -> T:
    return versions.since(major, value) if isinstance(value, Mapping) else value


@cache
def parameters(major: int) -> Mapping[str, Parameter]:
    """Return every parameter of the table that this major has, by name; raises versions.UnknownVersion."""
    versions.version(major)
    found = (row for row in _ROWS if _has(major, row))
    return MappingProxyType({row.name: _parameter(major, row) for row in found})


def _has(major: int, row: _Row) -> bool:
    return versions.since(major, {0: False, row.first: True, row.last + 1: False})


def _parameter(major: int, row: _Row) -> Parameter:
    default: Value = versions.since(major, row.default) if isinstance(row.default, Mapping) else row.default
    return Parameter(
        major=major,
        name=row.name,
        vartype=_at(major, row.vartype),
        unit=row.unit,
        default=default,
        min=_at(major, row.low),
        max=row.high,
        enumvals=_at(major, row.words),
        context=_at(major, row.context),
        hidden=row.hidden,
    )


def names() -> frozenset[str]:
    """Return the names of all parameters of the table, whatever the major."""
    return frozenset(row.name for row in _ROWS)
