r"""\\d NAME: one table, view or sequence (describeOneTableDetails)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from host.catalog import Database, Sequence, Table
from host.psql.printing import Grid
from host.sql.casts import table_indexes
from simulator.versions import since

if TYPE_CHECKING:
    from host.psql.state import Psql


def describe_relation(psql: Psql, database: Database, one: Any, *, verbose: bool = False) -> None:
    """Print what a relation is made of."""
    if isinstance(one, Sequence):
        _sequence(psql, one)
        return
    word = "Table" if isinstance(one, Table) else "Materialized view" if one.materialized else "View"
    if isinstance(one, Table) and one.unlogged:
        word = "Unlogged table"
    heads: tuple[str, ...] = ("Column", "Type", "Collation", "Nullable", "Default")
    rows: tuple[tuple[str, ...], ...] = tuple(
        (column.name, column.type, column.collation, "not null" if column.not_null else "", _default(column))
        for column in one.columns
    )
    footers = _footers(database, one) if isinstance(one, Table) else ()
    if verbose:
        heads, rows = _more_columns(psql, one, heads, rows)
        footers += _more_footers(psql, one)
    psql.show(Grid(heads, ("text",) * len(heads), rows, f'{word} "{one.schema}.{one.name}"', footers))


def _more_columns(
    psql: Psql, one: Any, heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    r"""\\d+: how the values are kept, and what is said about the columns."""
    view = not isinstance(one, Table) and not one.materialized
    server = psql.instance.major if psql.instance else psql.major
    compressed = all(since(major, {12: False, 14: True}) for major in (psql.major, server))
    compression = ("",) if not view and compressed else ()
    more = ("Storage", *(("Compression",) if compression else ()), *(() if view else ("Stats target",)), "Description")
    added = tuple(
        (_storage(column.type), *compression, *(() if view else ("",)), column.comment) for column in one.columns
    )
    return (*heads, *more), tuple((*row, *new) for row, new in zip(rows, added, strict=True))


def _storage(kind: str) -> str:
    if kind.startswith("numeric"):
        return "main"
    return "extended" if kind.startswith(_EXTENDED) or kind.endswith("[]") else "plain"


_EXTENDED = ("text", "character", "bytea", "json", "xml", "tsvector")


def _more_footers(psql: Psql, one: Any) -> tuple[str, ...]:
    r"""\\d+: the query of a view, names of NOT NULL constraints, access method."""
    lines: list[str] = []
    if not isinstance(one, Table):
        lines += ["View definition:", *f"{one.definition.replace('public.', '')};".split("\n")]
        return (*lines, "Access method: heap") if one.materialized else tuple(lines)
    named = [column for column in one.columns if column.not_null]
    if named and _names_them(psql.major) and psql.instance and _names_them(psql.instance.major):
        lines.append("Not-null constraints:")
        for column in sorted(named, key=lambda c: c.not_null_name or f"{one.name}_{c.name}_not_null"):
            name = column.not_null_name or f"{one.name}_{column.name}_not_null"
            lines.append(f'    "{name}" NOT NULL "{column.name}"')
    return (*lines, "Access method: heap")


def _names_them(major: int) -> bool:
    return since(major, {12: False, 18: True})


def _default(column: Any) -> str:
    if column.identity:
        return f"generated {'always' if column.identity == 'a' else 'by default'} as identity"
    if column.default is None:
        return ""
    return str(column.default).replace("'public.", "'")


def _sequence(psql: Psql, one: Sequence) -> None:
    heads = ("Type", "Start", "Minimum", "Maximum", "Increment", "Cycles?", "Cache")
    kinds = ("text", "bigint", "bigint", "bigint", "bigint", "text", "bigint")
    row = (
        one.type,
        str(one.start),
        str(one.minimum),
        str(one.maximum),
        str(one.increment),
        "yes" if one.cycle else "no",
        str(one.cache),
    )
    footers = (f"Owned by: {'.'.join(one.owned_by)}",) if one.owned_by else ()
    psql.show(Grid(heads, kinds, (row,), f'Sequence "{one.schema}.{one.name}"', footers))


def _footers(database: Database, table: Table) -> tuple[str, ...]:
    lines: list[str] = []
    indexes = sorted(table_indexes(table), key=lambda found: (not _primary(table, found[0]), found[0]))
    if indexes:
        lines.append("Indexes:")
        lines += [f"    {_index(table, name)}" for name, _, _ in indexes]
    checks = sorted((one for one in table.constraints if one.kind == "c"), key=lambda one: one.name)
    if checks:
        lines.append("Check constraints:")
        lines += [f'    "{one.name}" {_pretty(one.definition)}' for one in checks]
    foreign = sorted((one for one in table.constraints if one.kind == "f"), key=lambda one: one.name)
    if foreign:
        lines.append("Foreign-key constraints:")
        lines += [f'    "{one.name}" {_visible(one.definition)}' for one in foreign]
    using = [
        f'    TABLE "{_shown(other)}" CONSTRAINT "{one.name}" {_visible(one.definition)}'
        for other in database.tables()
        for one in other.constraints
        if one.references == (table.schema, table.name)
    ]
    if using:
        lines += ["Referenced by:", *using]
    lines += _policies(table)
    if table.triggers:
        lines.append("Triggers:")
        lines += [f"    {one.definition.removeprefix('CREATE TRIGGER ')}" for one in table.triggers]
    if table.tablespace:
        lines.append(f'Tablespace: "{table.tablespace}"')
    return tuple(lines)


def _policies(table: Table) -> list[str]:
    on, some = table.row_security, bool(table.policies)
    if not on and not some:
        return []
    forced = "forced " if table.force_row_security else ""
    word = (
        f" ({forced}row security enabled)" if on and (forced or not some) else "" if on else " (row security disabled)"
    )
    lines = [f"Policies{word}:{'' if some else ' (none)'}"]
    for one in sorted(table.policies, key=lambda one: one.name):
        kind = "" if one.permissive else " AS RESTRICTIVE"
        lines.append(f'    POLICY "{one.name}"{kind}{_FOR[one.command]}')
        lines += [f"      TO {','.join(sorted(one.roles))}"] if one.roles else []
        lines += [f"      {word} ({text})" for word, text in (("USING", one.using), ("WITH CHECK", one.check)) if text]
    return lines


_FOR = {"*": "", "r": " FOR SELECT", "a": " FOR INSERT", "w": " FOR UPDATE", "d": " FOR DELETE"}


def _pretty(definition: str) -> str:
    """pg_get_constraintdef with few parentheses: around constants, comparisons and the whole they are left out."""
    text = _CONSTANT.sub(r"\1::", definition)
    before = ""
    while before != text:
        before = text
        text = _SIMPLE.sub(r"\1\2", text)
    return re.sub(r"^CHECK \((\(.*\))\)$", lambda m: f"CHECK {m[1]}" if _closed(m[1]) else m[0], text)


_CONSTANT = re.compile(r"\((-?\d+(?:\.\d+)?)\)::")
_SIMPLE = re.compile(
    r"(^CHECK \(|\(|AND |OR )\(((?:[^()']|'[^']*')* (?:<>|[<>=]=?|!~|~) (?:[^()']|'[^']*')*)\)(?= AND| OR|\))"
)


def _closed(text: str) -> bool:
    """The first parenthesis is closed by the last one."""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return at == len(text) - 1
    return False


def _shown(table: Table) -> str:
    return table.name if table.schema == "public" else f"{table.schema}.{table.name}"


def _visible(definition: str) -> str:
    return definition.replace("REFERENCES public.", "REFERENCES ")


def _primary(table: Table, name: str) -> bool:
    return table.primary_key is not None and table.primary_key.name == name


def _index(table: Table, name: str) -> str:
    key = table.constraint(name)
    if key is None:
        index = next(one for one in table.indexes if one.name == name)
        method = index.definition.partition(" USING ")[2]
        space = f', tablespace "{index.tablespace}"' if index.tablespace else ""
        return f'"{name}" {"UNIQUE, " if index.unique else ""}{method}{space}'
    columns = ", ".join(key.columns)
    word = "PRIMARY KEY" if key.kind == "p" else "UNIQUE CONSTRAINT"
    return f'"{name}" {word}, btree ({columns})'
