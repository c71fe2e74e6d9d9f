"""RestoreArchive: an archive's entries as statements, in their order, for a script or a server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from host.catalog.names import quoted
from host.dump.facts import ToolFacts
from host.dump.options import Output, RestoreOptions
from host.dump.toc import DumpArchive, LargeObjectData, TocEntry
from host.effort import OBJECT, spend
from host.restore.comments import header, stamp
from host.restore.drops import drop_statement
from host.restore.emit import Emitter, Script, Server, Stopped, TarScript
from host.restore.owners import owner_statement
from host.restore.required import Wanted, wanted


def _ignored(_: str) -> None:
    pass


def _nothing_missing(_: TocEntry) -> str:
    return ""


@dataclass
class Restoring:
    """One restore: what is current on the other side, so that nothing is said twice."""

    archive: DumpArchive
    options: RestoreOptions
    tool: ToolFacts
    emitter: Emitter
    progress: Callable[[str], None] = _ignored
    """What -v reports."""
    completed: float = 0.0
    user: str | None = None
    tablespace: str | None = None
    access_method: str | None = None
    parts: dict[int, Wanted] = field(default_factory=dict)
    data_only: bool = False
    failed_tables: set[tuple[str | None, str]] = field(default_factory=set)
    missing: Callable[[TocEntry], str] = _nothing_missing
    """Why the data of an entry cannot be read, '' when it can."""

    def run(self) -> None:
        """The whole archive; raises Stopped."""
        output, emit = self.options.output, self.emitter
        entries = _in_wanted_order(self.archive.entries, self.options.wanted)
        self.parts = dict(wanted(entries, self.options))
        self.data_only = output.data_only
        if not self.data_only and not any(self.parts[entry.dump_id].schema for entry in entries):
            self.data_only = True
            self.progress("implied data-only restore" if not self.tool.statistics else "implied no-schema restore")
        self._head()
        if output.single_transaction:
            emit.begin()
        self._fixed_state()
        if isinstance(emit, Server):
            emit.stage = "PROCESSING TOC"
        if output.clean:
            for entry in reversed(entries):
                self._drop(entry)
        spend(OBJECT // 2 * len(entries))
        for restore_pass in range(3):
            for entry in entries:
                if entry.restore_pass == restore_pass:
                    self._entry(entry)
        if isinstance(emit, Server):
            emit.stage, emit.entry = "FINALIZING", None
        if output.single_transaction:
            emit.commit()
        self._foot()

    def _comment(self, text: str) -> None:
        if self.emitter.comments:
            self.emitter.sql(text)

    def _head(self) -> None:
        key = self.options.output.restrict_key
        self._comment("--\n-- PostgreSQL database dump\n--\n\n")
        if key:
            self._comment(f"\\restrict {key}\n\n")
        self._comment(f"-- Dumped from database version {self.archive.server_release}\n")
        self._comment(f"-- Dumped by pg_dump version {self.archive.tool_release}\n\n")
        if self.options.output.verbose:
            self._comment(f"-- Started on {stamp(self.archive.created)}\n\n")

    def _foot(self) -> None:
        key = self.options.output.restrict_key
        if self.options.output.verbose:
            self._comment(f"-- Completed on {stamp(self.completed or self.archive.created)}\n\n")
        self._comment("--\n-- PostgreSQL database dump complete\n--\n\n")
        if key:
            self._comment(f"\\unrestrict {key}\n\n")

    def _fixed_state(self) -> None:
        output, emit = self.options.output, self.emitter
        lines = ["SET statement_timeout = 0;\n", "SET lock_timeout = 0;\n"]
        lines.append("SET idle_in_transaction_session_timeout = 0;\n")
        if self.tool.transaction_timeout:
            lines.append("SET transaction_timeout = 0;\n")
        lines.append(f"SET client_encoding = '{self.archive.encoding}';\n")
        lines.append("SET standard_conforming_strings = on;\n")
        if output.role:
            lines.append(f"SET ROLE {quoted(output.role)};\n")
        lines.append("SELECT pg_catalog.set_config('search_path', '', false);\n")
        lines += ["SET check_function_bodies = false;\n", "SET xmloption = content;\n"]
        lines.append("SET client_min_messages = warning;\n")
        lines.append(f"SET row_security = {'on' if output.enable_row_security else 'off'};\n")
        for line in lines:
            emit.sql(line)
        emit.sql("\n")

    def _connect(self, database: str) -> None:
        self.emitter.connect(database)
        self.user = self.tablespace = self.access_method = None
        self._fixed_state()

    def _become(self, user: str) -> None:
        if self.user == user:
            return
        name = f"'{user}'" if user else "DEFAULT"
        text = f"SET SESSION AUTHORIZATION {name};"
        self.emitter.setting(text, f'could not set session user to "{user}"')
        self.user = user

    def _become_owner(self, entry: TocEntry) -> None:
        if self.options.output.session_authorization and not self.options.output.no_owner:
            self._become(entry.owner or "")

    def _select_tablespace(self, entry: TocEntry) -> None:
        want = entry.tablespace
        if self.options.output.no_tablespaces or want is None or want == self.tablespace:
            return
        name = quoted(want, self.options.output.quote_all) if want else "''"
        self.emitter.setting(
            f"SET default_tablespace = {name};",
            f"could not set {self._setting_name('default_tablespace')} to {quoted(want)}",
        )
        self.tablespace = want

    def _setting_name(self, name: str) -> str:
        return f'"{name}"' if self.tool.quotes_settings else name

    def _select_access_method(self, entry: TocEntry) -> None:
        want = entry.access_method
        if self.options.output.no_table_access_method or want is None or want == self.access_method:
            return
        name = quoted(want, self.options.output.quote_all)
        self.emitter.setting(
            f"SET default_table_access_method = {name};",
            f"could not set {self._setting_name('default_table_access_method')}",
        )
        self.access_method = want

    def _drop(self, entry: TocEntry) -> None:
        output = self.options.output
        database = entry.desc in ("DATABASE", "DATABASE PROPERTIES")
        droppable = entry.drop or entry.desc in ("SEQUENCE", "DATABASE PROPERTIES")
        if (output.create and not database) or not self.parts[entry.dump_id].any or not droppable:
            return
        self.progress(f"dropping {entry.desc} {entry.tag}")
        if isinstance(self.emitter, Server):
            self.emitter.entry = entry
        self._become_owner(entry)
        for statement in drop_statement(entry, output.if_exists) if entry.drop else ():
            self.emitter.sql(statement)

    def _entry(self, entry: TocEntry) -> None:
        """restore_toc_entry: the definition, then the data."""
        parts, emit = self.parts[entry.dump_id], self.emitter
        if isinstance(emit, Server):
            emit.entry = entry
        shown = f"{entry.schema}.{entry.tag}" if entry.schema else entry.tag
        defined = parts.schema or parts.statistics
        if defined:
            self.progress(f'creating {entry.desc} "{shown}"')
            self._print(entry, is_data=False)
            if entry.desc in ("DATABASE", "DATABASE PROPERTIES"):
                self.progress(f'connecting to new database "{entry.tag}"')
                self._connect(entry.tag)
        if not parts.data:
            return
        if entry.data is None:
            if not defined:
                self.progress(f"executing {entry.desc} {entry.tag}")
                self._print(entry, is_data=False)
        elif not self._failed_table(entry):
            self._data(entry)

    def _failed_table(self, entry: TocEntry) -> bool:
        if not self.options.no_data_for_failed_tables or not isinstance(self.emitter, Server):
            return False
        return (entry.schema, entry.tag) in self.failed_tables

    def _data(self, entry: TocEntry) -> None:
        emit = self.emitter
        missing = self.missing(entry)
        if missing:
            raise Stopped(missing)
        self._print(entry, is_data=True)
        if isinstance(entry.data, LargeObjectData):
            self.progress(f"processing {entry.desc}")
            emit.large_objects(entry, entry.data, self.options.output.single_transaction)
            self._tell_large_objects(entry.data)
            return
        self._triggers(entry, "DISABLE")
        self._become_owner(entry)
        self.progress(f'processing data for table "{entry.schema}.{entry.tag}"')
        emit.rows(entry)
        self._triggers(entry, "ENABLE")

    def _tell_large_objects(self, data: LargeObjectData) -> None:
        """pg_dump itself reads them from the server and says nothing here."""
        if self.archive.format == "p":
            return
        for oid, _ in data.objects:
            self.progress(f"restoring large object with OID {oid}")
        count = len(data.objects)
        self.progress(f"restored {count} large object{'s' * (count != 1)}")

    def _triggers(self, entry: TocEntry, word: str) -> None:
        output = self.options.output
        if not (self.data_only and output.disable_triggers):
            return
        self.progress(f"{'disabling' if word == 'DISABLE' else 'enabling'} triggers for {entry.tag}")
        self._become(output.superuser)
        always = output.quote_all
        name = f"{quoted(entry.schema or '', always)}.{quoted(entry.tag, always)}"
        self.emitter.sql(f"ALTER TABLE {name} {word} TRIGGER ALL;\n\n")

    def _print(self, entry: TocEntry, is_data: bool) -> None:
        """_printTocEntry: settings, header comment, definition, owner."""
        output = self.options.output
        if self.tool.skips_public and _is_public(entry) and not (output.clean and not output.create):
            return
        self._become_owner(entry)
        self._select_tablespace(entry)
        self._select_access_method(entry)
        self._comment(header(entry, is_data, self.options, self.archive))
        if is_data:
            return
        created = self._definition(entry)
        if not created and entry.desc == "TABLE":
            self.failed_tables.add((entry.schema, entry.tag))
        keeps = output.no_owner or (output.session_authorization and not entry.definition.startswith("--"))
        if not keeps and entry.owner and entry.drop:
            for statement in owner_statement(entry, self.tool.own_word_for_owner, output.quote_all):
                self.emitter.sql(statement)
        if entry.is_acl:
            self.user = None

    def _definition(self, entry: TocEntry) -> bool:
        output = self.options.output
        if output.no_owner and entry.desc == "SCHEMA" and not entry.definition.startswith("--"):
            return self.emitter.sql(f"CREATE SCHEMA {quoted(entry.tag, output.quote_all)};\n\n\n")
        if entry.large_objects:
            for oid in entry.large_objects:
                self.emitter.sql(f"SELECT pg_catalog.lo_create('{oid}');\n")
            return self.emitter.sql("\n")
        return self.emitter.sql(f"{entry.definition}\n\n") if entry.definition else True


def _is_public(entry: TocEntry) -> bool:
    return (entry.desc, entry.tag) in (("SCHEMA", "public"), ("COMMENT", "SCHEMA public"))


def _in_wanted_order(entries: tuple[TocEntry, ...], order: tuple[int, ...] | None) -> tuple[TocEntry, ...]:
    """-L: what the list names comes last, in the order of the list."""
    if order is None:
        return entries
    by_id = {entry.dump_id: entry for entry in entries}
    chosen = set(order)
    return (*(e for e in entries if e.dump_id not in chosen), *(by_id[one] for one in order if one in by_id))


def script(
    archive: DumpArchive,
    options: RestoreOptions,
    tool: ToolFacts,
    progress: Callable[[str], None] = _ignored,
    completed: float = 0.0,
    missing: Callable[[TocEntry], str] = _nothing_missing,
) -> str:
    """The archive as a script; raises Stopped when data is missing."""
    written = Script(options.output.restrict_key, quote_all=options.output.quote_all)
    Restoring(archive, options, tool, written, progress, completed, missing=missing).run()
    return written.text()


def broken_off(archive: DumpArchive, options: RestoreOptions, tool: ToolFacts, unreadable: int, hidden: int) -> str:
    """The script up to the large object, or the table, that its reader may not read."""
    written = Script(options.output.restrict_key, unreadable=unreadable, hidden=hidden)
    with suppress(Stopped):
        Restoring(archive, options, tool, written).run()
    return written.text()


def tar_script(archive: DumpArchive, tool: ToolFacts) -> str:
    """restore.sql of a tar archive: as if restored with -C and -c."""
    written = TarScript(restricts=tool.restricts)
    output = Output(statistics=False, clean=True, create=True)
    Restoring(archive, RestoreOptions(output), tool, written).run()
    return written.text()
