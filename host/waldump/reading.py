"""Finding and reading WAL files as pg_waldump does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host import tree
from host.server.files import WalFile
from host.tree import Dir, File
from simulator.lsn import format_lsn, is_segment_name, parse_lsn, segment_name
from simulator.recovery.journal import Record
from simulator.versions import same, since

if TYPE_CHECKING:
    from host.machine import Host

NAME = "pg_waldump"
LARGEST = 64


@dataclass(frozen=True, slots=True)
class Found:
    """A directory with WAL files, and the size of its segments."""

    path: str
    files: Dir
    segment_size: int


class Fault(Exception):
    """What it says, without its name; `usage`: with a hint at --help."""

    def __init__(self, said: str, *, usage: bool = False) -> None:
        super().__init__(said)
        self.usage = usage


def directory(host: Host, path: str) -> Found:
    """The directory, and the segment size from the header of its first file; raises Fault."""
    here = tree.find(host.root, host.path(path))
    if not isinstance(here, Dir):
        raise Fault(f'error: could not open directory "{path}": {tree.NO_ENTRY}', usage=True)
    for name in sorted(here.entries):
        node = here.entries[name]
        if is_segment_name(name) and isinstance(node, File):
            return Found(path, here, header_size(name, node))
    raise Fault("error: could not find any WAL file")


def header_size(name: str, node: File) -> int:
    """The segment size that a file's header has; raises Fault for a file that has none."""
    if not isinstance(node.content, WalFile):
        limits = "WAL segment size must be a power of two between 1 MB and 1 GB"
        raise Fault(f'error: {limits}, but the WAL file "{name}" header specifies 0 bytes')
    return node.content.segment_size


def records(host: Host, found: Found, timeline: int, start: int, end: int) -> tuple[list[Record], str]:
    """The records from `start` on, up to `end` (0: as far as there are any), and why it stopped there ('')."""
    read: list[Record] = []
    at, size = start, found.segment_size
    while not end or at < end:
        name = segment_name(timeline, at // size, size)
        node = found.files.entries.get(name)
        content = node.content if isinstance(node, File) else None
        if node is None:
            return read, f'could not find file "{name}": {tree.NO_ENTRY}'
        if not isinstance(content, WalFile) or (content.timeline, content.segment) != (timeline, at // size):
            return read, f"could not read WAL record at {format_lsn(at)}"
        if content.major and not same(content.major, host.client.major):
            return read, f"could not find a valid record after {format_lsn(at)}"
        record = host.journal.next_record(content.branch, at) if content.branch else None
        whole = record is not None and (record.end <= content.upto or record.end > (at // size + 1) * size)
        if record is None or not whole:
            wanted = since(host.client.major, {12: "wanted 24, got 0", 16: "expected at least 24, got 0"})
            return read, f"invalid record length at {format_lsn(at)}: {wanted}"
        read.append(record)
        at = record.end
    return read, ""


def parse(host: Host, path: str, timeline: int, start: str, end: str) -> str:
    """As pg_verifybackup calls it: '' when all WAL of a range is there, else what pg_waldump says."""
    try:
        found = directory(host, path)
    except Fault as fault:
        hint = f'{NAME}: hint: Try "{NAME} --help" for more information.\n' if fault.usage else ""
        return f"{NAME}: {fault}\n{hint}"
    _, stopped = records(host, found, timeline, parse_lsn(start), parse_lsn(end))
    return f"{NAME}: error: {stopped}\n" if stopped else ""
