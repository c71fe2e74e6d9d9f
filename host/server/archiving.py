"""The archiver on the host: archive_command run by the simulated shell, for every file that is .ready (pgarch.c)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host import tree
from host.server import disk, logs
from simulator.lsn import is_segment_name, parse_segment_name
from simulator.pg_wal import PgWal, archive_order, file_number
from simulator.ranges import Ranges

if TYPE_CHECKING:
    from host.call import Done
    from host.machine import Host
    from host.server.instance import Instance

TRIES = 3
"""NUM_ARCHIVE_RETRIES: then a warning, and a pause of a minute."""
_FATAL, _SIGNALLED, _LAST_SIGNAL = 125, 128, 64
"""Exit codes over 125 are the shell's own: the command was not found, could not be run, or died of a signal."""


def wal_disk(host: Host, instance: Instance) -> int | None:
    """Bytes that pg_wal may take: of the small file system it is on, None when there is room enough."""
    path = tree.resolve(host.root, f"{instance.pgdata}/pg_wal")
    found = None
    for at in range(1, path.count("/") + 1):
        node = tree.find(host.root, "/".join(path.split("/")[: at + 1]))
        if isinstance(node, tree.Dir) and node.capacity is not None:
            here = tree.find(host.root, path)
            others = tree.used(node) - (tree.used(here) if here else 0)
            found = max(0, node.capacity - others)
    return found


def turn(host: Host, port: int) -> Host:
    """Archive what is .ready, in order, until a file fails."""
    instance = host.instance(port)
    if instance is None or not instance.cluster.running or not instance.cluster.live.limits.archiving:
        return host
    command = str(instance.settings.value("archive_command"))
    data = instance.cluster.data
    if not (data.pg_wal.ready or any(other.status == "ready" for other in data.pg_wal.others)):
        return host
    if instance.settings.values.get("archive_library"):
        return host
    if not command:
        return host
    for name in archive_order(data.pg_wal, data.segment_size):
        host, taken = _one(host, port, command, name)
        if not taken:
            break
    return host


def _one(host: Host, port: int, command: str, name: str) -> tuple[Host, bool]:
    """Run the command for one file; three times when it fails."""
    from host.shell import run_command

    instance = host.instance(port)
    assert instance is not None
    words = expanded(command, f"pg_wal/{name}", name)
    again = instance.archiver.last_failed == name
    for attempt in range(1 if again else TRIES):
        cwd = host.cwd
        ended = run_command(replace(host, cwd=instance.pgdata), words, {})
        host = replace(ended.host, cwd=cwd)
        instance = host.instance(port)
        if instance is None:
            return host, False
        if ended.exit == 0:
            return _taken(host, instance, name), True
        if ended.exit > _FATAL:  # the archiver itself ends, and counts nothing; a new one comes later
            return _died(host, instance, name, ended, words), False
        stats = replace(
            instance.archiver,
            failed_count=instance.archiver.failed_count + 1,
            last_failed=name,
            last_failed_at=host.clock,
        )
        instance = replace(instance, archiver=stats)
        host = host.with_instance(instance)
        if not again:
            host = logs.write(host, instance.log_path, ended.stderr.splitlines())
            host = logs.say(host, instance, _failure(ended.exit, words))
        del attempt
    if not again:
        text = f'WARNING:  archiving write-ahead log file "{name}" failed too many times, will try again later'
        host = logs.say(host, instance, (text,))
    return host, False


def _died(host: Host, instance: Instance, name: str, ended: Done, words: str) -> Host:
    """The archiver ends with FATAL; said once for a file."""
    if instance.archiver.died_on == name:
        return host
    host = host.with_instance(replace(instance, archiver=replace(instance.archiver, died_on=name)))
    host = logs.write(host, instance.log_path, ended.stderr.splitlines())
    return logs.say(host, instance, _failure(ended.exit, words))


def expanded(command: str, path: str, name: str) -> str:
    """The command with %p, %f and %% filled in."""
    out, at = [], 0
    while at < len(command):
        two = command[at : at + 2]
        out.append({"%p": path, "%f": name, "%%": "%"}.get(two, command[at]))
        at += 2 if two in ("%p", "%f", "%%") else 1
    return "".join(out)


def _failure(status: int, words: str) -> tuple[str, ...]:
    detail = f"DETAIL:  The failed archive command was: {words}"
    if _SIGNALLED < status <= _SIGNALLED + _LAST_SIGNAL:
        return (f"FATAL:  archive command was terminated by signal {status - _SIGNALLED}", detail)
    level = "FATAL" if status > _FATAL else "LOG"
    return (f"{level}:  archive command failed with exit code {status}", detail)


def _taken(host: Host, instance: Instance, name: str) -> Host:
    stats = replace(
        instance.archiver,
        archived_count=instance.archiver.archived_count + 1,
        last_archived=name,
        last_archived_at=host.clock,
    )
    data = instance.cluster.data
    pg_wal = marked_done(data.pg_wal, name, data.segment_size)
    cluster = instance.cluster.with_data(pg_wal=pg_wal)
    return disk.flush(host, replace(instance, cluster=cluster, archiver=stats))


def marked_done(pg_wal: PgWal, name: str, segment_size: int) -> PgWal:
    """pgarch_archiveDone: .ready becomes .done."""
    if is_segment_name(name):
        number = file_number(*parse_segment_name(name, segment_size))
        one = Ranges.span(number, number + 1)
        return replace(pg_wal, ready=pg_wal.ready - one, done=pg_wal.done | one)
    found = next((other for other in pg_wal.others if other.name == name), None)
    return pg_wal if found is None else pg_wal.with_other(replace(found, status="done"))


__all__ = ["expanded", "marked_done", "turn", "wal_disk"]
