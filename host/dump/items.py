"""What pg_dump collects: objects with their place in the order of dumping and the entries they become."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from host.catalog.model import Catalog, Database
from host.catalog.names import qualified, quoted
from host.catalog.objects import Key
from host.dump.facts import ToolFacts
from host.dump.options import DumpOptions
from host.dump.selection import Selection
from host.dump.toc import TocEntry

# pg_dump_sort.c: enum dbObjectTypePriorities, the members that the dojo has.
_PRIORITIES = (
    "schema",
    "extension",
    "type",
    "function",
    "table",
    "default",
    "large object before data",
    "pre-data boundary",
    "table data",
    "sequence set",
    "large object",
    "large object data",
    "statistics",
    "post-data boundary",
    "constraint",
    "index",
    "trigger",
    "fk constraint",
    "policy",
    "refresh",
)
PRIORITY = {kind: number for number, kind in enumerate(_PRIORITIES)}

Name = tuple[Hashable, ...]
"""Names an item: ('relation', 'public', 'orders')."""


@dataclass(frozen=True, slots=True)
class Item:
    """An object to be dumped."""

    kind: str
    key: Name
    schema: str | None
    name: str
    entries: tuple[TocEntry, ...]
    """The object's own entry first, then what is made beside it (comments, privileges)."""
    depends: frozenset[Name] = field(default_factory=frozenset)
    sub: tuple[Hashable, ...] = ()
    """Decides between items of one name."""
    again: tuple[Name, ...] = ()
    """Needed by more than one column: the archive lists these as often."""

    @property
    def order(self) -> tuple[object, ...]:
        """DOTypeNameCompare: priority, schema (none comes last), name, then what is special to the kind."""
        return (PRIORITY[self.kind], self.schema is None, self.schema or "", self.name, self.sub)


@dataclass(frozen=True)
class Dumping:
    """Everything that the texts of a dump depend on."""

    catalog: Catalog
    database: Database
    options: DumpOptions
    tool: ToolFacts
    selection: Selection
    maintain: bool
    """The server knows the privilege MAINTAIN."""
    public_of_database_owner: bool
    """Schema public belongs to pg_database_owner (servers from 15 on)."""

    @property
    def always(self) -> bool:
        """--quote-all-identifiers."""
        return self.options.output.quote_all

    def q(self, name: str) -> str:
        """An identifier."""
        return quoted(name, self.always)

    def qq(self, schema: str, name: str) -> str:
        """A qualified name."""
        return qualified(schema, name, self.always)


def relation_name(key: Key) -> Name:
    """The name of the item of a table, sequence or view."""
    return ("relation", *key)
