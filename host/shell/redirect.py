"""Redirections: which stream goes where."""

from __future__ import annotations

from host import tree
from host.content import Zeros
from host.shell.expand import Expander
from host.shell.state import Fds, Shell
from host.shell.streams import Sink, Source, ToFile
from host.shell.syntax import Redirect
from host.tree import Dir, PathError

ENDLESS = 1 << 30
"""So many bytes /dev/zero gives before the reader must have stopped."""


class RedirectFault(Exception):
    """A redirection that failed, with the message."""


def opened(shell: Shell, expander: Expander, redirects: tuple[Redirect, ...], fds: Fds) -> Fds:
    """The streams of a command with its redirections; raises RedirectFault."""
    new = dict(fds)
    for redirect in redirects:
        _one(shell, expander, redirect, new)
    return new


def _one(shell: Shell, expander: Expander, redirect: Redirect, fds: Fds) -> None:
    op = redirect.op
    if op == "<<":
        fds[redirect.fd] = Source(expander.single(redirect.target))
    elif op == "<<<":
        fds[redirect.fd] = Source(expander.single(redirect.target) + "\n")
    else:
        path = _target(shell, expander, redirect)
        if op in (">&", "<&"):
            _duplicate(shell, redirect.fd, path, fds, op)
        elif op in ("&>", "&>>"):
            fds[1] = fds[2] = _output(shell, path, op == "&>>", fds)
        elif op == "<":
            fds[redirect.fd] = _input(shell, path, fds)
        else:
            fds[redirect.fd] = _output(shell, path, op in (">>", "<>"), fds)


def _target(shell: Shell, expander: Expander, redirect: Redirect) -> str:
    if shell.voice.name != "bash":
        return expander.single(redirect.target)
    fields = expander.fields((redirect.target,))
    if len(fields) != 1:
        source = expander.single(redirect.target)
        raise RedirectFault(shell.say(f"{source}: ambiguous redirect"))
    return fields[0]


def _duplicate(shell: Shell, fd: int, word: str, fds: Fds, op: str) -> None:
    if word == "-":
        fds[fd] = Sink() if op == ">&" else Source()
    elif word.isdecimal():
        source = fds.get(int(word))
        if source is None:
            raise RedirectFault(shell.say(f"{word}: Bad file descriptor"))
        fds[fd] = source
    elif op == ">&" and fd == 1:
        fds[1] = fds[2] = _output(shell, word, False, fds)
    else:
        raise RedirectFault(shell.say(f"{word}: ambiguous redirect"))


def _output(shell: Shell, path: str, append: bool, fds: Fds) -> Sink:
    place = shell.host().path(path) if path else ""
    if place == "/dev/null":
        return Sink()
    known = fds.get({"/dev/stdout": 1, "/dev/fd/1": 1, "/dev/stderr": 2, "/dev/fd/2": 2}.get(place, -1))
    if isinstance(known, Sink):
        return known
    files = shell.files()
    try:
        node = files.find(path)
        if isinstance(node, Dir) or path.endswith("/"):
            raise PathError(path, tree.IS_A_DIR)  # noqa: TRY301
        if append and node is not None:
            files.write(path, "", append=True)
        else:
            files.write(path, "")
    except PathError as error:
        raise RedirectFault(shell.voice.cannot_open(shell.line, path, error.reason, True)) from None
    shell.world.host = files.host
    return ToFile(shell.world, tree.resolve(files.host.root, place))


def _input(shell: Shell, path: str, fds: Fds) -> Source:
    place = shell.host().path(path) if path else ""
    if place in ("/dev/null", "/dev/tty"):
        return Source()
    if place == "/dev/zero":
        return Source(Zeros(ENDLESS))
    known = fds.get(0)
    if place in ("/dev/stdin", "/dev/fd/0") and isinstance(known, Source):
        return known
    try:
        files = shell.files()
        return Source("" if files.is_dir(path) else files.read(path))
    except PathError as error:
        raise RedirectFault(shell.voice.cannot_open(shell.line, path, error.reason, False)) from None
