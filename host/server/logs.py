"""The server's log: a file when pg_ctl was given one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from host import tree
from host.content import text_of
from host.server import clock

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.instance import Instance

_BUFFERS = "wrote 12 buffers (0.1%)"
_TIMES = "write=0.011 s, sync=0.004 s, total=0.019 s; sync files=8, longest=0.003 s, average=0.001 s"
_SIGNALS = {
    1: "Hangup",
    2: "Interrupt",
    3: "Quit",
    6: "Aborted",
    9: "Killed",
    10: "User defined signal 1",
    11: "Segmentation fault",
    12: "User defined signal 2",
    13: "Broken pipe",
    14: "Alarm clock",
    15: "Terminated",
}
"""As strsignal names them."""
IGNORED = frozenset({2, 13})
"""Signals that the startup process and the archiver ignore, and so the commands that they run."""
BARE = "\x00"
"""Before a line that a command wrote itself: it stands in the log without a prefix."""


def say(host: Host, instance: Instance, lines: Iterable[str], pid: int | None = None) -> Host:
    """Write lines ('LOG:  …') into the server's log, each with time and process id; lost when there is no file."""
    return write(host, instance.log_path, (stamp(host, line, pid or instance.pid) for line in lines))


def stamp(host: Host, line: str, pid: int) -> str:
    """A line with log_line_prefix '%m [%p] '; later lines of one message begin with a tab."""
    return f"{clock.log_time(host.clock)} [{pid}] " + measured(line, pid).replace("\n", "\n\t")


def killed_by(signal: int) -> str:
    """How the end of a command is told."""
    return f"terminated by signal {signal}: {_SIGNALS.get(signal, 'Unknown signal')}"


def measured(line: str, pid: int) -> str:
    """A line with figures where the model has none: those of a small, quick checkpoint, and a process' number."""
    line = line.replace("<PID>", str(pid + 1))
    return line.replace("wrote ... buffers (...)", _BUFFERS).replace(
        "recycled; ...; distance", f"recycled; {_TIMES}; distance"
    )


def write(host: Host, path: str, lines: Iterable[str]) -> Host:
    """Append whole lines to a file, if it can be written."""
    text = "".join(line + "\n" for line in lines)
    if not path or not text:
        return host
    try:
        node = tree.find(host.root, path)
        before = text_of(node.content) if isinstance(node, tree.File) else ""
        return host.write(path, before + text)
    except tree.PathError:
        return host
