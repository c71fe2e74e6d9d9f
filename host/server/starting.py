"""A server starts: the postmaster's checks in their order, then the startup process (see recovering.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host import tree
from host.content import text_of
from host.server import authentication, logs, settings
from host.server.files import ControlFile
from host.tree import Dir, File
from simulator.settings import InvalidValue, ServerSettings
from simulator.settings_start import startup_errors
from simulator.settings_values import InvalidValue as BadValue
from simulator.versions import Version, same, version

if TYPE_CHECKING:
    from host.machine import Host

Options = tuple[tuple[str, str], ...]
_Refuse = Callable[..., "NotStarted"]


@dataclass(frozen=True, slots=True)
class Start:
    """What was asked for: `postgres -D pgdata` with settings on its command line."""

    pgdata: str
    """As typed, absolute."""
    options: Options = ()
    log_path: str = ""


@dataclass(frozen=True, slots=True)
class NotStarted:
    """The postmaster ended at once; its lines are in the log file, or on the terminal when there is none."""

    host: Host
    exit: int
    said: str
    """What it printed."""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The checks are passed: the startup process may begin."""

    host: Host
    start: Start
    path: str
    """The data directory, links followed."""
    facts: Version
    control: ControlFile
    settings: ServerSettings
    others: Options
    pid: int
    release: str
    created: tuple[str, ...] = ()
    """What the log says of directories that were missing and were made."""
    has_first: bool = True
    """The segment that replay begins in is in pg_wal."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.settings.value("port"))

    @property
    def socket_dir(self) -> str:
        """Its Unix socket's directory."""
        return str(self.settings.value("unix_socket_directories")).split(",")[0].strip()

    @property
    def listen(self) -> tuple[str, ...]:
        """listen_addresses, as addresses."""
        words = str(self.settings.value("listen_addresses")).replace(" ", "").split(",")
        return tuple({"localhost": "127.0.0.1", "*": "0.0.0.0"}.get(word, word) for word in words if word)  # noqa: S104


_CONTROL_BYTES = 296
_SEGMENT_SIZE = 16 * 2**20
"""Taken for that of a cluster whose pg_control cannot be read."""
_OTHERS_MAY, _OWNER_WRITES = 0o027, 0o200


def begin(host: Host, start: Start) -> Postmaster | NotStarted:
    """Everything until the startup process: configuration, checkDataDir, checkControlFile, lock file, sockets."""
    path = tree.resolve(host.root, host.path(start.pgdata))
    pid = host.next_pid
    host = replace(host, next_pid=pid + 8)
    release = host.server.release or version(host.server.major).release

    def refused(*lines: str, plain: bool = False, status: int = 1) -> NotStarted:
        said = "".join((line if plain else logs.stamp(host, line, pid)) + "\n" for line in lines)
        return NotStarted(logs.write(host, start.log_path, [said[:-1]]), status, said)

    facts = version(host.server.major)
    top = tree.find(host.root, path)
    conf_path = f"{start.pgdata}/postgresql.conf"
    if not isinstance(top, Dir) or "postgresql.conf" not in top.entries:
        reason = f'postgres: could not access the server configuration file "{conf_path}": {tree.NO_ENTRY}'
        return refused(reason, plain=True, status=2)
    for wrong in settings.option_faults(facts.major, path, start.options):
        return refused(f"FATAL:  {wrong}")
    read = settings.read_files(host, path, facts.major, start.options)
    if read.faults:
        return refused(*read.faults, f'FATAL:  configuration file "{read.faulty_file}" contains errors')
    control = _control(top)
    size, checksums = (control.segment_size, control.checksums) if control else (_SEGMENT_SIZE, False)
    wanted = settings.settings_from(read, facts.major, size, path, checksums=checksums)
    complaint = startup_errors(wanted)
    try:
        in_force = wanted.restarted()
    except (InvalidValue, BadValue) as error:
        return refused(*(complaint or error.lines("FATAL")))
    if lines := _directory(top, start.pgdata, facts, release):
        return refused(*lines)
    if control is None:
        spoilt = _spoilt(top)
        return refused(*spoilt) if spoilt else refused(_no_control(start.pgdata), plain=True, status=2)
    if complaint:
        return refused(*complaint, *_unlocks(complaint))
    master = Postmaster(host, start, path, facts, control, in_force, read.others, pid, release)
    lock = _locked(master, top)
    if lock:
        return refused(*lock)
    if not isinstance(tree.find(host.root, f"{path}/pg_notify"), Dir):  # AsyncShmemInit
        gone = f'FATAL:  could not open directory "pg_notify": {tree.NO_ENTRY}'
        return refused(gone, "LOG:  database system is shut down")
    return _listening(master, refused)


_BEHIND_THE_LOCK = ("must be at least twice", "too many server processes")


def _unlocks(complaint: tuple[str, ...]) -> tuple[str, ...]:
    """UnlinkLockFiles: who ends after postmaster.pid was made (LocalProcessControlFile and what follows) says so."""
    late = any(words in line for line in complaint for words in _BEHIND_THE_LOCK)
    return ("LOG:  database system is shut down",) if late else ()


def _directory(top: Dir, shown: str, facts: Version, release: str) -> tuple[str, ...]:
    """CheckDataDir and ValidatePgVersion."""
    if top.mode & _OTHERS_MAY:
        return (
            f'FATAL:  data directory "{shown}" has invalid permissions',
            "DETAIL:  Permissions should be u=rwx (0700) or u=rwx,g=rx (0750).",
        )
    node = top.entries.get("PG_VERSION")
    said = text_of(node.content).strip() if isinstance(node, File) else None
    if said is None:
        return (
            f'FATAL:  "{shown}" is not a valid data directory',
            f'DETAIL:  File "{shown}/PG_VERSION" is missing.',
        )
    if not same(said, facts.major):
        return (
            "FATAL:  database files are incompatible with server",
            (
                f"DETAIL:  The data directory was initialized by PostgreSQL version {said}, "
                f"which is not compatible with this version {release}."
            ),
        )
    return ()


def _no_control(shown: str) -> str:
    return (
        "postgres: could not find the database system\n"
        f'Expected to find it in the directory "{shown}",\n'
        f'but could not open file "{shown}/global/pg_control": {tree.NO_ENTRY}'
    )


def _spoilt(top: Dir) -> tuple[str, ...]:
    """pg_control is there, and is none."""
    shared = top.entries.get("global")
    node = shared.entries.get("pg_control") if isinstance(shared, Dir) else None
    if not isinstance(node, File):
        return ()
    if node.size < _CONTROL_BYTES:
        return (f'PANIC:  could not read file "global/pg_control": read {node.size} of {_CONTROL_BYTES}',)
    return ("FATAL:  incorrect checksum in control file", "LOG:  database system is shut down")


def _control(top: Dir) -> ControlFile | None:
    shared = top.entries.get("global")
    node = shared.entries.get("pg_control") if isinstance(shared, Dir) else None
    return node.content if isinstance(node, File) and isinstance(node.content, ControlFile) else None


def _locked(master: Postmaster, top: Dir) -> tuple[str, ...]:
    """CreateLockFile: postmaster.pid of a process that lives."""
    if not top.mode & _OWNER_WRITES:
        return (f'FATAL:  could not create lock file "postmaster.pid": {tree.DENIED}',)
    node = top.entries.get("postmaster.pid")
    if not isinstance(node, File):
        return ()
    first = (text_of(node.content).splitlines() or [""])[0].strip()
    if not first.isdigit():
        return (f'FATAL:  bogus data in lock file "postmaster.pid": "{first}"',)
    if any(one.pid == int(first) for one in master.host.servers):
        return (
            'FATAL:  lock file "postmaster.pid" already exists',
            f'HINT:  Is another postmaster (PID {first}) running in data directory "{master.start.pgdata}"?',
        )
    return ()


def _listening(master: Postmaster, refused: _Refuse) -> Postmaster | NotStarted:
    """The first lines of the log, the sockets and the lock files."""
    host, port = master.host, master.port
    first = f"LOG:  starting PostgreSQL {master.release} on x86_64-pc-linux-gnu"
    taken = host.instance(port)
    if taken is not None:
        return refused(first, *_taken(master, taken.pid))
    lines = [first]
    lines += [f'LOG:  listening on IPv4 address "{address}", port {port}' for address in master.listen]
    lines.append(f'LOG:  listening on Unix socket "{master.socket_dir}/.s.PGSQL.{port}"')
    host = logs.write(host, master.start.log_path, (logs.stamp(host, line, master.pid) for line in lines))
    pid_text = (
        f"{master.pid}\n{master.path}\n{int(host.clock)}\n{port}\n{master.socket_dir}\n"
        f"{(*master.listen, '')[0]}\n  {port}001    0\nready   \n"
    )
    try:
        host = host.write(f"{master.path}/postmaster.pid", pid_text)
        opts = " ".join([f"{host.server.folder}/postgres", '"-D"', f'"{master.start.pgdata}"'])
        host = host.write(f"{master.path}/postmaster.opts", opts + "\n")
        host = host.write(f"{master.socket_dir}/.s.PGSQL.{port}", "")
        host = host.write(f"{master.socket_dir}/.s.PGSQL.{port}.lock", pid_text)
    except tree.PathError as error:
        return refused(f'FATAL:  could not create lock file "{error.path}": {error.reason}')
    unread = authentication.faults(host, master.path, master.start.pgdata, master.facts.major)
    host = logs.write(host, master.start.log_path, (logs.stamp(host, line, master.pid) for line in unread.ident))
    if unread.hba:
        host = _unlocked(host, master)
        lines = [*unread.hba, "LOG:  database system is shut down"]
        host = logs.write(host, master.start.log_path, (logs.stamp(host, line, master.pid) for line in lines))
        return NotStarted(host, 1, "")
    return replace(master, host=host)


def _taken(master: Postmaster, pid: int) -> list[str]:
    """Another postmaster (`pid`) has the port."""
    port = master.port
    lines: list[str] = []
    for address in master.listen:
        lines += [
            f'LOG:  could not bind IPv4 address "{address}": Address already in use',
            f"HINT:  Is another postmaster already running on port {port}? If not, wait a few seconds and retry.",
        ]
    if master.listen:
        names = str(master.settings.value("listen_addresses"))
        lines += [
            f'WARNING:  could not create listen socket for "{names}"',
            "FATAL:  could not create any TCP/IP sockets",
            "LOG:  database system is shut down",
        ]
    else:
        lock = f"{master.socket_dir}/.s.PGSQL.{port}.lock"
        lines += [
            f'FATAL:  lock file "{lock}" already exists',
            f'HINT:  Is another postmaster (PID {pid}) using socket file "{master.socket_dir}/.s.PGSQL.{port}"?',
            "LOG:  database system is shut down",
        ]
    return lines


def _unlocked(host: Host, master: Postmaster) -> Host:
    socket = f"{master.socket_dir}/.s.PGSQL.{master.port}"
    for path in (f"{master.path}/postmaster.pid", socket, f"{socket}.lock"):
        host = host.with_root(tree.remove(host.root, path))
    return host
