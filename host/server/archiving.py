"""The archiver on the host: archive_command run by the simulated shell, for every file that is .ready (pgarch.c)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host import tree
from host.network import at_server
from host.server import commands, disk, logs
from host.server.instance import ArchiverStats
from simulator.lsn import is_segment_name, parse_segment_name
from simulator.pg_wal import PgWal, archive_order, file_number
from simulator.ranges import Ranges
from simulator.versions import since

if TYPE_CHECKING:
    from host.call import Done
    from host.machine import Host
    from host.server.instance import Instance

PAUSE = 60.0
"""PGARCH_AUTOWAKE_INTERVAL (s)."""
TRIES = 3
"""NUM_ARCHIVE_RETRIES: then a warning, and a pause of a minute."""
_FATAL = 125
"""Exit codes over 125 are the shell's own: the command was not found, could not be run, or died of a signal."""


_ONE_OF_BOTH = {12: False, 16: True}
_BOTH = {
    16: (
        "FATAL:  both archive_command and archive_library set",
        "DETAIL:  Only one of archive_command, archive_library may be set.",
    ),
    17: (
        'FATAL:  both "archive_command" and "archive_library" set',
        'DETAIL:  Only one of "archive_command", "archive_library" may be set.',
    ),
}
_NOT_CONFIGURED = {
    12: ("WARNING:  archive_mode enabled, yet archive_command is not set",),
    15: ("WARNING:  archive_mode enabled, yet archiving is not configured",),
    17: ('WARNING:  "archive_mode" enabled, yet archiving is not configured', "DETAIL:  {lacking} is not set."),
}
_NOBODY = 10**9
"""So many files do not wake an archiver that is not there."""
_COMMAND = {12: "archive_command", 18: '"archive_command"'}
_LIBRARIES = {"basic_archive": "basic_archive.archive_directory"}
"""What there is, and the setting that it needs; the dojo has no settings of modules."""


def wal_disk(host: Host, pgdata: str) -> int | None:
    """Bytes that a directory's pg_wal may take: of the small file system it is on, None when there is room enough."""
    path = tree.resolve(host.root, f"{pgdata}/pg_wal")
    found = None
    for at in range(1, path.count("/") + 1):
        node = tree.find(host.root, "/".join(path.split("/")[: at + 1]))
        if isinstance(node, tree.Dir) and node.capacity is not None:
            here = tree.find(host.root, path)
            others = tree.used(node) - (tree.used(here) if here else 0)
            found = max(0, node.capacity - others)
    return found


def archives(instance: Instance) -> bool:
    """There is an archiver; on a server in recovery only with archive_mode = always (XLogArchivingAlways)."""
    if instance.recovery is not None:
        return str(instance.settings.value("archive_mode")) == "always"
    return instance.cluster.live.limits.archiving


@at_server
def turn(host: Host, port: int) -> Host:
    """Archive what is .ready, in order, until a file fails.

    After a failure the archiver sleeps; it is woken by one more file, and by its own clock (`again`).  Before that
    it only looks whether things have been put right, and says nothing when they have not.
    """
    instance = host.instance(port)
    if instance is None:
        return host
    asleep = instance.archiver.tries_at > host.clock and _waiting(instance) <= instance.archiver.waited
    if asleep and not instance.facts.archiver_wakes_on_reload and _command(instance) != instance.archiver.tried:
        return host
    return _round(host, port, quiet=asleep)


def _command(instance: Instance) -> str:
    return str(instance.settings.value("archive_command"))


def reloaded(host: Host, port: int) -> Host:
    """SIGHUP reaches the archiver: from 14 on that wakes it, whatever has changed (HandlePgArchInterrupts)."""
    instance = host.instance(port)
    wakes = instance is not None and archives(instance) and instance.facts.archiver_wakes_on_reload
    return again(host, port) if wakes else turn(host, port)


@at_server
def last_turn(host: Host, port: int) -> Host:
    """The archiver is told to end, and looks once more."""
    instance = host.instance(port)
    lost = instance is not None and not instance.settings.value("archive_command") and not archive_library(instance)
    return _round(host, port) if lost else turn(host, port)


@at_server
def again(host: Host, port: int) -> Host:
    """PGARCH_AUTOWAKE_INTERVAL is over: three more attempts, with all their lines in the log."""
    instance = host.instance(port)
    if instance is None:
        return host
    return _round(host.with_instance(replace(instance, archiver=replace(instance.archiver, tries_at=0.0))), port)


def forgotten(stats: ArchiverStats) -> ArchiverStats:
    """pg_stat_reset_shared('archiver'): the counts go, the archiver sleeps on."""
    return ArchiverStats(tries_at=stats.tries_at, waited=stats.waited, tried=stats.tried)


def _waiting(instance: Instance) -> int:
    pg_wal = instance.cluster.data.pg_wal
    return len(pg_wal.ready) + sum(other.status == "ready" for other in pg_wal.others)


def _round(host: Host, port: int, *, quiet: bool = False) -> Host:
    """pgarch_ArchiverCopyLoop."""
    instance = host.instance(port)
    if instance is None or not instance.cluster.running or not archives(instance):
        return host
    instance = disk.marks_seen(host, instance)
    host = host.with_instance(instance)
    command, library = _command(instance), archive_library(instance)
    if command and library and since(instance.major, _ONE_OF_BOTH):
        return host if quiet else _ended(host, instance, since(instance.major, _BOTH))
    if library and library not in _LIBRARIES:
        return (
            host if quiet else _ended(host, instance, (f'FATAL:  could not access file "{library}": {tree.NO_ENTRY}',))
        )
    if not _waiting(instance):
        return host
    if library or not command:
        return (
            host if quiet else _not_configured(host, instance, _LIBRARIES.get(library, since(instance.major, _COMMAND)))
        )
    data = instance.cluster.data
    for name in archive_order(data.pg_wal, data.segment_size):
        host, taken = _one(host, port, command, name, quiet=quiet)
        if not taken:
            break
        quiet = False
    return host


def archive_library(instance: Instance) -> str:
    """The library that archives; '' where there is none, and before 15."""
    return str(instance.settings.values.get("archive_library") or "")


def _asleep(host: Host, instance: Instance) -> ArchiverStats:
    """It tries again in a minute."""
    pause = host.clock + PAUSE
    return replace(instance.archiver, tries_at=pause, waited=_waiting(instance), tried=_command(instance))


def _ended(host: Host, instance: Instance, said: tuple[str, ...]) -> Host:
    """LoadArchiveLibrary fails: the archiver ends, and the postmaster starts another one a minute later."""
    stats = replace(instance.archiver, tries_at=host.clock + PAUSE, waited=_NOBODY)
    return logs.say(host, instance, said).with_instance(replace(instance, archiver=stats))


def _not_configured(host: Host, instance: Instance, lacking: str) -> Host:
    """pgarch_ArchiverCopyLoop: there are files, but nobody has said where they are to go."""
    lines = (line.format(lacking=lacking) for line in since(instance.major, _NOT_CONFIGURED))
    stats = _asleep(host, instance)
    return logs.say(host, instance, lines).with_instance(replace(instance, archiver=stats))


def _one(host: Host, port: int, command: str, name: str, *, quiet: bool) -> tuple[Host, bool]:
    """Run the command for one file; three times when it fails, a second apart."""
    began = host.clock
    for attempt in range(1 if quiet else TRIES):
        words = expanded(command, f"pg_wal/{name}", name)
        ended = commands.run(replace(host, clock=began + attempt), _server(host, port).pgdata, words)
        host = ended.host
        instance = host.instance(port)
        if instance is None:
            return replace(host, clock=began), False
        if ended.exit == 0:
            return replace(_taken(host, instance, name), clock=began), True
        if not quiet:
            host = _failed(host, instance, name, ended, words)
        if ended.exit > _FATAL:  # the archiver itself ends, and counts nothing; a new one comes later
            return replace(host, clock=began), False
    if not quiet:
        text = f'WARNING:  archiving write-ahead log file "{name}" failed too many times, will try again later'
        host = logs.say(host, _server(host, port), (text,))
    return replace(host, clock=began), False


def _server(host: Host, port: int) -> Instance:
    """The server that archives."""
    found = host.instance(port)
    assert found is not None, "this server archives"
    return found


def _failed(host: Host, instance: Instance, name: str, ended: Done, words: str) -> Host:
    """One failed attempt: counted (unless the archiver died of it), and in the log."""
    stats = _asleep(host, instance)
    if ended.exit <= _FATAL:
        count = stats.failed_count + 1
        stats = replace(stats, failed_count=count, last_failed=name, last_failed_at=host.clock)
    instance = replace(instance, archiver=stats)
    host = logs.write(host.with_instance(instance), instance.log_path, ended.stderr.splitlines())
    return logs.say(host, instance, _failure(ended, words))


def expanded(command: str, path: str, name: str, restart: str = "") -> str:
    """The command with %p, %f and %% filled in, and %r where there is a last restartpoint."""
    filled = {"%p": path, "%f": name, "%%": "%", **({"%r": restart} if restart else {})}
    out, at = [], 0
    while at < len(command):
        two = command[at : at + 2]
        out.append(filled.get(two, command[at]))
        at += 2 if two in filled else 1
    return "".join(out)


def _failure(done: Done, words: str) -> tuple[str, ...]:
    detail = f"DETAIL:  The failed archive command was: {words}"
    if done.signal:
        return (f"FATAL:  archive command was {logs.killed_by(done.signal)}", detail)
    level = "FATAL" if done.exit > _FATAL else "LOG"
    return (f"{level}:  archive command failed with exit code {done.exit}", detail)


def _taken(host: Host, instance: Instance, name: str) -> Host:
    stats = replace(
        instance.archiver,
        archived_count=instance.archiver.archived_count + 1,
        last_archived=name,
        last_archived_at=host.clock,
        tries_at=0.0,
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


__all__ = ["again", "archives", "expanded", "forgotten", "marked_done", "turn", "wal_disk"]
