"""Where a restore writes: into a script, or to a server that may refuse."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from host.catalog.names import quoted
from host.dump.toc import CopyData, Data, InsertData, LargeObjectData, TocEntry
from host.effort import is_over
from host.restore.server import Failure, Session


class Stopped(Exception):
    """pg_restore ends here: an error that it does not go on after."""


class Emitter(Protocol):
    """The one interface of scripts and servers."""

    comments: bool
    """Headers and other comments are written."""

    def sql(self, text: str) -> bool:
        """Write or run statements; False when the server refused."""
        ...

    def setting(self, text: str, failed: str) -> None:
        """A SET of the restore's own; `failed` is what it could not do."""
        ...

    def rows(self, entry: TocEntry) -> None:
        """The COPY or INSERT statements of an entry."""
        ...

    def connect(self, database: str) -> None:
        """Go on in another database."""
        ...

    def begin(self) -> None:
        """Start a transaction."""
        ...

    def commit(self) -> None:
        """End it."""
        ...

    def large_objects(self, entry: TocEntry, data: LargeObjectData, single: bool) -> None:
        """The bytes of large objects, in a transaction of their own unless everything is one."""
        ...


@dataclass
class Script:
    """A script, on standard output or in a file."""

    restrict_key: str = ""
    comments: bool = True
    pieces: list[str] = field(default_factory=list)
    unreadable: int = 0
    """A large object that the reader may not read."""
    hidden: int = 0
    """The entry of a table whose rows the reader may not see."""
    quote_all: bool = False

    def sql(self, text: str) -> bool:
        """Write the text."""
        self.pieces.append(text)
        return True

    def setting(self, text: str, _failed: str) -> None:
        """Write it with an empty line."""
        self.pieces.append(f"{text}\n\n")

    def rows(self, entry: TocEntry) -> None:
        """COPY statement, rows, end mark; or INSERT statements."""
        assert isinstance(entry.data, CopyData | InsertData)
        self.pieces.append(entry.copy)
        if entry.dump_id == self.hidden:
            raise Stopped
        self.pieces.extend(entry.data.lines())

    def connect(self, database: str) -> None:
        """A line for psql, outside of the restricted part."""
        key = self.restrict_key
        named = _psql_name(database, self.quote_all)
        if key:
            self.pieces.append(f"\\unrestrict {key}\n\\connect {named}\n\\restrict {key}\n\n")
        else:
            self.pieces.append(f"\\connect {named}\n\n")

    def begin(self) -> None:
        """BEGIN with an empty line."""
        self.pieces.append("BEGIN;\n\n")

    def commit(self) -> None:
        """COMMIT with an empty line."""
        self.pieces.append("COMMIT;\n\n")

    def large_objects(self, _entry: TocEntry, data: LargeObjectData, single: bool) -> None:
        """lo_open, lowrite, lo_close for each; raises Stopped at the one that cannot be read."""
        if not single:
            self.begin()
        for oid, content in data.objects:
            if oid == self.unreadable:
                raise Stopped
            self.pieces.append(f"SELECT pg_catalog.lo_open('{oid}', 131072);\n")
            for start in range(0, len(content), 16384):
                chunk = content[start : start + 16384].hex()
                self.pieces.append(f"SELECT pg_catalog.lowrite(0, '\\x{chunk}');\n")
            self.pieces.append("SELECT pg_catalog.lo_close(0);\n\n")
        if not single:
            self.commit()

    def text(self) -> str:
        """All of it."""
        return "".join(self.pieces)


_NOTE = """\
--
-- NOTE:
--
-- File paths need to be edited. Search for $$PATH$$ and
-- replace it with the path to the directory containing
-- the extracted data files.
--
"""


@dataclass
class TarScript(Script):
    """restore.sql of a tar archive: the rows stay in files of their own."""

    restricts: bool = True

    def __post_init__(self) -> None:
        self.pieces.append(_NOTE)

    def rows(self, entry: TocEntry) -> None:
        """COPY from the member of the archive, after an empty COPY."""
        path = f"$$PATH$$/{entry.dump_id}.dat"
        start = entry.copy.removesuffix(" FROM stdin;\n")
        self.pieces.append(f"{entry.copy}\\.\n{start} FROM '{path}';\n\n" if entry.copy else f"\\i {path}\n\n")

    def large_objects(self, entry: TocEntry, _data: LargeObjectData, single: bool) -> None:
        """To be read by psql."""
        assert not single
        self.pieces.append(f"\\i $$PATH$$/{entry.dump_id}.dat\n\n")

    def connect(self, database: str) -> None:
        """The key is missing here, and pg_dump prints what C makes of that."""
        if self.restricts:
            self.restrict_key = "(null)"
        super().connect(database)
        self.restrict_key = ""


@dataclass
class Server:
    """A server that the archive is restored into; `stderr` collects what pg_restore says."""

    session: Session
    tool: str = "pg_restore"
    exit_on_error: bool = False
    single_transaction: bool = False
    verbose: bool = False
    comments: bool = False
    errors: int = 0
    stderr: list[str] = field(default_factory=list)
    stage: str = "INITIALIZING"
    entry: TocEntry | None = None
    _said_stage: str = ""
    failed_entry: TocEntry | None = None

    def say(self, text: str) -> None:
        """A message of the tool."""
        self.stderr.append(f"{self.tool}: {text}\n")

    def warn(self, message: str) -> None:
        """warn_or_exit_horribly: an error that is counted, or the end under -e and -1."""
        if self.verbose and self._said_stage != self.stage:
            self.say(f"while {self.stage}:")
        if self.entry is not None and self.entry is not self.failed_entry:
            if self.verbose:
                self.say(f"from TOC entry {described(self.entry)}")
            self.failed_entry = self.entry
        self._said_stage = self.stage
        # The log takes one newline away and adds its own: what libpq or the statement ended with stays.
        text = message.removesuffix("\n")
        self.stderr.append(f"{self.tool}: error: {text}\n")
        if self.exit_on_error or self.single_transaction or is_over():
            raise Stopped
        self.errors += 1

    def sql(self, text: str) -> bool:
        """Send one string of statements."""
        if not text.strip():
            return True
        failure = self.session.send(text)
        self.stderr.extend(self.session.notices())
        if failure is not None:
            self._refused(failure, text)
        return failure is None

    def _refused(self, failure: Failure, text: str) -> None:
        self.warn(f"could not execute query: {failure.text()}Command was: {text}")

    def setting(self, text: str, failed: str) -> None:
        """Send it; the complaint does not show the command."""
        failure = self.session.send(text)
        if failure is not None:
            self.warn(f"{failed}: {failure.text()}".removesuffix("\n"))

    def rows(self, entry: TocEntry) -> None:
        """COPY with its rows, or INSERT statements one by one."""
        data: Data | None = entry.data
        if isinstance(data, CopyData):
            began, failure = self.session.copy(entry.copy, data)
            self.stderr.extend(self.session.notices())
            if failure is not None and began:
                self.warn(f'COPY failed for table "{entry.tag}": {failure.text()}'.removesuffix("\n"))
            elif failure is not None:
                self._refused(failure, entry.copy.removesuffix("\n"))
        elif isinstance(data, InsertData):
            for statement in data.statements():
                self.sql(statement)

    def connect(self, database: str) -> None:
        """A new connection; without it nothing goes on."""
        failed = self.session.connect(database)
        if failed is not None:
            self.stderr.append(f"{self.tool}: error: reconnection failed: {failed}\n")
            raise Stopped

    def begin(self) -> None:
        """BEGIN."""
        self.setting("BEGIN", "could not start database transaction")

    def commit(self) -> None:
        """COMMIT."""
        self.setting("COMMIT", "could not commit database transaction")

    def large_objects(self, _entry: TocEntry, data: LargeObjectData, single: bool) -> None:
        """Through the functions of libpq; a large object that is missing ends the restore."""
        if not single:
            self.begin()
        for oid, content in data.objects:
            failure = self.session.write_large_object(oid, content)
            if failure is not None:
                text = failure.text().removesuffix("\n")
                self.stderr.append(f"{self.tool}: error: could not open large object {oid}: {text}\n")
                raise Stopped
        if not single:
            self.commit()


def described(entry: TocEntry) -> str:
    """`215; 1259 16390 TABLE orders postgres`."""
    return f"{entry.dump_id}; {entry.class_oid} {entry.oid} {entry.desc} {entry.tag} {entry.owner or ''}"


def _psql_name(name: str, always: bool) -> str:
    """A database as psql's connect command takes it: odd names as a connection string."""
    simple = all(letter.isascii() and (letter.isalnum() or letter in "_.") for letter in name)
    if simple and name:
        return quoted(name, always)
    value = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"-reuse-previous=on \"dbname='{value}'\""
