"""Open an archive: which format it is, and every reason why it is none."""

from __future__ import annotations

from dataclasses import dataclass, replace

from host import tree
from host.archives import Tar
from host.content import Content, Damaged, Mixed, Piece, size_of
from host.dump.facts import ToolFacts
from host.dump.toc import ENTRY_BYTES, DumpArchive, TocEntry, entry_bytes
from host.files import Files
from host.tree import Dir, File, PathError

MAGIC = 5
_BLOCK = 512
_TEXTS = ("--\n-- PostgreSQL database dump\n--\n\n", "--\n-- PostgreSQL database cluster dump\n--\n\n")
_CUSTOM, _TAR = 1, 3
_TOC_NAMES = ("toc.dat", "toc.dat.gz", "toc.dat.lz4", "toc.dat.zst")


class Unreadable(Exception):
    """No archive; the text follows 'pg_restore: error: '."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An archive, and what belongs to how it was found."""

    archive: DumpArchive
    path: str = ""
    """Of the directory of a directory archive."""
    from_stdin: bool = False


def opened(files: Files, path: str, stdin: Content, form: str, tool: ToolFacts) -> Opened:
    """The archive at a path ('' is standard input); raises Unreadable."""
    if not path:
        return Opened(_from_content(stdin, form, tool), from_stdin=True)
    node = files.find(path)
    if form == "d" or (not form and isinstance(node, Dir)):
        return Opened(_directory(files, path, form, tool), path)
    if isinstance(node, Dir):
        raise Unreadable(f"could not read from input file: {tree.IS_A_DIR}")
    try:
        content = files.read(path)
    except PathError as fault:
        what = "could not open TOC file" if form == "t" else "could not open input file"
        raise Unreadable(f'{what} "{path}"{" for input" if form == "t" else ""}: {fault.reason}') from None
    return Opened(_from_content(content, form, tool))


def _directory(files: Files, path: str, form: str, tool: ToolFacts) -> DumpArchive:
    if not form and not any(files.find(f"{path}/{name}") for name in _TOC_NAMES):
        raise Unreadable(f'directory "{path}" does not appear to be a valid archive ("toc.dat" does not exist)')
    try:
        content = files.read(f"{path}/toc.dat")
    except PathError as fault:
        raise Unreadable(f'could not open input file "{path}/toc.dat": {fault.reason}') from None
    archive = _damaged(content)
    if archive is None:
        if size_of(content) < MAGIC:
            raise Unreadable("could not read from input file: end of file")
        raise Unreadable("did not find magic string in file header")
    return _checked(archive, tool)


def _from_content(content: Content, form: str, tool: ToolFacts) -> DumpArchive:
    if form == "t" or (not form and isinstance(content, Tar)):
        return _from_tar(content, tool)
    archive = _damaged(content)
    if archive is not None:
        if archive.format != "c":
            raise Unreadable(f"expected format ({_CUSTOM}) differs from format found in file ({_TAR})")
        return _checked(archive, tool)
    if form == "c":
        if size_of(content) < MAGIC:
            raise Unreadable("could not read from input file: end of file")
        raise Unreadable("did not find magic string in file header")
    raise Unreadable(_no_archive(content, tool))


def _no_archive(content: Content, tool: ToolFacts) -> str:
    """_discoverArchiveFormat: not PGDMP, then a text dump, then a tar header."""
    size = size_of(content)
    if size < MAGIC:
        return f"input file is too short (read {size}, expected {MAGIC})"
    if isinstance(content, str) and content.startswith(_TEXTS):
        return "input file appears to be a text format dump. Please use psql."
    if size < _BLOCK:
        return "input file does not appear to be a valid archive (too short?)"
    return f"input file does not appear to be a valid {'tar ' if tool.tar_word else ''}archive"


def _from_tar(content: Content, tool: ToolFacts) -> DumpArchive:
    if isinstance(content, Tar):
        node = content.member("toc.dat")
        if isinstance(node, File) and isinstance(node.content, DumpArchive):
            return _checked(replace(node.content, members=tuple(name for name, _ in content.members)), tool)
        raise Unreadable('could not find header for file "toc.dat" in tar archive')
    if size_of(content) < _BLOCK:
        raise Unreadable('could not find header for file "toc.dat" in tar archive')
    head = "PGDMP" if _damaged(content) else content[:100] if isinstance(content, str) else ""
    # The sum over the header's bytes is that of this file; an archive's depends on the second it was made in.
    computed = 256 + sum(content[:_BLOCK].encode()[:_BLOCK]) if isinstance(content, str) else 17763
    raise Unreadable(f"corrupt tar header found in {head} (expected 0, computed {computed}) file position {_BLOCK}")


def _damaged(content: Content) -> DumpArchive | None:
    """The archive in a content, with what a cut or overwritten file still has."""
    match content:
        case DumpArchive():
            return content
        case Piece(DumpArchive() as inner, 0, stop) if stop >= MAGIC:
            return _cut(inner, stop)
        case Damaged(DumpArchive() as inner, start, stop) if start >= MAGIC:
            return _overwritten(inner, start, stop)
        case Mixed(parts) if isinstance(parts[0], DumpArchive):
            return parts[0]
        case _:
            return None


def _positions(archive: DumpArchive) -> list[tuple[int, int, TocEntry]]:
    """Where the entries stand in the file: start, and start of the definition."""
    position, found = ENTRY_BYTES, []
    for entry in archive.entries:
        definition = position + 35 + len(entry.tag) + len(entry.desc)
        found.append((position, definition, entry))
        position += entry_bytes(entry)
    return found


def _cut(archive: DumpArchive, stop: int) -> DumpArchive:
    positions = _positions(archive)
    in_toc = bool(positions) and stop < positions[-1][0] + entry_bytes(positions[-1][2])
    return replace(archive, damage="toc" if in_toc else "truncated")


def _overwritten(archive: DumpArchive, start: int, stop: int) -> DumpArchive:
    """Bytes within a definition change its text; elsewhere in the table of contents lengths make no sense."""
    for position, definition, entry in reversed(_positions(archive)):
        if position > start:
            continue
        end = definition + len(entry.definition)
        if definition <= start and stop <= end:
            text, at = entry.definition, start - definition
            changed = replace(entry, definition=text[:at] + "X" * (stop - start) + text[at + stop - start :])
            return replace(archive, entries=tuple(changed if e is entry else e for e in archive.entries))
        break
    in_toc = start < (_positions(archive)[-1][0] if archive.entries else 0)
    return replace(archive, damage="toc" if in_toc else "truncated")


def _checked(archive: DumpArchive, tool: ToolFacts) -> DumpArchive:
    if archive.archive_minor > tool.archive_minor:
        raise Unreadable(f"unsupported version (1.{archive.archive_minor}) in file header")
    if archive.damage == "toc":
        raise Unreadable("could not read from input file: end of file")
    return archive
