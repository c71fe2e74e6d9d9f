"""The order in which pg_verifybackup walks over the manifest: that of its hash table (simplehash.h, backwards)."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.versions import since

_32, _64 = 2**32 - 1, 2**64 - 1
_GOLDEN = 0x9E3779B9 + 3923095
_MIXES = ((4, 6, 8), (16, 19, 4))
_FINALS = ((14, 11, 25), (16, 4, 14))
_FAST, _FAST_MIX = 0x880355F21E6D1965, 0x2127599BF4325C37
_LINE = 100
"""ESTIMATED_BYTES_PER_MANIFEST_LINE"""
_SMALLEST = 256
_FILL = 0.9
_FILES, _BYTES = 303, 138
"""A real database has so many files, and a line of the manifest so many bytes; our world has fewer files."""


def ordered(paths: Iterable[str], major: int) -> list[str]:
    """Paths of a manifest in the order of the tool's messages."""
    paths = list(paths)
    databases = sum(1 for path in paths if path.startswith("base/") and path.endswith("/PG_VERSION"))
    mask = _table(databases * _FILES * _BYTES) - 1
    hashed = since(major, {13: jenkins, 17: fasthash})
    return sorted(paths, key=lambda path: -(hashed(path.encode()) & mask))


def _table(size: int) -> int:
    wanted = max(size // _LINE, _SMALLEST) / _FILL
    return 1 << (int(wanted) - 1).bit_length()


def _rotated(value: int, by: int) -> int:
    return ((value << by) | (value >> (32 - by))) & _32


def jenkins(key: bytes) -> int:
    """hash_bytes()."""
    a = b = c = (_GOLDEN + len(key)) & _32
    at = 0
    while len(key) - at >= 12:
        first, second, third = (int.from_bytes(key[at + n : at + n + 4], "little") for n in (0, 4, 8))
        a, b, c = _mixed((a + first) & _32, (b + second) & _32, (c + third) & _32)
        at += 12
    rest = key[at:].ljust(12, b"\0")
    a += int.from_bytes(rest[:4], "little")
    b += int.from_bytes(rest[4:8], "little")
    c += int.from_bytes(rest[8:11], "little") << 8  # the lowest byte is the length's
    return _final(a & _32, b & _32, c & _32)


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    for first, second, third in _MIXES:
        a = ((a - c) & _32) ^ _rotated(c, first)
        c = (c + b) & _32
        b = ((b - a) & _32) ^ _rotated(a, second)
        a = (a + c) & _32
        c = ((c - b) & _32) ^ _rotated(b, third)
        b = (b + a) & _32
    return a, b, c


def _final(a: int, b: int, c: int) -> int:
    for first, second, third in _FINALS:
        c = ((c ^ b) - _rotated(b, first)) & _32
        a = ((a ^ c) - _rotated(c, second)) & _32
        b = ((b ^ a) - _rotated(a, third)) & _32
    return ((c ^ b) - _rotated(b, 24)) & _32


def fasthash(key: bytes) -> int:
    """hash_string() of hashfn_unstable.h."""
    value = _FAST
    for at in range(0, len(key), 8):
        value = ((value ^ _fast_mix(int.from_bytes(key[at : at + 8], "little"), 0)) * _FAST) & _64
    value = _fast_mix(value, len(key))
    return (value - (value >> 32)) & _32


def _fast_mix(value: int, tweak: int) -> int:
    value ^= ((value >> 23) + tweak) & _64
    value = (value * _FAST_MIX) & _64
    return value ^ (value >> 47)
