"""Where recovery on the host gets WAL from: restore_command run by the simulated shell, a primary that streams."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host import tree
from host.content import text_of
from host.server import archiving, clock, directory
from host.server.files import WalFile
from host.server.logs import BARE
from host.tree import File
from simulator.lsn import is_segment_name, parse_segment_name
from simulator.recovery import files
from simulator.recovery.files import Absent, HistoryText, Place, Restored, RestoreFailure, Talkative, Upstream
from simulator.recovery.state import Sources
from simulator.settings import ServerSettings
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.instance import Instance
    from host.server.starting import Postmaster

_TEMPORARY, _HISTORY = "pg_wal/RECOVERYXLOG", "pg_wal/RECOVERYHISTORY"
_NO_STAT: dict[int, tuple[str, ...]] = {
    12: (),
    14: (
        'LOG:  could not stat file "{path}": No such file or directory',
        "DETAIL:  restore_command returned a zero exit status, but stat() failed.",
    ),
}
_SIGNALS = {1: "Hangup", 2: "Interrupt", 3: "Quit", 6: "Aborted", 9: "Killed", 11: "Segmentation fault"}
_NOT_FOUND, _NOT_EXECUTABLE, _SIGNALLED = 127, 126, 128


def moment(text: str) -> int:
    """recovery_target_time as microseconds of the host's clock."""
    return int(clock.read(text) * 1_000_000)


class Restoring:
    """restore_command of a server that starts: it changes the host as it runs, so the host is kept here."""

    def __init__(self, master: Postmaster) -> None:
        self.host = master.host
        self._path, self._settings, self._port = master.path, master.settings, master.port
        self._size = master.control.segment_size

    def sources(self, host: Host) -> Sources:
        """What the model's recovery asks."""
        self.host = host
        sender = upstream(host, self._settings, self._port)
        return Sources(host.journal, self.restore, sender, int(host.clock * 1_000_000))

    def restore(self, name: str) -> Restored:
        """RestoreArchivedFile: run the command, look at what it has made of %p."""
        from host.shell import run_command

        command = str(self._settings.value("restore_command"))
        temporary = _TEMPORARY if is_segment_name(name) else _HISTORY
        words = archiving.expanded(command, temporary, name).replace("%r", "000000010000000000000001")
        cwd = self.host.cwd
        self.host = _without(self.host, f"{self._path}/{temporary}")
        done = run_command(replace(self.host, cwd=self._path), words, {})
        self.host = replace(done.host, cwd=cwd)
        said = tuple(BARE + line for line in (*text_of(done.stdout).splitlines(), *done.stderr.splitlines()))
        if done.exit:
            return _failed(done.exit, said) or Absent(said)
        node = tree.find(self.host.root, f"{self._path}/{temporary}")
        self.host = _without(self.host, f"{self._path}/{temporary}")
        if not isinstance(node, File):
            complaint = since(self.host.server.major, _NO_STAT)
            return Absent((*said, *(line.format(path=temporary) for line in complaint)))
        made = self._made(name, node)
        return Talkative(said, made) if said else made

    def _made(self, name: str, node: File) -> files.WalFile | HistoryText:
        if not is_segment_name(name):
            return HistoryText(text_of(node.content))
        held = directory.wal_value(node, *parse_segment_name(name, self._size))
        if isinstance(node.content, WalFile) and node.content.truncated is None:
            return replace(held, size=None)
        return replace(held, size=node.size)


def _failed(status: int, said: tuple[str, ...]) -> RestoreFailure | None:
    """A signal, or a shell that could not run the command, ends recovery; anything else is 'not there'."""
    if status == _NOT_FOUND:
        return RestoreFailure("command not found", said)
    if status == _NOT_EXECUTABLE:
        return RestoreFailure("command not executable", said)
    if status <= _SIGNALLED:
        return None
    number = status - _SIGNALLED
    named = f": {_SIGNALS[number]}" if number in _SIGNALS else ""
    return RestoreFailure(f"child process was terminated by signal {number}{named}", said)


def recovery_end(host: Host, path: str, settings: ServerSettings) -> tuple[Host, tuple[str, ...]]:
    """recovery_end_command: what it does, and the lines in the log."""
    from host.shell import run_command

    command = str(settings.value("recovery_end_command"))
    if not command:
        return host, ()
    cwd = host.cwd
    done = run_command(replace(host, cwd=path), archiving.expanded(command, "", ""), {})
    said = tuple(BARE + line for line in (*text_of(done.stdout).splitlines(), *done.stderr.splitlines()))
    why = _failed(done.exit, ()) or RestoreFailure(f"child process exited with exit code {done.exit}")
    warning = (f'WARNING:  recovery_end_command "{command}": {why.reason}',) if done.exit else ()
    return replace(done.host, cwd=cwd), (*said, *warning)


def _without(host: Host, path: str) -> Host:
    if tree.find(host.root, path) is None:
        return host
    return host.with_root(tree.remove(host.root, path))


def upstream_port(host: Host, settings: ServerSettings, own: int) -> int:
    """The port of the running server that primary_conninfo names, 0 when there is none."""
    text = str(settings.value("primary_conninfo"))
    if not text:
        return 0
    from host.options.connection import read_string
    from host.options.conninfo import ConninfoFault

    try:
        words = read_string(text, host.server.major)
    except ConninfoFault:
        return 0
    port = int(words.get("port", "5432")) if words.get("port", "5432").isdigit() else 0
    found = host.instance(port)
    return port if found is not None and port != own else 0


def upstream(host: Host, settings: ServerSettings, own: int) -> Upstream | None:
    """What that server's WAL sender can send."""
    port = upstream_port(host, settings, own)
    found = host.instance(port) if port else None
    return None if found is None else upstream_of(host, found)


def upstream_of(host: Host, instance: Instance) -> Upstream:
    """The WAL of a running server, as its senders read it."""
    data = instance.cluster.data
    pg_wal, files = directory.wal_listing(host, instance.pgdata, data.segment_size)
    place = Place(replace(data, pg_wal=pg_wal), files, instance.branch)
    histories = {int(other.name[:8], 16): other.text for other in pg_wal.others if other.name.endswith(".history")}
    return Upstream(place, data.wal_end, data.timeline, histories)


def connected(host: Host, port: int) -> Host:
    """A standby that streams has a session at its primary (pg_stat_replication), and uses its slot."""
    from host.server import standbys

    return standbys.attach(host, port)
