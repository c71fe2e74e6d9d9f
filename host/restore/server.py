"""What pg_restore needs of a server: to send statements and rows, and to hear what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from host.dump.toc import CopyData


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as the server reports it."""

    message: str
    severity: str = "ERROR"
    detail: str = ""
    hint: str = ""
    context: str = ""
    position: str = ""
    """`LINE 1: …` and the line with the caret, as libpq shows them."""

    def text(self) -> str:
        """As PQerrorMessage gives it, each part on a line of its own."""
        parts = [f"{self.severity}:  {self.message}\n"]
        if self.position:
            parts.append(f"{self.position}\n")
        for word in ("detail", "hint", "context"):
            value = getattr(self, word)
            if value:
                parts.append(f"{word.upper()}:  {value}\n")
        return "".join(parts)


class Session(Protocol):
    """One connection to a database."""

    def send(self, sql: str) -> Failure | None:
        """Run one string of SQL, None when it went well."""
        ...

    def copy(self, sql: str, data: CopyData) -> tuple[bool, Failure | None]:
        """COPY … FROM stdin with its rows: whether the copy began, and what went wrong."""
        ...

    def connect(self, database: str) -> str | None:
        """Go on in another database of the same server; the message of libpq when that fails."""
        ...

    def write_large_object(self, oid: int, content: bytes) -> Failure | None:
        """lo_open and lo_write."""
        ...

    def notices(self) -> Iterator[str]:
        """NOTICE and WARNING lines since the last call, each with its newline."""
        ...
