"""Finding and reading WAL files as pg_waldump does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host import tree
from host.server.files import WalFile
from host.tree import Dir, File
from simulator.lsn import format_lsn, segment_name
from simulator.recovery.journal import SWITCH, Record
from simulator.versions import same, since

if TYPE_CHECKING:
    from host.machine import Host

NAME = "pg_waldump"
PAGE = 8192
_LIMITS = "WAL segment size must be a power of two between 1 MB and 1 GB"
_NO_HEADER = {
    12: f'error: {_LIMITS}, but the WAL file "{{name}}" header specifies 0 bytes',
    17: f'error: invalid WAL segment size in WAL file "{{name}}" (0 bytes)\n{NAME}: detail: The {_LIMITS}.',
}


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

    def text(self) -> str:
        """What stands on standard error."""
        hint = f'{NAME}: hint: Try "{NAME} --help" for more information.\n' if self.usage else ""
        return f"{NAME}: {self}\n{hint}"


def header_size(name: str, node: File, major: int) -> int:
    """The segment size that a file's header has; raises Fault for a file that has none."""
    if node.size < PAGE:
        raise Fault(f'error: could not read file "{name}": read {node.size} of {PAGE}')
    if not isinstance(node.content, WalFile):
        raise Fault(since(major, _NO_HEADER).format(name=name))
    return node.content.segment_size


def records(host: Host, found: Found, timeline: int, start: int, end: int) -> tuple[list[Record], str]:
    """The records from `start` on, up to `end` (0: as far as there are any), and what it says when it stops there.

    Raises Fault when there is no file for a position, or no record to begin with.
    """
    read: list[Record] = []
    at = start
    while not end or at < end:
        record, stopped = _next(host, found, timeline, at)
        if record is None:
            if not read:
                raise Fault(f"error: could not find a valid record after {format_lsn(start)}")
            return read, f"error: error in WAL record at {format_lsn(read[-1].start)}: {stopped}"
        read.append(record)
        at = record.end if record.kind != SWITCH else -(-record.end // found.segment_size) * found.segment_size
    return read, ""


def record_before(host: Host, found: Found, timeline: int, at: int) -> Record | None:
    """The record that ends where the one at `at` begins, in whichever file it is."""
    node = found.files.entries.get(segment_name(timeline, at // found.segment_size, found.segment_size))
    content = node.content if isinstance(node, File) else None
    if not isinstance(content, WalFile) or not content.branch:
        return None
    return host.journal.record_before(content.branch, at)


def _next(host: Host, found: Found, timeline: int, at: int) -> tuple[Record | None, str]:
    size, major = found.segment_size, host.client.major
    name = segment_name(timeline, at // size, size)
    node = found.files.entries.get(name)
    content = node.content if isinstance(node, File) else None
    if node is None:
        raise Fault(f'error: could not find file "{name}": {tree.NO_ENTRY}')
    if not isinstance(content, WalFile) or (content.timeline, content.segment) != (timeline, at // size):
        return None, f"could not read WAL record at {format_lsn(at)}"
    if content.major and not same(content.major, major):
        return None, f"could not find a valid record after {format_lsn(at)}"
    record = host.journal.next_record(content.branch, at) if content.branch else None
    whole = record is not None and (record.end <= content.upto or record.end > (at // size + 1) * size)
    if record is None or not whole:
        wanted = since(major, {12: "wanted 24, got 0", 16: "expected at least 24, got 0"})
        return None, f"invalid record length at {format_lsn(at)}: {wanted}"
    return record, ""
