"""How psql prints a result: the aligned format, line breaks inside a value marked with '+'."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def width(text: str) -> int:
    """Columns on a terminal: wide East Asian characters count two (pg_wcswidth)."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> tuple[str, ...]:
    """Lines of an aligned table with its row count; `right`: indexes of columns that hold numbers."""
    cells = [[cell.split("\n") for cell in row] for row in rows]
    widths = [
        max([width(name), *[width(line) for row in cells for line in row[index]]]) for index, name in enumerate(columns)
    ]
    lines = ["|".join([f" {_centre(name, wide)} " for name, wide in zip(columns, widths, strict=True)])]
    lines.append("+".join(["-" * (wide + 2) for wide in widths]))
    for row in cells:
        lines += _row_lines(row, widths, right)
    lines.append(f"({len(rows)} row)" if len(rows) == 1 else f"({len(rows)} rows)")
    return tuple(lines)


def _row_lines(row: list[list[str]], widths: list[int], right: Sequence[int]) -> list[str]:
    lines, last = [], len(row) - 1
    for number in range(max(map(len, row))):
        parts = []
        for index, cell in enumerate(row):
            line, more = (cell[number], number < len(cell) - 1) if number < len(cell) else ("", False)
            if index == last and not more and index not in right:
                parts.append(f" {line.rstrip()}")
                continue
            pad = " " * (widths[index] - width(line))
            text = pad + line if index in right else line + pad
            parts.append(f" {text}+" if more else f" {text}" if index == last else f" {text} ")
        lines.append("|".join(parts))
    return lines


def _centre(text: str, wide: int) -> str:
    space = wide - width(text)
    return " " * (space // 2) + text + " " * (space - space // 2)
