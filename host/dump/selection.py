"""Which objects a dump holds: -t, -T, -n, -N, -e and --exclude-table-data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from host.catalog.model import Database
from host.catalog.objects import Extension, Key, Sequence, Table
from host.dump import patterns
from host.dump.options import DumpOptions
from host.dump.patterns import PatternError

Keys = frozenset[Key]


@dataclass(frozen=True, slots=True)
class Selection:
    """The names chosen; None: no such option was given."""

    tables: Keys | None
    without_tables: Keys
    without_data: Keys
    schemas: frozenset[str] | None
    without_schemas: frozenset[str]
    extensions: frozenset[str] | None
    without_extensions: frozenset[str]
    everything: bool
    owned: Keys = frozenset()
    """Sequences that come along with the tables that own them."""
    orphaned: Keys = frozenset()
    """Identity sequences of tables that are not dumped: they stay behind too."""

    def schema(self, name: str) -> bool:
        """The schema itself is dumped."""
        if self.tables is not None:
            return False
        return (self.schemas is None or name in self.schemas) and name not in self.without_schemas

    inside = schema
    """What is in the schema is dumped: as the schema."""

    def relation(self, key: Key) -> bool:
        """The table, view or sequence is dumped."""
        if key in self.owned:
            return True
        if key in self.without_tables or key in self.orphaned:
            return False
        return key in self.tables if self.tables is not None else self.inside(key[0])

    def extension(self, extension: Extension) -> bool:
        """The extension is dumped; those that initdb made never are."""
        if extension.oid < 16384 or extension.name in self.without_extensions:
            return False
        return extension.name in self.extensions if self.extensions is not None else self.everything


def select(database: Database, options: DumpOptions, search_path: tuple[str, ...] = ("public",)) -> Selection:
    """Expand the patterns against a database; raises PatternError with pg_dump's message."""
    strict = options.strict_names
    # The order of main(): schemas, tables, table data, extensions.
    schemas = _schemas(database, options.schemas, strict, "schemas")
    if options.schemas and not schemas:
        raise PatternError("no matching schemas were found")
    without_schemas = _schemas(database, options.exclude_schemas, False, "schemas")
    tables = _tables(database, options.tables, strict, search_path)
    if options.tables and not tables:
        raise PatternError("no matching tables were found")
    without_tables = _tables(database, options.exclude_tables, False, search_path)
    without_data = _tables(database, options.exclude_table_data, False, search_path)
    extensions = _extensions(database, options.extensions, strict)
    if options.extensions and not extensions:
        raise PatternError("no matching extensions were found")
    chosen = Selection(
        tables if options.tables else None,
        without_tables,
        without_data,
        schemas if options.schemas else None,
        without_schemas,
        extensions if options.extensions else None,
        _extensions(database, options.exclude_extensions, False),
        options.include_everything,
    )
    return _with_sequences(database, chosen)


def _with_sequences(database: Database, chosen: Selection) -> Selection:
    """getOwnedSeqs: what becomes of sequences that belong to tables."""
    owners = {(one.schema, one.name): one for one in database.sequences() if one.owned_by is not None}
    dumped = {key for key, one in owners.items() if one.owned_by and chosen.relation(one.owned_by[:2])}
    orphaned = {key for key, one in owners.items() if one.identity and key not in dumped}
    return replace(chosen, owned=frozenset(dumped), orphaned=frozenset(orphaned))


def _read(database: Database, text: str, kind: str) -> patterns.Pattern:
    pattern = patterns.read(text, kind)
    if pattern.database is not None and pattern.database != database.name:
        raise PatternError(f"cross-database references are not implemented: {text}")
    return pattern


def _schemas(database: Database, texts: Iterable[str], strict: bool, what: str) -> frozenset[str]:
    found: set[str] = set()
    for text in texts:
        pattern = _read(database, text, "schema")
        now = {name for name in database.schemas if patterns.matches(pattern.name, name)}
        if strict and not now:
            raise PatternError(f'no matching {what} were found for pattern "{text}"')
        found |= now
    return frozenset(found)


def _extensions(database: Database, texts: Iterable[str], strict: bool) -> frozenset[str]:
    found: set[str] = set()
    for text in texts:
        pattern = patterns.read(text, "extension")
        if pattern.database is not None:
            raise PatternError(f"improper qualified name (too many dotted names): {text}")
        now = {name for name in database.extensions if patterns.matches(pattern.name, name)}
        if strict and not now:
            raise PatternError(f'no matching extensions were found for pattern "{text}"')
        found |= now
    return frozenset(found)


def _tables(database: Database, texts: Iterable[str], strict: bool, path: tuple[str, ...]) -> Keys:
    found: set[Key] = set()
    for text in texts:
        pattern = _read(database, text, "table")
        now = {key for key in database.relations if _fits(database, pattern, key, path)}
        if strict and not now:
            raise PatternError(f'no matching tables were found for pattern "{text}"')
        found |= now
    return frozenset(found)


def _fits(database: Database, pattern: patterns.Pattern, key: Key, path: tuple[str, ...]) -> bool:
    schema, name = key
    if not patterns.matches(pattern.name, name):
        return False
    if pattern.schema is not None:
        return patterns.matches(pattern.schema, schema)
    # pg_table_is_visible: the first schema of the search path that has this name.
    first = next((one for one in path if (one, name) in database.relations), None)
    return first == schema


def has_data(table: Table | Sequence, selection: Selection, options: DumpOptions) -> bool:
    """Rows of the relation are dumped."""
    if isinstance(table, Table) and table.unlogged and options.no_unlogged_table_data:
        return False
    return (table.schema, table.name) not in selection.without_data
