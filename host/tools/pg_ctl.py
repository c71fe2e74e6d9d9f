"""pg_ctl on the host: starts, stops and asks servers (pg_ctl.c)."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from host import options, tree
from host.call import Asleep, Call, Done
from host.content import text_of
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_ctl
from host.options.checks.pg_ctl import CtlSettings
from host.options.postgres import postgres_options
from host.server import control, logs, recovering, stopping, work
from host.server.files import ControlFile
from host.server.instance import Instance
from host.server.recovering import Started
from host.server.starting import NotStarted, Start
from host.shell import finished
from host.tools.pg_controldata import same_structure
from host.tree import Dir, File
from simulator.versions import since

NAME = "pg_ctl"
CONTROL_BYTES = 296
_NOT_RUNNING, _NO_DIRECTORY = 3, 4
_ONLINE_BACKUP = (
    "WARNING: online backup mode is active\nShutdown will not complete until pg_stop_backup() is called.\n\n"
)
_GOING_DOWN = "server shutting down\n"
_UNTERMINATED = "1: Syntax error: Unterminated quoted string\n"


def main(call: Call) -> Done:
    """What the command says, on the server of the data directory."""
    host = call.host
    given = options.read(call, host.server)
    wanted = given if isinstance(given, Refusal) else pg_ctl.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    if wanted.command == "kill":
        return _kill(host, wanted)
    if wanted.command == "init":
        return _init(call, wanted)
    refused = _directory(host, wanted)
    if refused is not None:
        return refused
    return _COMMANDS[wanted.command](host, wanted)


def _kill(host: Host, wanted: CtlSettings) -> Done:
    from host.server import signals

    after = signals.send(host, wanted.pid, wanted.signal_name)
    if after is None:
        return Done(
            host, 1, "", f"{NAME}: could not send signal {wanted.signal} (PID: {wanted.pid}): No such process\n"
        )
    return Done(after)


def _init(call: Call, wanted: CtlSettings) -> Done:
    from host.tools import initdb

    if _unterminated(wanted.options):
        return Done(call.host, 1, "", f"sh: {_UNTERMINATED}{NAME}: database system initialization failed\n")
    words = ["initdb", "-D", wanted.directory, *shlex.split(wanted.options)]
    return initdb.main(replace(call, argv=tuple(words)))


def _directory(host: Host, wanted: CtlSettings) -> Done | None:
    """get_pgpid looks at the directory first."""
    status = _NO_DIRECTORY if wanted.command == "status" else 1
    top = tree.find(host.root, host.path(wanted.directory))
    if top is None:
        return Done(host, status, "", f'{NAME}: directory "{wanted.directory}" does not exist\n')
    if not isinstance(top, Dir) or "PG_VERSION" not in top.entries:
        text = f'{NAME}: directory "{wanted.directory}" is not a database cluster directory\n'
        return Done(host, status, "", text)
    node = top.entries.get("postmaster.pid")
    said = text_of(node.content).strip() if isinstance(node, File) else "0"
    shown = f'PID file "{wanted.directory}/postmaster.pid"'
    if not said:
        return Done(host, 1, "", f"{NAME}: the {shown} is empty\n")
    if not re.match(r"[+-]?\d", said):
        return Done(host, 1, "", f"{NAME}: invalid data in {shown}\n")
    return None


def _pid(host: Host, wanted: CtlSettings) -> int:
    """What postmaster.pid says; 0: there is none."""
    node = tree.find(host.root, f"{host.path(wanted.directory)}/postmaster.pid")
    if not isinstance(node, File):
        return 0
    first = (text_of(node.content).splitlines() or ["0"])[0].strip()
    return int(first) if first.lstrip("-").isdigit() else 0


def _running(host: Host, pid: int) -> Instance | None:
    return next((one for one in host.servers if one.pid == pid), None)


def _no_pid_file(host: Host, wanted: CtlSettings) -> Done:
    text = f'{NAME}: PID file "{wanted.directory}/postmaster.pid" does not exist\nIs server running?\n'
    return Done(host, 1, "", text)


def _start(host: Host, wanted: CtlSettings) -> Done:
    stderr = ""
    if _pid(host, wanted):
        stderr = f"{NAME}: another server might be running; trying to start server anyway\n"
    return _started(host, wanted, stderr)


def _started(host: Host, wanted: CtlSettings, stderr: str) -> Done:
    log = host.path(wanted.log) if wanted.log else ""
    if fault := _shell_fault(host, wanted):
        stderr += f"{fault}{NAME}: could not start server\nExamine the log output.\n"
        return Done(host, 1, "waiting for server to start.... stopped waiting\n", stderr)
    start = Start(wanted.directory, postgres_options(wanted.options), log or _TERMINAL)
    missing = _no_program(host, wanted)
    if missing:
        host = logs.write(host, start.log_path, (missing,))
    result = NotStarted(host, 1, "") if missing else recovering.start(host, start)
    host = result.host
    said = ""
    if not log:
        node = tree.find(host.root, _TERMINAL)
        said = text_of(node.content) if isinstance(node, File) else ""
        host = _without_terminal(host)
    ended = _told(host, wanted, result, said, stderr)
    shown = said if wanted.silent else ended.stdout
    return replace(ended, stdout=shown)


def _told(host: Host, wanted: CtlSettings, result: Started | NotStarted, said: str, stderr: str) -> Done:
    """What pg_ctl makes of it: -s leaves out what stands on standard output."""
    if not wanted.wait:
        return Done(host, 0, f"server starting\n{said}", stderr)
    if wanted.timeout <= 0:
        said = f"waiting for server to start...{said} stopped waiting\n"
        return Done(host, 1, said, f"{stderr}{NAME}: server did not start in time\n")
    if isinstance(result, NotStarted) and (fault := _spoilt_control(host, wanted)):
        return Done(host, 1, f"waiting for server to start....{said}", f"{stderr}{NAME}: {fault}\n")
    if isinstance(result, NotStarted) and _at_target(host, wanted):
        return Done(host, 0, f"waiting for server to start....{said} done\n{_TARGET_SHUTDOWN}", stderr)
    if isinstance(result, NotStarted):
        stderr += f"{NAME}: could not start server\nExamine the log output.\n"
        return Done(host, 1, f"waiting for server to start....{said} stopped waiting\n", stderr)
    return Done(host, 0, f"waiting for server to start....{said} done\nserver started\n", stderr)


def _no_program(host: Host, wanted: CtlSettings) -> str:
    """-p: what the shell that is to run postgres says; '' when there is such a program."""
    if not wanted.postgres:
        return ""
    node = tree.find(host.root, host.path(wanted.postgres))
    if isinstance(node, Dir):
        return f"/bin/sh: 1: exec: {wanted.postgres}: {tree.DENIED}"
    path = host.path(wanted.postgres)
    folder, _, name = path.rpartition("/")
    known = name == "postgres" and folder == host.server.folder
    return "" if node is not None or known else f"/bin/sh: 1: exec: {wanted.postgres}: not found"


def _unterminated(words: str) -> bool:
    """-o: whether a shell misses the end of a quoted word."""
    try:
        shlex.split(words)
    except ValueError:
        return True
    return False


def _shell_fault(host: Host, wanted: CtlSettings) -> str:
    """What the shell that runs postgres says when it cannot read its command line or open the file of -l; else ''."""
    if _unterminated(wanted.options):
        return f"/bin/sh: {_UNTERMINATED}"
    if not wanted.log:
        return ""
    shown, path = wanted.log, host.path(wanted.log)
    above = tree.find(host.root, path.rpartition("/")[0] or "/")
    if isinstance(tree.find(host.root, path), Dir):
        return f"/bin/sh: 1: cannot create {shown}: {tree.IS_A_DIR}\n"
    if not isinstance(above, Dir):
        return f"/bin/sh: 1: cannot create {shown}: Directory nonexistent\n"
    return ""


_TERMINAL = "/tmp/.terminal"  # noqa: S108
"""A file that is there only while the server starts: what it logs goes to the terminal."""
_TARGET_SHUTDOWN = "server shut down because of recovery target settings\n"


def _at_target(host: Host, wanted: CtlSettings) -> bool:
    """Pg_control says that the server was shut down in recovery (18 looks)."""
    node = tree.find(host.root, f"{host.path(wanted.directory)}/global/pg_control")
    state = node.content.state if isinstance(node, File) and isinstance(node.content, ControlFile) else ""
    return state == "shut down in recovery" and since(host.server.major, {12: False, 18: True})


def _spoilt_control(host: Host, wanted: CtlSettings) -> str:
    """18 reads pg_control of a server that has ended: what it says when it cannot."""
    path = f"{wanted.directory}/global/pg_control"
    node = tree.find(host.root, host.path(path))
    if not since(host.server.major, {12: False, 18: True}):
        return ""
    if not isinstance(node, File):
        return f'error: could not open file "{path}" for reading: {tree.NO_ENTRY}'
    if isinstance(node.content, ControlFile):
        readable = same_structure(node.content.major, host.server.major)
        return "" if readable else "control file appears to be corrupt"
    if node.size < CONTROL_BYTES:
        return f'error: could not read file "{path}": read {node.size} of {CONTROL_BYTES}'
    return "control file appears to be corrupt"


def _without_terminal(host: Host) -> Host:
    """The server's log went to the terminal: to nothing that stays."""
    if tree.find(host.root, _TERMINAL) is not None:
        host = host.with_root(tree.remove(host.root, _TERMINAL))
    instances = tuple(replace(one, log_path="") if one.log_path == _TERMINAL else one for one in host.instances)
    return replace(host, instances=instances)


def _stop(host: Host, wanted: CtlSettings) -> Done:
    pid = _pid(host, wanted)
    if not pid:
        return _no_pid_file(host, wanted)
    instance = _running(host, pid)
    if instance is None:
        return Done(host, 1, "", f"{NAME}: could not send stop signal (PID: {pid}): No such process\n")
    return _stopped(host, wanted, instance)


def _stopped(host: Host, wanted: CtlSettings, instance: Instance) -> Done:
    exclusive = any(not backup.session for backup in instance.cluster.live.backups)
    warning = _ONLINE_BACKUP if wanted.mode == "smart" and exclusive else ""
    try:
        if wanted.mode == "smart":
            host = stopping.ask(host, instance.port)
        else:
            host = stopping.stop(host, instance.port, wanted.mode)
    except work.ServerGone as gone:
        host = gone.host
    if not wanted.wait:
        return Done(host, 0, "" if wanted.silent else warning + _GOING_DOWN)
    said = "" if wanted.silent else f"{warning}waiting for server to shut down..."
    return _waits(host, wanted, instance.pid, said, 0)


def _waits(host: Host, wanted: CtlSettings, pid: int, said: str, seconds: int) -> Done:
    """wait_for_postmaster_stop: a dot each second, until it is down or -t is over."""
    over = wanted.timeout <= 0
    down = _running(host, pid) is None and not over
    said += "" if wanted.silent or over or (down and seconds) else "."
    if down:
        return Done(host, 0, "" if wanted.silent else f"{said} done\nserver stopped\n")
    if seconds >= wanted.timeout:
        text = f"{NAME}: server does not shut down\n"
        if wanted.mode == "smart":
            text += 'HINT: The "-m fast" option immediately disconnects sessions rather than\n'
            text += "waiting for session-initiated disconnection.\n"
        return Done(host, 1, "" if wanted.silent else f"{said} failed\n", text)

    def go_on(later: Host) -> Done:
        return _waits(later, wanted, pid, "", seconds + 1)

    return Asleep(host, 0, said, "", until=host.clock + 1, go_on=go_on)


def _restart(host: Host, wanted: CtlSettings) -> Done:
    pid = _pid(host, wanted)
    if not pid:
        text = f'{NAME}: PID file "{wanted.directory}/postmaster.pid" does not exist\nIs server running?\n'
        return _started(host, wanted, f"{text}trying to start server anyway\n")
    instance = _running(host, pid)
    if instance is None:
        text = f"{NAME}: old server process (PID: {pid}) seems to be gone\nstarting server anyway\n"
        return _started(host, wanted, text)
    stopped = finished(_stopped(host, replace(wanted, wait=True), instance))
    if stopped.exit:
        return stopped
    again = wanted
    if not wanted.options and instance.options:  # postmaster.opts are used again
        again = replace(wanted, options=" ".join(f"-c {name}={shlex.quote(value)}" for name, value in instance.options))
    return stopped.then(_started(stopped.host, again, ""))


def _reload(host: Host, wanted: CtlSettings) -> Done:
    pid = _pid(host, wanted)
    if not pid:
        return _no_pid_file(host, wanted)
    instance = _running(host, pid)
    if instance is None:
        return Done(host, 1, "", f"{NAME}: could not send reload signal (PID: {pid}): No such process\n")
    return Done(work.reload(host, instance.port), 0, "" if wanted.silent else "server signaled\n")


def _status(host: Host, wanted: CtlSettings) -> Done:
    instance = _running(host, _pid(host, wanted))
    if instance is None:
        return Done(host, _NOT_RUNNING, f"{NAME}: no server running\n")
    node = tree.find(host.root, f"{instance.pgdata}/postmaster.opts")
    opts = text_of(node.content) if isinstance(node, File) else ""
    return Done(host, 0, f"{NAME}: server is running (PID: {instance.pid})\n{opts}")


def _promote(host: Host, wanted: CtlSettings) -> Done:
    pid = _pid(host, wanted)
    if not pid:
        return _no_pid_file(host, wanted)
    instance = _running(host, pid)
    if instance is None or instance.recovery is None:
        return Done(host, 1, "", f"{NAME}: cannot promote server; server is not in standby mode\n")
    host = control.promote(host, instance.port)
    if wanted.silent:
        return Done(host)
    return Done(
        host, 0, "waiting for server to promote.... done\nserver promoted\n" if wanted.wait else "server promoting\n"
    )


def _logrotate(host: Host, wanted: CtlSettings) -> Done:
    pid = _pid(host, wanted)
    if not pid:
        return _no_pid_file(host, wanted)
    return Done(host, 0, "" if wanted.silent else "server signaled to rotate log file\n")


_COMMANDS = {
    "start": _start,
    "stop": _stop,
    "restart": _restart,
    "reload": _reload,
    "status": _status,
    "promote": _promote,
    "logrotate": _logrotate,
}
