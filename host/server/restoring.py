"""Where recovery on the host gets WAL from: restore_command run by the simulated shell, a primary that streams."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host import tree
from host.content import text_of
from host.server import archiving, clock, commands, directory, logs, primary
from host.server.files import ControlFile, WalFile
from host.server.logs import BARE
from host.tree import File
from simulator.lsn import is_segment_name, parse_segment_name, segment_name
from simulator.recovery import files
from simulator.recovery.files import Absent, HistoryText, Place, Restored, RestoreFailure, Talkative, Upstream
from simulator.recovery.state import Sources
from simulator.settings import ServerSettings
from simulator.versions import since

if TYPE_CHECKING:
    from host.call import Done
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
    17: (
        'LOG:  could not stat file "{path}": No such file or directory',
        'DETAIL:  "restore_command" returned a zero exit status, but stat() failed.',
    ),
}
_NO_RESTART = "0" * 24
_NOT_FOUND, _NOT_EXECUTABLE, _TERMINATED, _SIGNALLED = 127, 126, 15, 128


def moment(text: str) -> int:
    """recovery_target_time as microseconds of the host's clock."""
    return clock.read(text)


class Restoring:
    """restore_command of a server that starts: it changes the host as it runs, so the host is kept here."""

    def __init__(self, master: Postmaster) -> None:
        self.host = master.host
        self._path, self._settings, self._port = master.path, master.settings, master.port
        self._size = master.control.segment_size
        self._restart = restart_file(master.control)

    def sources(self, host: Host) -> Sources:
        """What the model's recovery asks."""
        self.host = host
        sender = upstream(host, self._settings, self._port)
        return Sources(host.journal, self.restore, sender, clock.journalled(host.clock))

    def restore(self, name: str) -> Restored:
        """RestoreArchivedFile: run the command, look at what it has made of %p."""
        command = str(self._settings.value("restore_command"))
        temporary = _TEMPORARY if is_segment_name(name) else _HISTORY
        restart = self._restart if is_segment_name(name) else _NO_RESTART
        words = archiving.expanded(command, temporary, name, restart)
        done = commands.run(_without(self.host, f"{self._path}/{temporary}"), self._path, words)
        self.host = done.host
        said = _said(done)
        if done.exit:
            return _failed(done, said) or Absent(said)
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


def _said(done: Done) -> tuple[str, ...]:
    """What a command wrote itself, as it goes to the log."""
    return tuple(BARE + line for line in (*text_of(done.stdout).splitlines(), *done.stderr.splitlines()))


def _failed(done: Done, said: tuple[str, ...]) -> RestoreFailure | None:
    """RestoreArchivedFile: a signal, and a shell that could not run the command, end recovery; else it is 'not there'.

    After SIGTERM the startup process ends without a word: the whole server is probably being shut down.
    """
    if _TERMINATED in (done.signal, done.exit - _SIGNALLED):
        return RestoreFailure("", said)
    if done.signal or done.exit >= _NOT_EXECUTABLE:
        return RestoreFailure(_result_text(done), said)
    return None


def _result_text(done: Done) -> str:
    """wait_result_to_str."""
    if done.signal:
        return f"child process was {logs.killed_by(done.signal)}"
    shells_own = {_NOT_FOUND: "command not found", _NOT_EXECUTABLE: "command not executable"}
    return shells_own.get(done.exit, f"child process exited with exit code {done.exit}")


def restart_file(control: ControlFile) -> str:
    """%r: the file of the last restartpoint, older ones are not needed."""
    return segment_name(control.timeline, control.redo // control.segment_size, control.segment_size)


def executed(
    host: Host, path: str, name: str, settings: ServerSettings, control: ControlFile
) -> tuple[Host, tuple[str, ...]]:
    """ExecuteRecoveryCommand, for the setting of that name: what it does, and the lines in the log."""
    command = str(settings.value(name))
    if not command:
        return host, ()
    done = commands.run(host, path, archiving.expanded(command, "", "", restart_file(control)))
    warning = (f'WARNING:  {name} "{command}": {_result_text(done)}',) if done.exit else ()
    return done.host, (*_said(done), *warning)


def _without(host: Host, path: str) -> Host:
    if tree.find(host.root, path) is None:
        return host
    return host.with_root(tree.remove(host.root, path))


def upstream_port(host: Host, settings: ServerSettings, own: int) -> int:
    """The endpoint of the running server that primary_conninfo names, 0 when there is none."""
    return primary.look(host, settings, own).endpoint


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
    recovery = instance.recovery
    return Upstream(place, recovery.has if recovery is not None else data.wal_end, data.timeline, histories)


def connected(host: Host, port: int) -> Host:
    """A standby that streams has a session at its primary (pg_stat_replication), and uses its slot."""
    from host.server import standbys

    return standbys.attach(host, port)
