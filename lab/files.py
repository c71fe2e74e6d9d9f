"""What the shell does to files, below the lab's folder: rm, touch, a line appended, a label saved."""

from __future__ import annotations

from typing import Literal

from lab import NotHere
from lab.cluster import Lab
from lab.deed import Deed
from lab.settings import conf_line
from simulator.commands import Configure, Remove, RemoveOldest, SaveLabel, TouchSignal
from simulator.lsn import is_segment_name

_UNKNOWN_WORDS = frozenset({"stderr"})
"""The shell's own words (bash: …: No such file) depend on the shell."""


MOST_PATHS = 100
_LABS = ("/archive", "/pgdata/pg_wal")
"""What the lab looks at after every step."""


def remove(lab: Lab, command: Remove) -> Deed:
    """Rm -r of each path."""
    if len(command.paths) > MOST_PATHS:
        raise NotHere("too_many_paths", limit=MOST_PATHS)
    for path in command.paths:
        if path.rstrip("/") in _LABS:
            raise NotHere("kept", path=path)
    return Deed.of(lab.runner.run(["rm", "-r", *(lab.paths.real(path) for path in command.paths)]))


def remove_oldest(lab: Lab, command: RemoveOldest) -> Deed:
    """The oldest segments in pg_wal are deleted by hand."""
    folder = lab.server.data / "pg_wal"
    if not folder.is_dir():
        return Deed(1, unknown=_UNKNOWN_WORDS)
    names = sorted(entry.name for entry in folder.iterdir() if is_segment_name(entry.name))
    done = lab.runner.run(["rm", *(folder / name for name in names[: command.count])])
    return Deed.of(done)


def touch_signal(lab: Lab, command: TouchSignal) -> Deed:
    """Touch DIR/recovery.signal."""
    return Deed.of(lab.runner.run(["touch", lab.paths.real(f"{command.directory}/{command.signal}")]))


def configure(lab: Lab, command: Configure) -> Deed:
    """A line at the end of postgresql.auto.conf."""
    path = f"{command.directory.rstrip('/')}/postgresql.auto.conf"
    line = conf_line(lab.home, command.name, command.value)
    if not lab.paths.real(path).exists():
        return Deed(1, unknown=_UNKNOWN_WORDS)
    return _written(lab, path, "ab", line + "\n")


def save_label(lab: Lab, command: SaveLabel, label: str) -> Deed:
    """The labelfile that the stop function returned becomes DIR/backup_label."""
    folder = lab.paths.real(command.directory)
    if not folder.is_dir() or not label:
        return Deed(1, unknown=_UNKNOWN_WORDS)
    return _written(lab, f"{command.directory.rstrip('/')}/backup_label", "wb", label)


def _written(lab: Lab, path: str, mode: Literal["wb", "ab"], text: str) -> Deed:
    try:
        with lab.paths.opened(path, mode, lab.runner.user) as file:
            file.write(text.encode())
    except OSError:  # a directory or a link of that name
        return Deed(1, unknown=_UNKNOWN_WORDS)
    return Deed(0)
