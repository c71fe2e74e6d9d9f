"""What a shell printed: df in every unit and language, ls and du of pg_wal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from inspection.facts import Disk
from simulator.lsn import is_segment_name

_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50}
_SIZE = re.compile(r"(\d+(?:[.,]\d+)?)\s*([BKMGTPbkmgtp]?)(?:i?[Bb]?)")
# Filesystem, ファイルシス, Dateisystem ...: the unit stands in the second word, the head ends in words.
_BLOCKS = "(?:blocks|ブロック|Blöcke|blocs|bloques)"
_HEAD_UNIT = re.compile(rf"(\d+)?\s*([KMG]?)i?B?[-\u2010\u30fc ]?{_BLOCKS}", re.IGNORECASE)
_FILESYSTEM = re.compile(r"(Filesystem|ファイルシス|Dateisystem|Sys\. de fichiers|S\.ficheros|Файл)")
_USED = re.compile(r"\d+%")
_DU = re.compile(r"(\d+(?:[.,]\d+)?[BKMGTPbkmgtp]?)\s+\S*pg_wal/?\.?")
_LS_NAME = re.compile(r"(?:.*\s)?([0-9A-F]{24})")
_LS_LONG = re.compile(r"[-rwxst.+@]{10,12}\s+\d+\s+\S+\s+\S+\s+(\d+)\s.*\s[0-9A-F]{24}")
TOO_WIDE = 1 << 62


@dataclass(frozen=True, slots=True)
class DfTable:
    """File systems, and the line after the last of them."""

    disks: tuple[Disk, ...]
    end: int


def size_bytes(text: str, unit: int = 1) -> int | None:
    """'1.5G', '20GB', '102400': a size in bytes; a bare number counts in `unit`."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return None
    number = float(match[1].replace(",", "."))
    found = number * (_UNITS[match[2].lower()] if match[2] else unit)
    return int(found) if found < TOO_WIDE else None


def df_at(lines: Sequence[str], at: int) -> DfTable | None:
    """The head of df and the lines under it; a long device name stands on a line of its own."""
    if not _FILESYSTEM.match(lines[at].lstrip()):
        return None
    unit = _unit(lines[at])
    disks, end, before = [], at + 1, ""
    while end < len(lines) and lines[end].strip():
        line = f"{before} {lines[end].strip()}"
        disk = _disk(line, unit)
        if disk is None and len(lines[end].split()) == 1:
            before = lines[end].strip()
        elif disk is None:
            break
        else:
            disks.append(disk)
            before = ""
        end += 1
    return DfTable(tuple(disks), end)


def _unit(head: str) -> int:
    match = _HEAD_UNIT.search(head)
    if match is None:
        return 1 << 10 if "blocks" in head.lower() else 1
    return int(match[1] or 1) * _UNITS[match[2].lower()]


def _disk(line: str, unit: int) -> Disk | None:
    words = line.split()
    place = next((index for index, word in enumerate(words) if _USED.fullmatch(word)), None)
    mounted = next((word for word in reversed(words) if word.startswith("/")), None)
    if place is None or place < 3 or mounted is None:
        return None
    size, _, free = (size_bytes(word, unit) for word in words[place - 3 : place])
    return None if size is None or free is None else Disk(size, free, mounted)


def du_bytes(line: str) -> int | None:
    """The total of du for pg_wal (a bare number is in kilobytes)."""
    match = _DU.fullmatch(line.strip())
    return size_bytes(match[1], 1 << 10) if match else None


def wal_name(line: str) -> str | None:
    """The segment file that a line of ls names."""
    match = _LS_NAME.fullmatch(line.rstrip())
    return match[1] if match and is_segment_name(match[1]) else None


def wal_file_bytes(line: str) -> int | None:
    """The size of the file in a line of ls -l."""
    match = _LS_LONG.fullmatch(line.rstrip())
    return int(match[1]) if match else None
