"""A connection of pg_restore to a server of the host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from host.catalog import Table, change
from host.catalog.names import qualified, quoted
from host.catalog.rows import copy_line
from host.catalog.sizes import table_bytes
from host.dump.toc import CopyData
from host.machine import Host
from host.options.connection import Target
from host.restore.positions import shown
from host.restore.server import Failure
from host.server import connect, hosts
from host.server.connect import NotConnected
from host.server.work import running
from host.sql.execute import execute
from host.sql.reply import Reply

_CHUNK = 16384
_MANY = 20_000


@dataclass
class HostSession:
    """The host as it becomes, and which session on it is ours."""

    host: Host
    target: Target
    application: str = "pg_restore"
    port: int = 0
    pid: int = 0

    def connect(self, database: str) -> str | None:
        """Connect, or go on in another database; what libpq says when it fails."""
        self.close()
        target = self.target
        asked = connect.Wanted(
            target.host, target.number, target.user, database, password=target.password, application=self.application
        )
        made = hosts.connect(self.host, asked, target)
        if isinstance(made, NotConnected):
            return made.message.rstrip("\n")
        self.host, self.port, self.pid = made.host, made.port, made.pid
        return None

    def close(self) -> None:
        """The connection ends; what it has not committed is lost."""
        if self.pid:
            self.host = connect.close(self.host, self.port, self.pid)
            self.pid = 0

    def _run(self, sql: str, data: str | None = None) -> tuple[Reply, ...]:
        self.host, replies = execute(self.host, self.port, self.pid, sql, data)
        return replies

    def send(self, sql: str) -> Failure | None:
        """Run a string of SQL."""
        return _failure(self._run(sql), sql)

    def copy(self, sql: str, data: CopyData) -> tuple[bool, Failure | None]:
        """COPY … FROM stdin: asked first, then the rows."""
        replies = self._run(sql)
        if not any(reply.wants_copy for reply in replies):
            return False, _failure(replies, sql)
        if data.rows.count > _MANY and self._empty_table(sql) is not None:
            return True, self._copy_many(sql, data)
        lines = "".join(line for line in data.lines() if not line.startswith("\\."))
        return True, _failure(self._run(sql, lines), sql)

    def _copy_many(self, sql: str, data: CopyData) -> Failure | None:
        """Rows without end are not sent one by one: the server takes the first, and then all of them as one value."""
        instance = running(self.host, self.port)
        session = instance.session(self.pid)
        alone = session is not None and session.state == "idle"
        first = "".join(f"{copy_line(row)}\n" for row in data.rows.first(1))
        failure = _failure(self._run("BEGIN") if alone else (), sql) or _failure(self._run(sql, first), sql)
        if failure is None:
            self._fill(sql, data)
        if alone:
            self._run("COMMIT")
        return failure

    def _fill(self, sql: str, data: CopyData) -> None:
        instance = running(self.host, self.port)
        session = instance.session(self.pid)
        table = self._table(sql)
        assert session is not None
        assert session.catalog is not None
        assert table is not None
        filled = replace(table, rows=data.rows)
        database = change.with_relation(session.catalog.databases[session.database], filled)
        catalog = change.with_database(session.catalog, database)
        written = session.wal_bytes + table_bytes(filled)
        self.host = self.host.with_instance(instance.with_session(replace(session, catalog=catalog, wal_bytes=written)))

    def _table(self, sql: str) -> Table | None:
        """The table that a COPY statement of pg_dump names, when it names every column."""
        session = running(self.host, self.port).session(self.pid)
        if session is None:
            return None
        catalog = session.catalog or running(self.host, self.port).catalog
        for table in catalog.databases[session.database].tables():
            columns = ", ".join(quoted(name) for name in table.column_names())
            if sql.startswith(f"COPY {qualified(table.schema, table.name)} ({columns}) FROM"):
                return table
        return None

    def _empty_table(self, sql: str) -> Table | None:
        """The same, when nothing in it could be in the way."""
        table = self._table(sql)
        bare = table is not None and not (table.constraints or table.indexes or table.triggers or table.rows.count)
        return table if bare else None

    def write_large_object(self, oid: int, content: bytes) -> Failure | None:
        """lo_open, lowrite in pieces, lo_close."""
        failure = self.send(f"SELECT pg_catalog.lo_open('{oid}', 131072)")
        for start in range(0, len(content), _CHUNK):
            piece = content[start : start + _CHUNK].hex()
            failure = failure or self.send(f"SELECT pg_catalog.lowrite(0, '\\x{piece}')")
        return failure or self.send("SELECT pg_catalog.lo_close(0)")

    def notices(self) -> Iterator[str]:
        """pg_restore keeps them to itself."""
        return iter(())


def _failure(replies: tuple[Reply, ...], sql: str) -> Failure | None:
    error = next((reply.error for reply in replies if reply.error is not None), None)
    if error is None:
        return None
    position = shown(sql, error.position)
    return Failure(error.message, error.severity, error.detail, error.hint, error.context, position)
