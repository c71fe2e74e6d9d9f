"""A connection of pg_restore to a server of the host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from host.dump.toc import CopyData
from host.machine import Host
from host.options.connection import Target
from host.restore.positions import shown
from host.restore.server import Failure
from host.server import connect
from host.server.connect import NotConnected
from host.sql.execute import execute
from host.sql.reply import Reply

_CHUNK = 16384


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
        made = connect.connect(self.host, asked)
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
        lines = "".join(line for line in data.lines() if not line.startswith("\\."))
        return True, _failure(self._run(sql, lines), sql)

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
