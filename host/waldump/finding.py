"""Where pg_waldump looks for its files, and what it is to read: in the order of its main()."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host import tree
from host.options.checks.pg_waldump import WaldumpSettings
from host.tree import Dir, File
from host.waldump.reading import NAME, Fault, Found, header_size, records
from simulator.lsn import format_lsn, is_segment_name, parse_lsn, segments_per_xlogid

if TYPE_CHECKING:
    from host.machine import Host

_WAL = "pg_wal"
_DIGITS = re.compile(r"[0-9A-Fa-f]{24}")


@dataclass(frozen=True, slots=True)
class Span:
    """What to read."""

    found: Found
    timeline: int
    start: int
    end: int
    """0: as far as there is WAL."""


def span(host: Host, wanted: WaldumpSettings) -> Span:
    """Directory, timeline, where to start and end; raises Fault."""
    if wanted.path:
        _open_directory(host, wanted.path, usage=True)
    if wanted.segments:
        return _by_name(host, wanted)
    found = _target(host, wanted.path, "")
    if not wanted.start:
        raise Fault("error: no start WAL location given", usage=True)
    return Span(found, wanted.timeline, wanted.start, wanted.end)


def directory(host: Host, path: str) -> Found:
    """A directory that was named with --path; raises Fault."""
    _open_directory(host, path, usage=True)
    return _target(host, path, "")


def _by_name(host: Host, wanted: WaldumpSettings) -> Span:
    folder, slash, name = wanted.segments[0].rpartition("/")
    place = wanted.path
    if not place and slash:
        place = folder
        _open_directory(host, folder or "/", usage=False, said=folder)
    found = _target(host, place, name)
    timeline, segment = _position(name, found.segment_size)
    start, end = wanted.start or segment * found.segment_size, wanted.end
    if start // found.segment_size != segment:
        raise Fault(f'error: start WAL location {format_lsn(start)} is not inside file "{name}"', usage=True)
    if len(wanted.segments) > 1:
        last_name = wanted.segments[1].rpartition("/")[2]
        if not isinstance(found.files.entries.get(last_name), File):
            raise Fault(f'error: could not open file "{last_name}"')
        timeline, last = _position(last_name, found.segment_size)
        if last < segment:
            raise Fault(f"error: ENDSEG {wanted.segments[1]} is before STARTSEG {wanted.segments[0]}")
        segment = last
    after = (segment + 1) * found.segment_size
    end = end or after
    if end // found.segment_size != segment and end != after:
        raise Fault(f'error: end WAL location {format_lsn(end)} is not inside file "{wanted.segments[-1]}"', usage=True)
    return Span(found, timeline, start, end)


def _position(name: str, size: int) -> tuple[int, int]:
    """Timeline and segment number of a name that begins like one; what else sscanf takes for them is 0."""
    if not _DIGITS.match(name):
        return 0, 0
    return int(name[:8], 16), int(name[8:16], 16) * segments_per_xlogid(size) + int(name[16:24], 16)


def _open_directory(host: Host, path: str, *, usage: bool, said: str | None = None) -> None:
    node = tree.find(host.root, host.path(path))
    if not isinstance(node, Dir):
        why = tree.NO_ENTRY if node is None else tree.NOT_A_DIR
        raise Fault(f'error: could not open directory "{path if said is None else said}": {why}', usage=usage)


def _target(host: Host, place: str, name: str) -> Found:
    """identify_target_directory: the first directory that has the file, or any WAL file."""
    pgdata = host.env.get("PGDATA")
    candidates = [place, f"{place}/{_WAL}"] if place else [".", _WAL, *([f"{pgdata}/{_WAL}"] if pgdata else [])]
    for path in candidates:
        here = tree.find(host.root, host.path(path))
        if isinstance(here, Dir) and (found := _searched(host, path, here, name)):
            return found
    raise Fault(f'error: could not locate WAL file "{name}"' if name else "error: could not find any WAL file")


def _searched(host: Host, path: str, here: Dir, name: str) -> Found | None:
    """search_directory: the file of this name, or the first with the name of a segment."""
    first = name or next((each for each in sorted(here.entries) if is_segment_name(each)), "")
    node = here.entries.get(first)
    if node is None:
        return None
    if isinstance(node, Dir):
        raise Fault(f'error: could not read file "{first}": {tree.IS_A_DIR}')
    return Found(path, here, header_size(first, node, host.client.major)) if isinstance(node, File) else None


def parse(host: Host, path: str, timeline: int, start: str, end: str) -> str:
    """As pg_verifybackup calls it: '' when all WAL of a range is there, else what pg_waldump says."""
    try:
        _, stopped = records(host, directory(host, path), timeline, parse_lsn(start), parse_lsn(end))
    except Fault as fault:
        return fault.text()
    return f"{NAME}: {stopped}\n" if stopped else ""
