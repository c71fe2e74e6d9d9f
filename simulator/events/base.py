"""What happened: frozen facts.  Their prose in Japanese and English stands in prose/events.toml, keyed by class name.

Fields called `files` are pg_wal file numbers with their segment size, `..._lsn` are positions, `..._bytes` sizes;
`facts()` turns them into the words that the prose's placeholders take.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from simulator.frozen import quick
from simulator.lsn import GB, KB, MB, format_lsn
from simulator.pg_wal import file_name
from simulator.ranges import Ranges


@quick
@dataclass(frozen=True, slots=True)
class Files:
    """Some segment files: numbers and the segment size that gives them names."""

    numbers: Ranges
    segment_size: int

    def __bool__(self) -> bool:
        return bool(self.numbers)

    def __str__(self) -> str:
        """First, or first to last and how many."""
        if not self.numbers:
            return "-"
        first = file_name(self.numbers.first, self.segment_size)
        if len(self.numbers) == 1:
            return first
        dots = "–" if len(self.numbers.runs) == 1 else "…"
        return f"{first} {dots} {file_name(self.numbers.last, self.segment_size)} ({len(self.numbers)})"


def size_words(size: int) -> str:
    """A number of bytes as PostgreSQL writes sizes: the largest unit that divides it, else one decimal."""
    for unit, name in ((GB, "GB"), (MB, "MB"), (KB, "kB")):
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{size} B"


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""

    @property
    def code(self) -> str:
        """The key of the prose."""
        return type(self).__name__

    def facts(self) -> dict[str, str]:
        """Placeholders of the prose: field name to text."""
        return {field.name: _words(field.name, getattr(self, field.name)) for field in fields(self)}


def _words(name: str, value: object) -> str:
    if isinstance(value, int) and name.endswith("_lsn"):
        return format_lsn(value)
    if isinstance(value, int) and name.endswith("_bytes"):
        return size_words(value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
