"""The comment before each entry of a script, and times as they stand there."""

from __future__ import annotations

from functools import lru_cache

from host.dump.options import RestoreOptions
from host.dump.toc import ENTRY_BYTES, DumpArchive, LargeObjectData, TocEntry, data_bytes, entry_bytes
from host.server.clock import plain


def stamp(clock: float) -> str:
    """A time as dumps show it."""
    return plain(clock)


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\r", " ")


def header(entry: TocEntry, is_data: bool, options: RestoreOptions, archive: DumpArchive) -> str:
    """The comment; with -v it tells of the entry's place in the archive too."""
    output = options.output
    owner = "-" if output.no_owner or entry.owner is None else _one_line(entry.owner)
    prefix = "Data for " if is_data else "Statistics for " if entry.desc == "STATISTICS DATA" else ""
    lines = ["--\n"]
    if output.verbose:
        lines.append(f"-- TOC entry {entry.dump_id} (class {entry.class_oid} OID {entry.oid})\n")
        depends = entry.shown_depends if archive.format == "p" else entry.depends
        if depends:
            lines.append(f"-- Dependencies: {' '.join(map(str, depends))}\n")
    schema = "-" if entry.schema is None else _one_line(entry.schema)
    lines.append(f"-- {prefix}Name: {_one_line(entry.tag)}; Type: {entry.desc}; Schema: {schema}; Owner: {owner}")
    if entry.tablespace and not output.no_tablespaces:
        lines.append(f"; Tablespace: {_one_line(entry.tablespace)}")
    place = _place(entry, archive) if output.verbose else ""
    return "".join(lines) + f"\n{place}--\n\n"


def _place(entry: TocEntry, archive: DumpArchive) -> str:
    """Where the data is: a position in a custom archive, a file in the others."""
    if archive.format == "c":
        return f"-- Data Pos: {_positions(archive.entries).get(entry.dump_id, 0)}\n"
    if archive.format == "p" or entry.data is None:
        return ""
    if isinstance(entry.data, LargeObjectData):
        grouped = any(one.desc == "BLOB METADATA" for one in archive.entries)
        return f"-- File: {f'blobs_{entry.dump_id}.toc' if grouped else 'blobs.toc'}\n"
    return f"-- File: {entry.dump_id}.dat\n"


@lru_cache(maxsize=4)
def _positions_of(ids: tuple[int, ...], sizes: tuple[int, ...], start: int) -> dict[int, int]:
    found, position = {}, start
    for dump_id, size in zip(ids, sizes, strict=True):
        found[dump_id] = position
        position += size
    return found


def _positions(entries: tuple[TocEntry, ...]) -> dict[int, int]:
    data = [(entry.dump_id, data_bytes(entry.data)) for entry in entries if entry.data is not None]
    start = ENTRY_BYTES + sum(map(entry_bytes, entries))
    return _positions_of(tuple(one for one, _ in data), tuple(size for _, size in data), start)
