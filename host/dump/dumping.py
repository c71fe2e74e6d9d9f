"""One run of pg_dump after its connection stands: the archive it makes, or the text it prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from host.catalog.model import Catalog, Database
from host.dump.access import Refused
from host.dump.facts import ToolFacts
from host.dump.options import DumpOptions, RestoreOptions
from host.dump.plan import Plan, plan
from host.dump.toc import DumpArchive
from host.restore.required import wanted
from host.restore.run import broken_off, script


@dataclass(frozen=True, slots=True)
class Source:
    """The server that is dumped from."""

    catalog: Catalog
    database: Database
    release: str
    """As the server prints its version."""

    @property
    def version_number(self) -> int:
        """180004."""
        minor = self.release.partition(".")[2].partition(" ")[0]
        return self.catalog.major * 10000 + int(minor if minor.isdigit() else 0)


def planned(source: Source, options: DumpOptions, tool: ToolFacts) -> Plan:
    """The plan of the dump; raises PatternError."""
    return plan(source.catalog, source.database, options, tool, source.version_number)


def archived(source: Source, made: Plan, options: DumpOptions, tool: ToolFacts, clock: float) -> DumpArchive:
    """The archive: entries that the options leave nothing of are not in it."""
    archive = DumpArchive(
        options.format,
        source.database.name,
        made.entries,
        source.release,
        tool.release,
        tool.archive_minor,
        clock,
        _compression(options),
        options.compression_level,
        options.encoding or source.database.encoding,
    )
    if options.format == "p":
        return archive
    # Owner, privileges and DROP are the business of pg_restore: the archive holds them all the same.
    output = replace(options.output, create=True)
    parts = wanted(made.entries, RestoreOptions(output))
    kept = tuple(e for e in made.entries if parts[e.dump_id].any or parts[e.dump_id].special)
    return replace(archive, entries=kept)


def _compression(options: DumpOptions) -> str:
    if options.compression != "default":
        return options.compression
    return "gzip" if options.format in "cd" else "none"


def _ignored(_: str) -> None:
    pass


def text(
    archive: DumpArchive, options: DumpOptions, tool: ToolFacts, progress: Callable[[str], None] = _ignored
) -> str:
    """A plain dump."""
    return script(archive, RestoreOptions(options.output), tool, progress)


def text_until(archive: DumpArchive, options: DumpOptions, tool: ToolFacts, refused: Refused) -> str:
    """What a plain dump has written when it comes to what it may not read."""
    return broken_off(archive, RestoreOptions(options.output), tool, refused.large_object, refused.table)
