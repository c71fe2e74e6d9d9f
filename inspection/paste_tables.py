"""Tables as psql prints them: aligned (every border), expanded, unaligned, CSV, and rows of JSON.

Each reader looks at the lines from one place on and returns the table with the place after it, or None when it is not
its form.  A table that begins well and then breaks is a PasteFault with the line.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from inspection.gather import COLUMNS, Row, kind_of
from inspection.paste_fault import PasteFault
from simulator.psql import width
from simulator.settings_table import names as known_names

FOOTER = re.compile(r"\(\d+ [^()]{1,12}\)\s*")
HEADING = re.compile(r"-- [\w ,:]{1,60}")
_RULE = re.compile(r"-+(\+-+)*\s*")
_BOXED_RULE = re.compile(r"\+-+(\+-+)*\+\s*")
_RECORD = re.compile(r"\+?-\[ \S+ \d+ \]-*(\+-*)*\+?\s*")
_NULLS = frozenset({"(null)", "[null]", "<null>", "NULL", "null", "¤", "∅"})
_CROSSINGS = "┼┌┬┐├┤└┴┘╪╬╔╦╗╠╣╚╩╝╞╡"
_BOX = str.maketrans({**dict.fromkeys("│║", "|"), **dict.fromkeys("─═", "-"), **dict.fromkeys(_CROSSINGS, "+")})
_CELL = re.compile(r"[A-Za-z_?][A-Za-z0-9_.?()]*")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the line on which the table began, and the first line after it."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    line: int
    end: int


def plain_boxes(text: str) -> str:
    """Unicode line drawing as psql's ASCII style."""
    return text.translate(_BOX)


def table_at(lines: Sequence[str], at: int) -> Table | None:
    """The table that begins on this line, whatever its form."""
    for form in (_expanded, _boxed, _aligned, _json, _delimited):
        found = form(lines, at)
        if found is not None:
            return found
    return None


def _value(cell: str) -> str | None:
    text = cell.strip()
    return None if text in _NULLS else text


# --- aligned


def _aligned(lines: Sequence[str], at: int) -> Table | None:
    if at + 1 >= len(lines) or not _RULE.fullmatch(lines[at + 1]) or not lines[at].strip():
        return None
    return _columned(lines, at, at + 1, lambda line: line)


def _boxed(lines: Sequence[str], at: int) -> Table | None:
    """With border 2: a rule above, below and under the head, a bar at both sides."""
    if at + 2 >= len(lines) or not _BOXED_RULE.fullmatch(lines[at]) or not _BOXED_RULE.fullmatch(lines[at + 2]):
        return None
    found = _columned(lines, at + 1, at + 2, lambda line: line.rstrip()[1:-1])
    if found is not None and found.end < len(lines) and _BOXED_RULE.fullmatch(lines[found.end]):
        return Table(found.columns, found.rows, at, found.end + 1)
    return found


def _columned(lines: Sequence[str], head: int, rule: int, inner: Callable[[str], str]) -> Table | None:
    widths = [len(dashes) for dashes in inner(lines[rule].rstrip()).split("+")]
    columns = tuple(cell.strip() for cell in _cut(inner(lines[head]), widths))
    if not all(_CELL.fullmatch(column) for column in columns):
        return None
    rows: list[dict[str, str | None]] = []
    at, more = rule + 1, frozenset[int]()
    while at < len(lines) and _is_row(lines[at], len(columns)):
        cells = _cut(inner(lines[at]), widths)
        if len(columns) > 1 and not _barred(inner(lines[at]), widths):
            cells = inner(lines[at]).split("|")
            if len(cells) != len(columns):
                raise PasteFault("row", at + 1, columns=", ".join(columns), count=len(columns), found=len(cells))
        texts = [cell[:-1] if _goes_on(cell, wide) else cell for cell, wide in zip(cells, widths, strict=True)]
        if more and rows:
            for index in more:
                rows[-1][columns[index]] = f"{rows[-1][columns[index]] or ''}\n{texts[index].strip()}"
        else:
            rows.append({name: _value(text) for name, text in zip(columns, texts, strict=True)})
        pairs = enumerate(zip(cells, widths, strict=True))
        more = frozenset(index for index, (cell, wide) in pairs if _goes_on(cell, wide))
        at += 1
    return Table(columns, tuple(rows), head, at)


def _is_row(line: str, columns: int) -> bool:
    if not line.strip() or FOOTER.fullmatch(line) or _BOXED_RULE.fullmatch(line):
        return False
    return columns == 1 or "|" in line


def _goes_on(cell: str, wide: int) -> bool:
    """Psql marks a line break inside a value with '+' in the margin."""
    return cell.endswith("+") and width(cell) == wide


def _cut(line: str, widths: Sequence[int]) -> list[str]:
    """The cells by columns of the terminal; a bar between two of them is left out."""
    cells, edges, place = [""] * len(widths), [], 0
    for wide in widths:
        edges.append(place + wide)
        place += wide + 1
    column = index = 0
    for char in line:
        if index < len(widths) - 1 and column >= edges[index]:
            index += 1
        else:
            cells[index] += char
        column += width(char)
    return cells


def _barred(line: str, widths: Sequence[int]) -> bool:
    """Do the bars stand where the rule under the head has its crossings?"""
    places, place = set(), 0
    for wide in widths[:-1]:
        places.add(place + wide)
        place += wide + 1
    column, seen = 0, set()
    for char in line:
        if char == "|" and column in places:
            seen.add(column)
        column += width(char)
    return seen == places


# --- expanded


def _expanded(lines: Sequence[str], at: int) -> Table | None:
    if not _RECORD.fullmatch(lines[at]):
        return None
    boxed = lines[at].startswith("+")
    rows: list[dict[str, str | None]] = []
    end, name, more = at, "", False
    while end < len(lines):
        line = lines[end].rstrip()
        if _RECORD.fullmatch(line):
            rows.append({})
        elif "|" in line and not FOOTER.fullmatch(line):
            key, _, cell = (line[1:-1] if boxed else line).partition("|")
            text = cell.rstrip()
            goes_on = text.endswith("+") and _key_of_next(lines, end, boxed=boxed) == ""
            text = text[:-1] if goes_on else text
            if not key.strip() and more:
                rows[-1][name] = f"{rows[-1][name] or ''}\n{text.strip()}"
            else:
                name = key.strip()
                rows[-1][name] = _value(text)
            more = goes_on
        else:
            break
        end += 1
    if boxed and end < len(lines) and _BOXED_RULE.fullmatch(lines[end]):
        end += 1
    return Table(tuple(rows[0]), tuple(rows), at, end)


def _key_of_next(lines: Sequence[str], at: int, *, boxed: bool) -> str | None:
    if at + 1 >= len(lines) or "|" not in lines[at + 1]:
        return None
    return (lines[at + 1][1:] if boxed else lines[at + 1]).partition("|")[0].strip()


# --- unaligned and CSV


def _delimited(lines: Sequence[str], at: int) -> Table | None:
    for mark in (",", "|", ";", "\t"):
        columns = _head(lines[at], mark)
        if not columns:
            continue
        if len(columns) == 1 and (at + 1 >= len(lines) or not lines[at + 1].strip()):
            return None
        return _delimited_rows(lines, at, columns, mark)
    return None


def _head(line: str, mark: str) -> tuple[str, ...]:
    """The columns that a line names; none when it is no head of a table that is used here."""
    columns = tuple(cell.strip().strip('"') for cell in line.split(mark))
    if kind_of(columns) is None or not all(_CELL.fullmatch(column) for column in columns):
        return ()
    # A column of a version that is not known yet may be among them, but not in a pair: that may be name and value.
    known = sum(column in COLUMNS or column in known_names() for column in columns)
    return columns if known == len(columns) or (len(columns) > 2 and known * 2 > len(columns)) else ()


def _delimited_rows(lines: Sequence[str], at: int, columns: tuple[str, ...], mark: str) -> Table:
    rows: list[Row] = []
    end = at + 1
    while end < len(lines) and lines[end].strip() and not _ends_rows(lines[end]) and not _head(lines[end], mark):
        cells, end_of_row = _record(lines, end, mark)
        if len(cells) > len(columns) and "setting" in columns and mark == "|":
            # A command with a pipe in it: unaligned output does not quote.
            first, surplus = columns.index("setting"), len(cells) - len(columns)
            cells[first : first + surplus + 1] = [mark.join(cells[first : first + surplus + 1])]
        if len(cells) != len(columns):
            raise PasteFault("row", end + 1, columns=", ".join(columns), count=len(columns), found=len(cells))
        rows.append({name: _value(cell) for name, cell in zip(columns, cells, strict=True)})
        end = end_of_row
    return Table(columns, tuple(rows), at, end)


def _ends_rows(line: str) -> bool:
    return bool(FOOTER.fullmatch(line) or HEADING.fullmatch(line)) or line.startswith(("ERROR:", "psql:"))


def _record(lines: Sequence[str], at: int, mark: str) -> tuple[list[str], int]:
    """One record, which may be several lines where a quoted value has line breaks."""
    if mark == "|":
        return lines[at].split("|"), at + 1
    taken = 0

    def each() -> Iterator[str]:
        nonlocal taken
        for line in lines[at:]:
            taken += 1
            yield line + "\n"

    try:
        cells = next(csv.reader(each(), delimiter=mark))
    except (csv.Error, StopIteration):
        raise PasteFault("csv", at + 1) from None
    return cells, at + taken


# --- JSON


def _json(lines: Sequence[str], at: int) -> Table | None:
    """An array of objects, or one object a line."""
    if not re.match(r'\s*(\[\s*(\{|$)|\{\s*("|$))', lines[at]):
        return None
    found, end = _decoded(lines, at)
    objects = [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]
    if not objects:
        raise PasteFault("json", at + 1)
    rows = tuple({str(name): _json_value(cell) for name, cell in each.items()} for each in objects)
    return Table(tuple(rows[0]), rows, at, end)


def _decoded(lines: Sequence[str], at: int) -> tuple[object, int]:
    """What stands on this line, or what begins on it; and the line after."""
    for text in (lines[at].strip(), "\n".join(lines[at:]).lstrip()):
        try:
            found, length = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            continue
        return found, at + text[:length].count("\n") + 1
    raise PasteFault("json", at + 1)


def _json_value(cell: object) -> str | None:
    if cell is None:
        return None
    return {True: "t", False: "f"}[cell] if isinstance(cell, bool) else str(cell)
