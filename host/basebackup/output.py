"""What pg_basebackup says while it works: progress, positions, the command it sends for a slot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.archives import Tar, packed
from host.basebackup.sent import Space
from host.tree import Dir, File
from simulator.lsn import format_lsn
from simulator.versions import since

if TYPE_CHECKING:
    from host.basebackup.run import Run

_FIRST = ("backup_label", "tablespace_map")
_NAME_WIDTH = 35
_SLOT_COMMAND = {
    12: 'CREATE_REPLICATION_SLOT "{name}"{temporary} PHYSICAL RESERVE_WAL',
    15: 'CREATE_REPLICATION_SLOT "{name}"{temporary} PHYSICAL ( RESERVE_WAL)',
}


def lsn(value: int) -> str:
    """A position as the tool prints it."""
    return format_lsn(value)


def create_slot_command(name: str, run: Run, *, temporary: bool) -> str:
    """The replication command that failed, as the message shows it: new syntax when both sides know it."""
    older = min(run.instance.major, run.host.client.major)
    return since(older, _SLOT_COMMAND).format(name=name, temporary=" TEMPORARY" if temporary else "")


def progress(run: Run, spaces: tuple[Space, ...], *, begin: bool) -> Run:
    """-P on something that is no terminal: a line when an archive begins or ends, and one for the whole."""
    if not run.wanted.progress:
        return run
    total = sum(space.kilobytes for space in spaces)
    count = len(spaces)
    lines = []
    done = 0
    if begin:
        for number, space in enumerate(spaces):
            if number:
                lines.append(_line(run, done, total, number, count, _name(run, space)))
            done += space.kilobytes
            lines.append(_line(run, done, total, number, count, _name(run, space)))
    else:
        lines.append(_line(run, total, total, count, count, ""))
    return run.raw("".join(lines))


def _name(run: Run, space: Space) -> str:
    if run.wanted.backup_target:
        return ""  # the client writes no file
    if run.wanted.format == "tar":
        return f"{run.wanted.directory}/{space.oid or 'base'}.tar"
    return f"{run.wanted.directory}/global/pg_control"


def _line(run: Run, done: int, total: int, number: int, count: int, name: str) -> str:
    percent = 100 if not total else min(100, done * 100 // total)
    words = f"{number}/{count} tablespace" + ("s" if count != 1 else "")
    figures = f"{done:>{len(str(total))}}/{total} kB ({percent}%), {words}"
    if not run.wanted.verbose:
        return f"{figures}\n"
    if not name:
        return f"{figures} {'':{_NAME_WIDTH + 5}}\n"
    short = "..." + name[-(_NAME_WIDTH - 3) :] if len(name) > _NAME_WIDTH else name
    return f"{figures} ({short:<{_NAME_WIDTH}})\n"


def tar_of(top: Dir) -> Tar:
    """A data directory as the server sends it: the label first, names without './'."""
    first = tuple((name, node) for name in _FIRST if isinstance(node := top.entries.get(name), File))
    rest = replace(top.without(*_FIRST))
    members = tuple((name.removeprefix("./"), node) for name, node in packed(rest, "."))
    return Tar(first + tuple(member for member in members if member[0]))
