"""Whether an entry is wanted, and which part of it (_tocEntryRequired)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from host.dump.options import RestoreOptions
from host.dump.toc import TocEntry

_FIXED = ("ENCODING", "STDSTRINGS", "SEARCHPATH")
_DEPENDENT = ("ACL", "COMMENT", "SECURITY LABEL", "STATISTICS DATA")
_TABLES = (
    "TABLE",
    "TABLE DATA",
    "VIEW",
    "FOREIGN TABLE",
    "MATERIALIZED VIEW",
    "MATERIALIZED VIEW DATA",
    "SEQUENCE",
    "SEQUENCE SET",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which parts of an entry are wanted."""

    schema: bool = False
    data: bool = False
    statistics: bool = False
    special: bool = False

    @property
    def any(self) -> bool:
        """Something is to be restored."""
        return self.schema or self.data or self.statistics


_NOTHING = Wanted()


def wanted(entries: Sequence[TocEntry], options: RestoreOptions) -> Mapping[int, Wanted]:
    """What is wanted of every entry, by dump ID; sections of entries without one are those before them."""
    judge = _Judge(entries, options)
    section, found = "pre-data", {}
    for entry in entries:
        section = entry.section or section
        found[entry.dump_id] = judge.of(entry, section)
    return found


class _Judge:
    def __init__(self, entries: Sequence[TocEntry], options: RestoreOptions) -> None:
        self.options, self.output = options, options.output
        self.by_id = {entry.dump_id: entry for entry in entries}
        self.ids = None if options.wanted is None else frozenset(options.wanted)

    def of(self, entry: TocEntry, section: str) -> Wanted:
        if entry.desc in _FIXED:
            return Wanted(special=True)
        if entry.desc in ("DATABASE", "DATABASE PROPERTIES"):
            return Wanted(schema=self.output.create)
        if self._excluded(entry, section) or not self._selected(entry, section):
            return _NOTHING
        return self._parts(entry)

    def _excluded(self, entry: TocEntry, section: str) -> bool:
        return (
            (self.output.no_privileges and entry.is_acl)
            or (self.output.no_comments and entry.desc == "COMMENT")
            or section not in self.output.sections
            or (self.ids is not None and entry.dump_id not in self.ids)
        )

    def _selected(self, entry: TocEntry, section: str) -> bool:
        options = self.options
        if entry.desc in _DEPENDENT:
            if entry.tag.startswith("DATABASE ") and entry.desc != "STATISTICS DATA":
                return self.output.create
            if options.schemas or options.exclude_schemas or options.by_kind:
                parents = [self.by_id[one] for one in entry.depends if one in self.by_id]
                return any(self.of(parent, parent.section or section).any for parent in parents)
            return True
        if options.schemas and entry.schema not in options.schemas:
            return False
        if entry.schema is not None and entry.schema in options.exclude_schemas:
            return False
        return not options.by_kind or self._of_kind(entry)

    def _of_kind(self, entry: TocEntry) -> bool:
        options = self.options
        if entry.desc in _TABLES:
            return entry.tag in options.tables
        if entry.desc == "INDEX":
            return entry.tag in options.indexes
        if entry.desc in ("FUNCTION", "AGGREGATE", "PROCEDURE"):
            return entry.tag in {_without_spaces(name) for name in options.functions} | set(options.functions)
        return entry.desc == "TRIGGER" and entry.tag in options.triggers

    def _parts(self, entry: TocEntry) -> Wanted:
        large = entry.desc in ("BLOB", "BLOB METADATA") or entry.tag.startswith(("LARGE OBJECT ", "LARGE OBJECTS "))
        if entry.desc == "STATISTICS DATA":
            return Wanted(statistics=self.output.wants_statistics)
        if entry.desc == "SEQUENCE SET":
            return Wanted(data=self.output.wants_data or self.output.sequence_data)
        if entry.data is not None or large:
            return Wanted(data=self.output.wants_data)
        return Wanted(schema=bool(entry.definition) and self.output.wants_schema)


def _without_spaces(name: str) -> str:
    """-P 'f( integer )': spaces around the arguments do not matter."""
    before, _, after = name.partition("(")
    return f"{before.strip()}({after.strip().removesuffix(')').strip()})" if after else name
