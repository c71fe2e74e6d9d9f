"""A session that only reads: the fixed list of statements, each in a read-only transaction, and nothing else.

The only module of this room that speaks to a server.  A password never leaves it: not in a message, not in a value.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inspection.facts import ServerFacts
from inspection.gather import Gathered, Row, facts_of, kind_of
from inspection.statements import LOOK_AGAIN, Statement, asked_of
from inspection.texts import text

if TYPE_CHECKING:
    import psycopg

OPTIONS = (
    "-c default_transaction_read_only=on -c statement_timeout=5s -c lock_timeout=1s "
    "-c idle_in_transaction_session_timeout=30s -c search_path=pg_catalog -c datestyle=ISO"
)
CONNECT_SECONDS = 5
PAGE_KEYS = frozenset("host port dbname user password sslmode".split())
"""What a page passes on: none of these names a file or a program."""
WITHOUT_SURROUNDINGS = {"passfile": "/dev/null", "sslcert": "", "sslkey": "", "gssencmode": "disable"}
"""A page speaks for its visitor, not for whoever started the app: no password file, no certificate of theirs."""
MASK = "****"
Asked = Callable[[int], Sequence[tuple[Statement, str]]]


class NoSession(Exception):
    """There is no session, or it broke off; says why without naming a secret."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def told(self, language: str) -> str:
        """The sentence for whoever wanted to connect."""
        return text(f"session.{self.code}", language, **self.facts)


@dataclass(frozen=True, slots=True)
class Wish:
    """Where to connect; made by `wish_of` and never shown."""

    parameters: Mapping[str, str]

    def __repr__(self) -> str:
        return "Wish(...)"


def looks_like_dsn(given: str) -> bool:
    """Is it a connection string rather than the name of a file?"""
    return given.startswith(("postgres://", "postgresql://")) or "=" in given.split(" ", maxsplit=1)[0]


def wish_of(dsn: str, *, from_page: bool) -> Wish:
    """Read a connection string; raises NoSession, which never repeats what was given."""
    psycopg = _library()
    try:
        found = psycopg.conninfo.conninfo_to_dict(dsn.strip())
    except psycopg.Error:
        raise NoSession("bad_dsn") from None
    parameters = {name: str(value) for name, value in found.items() if value is not None}
    if not from_page:
        return Wish(parameters)
    strange = sorted(set(parameters) - PAGE_KEYS)
    if strange:
        raise NoSession("key_refused", keys=", ".join(strange), allowed=", ".join(sorted(PAGE_KEYS)))
    if not parameters.get("host"):
        raise NoSession("no_host")
    return Wish({"password": "", "user": "postgres", "dbname": "postgres", **parameters, **WITHOUT_SURROUNDINGS})


def look(wish: Wish, *, watch_seconds: float = 0.0, asked: Asked = asked_of) -> ServerFacts:
    """Ask everything once, and the write position again after `watch_seconds`; raises NoSession."""
    psycopg = _library()
    try:
        with _connected(wish) as connection:
            gathered = Gathered()
            statements = asked(connection.info.server_version // 10000)
            for statement, sql in statements:
                _ask(connection, gathered, statement, sql)
            if watch_seconds > 0:
                time.sleep(watch_seconds)
                for statement, sql in statements:
                    if statement.id == LOOK_AGAIN:
                        _ask(connection, gathered, statement, sql)
    except psycopg.Error as error:
        raise NoSession("failed", message=_masked(error, wish)) from None
    return facts_of(gathered)


def _library() -> Any:
    try:
        import psycopg
        import psycopg.conninfo
    except ModuleNotFoundError:
        raise NoSession("no_psycopg") from None
    return psycopg


def _connected(wish: Wish) -> psycopg.Connection[Any]:
    import psycopg
    import psycopg.conninfo

    fixed = {"options": OPTIONS, "application_name": "waldojo", "client_encoding": "UTF8"}
    wanted: dict[str, Any] = {**wish.parameters, **fixed, "connect_timeout": CONNECT_SECONDS}
    conninfo = psycopg.conninfo.make_conninfo(**wanted)
    connection = psycopg.connect(conninfo, autocommit=True)
    connection.read_only = True
    connection.prepare_threshold = None
    return connection


def _ask(connection: psycopg.Connection[Any], gathered: Gathered, statement: Statement, sql: str) -> None:
    """One statement in a transaction of its own; a refusal is remembered, and the session goes on."""
    import psycopg

    try:
        with connection.transaction():
            rows = _rows(connection.execute(sql.encode()))
    except psycopg.Error as error:
        if connection.closed or connection.broken:
            raise
        gathered.refused[statement.id] = error.diag.message_primary or type(error).__name__
        return
    gathered.add((kind_of(rows[0]) if rows else None) or statement.id, rows)


def _rows(cursor: psycopg.Cursor[Any]) -> list[Row]:
    """The answer as psql would print it: text, or None for null."""
    result = cursor.pgresult
    assert result is not None, "a statement that was executed has a result"
    names = [column.name for column in cursor.description or ()]
    cells = [[result.get_value(row, column) for column in range(len(names))] for row in range(result.ntuples)]
    return [
        {name: None if cell is None else cell.decode("utf-8", "replace") for name, cell in zip(names, row, strict=True)}
        for row in cells
    ]


def _masked(error: psycopg.Error, wish: Wish) -> str:
    """The server's or the library's words, without the password."""
    said = " ".join(str(error).split()) or type(error).__name__
    password = wish.parameters.get("password", "")
    return said.replace(password, MASK) if password else said
