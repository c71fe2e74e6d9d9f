"""Checksums of contents that are values: the same content always has the same one, another content another."""

from __future__ import annotations

import hashlib
import zlib

from host.content import Content

_SHA = {"SHA224": "sha224", "SHA256": "sha256", "SHA384": "sha384", "SHA512": "sha512"}


def bytes_of(content: Content) -> bytes:
    """The text itself; for a payload, words that tell it from any other."""
    return content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content.identity.encode()


def checksum(content: Content, algorithm: str) -> str:
    """Hexadecimal, as in a backup manifest: CRC32C (here the plain CRC-32) or a SHA; '' for NONE."""
    if algorithm == "NONE":
        return ""
    raw = bytes_of(content)
    if algorithm in _SHA:
        return hashlib.new(_SHA[algorithm], raw).hexdigest()
    return f"{zlib.crc32(raw):08x}"
