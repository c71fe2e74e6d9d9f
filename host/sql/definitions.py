"""What a table definition says, before names and OIDs are given."""

from __future__ import annotations

from dataclasses import dataclass, field

from host.catalog import Column


@dataclass
class Pending:
    """A constraint as written; its names and OIDs are given once the columns are known."""

    kind: str
    name: str = ""
    columns: list[str] = field(default_factory=list)
    expression: str = ""
    target: tuple[str | None, str] | None = None
    target_place: int = 0
    target_columns: list[str] = field(default_factory=list)
    actions: str = ""
    index: str = ""
    valid: bool = True
    place: int = 0


@dataclass
class Definition:
    """What stands between the parentheses of CREATE TABLE."""

    columns: list[Column] = field(default_factory=list)
    constraints: list[Pending] = field(default_factory=list)
    serials: list[tuple[str, str, str]] = field(default_factory=list)
    """Columns with a sequence of their own: name, type, identity ('' serial)."""
