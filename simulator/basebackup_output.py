"""What pg_basebackup prints: errors with their wording by version, -v and -P."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.cluster import BackupLabel
from simulator.commands import Command, PgBasebackup
from simulator.lsn import format_lsn
from simulator.messages import error_lines, notice
from simulator.tool_messages import tell
from simulator.versions import Version, since
from simulator.world import Client, World, rows_at

SERVER_CLOSED = (
    "\tThis probably means the server terminated abnormally",
    "\tbefore or while processing the request.",
)
"""What libpq says after 'server closed the connection unexpectedly'."""
SOCKET = "/tmp/.s.PGSQL.5432"  # noqa: S108  (the server's own default, only printed)

_CONNECTION = {
    12: "{tool}: error: could not connect to server: {text}",
    14: '{tool}: error: connection to server on socket "{socket}" failed: {text}',
}
_END_OF_BACKUP = {
    12: "pg_basebackup: error: could not get write-ahead log end position from server: {text}",
    13: "pg_basebackup: error: could not get COPY data stream: {text}",
    15: "pg_basebackup: error: backup failed: {text}",
}
_CREATE_SLOT = {
    12: 'CREATE_REPLICATION_SLOT "{slot}"{temporary} PHYSICAL RESERVE_WAL',
    15: 'CREATE_REPLICATION_SLOT "{slot}"{temporary} PHYSICAL ( RESERVE_WAL)',
}
_COMMAND_FAILED = 'pg_basebackup: error: could not send replication command "{sql}": {text}'


_HINT = {
    12: 'Try "pg_basebackup --help" for more information.',
    15: 'pg_basebackup: hint: Try "pg_basebackup --help" for more information.',
}
_OPTIONS: Mapping[str, str] = {
    "slot_without_stream": "replication slots can only be used with WAL streaming",
    "no_slot_with_slot": "--no-slot cannot be used with slot name",
    "create_without_slot": "--create-slot needs a slot to be specified using --slot",
    "waldir_with_tar": "WAL directory location can only be specified in plain mode",
    "waldir_relative": "WAL directory location must be an absolute path",
}


def option_problem(command: PgBasebackup) -> str | None:
    """The code of the message with which pg_basebackup refuses a combination of options, None if it does not."""
    if command.slot and command.wal_method != "stream":
        return "slot_without_stream"
    if command.no_slot and command.slot:
        return "no_slot_with_slot"
    if command.create_slot and not command.slot:
        return "create_without_slot"
    if command.waldir and command.format != "plain":
        return "waldir_with_tar"
    if command.waldir and not command.waldir.startswith("/"):
        return "waldir_relative"
    return None


def option_lines(code: str, facts: Version) -> tuple[str, ...]:
    """What it prints then."""
    return (f"pg_basebackup: error: {_OPTIONS[code]}", since(facts.major, _HINT))


def connection_failed(facts: Version, text: str, tool: str = "pg_basebackup") -> tuple[str, ...]:
    """A refused connection; `text` is the server's message without its level."""
    line = since(facts.major, _CONNECTION).format(tool=tool, socket=SOCKET, text=f"FATAL:  {text}")
    return (line,)


def no_server(world: World, tool: str = "pg_basebackup") -> tuple[str, ...]:
    """Nobody listens on the socket, or there is none."""
    facts = world.primary.data.facts
    why = "Connection refused" if world.socket_left else "No such file or directory"
    first = since(facts.major, _CONNECTION).format(tool=tool, socket=SOCKET, text=why)
    question = since(
        facts.major,
        {
            12: (
                "\tIs the server running locally and accepting",
                f'\tconnections on Unix domain socket "{SOCKET}"?',
            ),
            14: ("\tIs the server running locally and accepting connections on that socket?",),
        },
    )
    return (first, *question)


def failure_lines(
    facts: Version, where: str, code: str, values: Mapping[str, object], *, temporary: bool = False
) -> tuple[str, ...]:
    """An error that the server sent during the backup, as the client prints it.

    `where`: end_of_backup, create_slot or start_replication.
    """
    first, *hint = error_lines(code, facts.major, values)
    if where == "end_of_backup":
        return (since(facts.major, _END_OF_BACKUP).format(text=first), *hint)
    sql = "START_REPLICATION"
    if where == "create_slot":
        sql = since(facts.major, _CREATE_SLOT).format(slot=values["slot"], temporary=" TEMPORARY" if temporary else "")
    return (_COMMAND_FAILED.format(sql=sql, text=first), *hint)


def stream_ended(facts: Version, code: str, values: Mapping[str, object]) -> tuple[str, ...]:
    """The WAL receiver of pg_basebackup lost its stream."""
    level = "FATAL" if code == "admin_terminated" else "ERROR"
    text = error_lines(code, facts.major, values, level=level)[0]
    return (f"pg_basebackup: error: unexpected termination of replication stream: {text}", receiver_gone(facts))


def receiver_gone(facts: Version) -> str:
    """The copying process notices that the other has ended; before 14 only when the copy is done."""
    return since(
        facts.major,
        {12: "pg_basebackup: error: child process exited with exit code 1", 14: tell("basebackup_receiver_gone")},
    )


def server_gone(command: Command, *, orderly: bool, copy_first: bool = False) -> tuple[str, ...]:
    """The server went down during the copy; `copy_first`: the process that copies notices before the WAL receiver."""
    if not isinstance(command, PgBasebackup) or command.wal_method != "stream" or copy_first:
        return (tell("basebackup_server_gone"), *SERVER_CLOSED)
    first = ("basebackup_stream_ended",) if orderly else ("basebackup_stream_gone",)
    lines = (tell(*first), *(() if orderly else SERVER_CLOSED))
    return (*lines, tell("basebackup_receiver_gone"))


def notices(code: str, facts: Version) -> tuple[str, ...]:
    """A NOTICE passed on from the server."""
    return (notice(code, facts.major),)


def verbose_start(command: PgBasebackup, label: BackupLabel, *, receiver: bool = True) -> tuple[str, ...]:
    """-v up to the copy; -P's 'waiting for checkpoint' without it.  `receiver`: it came as far as starting one."""
    if not command.verbose:
        return ("waiting for checkpoint",) if command.progress else ()
    lines = [
        "pg_basebackup: initiating base backup, waiting for checkpoint to complete",
        "pg_basebackup: checkpoint completed",
    ]
    if command.wal_method != "none":
        lines.append(
            f"pg_basebackup: write-ahead log start point: {format_lsn(label.redo_lsn)} on timeline {label.timeline}"
        )
    if command.wal_method == "stream" and receiver:
        lines.append("pg_basebackup: starting background WAL receiver")
    return tuple(lines)


def verbose_end(command: PgBasebackup, client: Client, facts: Version) -> tuple[str, ...]:
    """-v after the copy."""
    if not command.verbose:
        return ()
    lines = []
    if command.wal_method != "none":
        lines.append(f"pg_basebackup: write-ahead log end point: {format_lsn(client.stop_lsn)}")
    if command.wal_method == "stream":
        lines.append("pg_basebackup: waiting for background process to finish streaming ...")
    lines.append("pg_basebackup: syncing data to disk ...")
    if facts.backup_manifest:
        lines.append("pg_basebackup: renaming backup_manifest.tmp to backup_manifest")
    return (*lines, "pg_basebackup: base backup completed")


def data_kilobytes(world: World) -> int:
    """Size of the data directory without pg_wal, about (kB)."""
    rows = sum(rows_at(world, world.primary.data.wal_end, world.primary.data.timeline).values())
    return world.primary.data.facts.data_directory_kb + rows // 20


def progress_lines(command: PgBasebackup, world: World, *, complete: bool = True) -> tuple[str, ...]:
    """-P: the last line of the progress report; while the server waits for the archive the last tablespace is open."""
    if not command.progress:
        return ()
    total = data_kilobytes(world)
    count = 1 + len(world.primary.data.tablespaces)
    words = "tablespace" if count == 1 else "tablespaces"
    return (f"{total}/{total} kB (100%), {count if complete else count - 1}/{count} {words}",)
