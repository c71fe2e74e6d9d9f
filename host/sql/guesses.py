"""What the server thinks was meant by a column or table that there is not (parse_relation.c)."""

from __future__ import annotations

from collections.abc import Iterator

from host.sql.compiled import Scope, Source

_FARTHEST = 3
"""MAX_FUZZY_DISTANCE."""


def distance(one: str, other: str) -> int:
    """Levenshtein's: letters to insert, to take away or to change."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row[0] = row[0], number
        for at, second in enumerate(other, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (letter != second))
    return row[-1]


def levels(scope: Scope) -> Iterator[Scope]:
    """The scope and those around it."""
    level: Scope | None = scope
    while level is not None:
        yield level
        level = level.outer


def column_hint(scope: Scope, table: str, name: str) -> str:
    """Perhaps you meant …: the nearest column names, when no more than two are as near as that."""
    nearest, found = _FARTHEST + 1, []
    for source in (source for level in levels(scope) for source in level.sources):
        penalty = min(distance(table, source.alias), _FARTHEST + 1) if table else 0
        for column in source.columns:
            if penalty > nearest:
                break
            far = distance(name, column.name)
            if far > len(name) // 2:
                continue
            far += penalty
            if far < nearest:
                nearest, found = far, [f"{source.alias}.{column.name}"]
            elif far == nearest and len(found) == 2:
                nearest, found = far - 1, []
            elif far == nearest and found:
                found.append(f"{source.alias}.{column.name}")
    if not found:
        return ""
    listed = " or the column ".join(f'"{one}"' for one in found)
    return f"Perhaps you meant to reference the column {listed}."


def hidden_by_alias(scope: Scope, table: str) -> Source | None:
    """A source that is this table, but goes by another name."""
    every = (source for level in levels(scope) for source in level.sources)
    return next((source for source in every if source.relation == table and source.alias != table), None)
