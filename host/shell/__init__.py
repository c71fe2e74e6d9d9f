r"""The simulated shell.

    run_line(host, line)            what somebody types
    run_command(host, text, …)      system(): archive_command, restore_command, `\\!` of psql

A background job runs at once until it sleeps; from there it goes on when the clock of the line has come to its
moment (the foreground sleeps, or a program let time pass), at the latest at `wait` or at the end of the line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from host import effort
from host.call import Asleep, Call, Done
from host.content import Content
from host.effort import READ, spend
from host.machine import Host
from host.server import passing
from host.shell.parser import parse
from host.shell.runner import Runner
from host.shell.state import Fds, Shell
from host.shell.streams import Collect, Source, World
from host.shell.syntax import SyntaxFault
from host.shell.voice import BASH, DIRECT, SH, TERMINAL, Voice

__all__ = [
    "BASH",
    "DIRECT",
    "SCRIPT_VOICES",
    "SH",
    "TERMINAL",
    "finished",
    "run_argv",
    "run_command",
    "run_line",
    "run_text",
    "start_argv",
]

SCRIPT_VOICES = {"bash": BASH, "sh": SH}


BETWEEN_LINES = 2.0
"""Seconds of the host's clock."""


def run_line(host: Host, line: str, stdin: Content = "", voice: Voice = BASH) -> Done:
    """A line that somebody types: variables, directory and `$?` stay for the next one.  Never raises.

    Between two lines a moment passes, so that what they write can be told apart by its time.
    """
    with effort.line():
        world = World(passing.until(host, host.clock + BETWEEN_LINES))
        return _run(Shell(world, voice), world, line, stdin, True)


def run_command(
    host: Host,
    text: str,
    variables: Mapping[str, str] | None = None,
    stdin: Content = "",
    ignores: frozenset[int] = frozenset(),
) -> Done:
    """`sh -c text`, as system() does; `variables` are added to the environment.  Where one is stays as it was.

    `ignores`: signals that the program which calls it ignores.
    """
    return run_text(host, text, SH, stdin, (), "sh", variables or {}, ignores)


def run_text(
    host: Host,
    text: str,
    voice: Voice = SH,
    stdin: Content = "",
    arguments: Sequence[str] = (),
    name: str = "",
    variables: Mapping[str, str] | None = None,
    ignores: frozenset[int] = frozenset(),
) -> Done:
    """A text in a shell of its own: `sh -c`, a script."""
    world = World(replace(host, env=MappingProxyType({**host.env, **(variables or {})})))
    world.ignores = ignores
    shell = Shell(world, voice)
    shell.variables = {key: value for key, value in host.variables.items() if key == "umask"}
    shell.options, shell.status = set(), 0
    shell.args = list(arguments)
    shell.name = name or voice.name
    if name and voice.name != name:
        shell.voice = replace(voice, name=name)
    done = _run(shell, world, text, stdin, False)
    return replace(done, host=_back(host, done.host))


def _back(before: Host, after: Host) -> Host:
    """The host after a program: where one is and the environment are the caller's."""
    return replace(after, cwd=before.cwd, env=before.env, user=before.user, variables=before.variables)


def _run(shell: Shell, world: World, text: str, stdin: Content, login: bool) -> Done:
    out, err = Collect(), Collect()
    fds: Fds = {0: Source(stdin), 1: out, 2: err}
    try:
        script = parse(text.replace("\0", ""), bash=shell.voice is not SH)  # as a shell reads it
    except effort.ShellError as error:
        err.write(error.says)
        shell.status = error.status
    except SyntaxFault as fault:
        err.write(shell.voice.syntax(fault, text))
        shell.status = fault.status
    else:
        runner = Runner(shell)
        try:
            for moment in runner.subshell(script, fds):
                world.wait_until(moment)
            world.finish_jobs()
        except effort.ShellError as error:  # there is nothing left even for what is said about it in a file
            err.write(error.says)
            shell.status = error.status
        except RecursionError:
            err.write(f"{shell.voice.at(1)}the dojo cannot nest commands so deep\n")
            shell.status = 2
    after = shell.ended() if login else world.host
    return Done(after, shell.status, out.content(), err.text(), world.signal)


def run_argv(
    host: Host, argv: Sequence[str], stdin: Content = "", variables: Mapping[str, str] | None = None
) -> Done | None:
    """A program called by a program (xargs, find -exec) which waits for it; None when there is none of that name."""
    done = start_argv(host, argv, stdin, variables)
    return None if done is None else finished(done)


def start_argv(
    host: Host, argv: Sequence[str], stdin: Content = "", variables: Mapping[str, str] | None = None
) -> Done | None:
    """A program in another's place (env, nohup): when it waits, the others of the line may run."""
    from host import programs

    program = programs.find(argv[0].rpartition("/")[2], host)
    if program is None:
        return None
    spend(programs.effort(argv[0]) + (len(stdin) // READ if isinstance(stdin, str) else 0))
    return _in_place(host, program(Call(host, tuple(argv), stdin, dict(variables or {}))))


def _in_place(before: Host, done: Done) -> Done:
    if not isinstance(done, Asleep):
        return replace(done, host=_back(before, done.host))
    go_on = done.go_on
    return replace(done, go_on=lambda host: _in_place(before, go_on(host)))


def finished(done: Done) -> Done:
    """A program that waits, brought to its end."""
    while isinstance(done, Asleep):
        host = passing.until(done.host, done.until)
        later = done.go_on(host)
        before = Done(done.host, 0, done.stdout, done.stderr)
        whole = before.then(later)
        done = replace(later, stdout=whole.stdout, stderr=whole.stderr)
    return done
