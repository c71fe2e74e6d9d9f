"""What a file or a pipe holds: text, or payloads that say what their bytes mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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

    @property
    def identity(self) -> str:
        """Words that tell this content from any other, for checksums and comparisons."""
        return repr(self)


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


@dataclass(frozen=True, slots=True)
class Zeros(Payload):
    """Bytes of zero: /dev/zero, and what `truncate -s` adds."""

    count: int = 0

    @property
    def bytes(self) -> int:
        return self.count


@dataclass(frozen=True, slots=True)
class Piece(Payload):
    """Some bytes of a payload: what `truncate`, `split`, `head -c` and a full disk leave."""

    inner: Payload
    start: int = 0
    stop: int = 0

    @property
    def magic(self) -> str:
        return self.inner.magic if self.start == 0 else "binary"

    @property
    def bytes(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Damaged(Payload):
    """A payload in which bytes were written over: what `dd conv=notrunc` and `sed -i` on a binary file leave."""

    inner: Payload
    start: int = 0
    """Where the first byte was written over."""
    stop: int = 0

    @property
    def magic(self) -> str:
        return self.inner.magic if self.start >= MAGIC_BYTES else "binary"

    @property
    def bytes(self) -> int:
        return max(self.inner.bytes, self.stop)


MAGIC_BYTES = 262
"""`file` looks so far for the mark of a format (that of tar is at 257)."""

Content = str | Payload


def size_of(content: Content) -> int:
    """Bytes: of text as UTF-8, of a payload what it says."""
    return content.bytes if isinstance(content, Payload) else len(content.encode("utf-8", "surrogateescape"))


def printable(text: str) -> str:
    """Text with a mark in the place of each byte that is no character, as a page or a terminal shows it."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def readable(content: Content, named: Callable[[Payload], str]) -> str:
    """What a page or a terminal shows: text, and the names of payloads."""
    if isinstance(content, Mixed):
        return "".join(readable(part, named) for part in content.parts)
    return named(content) if isinstance(content, Payload) else printable(content)


def joined(pieces: Iterable[Content]) -> Content:
    """One content from several, in order."""
    parts: list[str | Payload] = []
    texts: list[str] = []  # of one run: joined once, because adding to a string copies it
    for piece in pieces:
        for part in piece.parts if isinstance(piece, Mixed) else (piece,):
            if isinstance(part, str):
                texts.append(part)
                continue
            _close(parts, texts)
            if parts and (whole := _one_of(parts[-1], part)) is not None:
                parts[-1] = whole
            else:
                parts.append(part)
    _close(parts, texts)
    if not parts:
        return ""
    return parts[0] if len(parts) == 1 else Mixed(tuple(parts))


def _close(parts: list[str | Payload], texts: list[str]) -> None:
    """A run of text ends."""
    if text := "".join(texts):
        parts.append(text)
    texts.clear()


def _one_of(left: str | Payload, right: Payload) -> Payload | None:
    """Two neighbours as one part, None if they stay two."""
    match left, right:
        case Zeros(some), Zeros(more):
            return Zeros(some + more)
        case Piece(inner, start, stop), Piece(same, then, end) if stop == then and inner is same:
            return inner if start == 0 and end == inner.bytes else Piece(inner, start, end)
    return None


def cut(content: Content, start: int, stop: int) -> Content:
    """The bytes from start up to stop (fewer where it ends before)."""
    size = size_of(content)
    start, stop = min(start, size), min(stop, size)
    if start >= stop:
        return ""
    if (start, stop) == (0, size):
        return content
    match content:
        case str():
            return content.encode("utf-8", "surrogateescape")[start:stop].decode("utf-8", "surrogateescape")
        case Zeros():
            return Zeros(stop - start)
        case Mixed(parts):
            pieces, at = [], 0
            for part in parts:
                pieces.append(cut(part, max(start - at, 0), max(stop - at, 0)))
                at += size_of(part)
            return joined(pieces)
        case Piece(inner, begin, _):
            return Piece(inner, begin + start, begin + stop)
        case _:
            return Piece(content, start, stop)


def text_of(content: Content) -> str:
    """The text in it, '' for a payload: what a tool that reads lines finds."""
    if isinstance(content, str):
        return content
    return "".join(part for part in content.parts if isinstance(part, str)) if isinstance(content, Mixed) else ""
