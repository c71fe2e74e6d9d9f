"""The fixed list of statements that a session may send: nothing is ever added to it or put into it.

Each is one SELECT on catalogues and statistics.  Where a column came later, the text is a table keyed 'from this major
on'.  The list is shown before it runs, and the same list is the script that somebody gives to psql.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inspection.texts import text
from simulator.versions import KNOWN, since

MONITOR = "pg_monitor"
ANYBODY = "anybody"


@dataclass(frozen=True, slots=True)
class Statement:
    """One question; `sql` by the major from which on it reads so, '' where there is nothing to ask."""

    id: str
    sql: Mapping[int, str]
    role: str
    """Who may ask: anybody, or a member of pg_monitor.  A refusal is one unknown, and the rest goes on."""

    def of(self, major: int) -> str:
        """The text for a server of this major (the newest known text for one that is newer)."""
        return since(min(max(major, KNOWN[0]), KNOWN[-1]), self.sql)

    def purpose(self, language: str) -> str:
        """Why it is asked."""
        return text(f"purpose.{self.id}", language)


ASKED_SETTINGS = (
    "allow_alter_system archive_command archive_library archive_mode archive_timeout block_size "
    "checkpoint_completion_target checkpoint_timeout data_checksums fsync full_page_writes hot_standby_feedback "
    "idle_replication_slot_timeout max_replication_slots max_slot_wal_keep_size max_standby_streaming_delay "
    "max_wal_senders max_wal_size min_wal_size server_version server_version_num summarize_wal synchronous_commit "
    "synchronous_standby_names wal_keep_segments wal_keep_size wal_level wal_recycle wal_segment_size "
    "wal_writer_delay"
).split()
"""Only these: pg_settings also holds passwords (primary_conninfo), and nobody here needs them."""

_NAMES = ",\n".join(
    "  " + ", ".join(f"'{name}'" for name in ASKED_SETTINGS[at : at + 4]) for at in range(0, len(ASKED_SETTINGS), 4)
)
_SLOTS = "SELECT slot_name, slot_type, temporary, active, active_pid, restart_lsn"

STATEMENTS: tuple[Statement, ...] = (
    Statement(
        "server",
        {12: "SELECT version() AS version, now() AS now, pg_is_in_recovery() AS in_recovery"},
        ANYBODY,
    ),
    Statement(
        "settings",
        {
            12: "SELECT name, setting, unit, pending_restart\n"
            f"FROM pg_settings WHERE name IN (\n{_NAMES})\nORDER BY name"
        },
        ANYBODY,
    ),
    Statement(
        "position",
        {
            12: "SELECT now() AS now, CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
            " ELSE pg_current_wal_lsn() END AS lsn"
        },
        ANYBODY,
    ),
    Statement(
        "checkpoint",
        {12: "SELECT redo_lsn, timeline_id, checkpoint_time FROM pg_control_checkpoint()"},
        ANYBODY,
    ),
    Statement(
        "archiver",
        {
            12: "SELECT archived_count, last_archived_wal, last_archived_time, failed_count, last_failed_wal,"
            " last_failed_time, stats_reset\nFROM pg_stat_archiver"
        },
        ANYBODY,
    ),
    Statement(
        "slots",
        {
            12: f"{_SLOTS}\nFROM pg_replication_slots ORDER BY slot_name",
            13: f"{_SLOTS}, wal_status, safe_wal_size\nFROM pg_replication_slots ORDER BY slot_name",
            17: f"{_SLOTS}, wal_status, safe_wal_size, inactive_since, invalidation_reason\n"
            "FROM pg_replication_slots ORDER BY slot_name",
        },
        ANYBODY,
    ),
    Statement(
        "senders",
        {
            12: "SELECT pid, application_name, state, sync_state, flush_lsn, replay_lsn\n"
            "FROM pg_stat_replication ORDER BY pid"
        },
        MONITOR,
    ),
    Statement("wal", {12: "", 14: "SELECT wal_bytes, stats_reset FROM pg_stat_wal"}, ANYBODY),
    Statement(
        "checkpoints",
        {
            12: "SELECT checkpoints_timed, checkpoints_req, stats_reset FROM pg_stat_bgwriter",
            17: "SELECT num_timed, num_requested, stats_reset FROM pg_stat_checkpointer",
        },
        ANYBODY,
    ),
    Statement(
        "pg_wal",
        {
            12: "SELECT count(*) AS wal_files, sum(size) AS wal_files_bytes, min(name) AS oldest_wal_file,"
            " max(name) AS newest_wal_file\nFROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'"
        },
        MONITOR,
    ),
    Statement(
        "ready",
        {
            12: "SELECT count(*) AS ready_files, min(name) AS oldest_ready_file\n"
            "FROM pg_ls_archive_statusdir() WHERE name ~ '^[0-9A-F]{24}[.]ready$'"
        },
        MONITOR,
    ),
    Statement(
        "databases",
        {12: "SELECT count(*) AS databases, sum(pg_database_size(oid)) AS database_bytes FROM pg_database"},
        MONITOR,
    ),
    Statement(
        "tablespaces",
        {12: "SELECT count(*) AS tablespaces FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')"},
        ANYBODY,
    ),
)
LOOK_AGAIN = "position"
"""The one statement that is asked a second time when the writing rate is to be measured."""


def asked_of(major: int) -> tuple[tuple[Statement, str], ...]:
    """The statements and their texts for one major, in order."""
    return tuple((statement, sql) for statement in STATEMENTS if (sql := statement.of(major)))


def psql_script(major: int) -> str:
    """The same for psql: every answer as CSV under its own heading, in a session that cannot write."""
    lines = [
        "SET default_transaction_read_only = on;",
        "SET statement_timeout = '5s';",
        "SET datestyle = 'ISO';",
        r"\pset format csv",
    ]
    for statement, sql in asked_of(major):
        lines += ["", rf"\echo -- {statement.id}", f"{sql};"]
    return "\n".join(lines) + "\n"
