"""What pg_dump -v says while it reads the catalogue."""

from __future__ import annotations

from host.catalog.objects import Table
from host.dump.facts import ToolFacts
from host.dump.options import DumpOptions
from host.dump.plan import Plan
from host.dump.relations import in_table
from simulator.versions import since

_READING = """\
reading extensions
identifying extension members
reading schemas
reading user-defined tables
reading user-defined functions
reading user-defined types
reading procedural languages
reading user-defined aggregate functions
reading user-defined operators
reading user-defined access methods
reading user-defined operator classes
reading user-defined operator families
reading user-defined text search parsers
reading user-defined text search templates
reading user-defined text search dictionaries
reading user-defined text search configurations
reading user-defined foreign-data wrappers
reading user-defined foreign servers
reading default privileges
reading user-defined collations
reading user-defined conversions
reading type casts
reading transforms
reading table inheritance information
reading event triggers
finding extension tables
finding inheritance relationships
reading column info for interesting tables"""
_FLAGGING = """\
flagging inherited columns in subtables
reading partitioning data
reading indexes
flagging indexes in partitioned tables
reading extended statistics
reading constraints
reading triggers
reading rewrite rules
reading policies
reading row-level security policies
reading publications
reading publication membership of tables
reading publication membership of schemas
reading subscriptions"""
_SUBSCRIPTION_TABLES = {12: (), 17: ("reading subscription membership of tables",)}
_QUOTED_SAVING = {12: "saving {}", 17: 'saving "{}"'}
SEARCH_PATH = "executing SELECT pg_catalog.set_config('search_path', '', false);"


def opening(tool: ToolFacts) -> tuple[str, ...]:
    """Said for every connection."""
    return (SEARCH_PATH,) if tool.says_search_path else ()


def reading(plan: Plan, options: DumpOptions, tool: ToolFacts) -> list[str]:
    """Every line between the connection and the first entry."""
    d = plan.dumping
    chosen = [t for t in d.database.tables() if d.selection.relation((t.schema, t.name))]
    lines = [*opening(tool), "last built-in OID is 16383", *_READING.split("\n"), *_found(chosen)]
    lines += [*_FLAGGING.split("\n"), *since(tool.major, _SUBSCRIPTION_TABLES)]
    if options.wants_large_objects and options.output.wants_data:
        lines.append("reading large objects")
    encoding = options.encoding or d.database.encoding
    lines += ["reading dependency data", f"saving encoding = {encoding}"]
    saving = since(tool.major, _QUOTED_SAVING)
    lines += [saving.format("standard_conforming_strings = on"), saving.format("search_path = ")]
    if options.output.create or options.format != "p":
        lines.append("saving database definition")
    return lines


def _found(tables: list[Table]) -> list[str]:
    found = []
    if any(c.default is not None or c.generated is not None for table in tables for c in table.columns):
        found.append("finding table default expressions")
    if any(in_table(c) or c.kind == "c" for table in tables for c in table.constraints):
        found.append("finding table check constraints")
    return found


def circle(tool: str, tables: tuple[str, ...]) -> str:
    """The warning of a data-only dump of tables whose foreign keys go in a circle."""
    which = "this table" if len(tables) == 1 else "these tables"
    without = "You might not be able to restore the dump without using --disable-triggers"
    return (
        f"{tool}: warning: there are circular foreign-key constraints on {which}:\n"
        + "".join(f"{tool}: detail: {name}\n" for name in tables)
        + f"{tool}: hint: {without} or temporarily dropping the constraints.\n"
        f"{tool}: hint: Consider using a full dump instead of a --data-only dump to avoid this problem.\n"
    )
