"""What the startup process and the postmaster write during a recovery: tables by code and 'from this major on'."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.versions import since

_ANY = 12
_FILES = {_ANY: '"{directory}/recovery.signal"', 17: '"{directory}/recovery.signal" or "{directory}/standby.signal"'}
_HINT = "HINT:  If you are restoring from a backup, touch {files} and add required recovery options."
_STARTUP_GONE = "LOG:  startup process (PID <PID>) exited with exit code 1"
_STARTUP_ABORTED = "LOG:  startup process (PID <PID>) was terminated by signal 6: Aborted"

TEXTS: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "shut down": {_ANY: ("LOG:  database system was shut down at <TIME>",)},
    "shut down in recovery": {_ANY: ("LOG:  database system was shut down in recovery at <TIME>",)},
    "shutting down": {_ANY: ("LOG:  database system shutdown was interrupted; last known up at <TIME>",)},
    "in crash recovery": {
        _ANY: (
            "LOG:  database system was interrupted while in recovery at <TIME>",
            (
                "HINT:  This probably means that some data is corrupted and you will have to use the last backup for "
                "recovery."
            ),
        )
    },
    "in archive recovery": {
        _ANY: (
            "LOG:  database system was interrupted while in recovery at log time <TIME>",
            (
                "HINT:  If this has occurred more than once some data might be corrupted and you might need to choose "
                "an earlier recovery target."
            ),
        )
    },
    "in production": {_ANY: ("LOG:  database system was interrupted; last known up at <TIME>",)},
    "standby_mode": {_ANY: ("LOG:  entering standby mode",)},
    "recovery_to_xid": {_ANY: ("LOG:  starting point-in-time recovery to XID {number}",)},
    "recovery_to_time": {_ANY: ("LOG:  starting point-in-time recovery to {time}",)},
    "recovery_to_name": {_ANY: ('LOG:  starting point-in-time recovery to "{shown}"',)},
    "recovery_to_lsn": {_ANY: ('LOG:  starting point-in-time recovery to WAL location (LSN) "{lsn}"',)},
    "recovery_to_immediate": {_ANY: ("LOG:  starting point-in-time recovery to earliest consistent point",)},
    "recovery_to_": {_ANY: ("LOG:  starting archive recovery",)},
    "neither_source": {
        _ANY: (
            "WARNING:  specified neither primary_conninfo nor restore_command",
            "HINT:  The database server will regularly poll the pg_wal subdirectory to check for files placed there.",
        ),
        17: (
            'WARNING:  specified neither "primary_conninfo" nor "restore_command"',
            "HINT:  The database server will regularly poll the pg_wal subdirectory to check for files placed there.",
        ),
    },
    "no_restore_command": {
        _ANY: ("FATAL:  must specify restore_command when standby mode is not enabled",),
        17: ('FATAL:  must specify "restore_command" when standby mode is not enabled',),
    },
    "no_timeline": {_ANY: ("FATAL:  recovery target timeline {timeline} does not exist",)},
    "incremental": {
        _ANY: (
            "FATAL:  this is an incremental backup, not a data directory",
            "HINT:  Use pg_combinebackup to reconstruct a valid data directory.",
        )
    },
    "backup_recovery": {
        _ANY: (),
        15: (
            (
                "LOG:  starting backup recovery with redo LSN {redo}, checkpoint LSN {checkpoint}, "
                "on timeline ID {timeline}"
            ),
        ),
    },
    "backup_recovery_again": {
        _ANY: (),
        15: ("LOG:  restarting backup recovery with redo LSN {redo}",),
    },
    "backup_recovered": {
        _ANY: (),
        15: ("LOG:  completed backup recovery with redo LSN {redo} and end LSN {end}",),
    },
    "restored": {_ANY: ('LOG:  restored log file "{file}" from archive',)},
    "restore_terminated": {_ANY: ()},
    "restore_failed": {_ANY: ('FATAL:  could not restore file "{file}" from archive: {reason}',)},
    "wrong_size": {_ANY: ('FATAL:  archive file "{file}" has wrong size: {size} instead of {expected}',)},
    "no_checkpoint_with_label": {
        _ANY: (
            "LOG:  invalid checkpoint record",
            "FATAL:  could not locate required checkpoint record",
            _HINT.format(files=_FILES[_ANY]),
        ),
        17: (
            "LOG:  invalid checkpoint record",
            "FATAL:  could not locate required checkpoint record at {lsn}",
            _HINT.format(files=_FILES[17]),
        ),
    },
    "no_redo_with_label": {
        _ANY: (
            "FATAL:  could not find redo location referenced by checkpoint record",
            _HINT.format(files=_FILES[_ANY]),
        ),
        17: (
            "FATAL:  could not find redo location {redo} referenced by checkpoint record at {lsn}",
            _HINT.format(files=_FILES[17]),
        ),
    },
    "no_redo": {
        14: ("PANIC:  could not find redo location {redo8} referenced by checkpoint record at {lsn8}",),
    },
    "no_checkpoint": {
        _ANY: ("LOG:  invalid primary checkpoint record", "PANIC:  could not locate a valid checkpoint record"),
        16: ("LOG:  invalid checkpoint record", "PANIC:  could not locate a valid checkpoint record"),
        17: ("LOG:  invalid checkpoint record", "PANIC:  could not locate a valid checkpoint record at {lsn}"),
    },
    "not_a_child": {
        _ANY: (
            "FATAL:  requested timeline {target} is not a child of this server's history",
            (
                "DETAIL:  Latest checkpoint is at {lsn} on timeline {timeline}, but in the history of the requested "
                "timeline, the server forked off from that timeline at {switch}."
            ),
        ),
        18: (
            "FATAL:  requested timeline {target} is not a child of this server's history",
            (
                'DETAIL:  Latest checkpoint in file "{source}" is at {lsn} on timeline {timeline}, but in the history '
                "of the requested timeline, the server forked off from that timeline at {switch}."
            ),
        ),
    },
    "minimum_elsewhere": {
        _ANY: (
            "FATAL:  requested timeline {target} does not contain minimum recovery point {lsn} on timeline {timeline}",
        )
    },
    "crash_recovery": {_ANY: ("LOG:  database system was not properly shut down; automatic recovery in progress",)},
    "crash_timelines": {_ANY: ("LOG:  crash recovery starts in timeline {timeline} and has target timeline {target}",)},
    "foreign_wal": {
        _ANY: (
            (
                "LOG:  WAL file is from different database system: WAL file database system identifier is {theirs}, "
                "pg_control database system identifier is {ours}"
            ),
        )
    },
    "redo_starts": {_ANY: ("LOG:  redo starts at {lsn}",)},
    "redo_done": {_ANY: ("LOG:  redo done at {lsn}",)},
    "redo_not_required": {_ANY: ("LOG:  redo is not required",)},
    "last_completed": {_ANY: ("LOG:  last completed transaction was at log time {time}",)},
    "consistent": {_ANY: ("LOG:  consistent recovery state reached at {lsn}",)},
    "stop_consistent": {_ANY: ("LOG:  recovery stopping after reaching consistency",)},
    "stop_before_lsn": {_ANY: ('LOG:  recovery stopping before WAL location (LSN) "{lsn}"',)},
    "stop_after_lsn": {_ANY: ('LOG:  recovery stopping after WAL location (LSN) "{lsn}"',)},
    "stop_before_xact": {_ANY: ("LOG:  recovery stopping before {kind} of transaction {xid}, time {time}",)},
    "stop_after_xact": {_ANY: ("LOG:  recovery stopping after {kind} of transaction {xid}, time {time}",)},
    "stop_at_name": {_ANY: ('LOG:  recovery stopping at restore point "{name}", time {time}',)},
    "stop_inconsistent": {
        _ANY: ("FATAL:  requested recovery stop point is before consistent recovery point",),
    },
    "paused": {
        _ANY: ("LOG:  recovery has paused", "HINT:  Execute pg_wal_replay_resume() to continue."),
        13: ("LOG:  pausing at the end of recovery", "HINT:  Execute pg_wal_replay_resume() to promote."),
    },
    "unreached": {
        _ANY: (),
        13: ("FATAL:  recovery ended before configured recovery target was reached",),
    },
    "ends_before_backup": {
        _ANY: (
            "FATAL:  WAL ends before end of online backup",
            "HINT:  All WAL generated while online backup was taken must be available at recovery.",
        )
    },
    "ends_before_exclusive": {
        _ANY: (
            "FATAL:  WAL ends before end of online backup",
            (
                "HINT:  Online backup started with pg_start_backup() must be ended with pg_stop_backup(), and all WAL "
                "up to that point must be available at recovery."
            ),
        ),
        15: (
            "FATAL:  WAL ends before end of online backup",
            "HINT:  All WAL generated while online backup was taken must be available at recovery.",
        ),
    },
    "ends_inconsistent": {_ANY: ("FATAL:  WAL ends before consistent recovery point",)},
    "promote_request": {_ANY: ("LOG:  received promote request",)},
    "new_timeline": {_ANY: ("LOG:  selected new timeline ID: {timeline}",)},
    "complete": {_ANY: ("LOG:  archive recovery complete",)},
    "ready": {_ANY: ("LOG:  database system is ready to accept connections",)},
    "read_only": {
        _ANY: ("LOG:  database system is ready to accept read only connections",),
        14: ("LOG:  database system is ready to accept read-only connections",),
    },
    "waiting": {_ANY: (), 15: ("LOG:  waiting for WAL to become available at {lsn}",)},
    "new_target": {_ANY: ("LOG:  new target timeline is {timeline}",)},
    "not_our_child": {_ANY: ("LOG:  new timeline {new} is not a child of database system timeline {timeline}",)},
    "forked_before": {
        _ANY: (
            (
                "LOG:  new timeline {new} forked off current database system timeline {timeline} before current "
                "recovery point {lsn}"
            ),
        )
    },
    "restartpoint": {_ANY: ("LOG:  recovery restart point at {redo}",)},
    "restartpoint_time": {_ANY: ("DETAIL:  Last completed transaction was at log time {time}.",)},
    "target_shutdown": {_ANY: ("LOG:  shutdown at recovery target", "LOG:  shutting down")},
    "down": {_ANY: ("LOG:  database system is shut down",)},
    "died_early": {
        _ANY: (_STARTUP_GONE, "LOG:  aborting startup due to startup process failure"),
        15: (_STARTUP_GONE, "LOG:  shutting down due to startup process failure"),
    },
    "died_late": {
        _ANY: (_STARTUP_GONE,),
        14: (_STARTUP_GONE, "LOG:  shutting down due to startup process failure"),
    },
    "backup_canceled": {_ANY: ("PANIC:  online backup was canceled, recovery cannot continue",)},
    "aborted_late": {
        _ANY: (_STARTUP_ABORTED,),
        14: (_STARTUP_ABORTED, "LOG:  shutting down due to startup process failure"),
    },
    "aborted": {
        _ANY: (_STARTUP_ABORTED, "LOG:  aborting startup due to startup process failure"),
        15: (_STARTUP_ABORTED, "LOG:  shutting down due to startup process failure"),
    },
}


def told(code: str, major: int, **facts: object) -> tuple[str, ...]:
    """The lines of one message in a major, its placeholders filled."""
    return tuple(line.format_map(facts) for line in since(major, TEXTS[code]))
