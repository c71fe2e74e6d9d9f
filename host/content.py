"""What a file or a pipe holds: text, or payloads that say what their bytes mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes that are no text.  Each kind of file is a frozen subclass; `magic` is what `file` would call it."""

    @property
    def magic(self) -> str:
        """'PGDMP', 'gzip', 'tar' or 'binary'."""
        return "binary"

    @property
    def bytes(self) -> int:
        """Its size."""
        return 8192


@dataclass(frozen=True, slots=True)
class Gzip(Payload):
    """The output of gzip, and of the tools that compress as it does."""

    inner: Content
    method: str = "gzip"
    """gzip, lz4, zstd, bzip2 or xz."""

    @property
    def magic(self) -> str:
        return self.method

    @property
    def bytes(self) -> int:
        return 20 + size_of(self.inner) // 5


@dataclass(frozen=True, slots=True)
class Mixed(Payload):
    """Text and payloads one after the other, as `cat a b` makes them; never nested, never two texts side by side."""

    parts: tuple[str | Payload, ...]

    @property
    def magic(self) -> str:
        first = self.parts[0]
        return first.magic if isinstance(first, Payload) else "binary"

    @property
    def bytes(self) -> int:
        return sum(size_of(part) for part in self.parts)


Content = str | Payload


def size_of(content: Content) -> int:
    """Bytes: of text as UTF-8, of a payload what it says."""
    return content.bytes if isinstance(content, Payload) else len(content.encode("utf-8", "surrogateescape"))


def joined(pieces: Iterable[Content]) -> Content:
    """One content from several, in order."""
    parts: list[str | Payload] = []
    for piece in pieces:
        for part in piece.parts if isinstance(piece, Mixed) else (piece,):
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
    if not parts:
        return ""
    return parts[0] if len(parts) == 1 else Mixed(tuple(parts))


def text_of(content: Content) -> str:
    """The text in it, '' for a payload: what a tool that reads lines finds."""
    if isinstance(content, str):
        return content
    return "".join(part for part in content.parts if isinstance(part, str)) if isinstance(content, Mixed) else ""
