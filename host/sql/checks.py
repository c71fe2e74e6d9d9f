"""Constraints: what a new row must satisfy, and what a deleted one may leave behind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from host.catalog import Column, Constraint, Rows, Series, Table
from host.catalog.rows import Chunk, Row, Same
from host.sql.compiled import RowValues, Scope, Source, SourceColumn
from host.sql.expressions import truth
from host.sql.keys import Keys, key_of
from host.sql.parsing import expression_of
from host.sql.reply import Raised, fail
from host.sql.snapshots import unseen_rows
from simulator.versions import since

if TYPE_CHECKING:
    from host.sql.context import Context

_NULL = {
    12: 'null value in column "{column}" violates not-null constraint',
    13: 'null value in column "{column}" of relation "{table}" violates not-null constraint',
}


def failing_row(row: Row) -> str:
    """Failing row contains (1, null, …)."""
    return "Failing row contains (" + ", ".join("null" if one is None else one[:64] for one in row) + ")."


def places_of(table: Table, columns: Iterable[str]) -> tuple[int, ...]:
    """Indexes of columns by name."""
    names = table.column_names()
    return tuple(names.index(name) for name in columns if name in names)


def key_detail(columns: Iterable[str], key: Iterable[str | None], end: str) -> str:
    """Key (id)=(1) already exists."""
    shown = ", ".join("null" if one is None else one for one in key)
    return f"Key ({', '.join(columns)})=({shown}) {end}"


def unique_keys(table: Table) -> list[tuple[str, tuple[str, ...]]]:
    """Names and columns of everything that must be unique, in the order in which the server asks."""
    found = [(one.index_oid, one.name, one.columns) for one in table.constraints if one.kind in "pu"]
    found += [(one.oid, one.name, one.columns) for one in table.indexes if one.unique and one.columns]
    return [(name, columns) for _, name, columns in sorted(found)]


def _check_scope(table: Table) -> Scope:
    columns = tuple(SourceColumn(one.name, one.type, raw=True) for one in table.columns)
    return Scope([Source(table.name, columns, lambda _row: iter(()))])


def row_checks(ctx: Context, table: Table) -> list[tuple[Constraint, Callable[[RowValues], object]]]:
    """The functions of CHECK constraints."""
    scope = _check_scope(table)
    found = []
    before = ctx.statement
    for one in table.constraints:
        if one.kind == "c" and one.expression:
            try:
                found.append((one, truth(ctx, scope, expression_of(one.expression), "CHECK").at))
            except Raised:
                continue  # an expression that the dojo does not have holds for every row
    ctx.statement = before
    return found


def row_filter(ctx: Context, table: Table, condition: str) -> Callable[[RowValues], bool]:
    """The function of a WHERE that looks at one row (COPY … FROM); raises Raised."""
    before = ctx.statement
    try:
        holds = truth(ctx, _check_scope(table), expression_of(condition), "WHERE").at
    finally:
        ctx.statement = before
    return lambda row: holds(row) is True


class Checker:
    """Checks new rows of one table, one after the other."""

    def __init__(self, ctx: Context, table: Table, kept: Rows) -> None:
        self.ctx, self.table = ctx, table
        self.not_null = [(n, column) for n, column in enumerate(table.columns) if column.not_null]
        self.checks = row_checks(ctx, table)
        self.unique = [(name, columns, Keys(kept, places_of(table, columns))) for name, columns in unique_keys(table)]
        from host.sql.row_security import is_subject

        self.silent = is_subject(ctx, table)
        """Nothing of a row is told to a role that may not see every row."""
        for row in unseen_rows(ctx, table):
            self.take(row)
        self.foreign = [one for one in table.constraints if one.kind == "f"]

    def null(self, column: Column, row: Row) -> Raised:
        """The refusal of a NULL."""
        message = since(self.ctx.major, _NULL).format(column=column.name, table=self.table.name)
        return fail(message, "23502", detail="" if self.silent else failing_row(row))

    def plain(self, row: Row) -> None:
        """NOT NULL and CHECK."""
        for place, column in self.not_null:
            if row[place] is None:
                raise self.null(column, row)
        for one, holds in self.checks:
            if holds(row) is False:
                message = f'new row for relation "{self.table.name}" violates check constraint "{one.name}"'
                raise fail(message, "23514", detail="" if self.silent else failing_row(row))

    def conflict(self, row: Row) -> tuple[str, tuple[str, ...], tuple[str | None, ...]] | None:
        """The unique constraint that a row violates, with its columns and key."""
        for name, columns, keys in self.unique:
            key = key_of(row, keys.places)
            if None not in key and key in keys:
                return name, columns, key
        return None

    def take(self, row: Row) -> None:
        """The row comes in."""
        for _, _, keys in self.unique:
            keys.add(key_of(row, keys.places))

    def add(self, row: Row) -> None:
        """Check a row and take it; raises Raised."""
        self.plain(row)
        found = self.conflict(row)
        if found is not None:
            raise self.second(*found)
        self.take(row)

    def second(self, name: str, columns: tuple[str, ...], key: tuple[str | None, ...]) -> Raised:
        """The refusal of a second row with a key."""
        refused = duplicate(name, columns, key)
        return fail(refused.error.message, "23505") if self.silent else refused

    def add_chunk(self, chunk: Chunk) -> None:
        """Check many rows at once; a row of a series is looked at alone where all are alike."""
        lone = isinstance(chunk, Series) and len(chunk) and not any(self._varies(chunk, one) for one, _ in self.checks)
        sample = chunk.part(0, 1) if lone else chunk
        self.ctx.look_at(len(sample))
        for row in sample:
            self.plain(row)
        for name, columns, keys in self.unique:
            key = keys.first_in(chunk)
            if key is not None:
                raise self.second(name, columns, key)

    def _varies(self, chunk: Series, check: Constraint) -> bool:
        """A column that the check names has not the same value in all rows."""
        words = set(re.findall(r"\w+", (check.expression or "").lower()))
        cells = zip(self.table.columns, chunk.cells, strict=True)
        return any(not isinstance(cell, Same) and column.name.lower() in words for column, cell in cells)

    def references(self, rows: Iterable[Row]) -> None:
        """FOREIGN KEY, at the end of the statement."""
        for one in self.foreign:
            assert one.references is not None, "a foreign key refers to a table"
            target = self.ctx.database.table(*one.references)
            if target is None:
                continue
            places = places_of(self.table, one.columns)
            keys = Keys(target.rows, places_of(target, one.referenced))
            seen: set[tuple[str | None, ...]] = set()
            for row in rows:
                key = key_of(row, places)
                if key in seen or None in key:
                    continue
                seen.add(key)
                if key not in keys:
                    raise self.missing(one, key, target)

    def missing(self, one: Constraint, key: tuple[str | None, ...], target: Table) -> Raised:
        """The refusal of a row whose partner is missing."""
        message = f'insert or update on table "{self.table.name}" violates foreign key constraint "{one.name}"'
        return fail(message, "23503", detail=key_detail(one.columns, key, f'is not present in table "{target.name}".'))


def duplicate(name: str, columns: tuple[str, ...], key: tuple[str | None, ...]) -> Raised:
    """The refusal of a second row with a key."""
    message = f'duplicate key value violates unique constraint "{name}"'
    return fail(message, "23505", detail=key_detail(columns, key, "already exists."))


def check_leaving(ctx: Context, table: Table, gone: list[Row], kept: Rows) -> None:
    """Rows that others refer to may not go (NO ACTION)."""
    for other in ctx.database.tables():
        for one in other.constraints:
            if one.kind != "f" or one.references != (table.schema, table.name) or "ON DELETE" in one.definition:
                continue
            places = places_of(table, one.referenced)
            left = Keys(kept, places)
            used = Keys(other.rows if other is not table else kept, places_of(other, one.columns))
            for row in gone:
                key = key_of(row, places)
                if key in used and key not in left:
                    message = (
                        f'update or delete on table "{table.name}" violates foreign key constraint "{one.name}" '
                        f'on table "{other.name}"'
                    )
                    raise fail(
                        message,
                        "23503",
                        detail=key_detail(one.referenced, key, f'is still referenced from table "{other.name}".'),
                    )
