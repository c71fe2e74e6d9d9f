"""pg_restore -l: the table of contents; and -L: a list that was edited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from host.dump.facts import ToolFacts
from host.dump.options import RestoreOptions
from host.dump.toc import FORMATS, DumpArchive, TocEntry
from host.restore.required import wanted
from host.server.clock import plain


def listing(archive: DumpArchive, options: RestoreOptions, tool: ToolFacts) -> str:
    """PrintTOCSummary."""
    parts = wanted(archive.entries, options)
    verbose = options.output.verbose
    lines = list(_head(archive, tool))
    for entry in archive.entries:
        if verbose or parts[entry.dump_id].any:
            lines.append(_line(entry))
        if verbose and entry.depends:
            lines.append(f";\tdepends on: {' '.join(map(str, entry.depends))}\n")
    return "".join(lines)


def _head(archive: DumpArchive, tool: ToolFacts) -> Iterator[str]:
    created = plain(archive.created)
    yield f";\n; Archive created at {created}\n"
    yield f";     dbname: {archive.database}\n;     TOC Entries: {len(archive.entries)}\n"
    yield f";     Compression: {_compression(archive, tool)}\n"
    yield f";     Dump Version: 1.{archive.archive_minor}-0\n;     Format: {FORMATS[archive.format]}\n"
    yield ";     Integer: 4 bytes\n;     Offset: 8 bytes\n"
    yield f";     Dumped from database version: {archive.server_release}\n"
    yield f";     Dumped by pg_dump version: {archive.tool_release}\n;\n;\n; Selected TOC Entries:\n;\n"


def _compression(archive: DumpArchive, tool: ToolFacts) -> str:
    packed = archive.format != "t" and archive.compression != "none"
    if tool.names_compression:
        return archive.compression if packed else "none"
    level = -1 if archive.level is None else archive.level
    return str(level if packed else 0)


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\r", " ")


def _line(entry: TocEntry) -> str:
    schema, owner = _one_line(entry.schema or "-"), _one_line(entry.owner or "")
    return f"{entry.dump_id}; {entry.class_oid} {entry.oid} {entry.desc} {schema} {_one_line(entry.tag)} {owner}\n"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a list of -L names: dump IDs in order, lines that made no sense, an ID that is not in the archive."""

    ids: tuple[int, ...]
    ignored: tuple[str, ...] = ()
    missing: int | None = None


def chosen(text: str, archive: DumpArchive) -> Chosen:
    """SortTocFromFile: the number at the start of each line; a semicolon begins a comment."""
    known = {entry.dump_id for entry in archive.entries}
    highest = max(known, default=0)
    ids: list[int] = []
    ignored: list[str] = []
    for line in text.splitlines():
        words = line.partition(";")[0]
        if not words.strip():
            continue
        digits = _number(words)
        if digits is None or not 0 < digits <= highest or digits in ids:
            ignored.append(words)
        elif digits not in known:
            return Chosen(tuple(ids), tuple(ignored), digits)
        else:
            ids.append(digits)
    return Chosen(tuple(ids), tuple(ignored))


def _number(text: str) -> int | None:
    """strtol: blanks, a sign, digits; what follows does not matter."""
    text = text.lstrip()
    length = 0
    while length < len(text) and (text[length].isdecimal() or (length == 0 and text[0] in "+-")):
        length += 1
    try:
        return int(text[:length])
    except ValueError:
        return None
