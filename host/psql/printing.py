"""Query results as psql prints them (fe_utils/print.c): aligned, unaligned, CSV, expanded."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from host.effort import ALIGNED, CELL, spend
from host.sql.types import RIGHT, base


@dataclass(frozen=True, slots=True)
class Look:
    r"""The printing options (\\pset)."""

    format: str = "aligned"
    border: int = 1
    expanded: str = "off"
    tuples_only: bool = False
    footer: bool = True
    null: str = ""
    fieldsep: str = "|"
    recordsep: str = "\n"
    csv_fieldsep: str = ","
    title: str = ""
    linestyle: str = "ascii"
    tableattr: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """What is printed: heads, types, cells, and the lines below."""

    heads: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    title: str = ""
    footers: tuple[str, ...] | None = None
    """None: the number of rows."""
    centred_title: bool = True


def width(text: str) -> int:
    """Columns on the screen."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _count(rows: int) -> str:
    return f"({rows} row{'' if rows == 1 else 's'})"


def printed(grid: Grid, look: Look) -> str:
    """The text of a result."""
    spend(CELL * len(grid.rows) * len(grid.heads) * (1 if look.format in ("unaligned", "csv") else ALIGNED))
    rows = [tuple(look.null if cell is None else _shown(cell) for cell in row) for row in grid.rows]
    if look.format == "csv":
        return _csv(grid, rows, look)
    expanded = look.expanded == "on"
    if look.format == "unaligned":
        return _unaligned_expanded(grid, rows, look) if expanded else _unaligned(grid, rows, look)
    if look.format == "html":
        return _html(grid, rows, look)
    return _aligned_expanded(grid, rows, look) if expanded else _aligned(grid, rows, look)


def _shown(cell: str) -> str:
    return cell.replace("\r", "\\r")


def _footers(grid: Grid, rows: Sequence[object], look: Look) -> tuple[str, ...]:
    if grid.footers is not None:
        return grid.footers
    return (_count(len(rows)),) if look.footer else ()


def _aligned(grid: Grid, rows: list[tuple[str, ...]], look: Look) -> str:
    cells = [[cell.replace("\t", "        ").split("\n") for cell in row] for row in rows]
    heads = [head.split("\n") for head in grid.heads]
    widths = [max(width(line) for line in head) for head in heads]
    for row in cells:
        widths = [max(known, *(width(line) for line in cell)) for known, cell in zip(widths, row, strict=True)]
    right = [base(kind) in RIGHT for kind in grid.kinds]
    out: list[str] = []
    total = sum(widths) + 3 * len(widths) - 1
    if look.border == 2:
        total += 2
    if grid.title and not look.tuples_only:
        title_width = width(grid.title)
        out.append(" " * ((total - title_width) // 2) + grid.title if title_width < total else grid.title)
    if not look.tuples_only:
        if look.border == 2:
            out.append(_rule(widths, look, "top"))
        out += _head_lines(heads, widths, look)
        out.append(_rule(widths, look, "middle"))
    for row in cells:
        out += _row_lines(row, widths, right, look)
    if look.border == 2 and not look.tuples_only:
        out.append(_rule(widths, look, "bottom"))
    if not look.tuples_only:
        out += _footers(grid, rows, look)
    return "".join(f"{line}\n" for line in out) + "\n"


_ASCII = {"top": "-+++", "middle": "-+++", "bottom": "-+++", "row": "|"}
_LINES: Mapping[str, Mapping[str, str]] = {
    "ascii": _ASCII,
    "old-ascii": _ASCII,
    "unicode": {"top": "─┌┬┐", "middle": "─├┼┤", "bottom": "─└┴┘", "row": "│"},
}
"""The line, and where it begins, is crossed and ends."""


def _rule(widths: list[int], look: Look, where: str) -> str:
    line, left, cross, right = tuple(_LINES[look.linestyle][where])
    if look.border == 0:
        return " ".join(line * size for size in widths)
    rule = cross.join(line * (size + 2) for size in widths)
    return f"{left}{rule}{right}" if look.border == 2 else rule


def _framed(parts: list[str], look: Look) -> str:
    """Cells with their own margins between the lines of the frame."""
    if look.border == 0:
        return "".join(parts)
    mark = _LINES[look.linestyle]["row"]
    line = mark.join(parts)
    return f"{mark}{line}{mark}" if look.border == 2 else line


def _head_lines(heads: list[list[str]], widths: list[int], look: Look) -> list[str]:
    height = max(len(head) for head in heads) if heads else 1
    out = []
    for number in range(height):
        parts = []
        for head, size in zip(heads, widths, strict=True):
            text = head[number] if number < len(head) else ""
            left = (size - width(text)) // 2
            more = number + 1 < len(head)
            made = " " * left + text + " " * (size - width(text) - left)
            if look.border == 0:
                parts.append(made + ("+" if more else " "))
            else:
                parts.append(f" {made}{'+' if more else ' '}")
        out.append(_framed(parts, look))
    return out if heads else [""]


def _row_lines(row: list[list[str]], widths: list[int], right: list[bool], look: Look) -> list[str]:
    height = max((len(cell) for cell in row), default=1)
    out = []
    for number in range(height):
        parts = []
        for n, (cell, size, to_right) in enumerate(zip(row, widths, right, strict=True)):
            text = cell[number] if number < len(cell) else ""
            more = number + 1 < len(cell)
            last = n == len(row) - 1
            pad = " " * (size - width(text))
            made = pad + text if to_right else text + pad
            if last and not to_right and not more and look.border < 2:
                made = text
            tail = "+" if more else "" if last and look.border < 2 else " "
            parts.append(made + tail if look.border == 0 else f" {made}{tail}")
        out.append(_framed(parts, look))
    return out


def _aligned_expanded(grid: Grid, rows: list[tuple[str, ...]], look: Look) -> str:
    head_width = max((width(head) for head in grid.heads), default=0)
    data_width = max((width(line) for row in rows for cell in row for line in cell.split("\n")), default=0)
    out: list[str] = []
    if grid.title and not look.tuples_only:
        out.append(grid.title)
    if not rows:
        footers = grid.footers if grid.footers is not None else (_count(0),) if look.footer else ()
        return "" if look.tuples_only else "".join(f"{line}\n" for line in footers) + "\n"
    for number, row in enumerate(rows, 1):
        if look.tuples_only:
            if number > 1:
                out.append(f"{'-' * (head_width + 1)}+{'-' * (data_width + 1)}")
        else:
            out.append(_record_line(number, head_width, data_width))
        for head, cell in zip(grid.heads, row, strict=True):
            for n, line in enumerate(cell.split("\n")):
                label = head if n == 0 else ""
                more = n < len(cell.split("\n")) - 1
                text = f"{label}{' ' * (head_width - width(label))} | {line}"
                out.append(text + (" " * (data_width - width(line)) + "+" if more else ""))
    return "".join(f"{line}\n" for line in out) + "\n"


def _record_line(number: int, head_width: int, data_width: int) -> str:
    """-[ RECORD 1 ]--+-----: the label lies over the line."""
    label = f"-[ RECORD {number} ]"
    rule = "-" * (head_width + 1) + "+" + "-" * (data_width + 1)
    return label + rule[len(label) :] if len(label) < len(rule) else label


def _unaligned(grid: Grid, rows: list[tuple[str, ...]], look: Look) -> str:
    lines: list[str] = []
    if not look.tuples_only:
        if grid.title:
            lines.append(grid.title)
        lines.append(look.fieldsep.join(grid.heads))
    lines += [look.fieldsep.join(row) for row in rows]
    if not look.tuples_only:
        lines += _footers(grid, rows, look)
    if not lines:
        return ""
    return look.recordsep.join(lines) + _last(look)


def _unaligned_expanded(grid: Grid, rows: list[tuple[str, ...]], look: Look) -> str:
    blocks = [
        look.recordsep.join(f"{head}{look.fieldsep}{cell}" for head, cell in zip(grid.heads, row, strict=True))
        for row in rows
    ]
    if not blocks:
        return "" if look.tuples_only else _count(0) + "\n"
    title = [grid.title] if grid.title and not look.tuples_only else []
    return (look.recordsep * 2).join([*title, *blocks]) + _last(look)


def _last(look: Look) -> str:
    """The last record ends with a newline, or with a zero byte as the others."""
    return "\0" if look.recordsep == "\0" else "\n"


def _csv(grid: Grid, rows: list[tuple[str, ...]], look: Look) -> str:
    def cell(text: str) -> str:
        special = (look.csv_fieldsep, '"', "\n", "\r")
        return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in special) or text == "\\." else text

    if look.expanded == "on":
        pairs = [(head, text) for row in rows for head, text in zip(grid.heads, row, strict=True)]
        return "".join(f"{cell(head)}{look.csv_fieldsep}{cell(text)}\n" for head, text in pairs)
    lines = [] if look.tuples_only else [look.csv_fieldsep.join(cell(head) for head in grid.heads)]
    lines += [look.csv_fieldsep.join(cell(text) for text in row) for row in rows]
    return "".join(f"{line}\n" for line in lines)


def _html(grid: Grid, rows: list[tuple[str, ...]], look: Look) -> str:
    def safe(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br />\n")

    attributes = f" {look.tableattr}" if look.tableattr else ""
    out = [f'<table border="{look.border}"{attributes}>']
    if grid.title and not look.tuples_only:
        out.append(f"  <caption>{safe(grid.title)}</caption>")
    if not look.tuples_only:
        out.append("  <tr>")
        out += [f'    <th align="center">{safe(head)}</th>' for head in grid.heads]
        out.append("  </tr>")
    for row in rows:
        out.append('  <tr valign="top">')
        for kind, cell in zip(grid.kinds, row, strict=True):
            side = "right" if base(kind) in RIGHT else "left"
            out.append(f'    <td align="{side}">{safe(cell) if cell.strip() else "&nbsp; "}</td>')
        out.append("  </tr>")
    out.append("</table>")
    if not look.tuples_only:
        out += [f"<p>{line}<br />\n</p>" for line in _footers(grid, rows, look)]
    return "".join(f"{line}\n" for line in out)
