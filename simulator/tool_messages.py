"""What client tools and the shell say, verbatim: one row a message, keyed by code; `tell` fills it."""

from __future__ import annotations

from collections.abc import Mapping

_TELL: Mapping[str, str] = {
    "basebackup_not_empty": 'pg_basebackup: error: directory "{path}" exists but is not empty',
    "basebackup_not_initiated": "pg_basebackup: error: could not initiate base backup: {text}",
    "basebackup_slot_made": 'pg_basebackup: created temporary replication slot "{slot}"',
    "basebackup_slot_created": 'pg_basebackup: created replication slot "{slot}"',
    "basebackup_removing": 'pg_basebackup: removing data directory "{path}"',
    "basebackup_server_gone": (
        "pg_basebackup: error: could not read COPY data: server closed the connection unexpectedly"
    ),
    "basebackup_stream_ended": "pg_basebackup: error: replication stream was terminated before stop point",
    "basebackup_stream_gone": (
        "pg_basebackup: error: could not receive data from WAL stream: server closed the connection unexpectedly"
    ),
    "basebackup_receiver_gone": "pg_basebackup: error: background process terminated unexpectedly",
    "ctl_no_directory": 'pg_ctl: directory "{path}" does not exist',
    "ctl_no_cluster": 'pg_ctl: directory "{path}" is not a database cluster directory',
    "ctl_no_pid_file": 'pg_ctl: PID file "{path}/postmaster.pid" does not exist',
    "ctl_is_it_running": "Is server running?",
    "ctl_tries_anyway": "trying to start server anyway",
    "ctl_gives_up": "pg_ctl: server does not shut down",
    "ctl_gives_up_hint": 'HINT: The "-m fast" option immediately disconnects sessions rather than',
    "ctl_gives_up_hint_2": "waiting for session-initiated disconnection.",
    "ctl_stop_failed": "waiting for server to shut down.... failed",
    "ctl_no_process": "pg_ctl: could not send stop signal (PID: <PID>): No such process",
    "ctl_might_be_running": "pg_ctl: another server might be running; trying to start server anyway",
    "ctl_seems_gone": "pg_ctl: old server process (PID: <PID>) seems to be gone",
    "ctl_starting_anyway": "starting server anyway",
    "ctl_start_stopped": "waiting for server to start.... stopped waiting",
    "ctl_not_started": "pg_ctl: could not start server",
    "ctl_examine_log": "Examine the log output.",
    "basebackup_removing_wal": 'pg_basebackup: removing WAL directory "{path}"',
    "basebackup_spaces_stay": "pg_basebackup: changes to tablespace directories will not be undone",
    "dump_directory_exists": 'pg_dump: error: could not create directory "{path}": File exists',
    "restore_no_file": 'pg_restore: error: could not open input file "{path}": No such file or directory',
    "restore_empty_custom": "pg_restore: error: input file is too short (read 0, expected 5)",
    "restore_empty_tar": "pg_restore: error: input file is too short (read 0, expected 5)",
    "restore_empty_directory": (
        'pg_restore: error: directory "{path}" does not appear to be a valid archive ("toc.dat" does not exist)'
    ),
    "restore_text_dump": "pg_restore: error: input file appears to be a text format dump. Please use psql.",
    "psql_no_file": "psql: error: {path}: No such file or directory",
    "psql_directory": "psql:{path}: error: could not read from input file: Is a directory",
    "rm_no_file": "rm: cannot remove '{path}': No such file or directory",
    "touch_no_file": "touch: cannot touch '{path}': No such file or directory",
    "no_file": "{tool}: cannot stat '{path}': No such file or directory",
}


def tell(code: str, **facts: object) -> str:
    """One line of a tool; raises KeyError for an unknown code."""
    return _TELL[code].format_map(facts)
