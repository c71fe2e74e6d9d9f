"""The messages of the server and of its tools, verbatim: tables keyed by code and by 'from this major on'.

LOG lines are what the server writes to its log; buffers, times and process ids, which a model has not, are elided.
"""

from __future__ import annotations

from collections.abc import Mapping

from simulator.versions import since

_ANY = 12

SERVER: Mapping[str, Mapping[int, str]] = {
    "slot_lost": {_ANY: 'can no longer access replication slot "{slot}"'},
    "slot_reserves_nothing": {_ANY: 'replication slot "{slot}" cannot be advanced'},
    "slot_never_reserved": {_ANY: "cannot advance replication slot that has not previously reserved WAL"},
    "slot_backwards": {_ANY: "cannot advance replication slot to {target}, minimum is {minimum}"},
    "slot_exists": {_ANY: 'replication slot "{slot}" already exists'},
    "slot_missing": {_ANY: 'replication slot "{slot}" does not exist'},
    "slots_in_use": {_ANY: "all replication slots are in use"},
    "no_slots_at_all": {
        _ANY: "replication slots can only be used if max_replication_slots > 0",
        17: 'replication slots can only be used if "max_replication_slots" > 0',
    },
    "slots_under_minimal": {
        _ANY: "replication slots can only be used if wal_level >= replica",
        17: 'replication slots can only be used if "wal_level" >= "replica"',
    },
    "slot_name": {_ANY: 'replication slot name "{slot}" contains invalid character'},
    "slot_active": {_ANY: 'replication slot "{slot}" is active for PID {pid}'},
    "exclusive_backup_running": {_ANY: "a backup is already in progress"},
    "session_backup_running": {_ANY: "a backup is already in progress in this session"},
    "backup_not_in_progress": {
        _ANY: "non-exclusive backup is not in progress",
        15: "backup is not in progress",
    },
    "exclusive_backup_not_in_progress": {_ANY: "exclusive backup not in progress"},
    "wal_level_backup": {_ANY: "WAL level not sufficient for making an online backup"},
    "label_too_long": {_ANY: "backup label too long (max 1024 bytes)"},
    "no_function": {_ANY: "function {call} does not exist"},
    "no_relation": {_ANY: 'relation "{relation}" does not exist'},
    "no_column": {_ANY: 'column "{column}" does not exist'},
    "no_table": {_ANY: 'table "{table}" does not exist'},
    "no_database": {_ANY: 'database "{database}" does not exist'},
    "database_exists": {_ANY: 'database "{database}" already exists'},
    "tablespace_exists": {_ANY: 'tablespace "{tablespace}" already exists'},
    "senders_exhausted": {
        _ANY: "number of requested standby connections exceeds max_wal_senders (currently {limit})",
        17: 'number of requested standby connections exceeds "max_wal_senders" (currently {limit})',
    },
    "wal_removed": {_ANY: "requested WAL segment {file} has already been removed"},
    "wal_file_missing": {_ANY: 'could not find WAL file "{file}"'},
    "admin_terminated": {_ANY: "terminating connection due to administrator command"},
}

_NO_RESERVE = {
    _ANY: "This slot has never previously reserved WAL, or has been invalidated.",
    14: "This slot has never previously reserved WAL, or it has been invalidated.",
}

DETAILS: Mapping[str, Mapping[int, str]] = {
    "slot_reserves_nothing": _NO_RESERVE,
    "slot_lost": {_ANY: 'This replication slot has been invalidated due to "{reason}".'},
}

HINTS: Mapping[str, Mapping[int, str]] = {
    "slot_name": {
        _ANY: "Replication slot names may only contain lower case letters, numbers, and the underscore character."
    },
    "slots_in_use": {
        _ANY: "Free one or increase max_replication_slots.",
        17: 'Free one or increase "max_replication_slots".',
    },
    "exclusive_backup_running": {_ANY: "Run pg_stop_backup() and try again."},
    "backup_not_in_progress": {
        _ANY: "Did you mean to use pg_stop_backup('t')?",
        15: "Did you call pg_backup_start()?",
    },
    "wal_level_backup": {
        _ANY: 'wal_level must be set to "replica" or "logical" at server start.',
        17: '"wal_level" must be set to "replica" or "logical" at server start.',
    },
    "no_function": {
        _ANY: "No function matches the given name and argument types. You might need to add explicit type casts."
    },
}

NOTICES: Mapping[str, Mapping[int, str]] = {
    "not_archiving": {
        _ANY: "WAL archiving is not enabled; you must ensure that all required WAL segments are copied through other "
        "means to complete the backup"
    },
    "all_archived": {_ANY: "all required WAL segments have been archived"},
    "waiting_for_archive": {_ANY: "base backup done, waiting for required WAL segments to be archived"},
}

LOG: Mapping[str, str] = {
    "checkpoint_starting": "LOG:  checkpoint starting: {cause}",
    "checkpoint_complete": "LOG:  checkpoint complete: wrote ... buffers (...); {added} WAL file(s) added, "
    "{removed} removed, {recycled} recycled; ...; distance={distance} kB, estimate={estimate} kB",
    "archive_failed": "LOG:  archive command failed with exit code 1",
    "archive_gave_up": 'WARNING:  archiving write-ahead log file "{file}" failed too many times, will try again later',
    "orphan_status": 'WARNING:  removed orphan archive status file "pg_wal/archive_status/{file}.ready"',
    "backup_aborted": "WARNING:  aborting backup due to backend exiting before {function} was called",
    "fast_shutdown": "LOG:  received fast shutdown request",
    "shut_down": "LOG:  database system is shut down",
    "was_shut_down": "LOG:  database system was shut down at <TIME>",
    "ready": "LOG:  database system is ready to accept connections",
    "entering_standby": "LOG:  entering standby mode",
    "standby_lost_wal": "FATAL:  could not receive data from WAL stream: ERROR:  requested WAL segment {file} has "
    "already been removed",
    "reload": "LOG:  received SIGHUP, reloading configuration files",
}

_NO_SPACE = 'could not write to file "pg_wal/xlogtemp.<PID>": No space left on device'
_OTHERS_END = "LOG:  terminating any other active server processes"
_DOWN = "LOG:  database system is shut down"
_RECOVERY = (
    "LOG:  database system was interrupted; last known up at <TIME>",
    "LOG:  database system was not properly shut down; automatic recovery in progress",
)
_NO_STARTUP_12 = (
    "LOG:  startup process (PID <PID>) was terminated by signal 6: Aborted",
    "LOG:  aborting startup due to startup process failure",
    _DOWN,
)
_NO_STARTUP_15 = (
    "LOG:  startup process (PID <PID>) exited with exit code 1",
    _OTHERS_END,
    "LOG:  shutting down due to startup process failure",
    _DOWN,
)
_BACKEND_DIED_12 = (
    f"PANIC:  {_NO_SPACE}",
    "LOG:  server process (PID <PID>) was terminated by signal 6: Aborted",
    _OTHERS_END,
    "LOG:  all server processes terminated; reinitializing",
)
_BACKEND_DIED_18 = (
    _BACKEND_DIED_12[0],
    "LOG:  client backend (PID <PID>) was terminated by signal 6: Aborted",
    *_BACKEND_DIED_12[2:],
)

_RECOVERY_HINT = "HINT:  If you are restoring from a backup, touch {files} and add required recovery options."
_LABEL_HINTS = (
    '\tIf you are not restoring from a backup, try removing the file "{directory}/backup_label".',
    ('\tBe careful: removing "{directory}/backup_label" will result in a corrupt cluster if restoring from a backup.'),
)

STARTUP: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "disk_full_writing": {
        _ANY: (*_BACKEND_DIED_12, *_RECOVERY, f"PANIC:  {_NO_SPACE}", *_NO_STARTUP_12),
        15: (*_BACKEND_DIED_12, *_RECOVERY, f"FATAL:  {_NO_SPACE}", *_NO_STARTUP_15),
        18: (*_BACKEND_DIED_18, *_RECOVERY, f"FATAL:  {_NO_SPACE}", *_NO_STARTUP_15),
    },
    "disk_full_recovery": {
        _ANY: (*_RECOVERY, f"PANIC:  {_NO_SPACE}", *_NO_STARTUP_12),
        15: (*_RECOVERY, f"FATAL:  {_NO_SPACE}", *_NO_STARTUP_15),
    },
    "disk_full_start": {
        _ANY: (
            "LOG:  database system was shut down at <TIME>",
            f"FATAL:  {_NO_SPACE}",
            "LOG:  startup process (PID <PID>) exited with exit code 1",
            *_NO_STARTUP_12[1:],
        ),
        15: ("LOG:  database system was shut down at <TIME>", f"FATAL:  {_NO_SPACE}", *_NO_STARTUP_15),
    },
    "disk_full_shutdown": {
        _ANY: (
            f"PANIC:  {_NO_SPACE}",
            "LOG:  checkpointer process (PID <PID>) was terminated by signal 6: Aborted",
            _OTHERS_END,
            "LOG:  abnormal database system shutdown",
            _DOWN,
        ),
    },
    "disk_full_checkpoint": {_ANY: (f"ERROR:  {_NO_SPACE}",)},
    "slot_invalidated": {
        _ANY: ('LOG:  invalidating slot "{slot}" because its restart_lsn {lsn} exceeds max_slot_wal_keep_size',),
        16: (
            'LOG:  invalidating obsolete replication slot "{slot}"',
            "DETAIL:  The slot's restart_lsn {lsn} exceeds the limit by {bytes} bytes.",
            "HINT:  You might need to increase max_slot_wal_keep_size.",
        ),
        17: (
            'LOG:  invalidating obsolete replication slot "{slot}"',
            "DETAIL:  The slot's restart_lsn {lsn} exceeds the limit by {bytes} bytes.",
            'HINT:  You might need to increase "max_slot_wal_keep_size".',
        ),
    },
    "slot_timed_out": {
        18: (
            'LOG:  invalidating obsolete replication slot "{slot}"',
            (
                "DETAIL:  The slot's idle time of {idle}s exceeds the configured "
                '"idle_replication_slot_timeout" duration of {allowed}s.'
            ),
            'HINT:  You might need to increase "idle_replication_slot_timeout".',
        ),
    },
    "lock_file": {
        _ANY: (
            'FATAL:  lock file "postmaster.pid" already exists',
            'HINT:  Is another postmaster (PID <PID>) running in data directory "{directory}"?',
        )
    },
    "data_directory_gone": {
        _ANY: (
            'LOG:  could not open file "postmaster.pid": No such file or directory',
            "LOG:  performing immediate shutdown because data directory lock file is invalid",
            "LOG:  received immediate shutdown request",
            _DOWN,
        )
    },
    "slot_under_minimal": {
        _ANY: (
            'FATAL:  physical replication slot "{slot}" exists, but wal_level < replica',
            "HINT:  Change wal_level to be replica or higher.",
        ),
        17: (
            'FATAL:  physical replication slot "{slot}" exists, but "wal_level" < "replica"',
            'HINT:  Change "wal_level" to be "replica" or higher.',
        ),
    },
    "no_restore_command": {
        _ANY: ("FATAL:  must specify restore_command when standby mode is not enabled",),
        17: ('FATAL:  must specify "restore_command" when standby mode is not enabled',),
    },
    "no_required_checkpoint": {
        _ANY: (
            "FATAL:  could not locate required checkpoint record",
            _RECOVERY_HINT.format(files='"{directory}/recovery.signal"'),
            *_LABEL_HINTS,
        ),
        17: (
            "FATAL:  could not locate required checkpoint record at {lsn}",
            _RECOVERY_HINT.format(files='"{directory}/recovery.signal" or "{directory}/standby.signal"'),
            *_LABEL_HINTS,
        ),
    },
    "no_valid_checkpoint": {
        _ANY: ("PANIC:  could not locate a valid checkpoint record",),
        17: ("PANIC:  could not locate a valid checkpoint record at {lsn}",),
    },
    "wal_ends_early": {
        _ANY: (
            "FATAL:  WAL ends before end of online backup",
            "HINT:  All WAL generated while online backup was taken must be available at recovery.",
        )
    },
    "wal_ends_exclusive": {
        _ANY: (
            "FATAL:  WAL ends before end of online backup",
            (
                "HINT:  Online backup started with pg_start_backup() must be ended with pg_stop_backup(), and all "
                "WAL up to that point must be available at recovery."
            ),
        )
    },
    "wal_ends_inconsistent": {_ANY: ("FATAL:  WAL ends before consistent recovery point",)},
    "crash_recovery": {_ANY: _RECOVERY},
    "backup_recovery": {
        _ANY: ("LOG:  database system was interrupted; last known up at <TIME>",),
        15: (
            "LOG:  database system was interrupted; last known up at <TIME>",
            "LOG:  starting backup recovery with ...",
            "LOG:  completed backup recovery with ...",
        ),
    },
    "archive_recovery": {
        _ANY: (
            "LOG:  database system was interrupted; last known up at <TIME>",
            "LOG:  starting archive recovery",
            "LOG:  selected new timeline ID: 2",
            "LOG:  archive recovery complete",
        )
    },
}


def message(code: str, major: int, facts: Mapping[str, object] | None = None) -> str:
    """The text of a message in a major with its placeholders filled; raises KeyError for an unknown code."""
    return since(major, SERVER[code]).format_map(facts or {})


def error_lines(
    code: str, major: int, facts: Mapping[str, object] | None = None, *, level: str = "ERROR"
) -> tuple[str, ...]:
    """What psql prints for an error: the message, its detail and its hint when it has them."""
    lines = [f"{level}:  {message(code, major, facts)}"]
    if code in DETAILS:
        lines.append(f"DETAIL:  {since(major, DETAILS[code]).format_map(facts or {})}")
    hint = since(major, HINTS[code]) if code in HINTS else ""
    if hint:
        lines.append(f"HINT:  {hint}")
    return tuple(lines)


def notice(code: str, major: int) -> str:
    """A NOTICE line."""
    return f"NOTICE:  {since(major, NOTICES[code])}"


def log_line(code: str, **facts: object) -> str:
    """A line of the server's log."""
    return LOG[code].format_map(facts)


def lines_of(code: str, major: int, **facts: object) -> tuple[str, ...]:
    """The log lines of one kind of start, or of its failure."""
    return tuple(line.format_map(facts) for line in since(major, STARTUP[code]))
