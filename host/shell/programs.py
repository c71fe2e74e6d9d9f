"""Starting a program: finding it, its input, its output, and its waiting."""

from __future__ import annotations

import re

from host import programs, tree
from host.call import Asleep, Call, Done, Program
from host.content import text_of
from host.effort import COMMAND, READ
from host.files import SEARCH, Files, may
from host.shell.state import Fds, Running, Shell
from host.shell.streams import Sink, Source, ToFile
from host.tree import Dir, File, PathError

_OF_A_MAJOR = re.compile(r"/usr/lib/postgresql/(\d+)/bin")
LONGEST_ARGUMENTS = 2 << 20
ROOM = "DOJO_STDOUT_ROOM"
"""Set for a program whose output goes to a file system that is nearly full: so many bytes it can write."""


def run_program(shell: Shell, argv: list[str], fds: Fds, env: dict[str, str]) -> Running:
    """A program by name or path, in this shell's place."""
    out, err = _sink(fds, 1), _sink(fds, 2)
    if sum(map(len, argv)) > LONGEST_ARGUMENTS:
        err.write(shell.voice.cannot_run(shell.line, argv[0], "Argument list too long"))
        return 126
    found = _found(shell, argv[0])
    if isinstance(found, _Missing):
        shell.world.spend(COMMAND)
        err.write(found.says)
        return found.status
    source = fds.get(0)
    read = len(source.content) if isinstance(source, Source) and isinstance(source.content, str) else 0
    shell.world.spend(programs.effort(argv[0]) + read // READ)
    host = shell.host()
    if isinstance(out, ToFile) and (room := Files(host).room(out.path)) is not None:
        env = {**env, ROOM: str(room)}
    call = Call(host, tuple(argv), source.content if isinstance(source, Source) else "", env)
    if isinstance(source, Source) and programs.reads_all(call.name):
        source.content = ""
    done = _called(found, call)
    while isinstance(done, Asleep):
        shell.world.host = done.host
        _deliver(done, call.name, out, err)
        yield done.until
        done = _gone_on(done, shell)
    shell.world.host = done.host
    failed = _deliver(done, call.name, out, err)
    return failed or done.exit


def _called(program: Program, call: Call) -> Done:
    try:
        return program(call)
    except RecursionError:
        return Done(call.host, 134, "", f"{call.name}: the dojo cannot nest programs so deep\n")


def _gone_on(done: Asleep, shell: Shell) -> Done:
    return done.go_on(shell.host())


def _deliver(done: Done, name: str, out: Sink, err: Sink) -> int:
    """Hand over what was printed; a full disk is an error of the program."""
    same = out is err or (out.path != "" and out.path == err.path)
    if same and programs.is_buffered(name):
        err.write(done.stderr)
    status = 0
    try:
        out.write(done.stdout)
    except PathError as error:
        status = 1
        try:
            err.write(programs.write_error(name, error.reason, done.host.client))
        except PathError:
            return status
    if not (same and programs.is_buffered(name)):
        try:
            err.write(done.stderr)
        except PathError:
            return 1
    return status


def _sink(fds: Fds, number: int) -> Sink:
    sink = fds.get(number)
    return sink if isinstance(sink, Sink) else Sink()


class _Missing:
    def __init__(self, says: str, status: int) -> None:
        self.says, self.status = says, status


def _found(shell: Shell, name: str) -> Program | _Missing:
    voice, line = shell.voice, shell.line
    if "/" not in name:
        program = programs.find(name, shell.host())
        return program or _Missing(voice.not_found(line, name), 127)
    try:
        node = shell.files().stat(name)
    except PathError as error:
        program = _installed(shell, name) if error.reason == tree.NO_ENTRY else None
        status = 127 if error.reason in (tree.NO_ENTRY,) else 126  # noqa: FURB171
        return program or _Missing(voice.cannot_run(line, name, error.reason), status)
    if isinstance(node, Dir):
        return _Missing(voice.cannot_run(line, name, tree.IS_A_DIR), 126)
    if not isinstance(node, File) or not may(node, shell.user, SEARCH) or not node.mode & 0o111:
        return _Missing(voice.cannot_run(line, name, tree.DENIED), 126)
    installed = _installed(shell, name)
    if installed:
        return installed
    if not isinstance(node.content, str):
        return _Missing(voice.cannot_run(line, name, "cannot execute binary file: Exec format error"), 126)
    return _script


def _installed(shell: Shell, path: str) -> Program | None:
    """A program by its whole path: `/usr/bin/cp`, `$PGHOME/bin/pg_ctl`."""
    folder, _, name = shell.host().path(path).rpartition("/")
    if match := _OF_A_MAJOR.fullmatch(folder):
        return programs.of_folder(name, int(match[1]), shell.host())
    return programs.find(name, shell.host()) if folder.endswith("/bin") else None


def _script(call: Call) -> Done:
    """A text file that may be executed."""
    from host.shell import SCRIPT_VOICES, run_text

    text = text_of(Files(call.host).read(call.argv[0]))
    voice = SCRIPT_VOICES["bash" if text.startswith("#!") and "bash" in text.split("\n", 1)[0] else "sh"]
    return run_text(call.host, text, voice, call.stdin, call.argv[1:], call.argv[0], call.env)
