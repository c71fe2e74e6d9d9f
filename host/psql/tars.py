"""What psql makes of a tar archive that it is given as a script: the lines that fgets finds between the zero bytes."""

from __future__ import annotations

from collections.abc import Iterator

from host.archives import BLOCK, Tar
from host.content import Content, text_of
from host.dump.toc import DataFile, DumpArchive, LargeObjectData, TocEntry
from host.effort import COPIED, LINE, spend
from host.tree import File

_BUFFER = 1023
"""Bytes that one fgets takes at most."""
_SECTIONS = {"": 1, "pre-data": 2, "data": 3, "post-data": 4}
_RELKIND = 16
"""Minor of the archive format since which an entry says what kind of relation it is about."""


def lines(tar: Tar) -> list[str]:
    """The lines of the archive as psql reads them: of each piece only what stands before its first zero byte."""
    content = b"".join(_member(name, node) for name, node in tar.members if isinstance(node, File))
    spend(len(content) // COPIED)
    found: list[bytes] = []
    line = b""
    for piece in _pieces(content):
        line += piece.partition(b"\0")[0]
        if line.endswith(b"\n"):
            found.append(line[:-1])
            line = b""
    spend(LINE * len(found))
    return [one.decode("utf-8", "surrogateescape") for one in (*found, *([line] if line else []))]


def _pieces(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        end = content.find(b"\n", at, at + _BUFFER) + 1
        yield content[at : end or at + _BUFFER]
        at = end or at + _BUFFER


def _member(name: str, node: File) -> bytes:
    body = _bytes(node.content)
    header = name.encode()[:100].ljust(100, b"\0")
    header += b"%07o %07o %07o %011o %011o " % (node.mode & 0o7777, 0o4000, 0o2000, len(body), int(node.mtime))
    whole = header.ljust(156, b"\0") + b"0".ljust(101, b"\0") + b"ustar\x0000"
    return whole.ljust(BLOCK, b"\0") + body + b"\0" * (-len(body) % BLOCK)


def _bytes(content: Content) -> bytes:
    if isinstance(content, DumpArchive):
        return _toc(content)
    text = text_of(content)
    if isinstance(content, DataFile) and not isinstance(content.data, LargeObjectData):
        text = "".join(content.data.lines())
    return text.encode("utf-8", "surrogateescape")


def _toc(archive: DumpArchive) -> bytes:
    """The table of contents as pg_dump writes it (WriteToc), as far as the places of its zero bytes go."""
    head = b"PGDMP\1" + bytes((archive.archive_minor, 0, 4, 8, 3)) + b"\0" * 40
    texts = (archive.database, archive.server_release, archive.tool_release)
    whole = head + b"".join(map(_text, texts)) + _number(len(archive.entries))
    return whole + b"".join(_entry(entry, archive.archive_minor) for entry in archive.entries)


def _entry(entry: TocEntry, minor: int) -> bytes:
    numbers = _number(entry.dump_id) + _number(int(entry.data is not None))
    names = map(_text, (str(entry.class_oid), str(entry.oid), entry.tag, entry.desc))
    told = (entry.definition, entry.drop, entry.copy, entry.schema, entry.tablespace, entry.access_method)
    kind = _number(0) if minor >= _RELKIND else b""
    after = (entry.owner, "false", *map(str, entry.depends), None, f"{entry.dump_id}.dat" if entry.data else "-")
    statements = b"".join(_text(one or None) for one in told)
    section = _number(_SECTIONS[entry.section])
    return numbers + b"".join(names) + section + statements + kind + b"".join(map(_text, after))


def _number(value: int) -> bytes:
    return bytes([value < 0]) + abs(value).to_bytes(4, "little")


def _text(text: str | None) -> bytes:
    if text is None:
        return _number(-1)
    body = text.encode("utf-8", "surrogateescape")
    return _number(len(body)) + body
