"""What there is on one major and not on another."""

from __future__ import annotations

from quizzes.drawing import Draw
from quizzes.question import Experiment
from quizzes.templates.base import Drawn, Statement, Template, world

PARAMETERS = {
    "wal_keep_segments": "keep",
    "wal_keep_size": "keep",
    "max_slot_wal_keep_size": "since_13",
    "recovery_target_name": "recovery",
    "restore_command": "recovery",
    "standby_mode": "recovery",
    "promote_trigger_file": "trigger",
    "checkpoint_segments": "checkpoint",
    "max_wal_size": "checkpoint",
    "archive_library": "since_15",
    "recovery_prefetch": "since_15",
    "summarize_wal": "since_17",
    "sync_replication_slots": "since_17",
    "vacuum_defer_cleanup_age": "trigger",
    "wal_skip_threshold": "since_13",
    "idle_replication_slot_timeout": "since_18",
}
QUERIES = {
    "SELECT pg_current_xlog_location()": "xlog",
    "SELECT pg_current_wal_lsn()": "xlog",
    "SELECT pg_switch_xlog()": "xlog",
    "SELECT pg_switch_wal()": "xlog",
    "SELECT pg_start_backup('monday', true, false)": "backup",
    "SELECT pg_backup_start('monday')": "backup",
    "SELECT pg_is_in_backup()": "backup",
    "SELECT * FROM pg_stat_archiver": "archiver",
    "SELECT * FROM pg_stat_checkpointer": "checkpointer",
    "SELECT checkpoints_timed FROM pg_stat_bgwriter": "checkpointer",
    "SELECT wal_status FROM pg_replication_slots": "slot_status",
    "SELECT pg_walfile_name('0/5000028')": "xlog",
}


def _parameters(draw: Draw, major: int) -> Drawn:
    statements = tuple(
        Statement(name, f"psql -Atc \"SELECT count(*) FROM pg_settings WHERE name = '{name}'\"", "1", key, key)  # noqa: S608
        for name, key in ((name, PARAMETERS[name]) for name in draw.some(tuple(PARAMETERS), 11))
    )
    return Drawn(Experiment(world()), statements=statements, words={"major": major})


def _queries(draw: Draw, major: int) -> Drawn:
    statements = tuple(
        Statement(query, f'psql -Atc "{query}" > /dev/null 2>&1; echo $?', "0", key, key)
        for query, key in ((query, QUERIES[query]) for query in draw.some(tuple(QUERIES), 9))
    )
    return Drawn(Experiment(world()), statements=statements, words={"major": major})


TEMPLATES = (
    Template(
        "parameters-of-a-major",
        kind="choose",
        objective="versions",
        level="beyond",
        difficulty=2,
        manual="settings_view",
        facts=("which-parameters-a-major-has",),
        draw=_parameters,
    ),
    Template(
        "queries-of-a-major",
        kind="choose",
        objective="versions",
        level="beyond",
        difficulty=2,
        manual="backup_functions",
        facts=("which-functions-and-views-a-major-has",),
        draw=_queries,
    ),
)
