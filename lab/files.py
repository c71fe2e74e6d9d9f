"""What the shell does to files, below the lab's folder: rm, touch, a line appended, a label saved."""

from __future__ import annotations

from lab.cluster import Lab
from lab.deed import Deed
from lab.settings import conf_line
from simulator.commands import Configure, Remove, RemoveOldest, SaveLabel, TouchSignal
from simulator.lsn import is_segment_name

_UNKNOWN_WORDS = frozenset({"stderr"})
"""The shell's own words (bash: …: No such file) depend on the shell."""


def remove(lab: Lab, command: Remove) -> Deed:
    """Rm -r of each path."""
    return Deed.of(lab.runner.run(["rm", "-r", *(lab.paths.real(path) for path in command.paths)]))


def remove_oldest(lab: Lab, command: RemoveOldest) -> Deed:
    """The oldest segments in pg_wal are deleted by hand."""
    folder = lab.server.data / "pg_wal"
    names = sorted(entry.name for entry in folder.iterdir() if is_segment_name(entry.name))
    done = lab.runner.run(["rm", *(folder / name for name in names[: command.count])])
    return Deed.of(done)


def touch_signal(lab: Lab, command: TouchSignal) -> Deed:
    """Touch DIR/recovery.signal."""
    return Deed.of(lab.runner.run(["touch", lab.paths.real(command.directory) / command.signal]))


def configure(lab: Lab, command: Configure) -> Deed:
    """A line at the end of postgresql.auto.conf."""
    file = lab.paths.real(command.directory) / "postgresql.auto.conf"
    line = conf_line(lab.home, command.name, command.value)
    if not file.exists():
        return Deed(1, unknown=_UNKNOWN_WORDS)
    with file.open("a", encoding="utf-8") as opened:
        opened.write(line + "\n")
    return Deed(0)


def save_label(lab: Lab, command: SaveLabel, label: str) -> Deed:
    """The labelfile that the stop function returned becomes DIR/backup_label."""
    folder = lab.paths.real(command.directory)
    if not folder.is_dir() or not label:
        return Deed(1, unknown=_UNKNOWN_WORDS)
    file = folder / "backup_label"
    file.write_text(label, encoding="utf-8")
    lab.own(file)
    return Deed(0)
