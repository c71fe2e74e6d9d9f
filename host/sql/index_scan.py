"""A scan by an index whose file is of another moment than the table's: only then does it show that it is one.

An entry that points past the table's end cannot be read; a row that the index does not know is not found.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlglot import exp

from host.catalog import Table
from host.catalog.rows import Rows
from host.catalog.sizes import PAGE, rows_per_page, table_bytes
from host.sql.compiled import Condition, RowValues, Scope
from host.sql.reply import fail
from simulator.versions import since

if TYPE_CHECKING:
    from host.sql.context import Context

_LOST = {12: "block {block}", 17: "blocks {block}..{block}"}
"""From 17 on several blocks are read at once (mdreadv)."""
_RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_INDEX_COST, _ROW_COST = 8.3, 0.0125
"""random_page_cost twice and a little for one row by an index; cpu_tuple_cost and cpu_operator_cost for each row."""


def use_index(ctx: Context, scope: Scope, where: exp.Expression, condition: Condition) -> None:
    """Let the only table of a query be read by an index that is torn, if the planner would take that index."""
    if len(scope.sources) != 1 or not scope.sources[0].relation:
        return
    source = scope.sources[0]
    table = ctx.database.relations.get((source.schema, source.relation))
    if not isinstance(table, Table) or not table.torn:
        return
    known = _chosen(ctx, table, where)
    if known is None:
        return

    def rows(_row: RowValues) -> Iterator[RowValues]:
        _readable(ctx, table, known, condition)
        found = set(known)
        for one in table.rows:
            ctx.look_at()
            if one in found:
                yield one

    source.rows, source.count = rows, None


def _chosen(ctx: Context, table: Table, where: exp.Expression) -> Rows | None:
    """The torn index on a column that WHERE compares with something, and what it knows."""
    equal = {node.this.name for node in where.find_all(exp.EQ) if isinstance(node.this, exp.Column)}
    ranged = {node.this.name for node in where.find_all(*_RANGES) if isinstance(node.this, exp.Column)}
    pages = table_bytes(table) // PAGE
    cheaper = pages + table.rows.count * _ROW_COST > _INDEX_COST
    by_oid = {one.index_oid: (one.columns, True) for one in table.constraints if one.index_oid}
    by_oid |= {one.oid: (one.columns, one.unique) for one in table.indexes}
    for oid, known in table.torn:
        columns, unique = by_oid.get(oid, ((), False))
        if not columns or columns[0] not in equal | ranged:
            continue
        if _off(ctx, "enable_indexscan") and _off(ctx, "enable_bitmapscan"):
            continue
        if _off(ctx, "enable_seqscan") or (unique and columns[0] in equal and cheaper):
            return known
    return None


def _off(ctx: Context, name: str) -> bool:
    return ctx.setting(name, ctx.stored(name, "on")).lower() in {"off", "false", "no", "0", "f"}


def _readable(ctx: Context, table: Table, known: Rows, condition: Condition) -> None:
    """Raise for the first entry that points to a block past the table's end (mdread)."""
    pages, each = table_bytes(table) // PAGE, rows_per_page(table, known)
    for number, row in enumerate(known):
        if number // each >= pages and condition(row):
            block = since(ctx.instance.facts.major, _LOST)
            path = f"base/{ctx.database.oid}/{table.filenode or table.oid}"
            said = f'could not read {block.format(block=number // each)} in file "{path}": read only 0 of {PAGE} bytes'
            raise fail(said, "XX001")
