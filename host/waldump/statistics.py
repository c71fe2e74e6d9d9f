"""The table of pg_waldump --stats: how many records of a kind there are, and what they take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from host.options.checks.pg_waldump import MANAGERS
from host.waldump import lines
from simulator.lsn import format_lsn
from simulator.recovery.journal import Record
from simulator.versions import since

_COLUMNS = ("N", "Record size", "FPI size", "Combined size")
_TITLE = {12: False, 15: True}
"""It is said which stretch of WAL was looked at."""


@dataclass(frozen=True, slots=True)
class Count:
    """Records of one kind."""

    name: str
    number: int = 0
    bytes: int = 0


def table(records: Iterable[Record], start: int, end: int, major: int, *, by_record: bool) -> str:
    """All of it; `by_record`: a row for each kind of record that there is, else one for each resource manager."""
    rows = list(_kinds(records, major) if by_record else _managers(records, major))
    number, size = sum(row.number for row in rows), sum(row.bytes for row in rows)
    title = f"WAL statistics between {format_lsn(start)} and {format_lsn(end)}:\n" if since(major, _TITLE) else ""
    body = "".join(_row(row, number, size) for row in rows)
    return title + _heads() + body + _total(number, size)


def _managers(records: Iterable[Record], major: int) -> Iterator[Count]:
    found = list(records)
    for name in MANAGERS:
        own = [lines.length(one, major) for one in found if lines.manager(one) == name]
        yield Count(name, len(own), sum(own))


def _kinds(records: Iterable[Record], major: int) -> Iterator[Count]:
    found: dict[str, list[int]] = {}
    for one in records:
        found.setdefault(f"{lines.manager(one)}/{lines.kind(one)}", []).append(lines.length(one, major))
    order = {name: number for number, name in enumerate(MANAGERS)}
    for name in sorted(found, key=lambda each: order[each.partition("/")[0]]):
        yield Count(name, len(found[name]), sum(found[name]))


def _heads() -> str:
    """The names of the columns, and a line under each."""
    shares = [f" {head:>20} {'(%)':>8}" for head in _COLUMNS]
    under = [f" {'-' * len(head):>20} {'---':>8}" for head in _COLUMNS]
    return f"{'Type':<27}{''.join(shares)}\n{'----':<27}{''.join(under)}\n"


def _row(row: Count, number: int, size: int) -> str:
    cells = ((row.number, number), (row.bytes, size), (0, 0), (row.bytes, size))
    return f"{row.name:<27}" + "".join(f" {part:>20} ({_share(part, whole):6.2f})" for part, whole in cells) + "\n"


def _share(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _total(number: int, size: int) -> str:
    """The sums; a page image is nowhere counted."""
    under = "".join(f" {'--------':>20} {'':>8}" for _ in range(len(_COLUMNS) - 1)) + f" {'--------':>20}"
    written, images = f"[{_share(size, size):.2f}%]", f"[{0:.2f}%]"
    cells = f"{'':<9}{size:>20} {written:<9}{0:>20} {images:<9}{size:>20} [100%]"
    return f"{'':<27}{under}\n{'Total':<27} {number:>20} {cells}\n"
