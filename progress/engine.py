"""The database behind the store: a file of SQLite, or one PostgreSQL for a class on several processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url

ADDRESS = "WALDOJO_DATABASE_URL"
BUSY_SECONDS = 30
"""So long a writer waits for another one of the same SQLite file."""
_MIGRATING = 4_215_001
"""Key of the advisory lock under which one process of a class migrates while the others wait."""


def default_url() -> str:
    """The address from the environment, or a file in the user's data folder."""
    given = os.environ.get(ADDRESS, "").strip()
    if given:
        return given
    folder = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "waldojo"
    return f"sqlite:///{folder / 'progress.sqlite3'}"


def shown(url: str) -> str:
    """Where progress is kept, in words that may be shown: the file, or the server without its password."""
    parsed = make_url(url)
    return str(parsed.database) if parsed.get_backend_name() == "sqlite" else parsed.render_as_string()


def opened(url: str) -> Engine:
    """Connect and bring the tables to their newest form.  Raises sqlalchemy.exc.SQLAlchemyError or OSError."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True, pool_size=5, max_overflow=15)
        _migrate(engine)
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepared)
    event.listen(engine, "begin", _begun)
    _migrate(engine)
    return engine


def _prepared(connection: Any, _record: object) -> None:
    """Readers do not wait for a writer (WAL), and what is committed is on disk (synchronous)."""
    connection.isolation_level = None  # transactions begin where _begun says so
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begun(connection: Connection) -> None:
    """A transaction that will write takes its turn at once: one that began to read could not wait for it any more."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: committed when the block ends, rolled back when it fails."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", "progress:migrations")
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
