"""Bytes of a table's files by a plain rule.

A row is its values and 28 bytes of header, a page holds 8 kB less 24 bytes.
"""

from __future__ import annotations

import re
from dataclasses import replace

from host.catalog.objects import Table
from host.catalog.rows import Rows

PAGE = 8192
_PAGE_HEADER = 24
_ROW_HEADER = 28
_INDEX_ENTRY = 20
ENTRIES_PER_LEAF = (PAGE - _PAGE_HEADER) * 9 // 10 // _INDEX_ENTRY
_SHORT = frozenset({"oid", "pg_lsn", "xid", "inet", "money", "name"})
_LONGEST_SHORT = 500
_FIXED = {
    "boolean": 1,
    "smallint": 2,
    "integer": 4,
    "date": 4,
    "real": 4,
    "bigint": 8,
    "double precision": 8,
    "uuid": 16,
}


def _aligned(length: int) -> int:
    return -(-length // 8) * 8


def row_bytes(table: Table) -> int:
    """A typical row with its header, from the types and the first row of the longest chunk."""
    longest = max(table.rows.chunks, key=len, default=None)
    sample = Rows((longest,)).first(1)[0] if longest is not None and len(longest) else (None,) * len(table.columns)
    data = 0
    for column, value in zip(table.columns, sample, strict=False):
        if value is not None:
            data += _FIXED.get(column.type, 8 if column.type.startswith("timestamp") else len(value) + 1)
    return _aligned(_ROW_HEADER + data)


def rows_per_page(table: Table, rows: Rows | None = None) -> int:
    """How many rows a page of the table holds, of its own or of others."""
    return max(1, (PAGE - _PAGE_HEADER) // row_bytes(table if rows is None else replace(table, rows=rows)))


def table_bytes(table: Table) -> int:
    """The main file: live rows and dead ones."""
    rows = table.rows.count + table.dead_rows
    return -(-rows // rows_per_page(table)) * PAGE


def index_bytes(table: Table) -> int:
    """One b-tree: a meta page and leaves of 20-byte entries, nine tenths full."""
    rows = table.rows.count + table.dead_rows
    return (1 + -(-rows // ENTRIES_PER_LEAF)) * PAGE


def toast_bytes(table: Table) -> int:
    """The index of an empty TOAST table: a table has one when a column of it may grow long."""
    return PAGE if any(_may_grow(column.type) for column in table.columns) else 0


def _may_grow(kind: str) -> bool:
    if kind.startswith(("numeric(", "timestamp", "time ", "interval")) or kind in _FIXED or kind in _SHORT:
        return False
    length = re.search(r"\((\d+)\)", kind)
    return length is None or int(length[1]) > _LONGEST_SHORT


def total_bytes(table: Table) -> int:
    """pg_total_relation_size: the table, its TOAST table and all its indexes."""
    return table_bytes(table) + toast_bytes(table) + len(table.index_names()) * index_bytes(table)
