"""pg_dump's plan: every entry of the archive, in order, with its dump ID and dependencies."""

from __future__ import annotations

from dataclasses import dataclass, replace

from host.catalog.model import Catalog, Database
from host.catalog.objects import Sequence, Table, View
from host.dump import data, databases, post, relations, schemas
from host.dump.facts import ToolFacts
from host.dump.items import Dumping, Item, Name
from host.dump.options import DumpOptions
from host.dump.order import ordered
from host.dump.selection import has_data, select
from host.dump.toc import TocEntry
from host.effort import DUMP, OBJECT, spend
from simulator.versions import since

# pg_dump numbers what it reads, and it reads every schema, type and function of the system before the user's tables.
_FIRST_ID = 200
_MAINTAIN = {12: False, 17: True}
_PUBLIC_OF_DATABASE_OWNER = {12: False, 15: True}


@dataclass(frozen=True, slots=True)
class Plan:
    """The entries in order, and what pg_dump warns of."""

    dumping: Dumping
    entries: tuple[TocEntry, ...]
    circle: tuple[str, ...] = ()
    """Tables whose foreign keys go in a circle, in a data-only dump."""


def plan(catalog: Catalog, database: Database, options: DumpOptions, tool: ToolFacts, version_number: int = 0) -> Plan:
    """Plan a dump; raises PatternError with pg_dump's message when a pattern finds nothing."""
    spend(DUMP + OBJECT * len(database.relations))
    selection = select(database, options)
    d = Dumping(
        catalog,
        database,
        options,
        tool,
        selection,
        since(catalog.major, _MAINTAIN),
        since(catalog.major, _PUBLIC_OF_DATABASE_OWNER),
    )
    collected = _collected(d, version_number)
    spend(OBJECT * len(collected))
    ids = {item.key: _FIRST_ID + number for number, item in enumerate(collected) if item.entries}
    needed = {item.key for item in collected if _has_own(item)}
    order, circle = ordered(collected)
    numbering = _Numbering(_FIRST_ID + len(collected), ids, needed)
    entries = [numbering.beside(entry) for entry in databases.fixed_entries(d)]
    if options.output.create or options.format != "p":
        entries += numbering.of_database(databases.database_entries(d))
    for item in order:
        entries += numbering.of_item(item)
    return Plan(d, tuple(entries), circle)


def _collected(d: Dumping, version_number: int) -> list[Item]:
    """Everything that has a place in the order: what is not dumped counts there too, without entries."""
    database, chosen = d.database, d.selection
    items = [_kept(schemas.extension_item(d, one), chosen.extension(one)) for one in database.extensions.values()]
    items += [_kept(schemas.schema_item(d, one), chosen.schema(one.name)) for one in database.schemas.values()]
    for relation in sorted(database.relations.values(), key=lambda one: one.oid):
        wanted = chosen.relation((relation.schema, relation.name))
        items.append(relations.relation_item(d, relation, wanted))
        if wanted:
            items += _beside_relation(d, relation, version_number)
    items += [_kept(schemas.function_item(d, one), chosen.inside(one.schema)) for one in database.functions.values()]
    items += [_kept(schemas.type_item(d, one), chosen.inside(one.schema)) for one in database.types.values()]
    if d.options.wants_large_objects and d.options.output.wants_data:
        items += data.large_object_items(d)
    return items


def _has_own(item: Item) -> bool:
    """The object itself is dumped, not only what is said about it."""
    return any(entry.desc not in ("COMMENT", "ACL") for entry in item.entries)


def _kept(item: Item, wanted: bool) -> Item:
    return item if wanted else replace(item, entries=())


def _beside_relation(d: Dumping, relation: Table | Sequence | View, version_number: int) -> list[Item]:
    """Data, defaults, constraints, indexes, triggers, statistics."""
    made = []
    stored = relation.materialized if isinstance(relation, View) else has_data(relation, d.selection, d.options)
    values = d.options.output.sequence_data and isinstance(relation, Sequence)
    if stored and (d.options.output.wants_data or values):
        made.append(data.data_item(d, relation))
    if isinstance(relation, View):
        made += [post.index_item(d, relation, index) for index in relation.indexes]
    if isinstance(relation, Table):
        made += [*relations.default_items(d, relation), *post.after_data(d, relation)]
        if d.tool.statistics and d.options.output.wants_statistics:
            made += post.statistics_items(relation, version_number)
    return made


class _Numbering:
    """Gives dump IDs: an object keeps the one it got when it was read, what is made beside it takes the next."""

    def __init__(self, first: int, ids: dict[Name, int], needed: set[Name]) -> None:
        self.next, self.ids, self.needed = first, ids, needed

    def beside(self, entry: TocEntry, depends: tuple[int, ...] = ()) -> TocEntry:
        self.next += 1
        return replace(entry, dump_id=self.next, depends=depends, shown_depends=depends)

    def of_database(self, entries: list[TocEntry]) -> list[TocEntry]:
        first = self.beside(entries[0])
        own = (first.dump_id,)
        return [first, *(self.beside(e, () if e.desc == "DATABASE PROPERTIES" else own) for e in entries[1:])]

    def of_item(self, item: Item) -> list[TocEntry]:
        own = self.ids.get(item.key, 0)
        needs = tuple(sorted(self.ids[name] for name in (*item.depends, *item.again) if name in self.needed))
        shown = needs if item.kind in ("table data", "sequence set", "large object data", "refresh") else ()
        made: list[TocEntry] = []
        for entry in item.entries:
            main = entry.desc not in ("COMMENT", "ACL", "SEQUENCE OWNED BY")
            if main and item.kind not in ("table data", "sequence set"):
                made.append(replace(entry, dump_id=own, depends=needs, shown_depends=shown))
            else:
                # Privileges of columns come after those of their table.
                twice = 1 + any(before.desc == "ACL" for before in made if entry.desc == "ACL")
                made.append(self.beside(entry, needs if main else (own,) * twice if own else ()))
        return made
