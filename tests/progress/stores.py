"""Stores to test: a file of SQLite, and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lab.binaries import installations
from lab.processes import server_user
from progress.engine import opened
from progress.records import Answered, Item, Paper
from progress.store import Store
from tests.recorders.throwaway_server import PORT, Server, home_for

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


@contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database on a server of its own."""
    newest = max(installations(), key=lambda one: one.major)
    with home_for(server_user()) as home:
        server = Server(newest.folder, home / "one", server_user())
        server.configure("max_connections = 50\n")
        with server.running():
            yield f"postgresql+psycopg://postgres@/postgres?host={server.home}&port={PORT}"


@contextmanager
def store_at(url: str) -> Iterator[Store]:
    """A store whose connections are closed in the end."""
    engine = opened(url)
    try:
        yield Store(engine)
    finally:
        engine.dispose()


def sqlite(folder: Path) -> str:
    """The address of a file that is not there yet."""
    return f"sqlite:///{folder / 'deeper' / 'progress.sqlite3'}"


def answered(learner: str, number: int, *, right: bool = True, question: str = "", days: float = 0) -> Answered:
    """The answer of a number."""
    name = question or f"question-{number}"
    at = NOW + timedelta(days=days)
    return Answered(f"{learner}-{number}"[:36], learner, name, "S2.4", 14, number, {"marked": [1]}, right, at)


def paper(learner: str, name: str = "paper-1", minutes: float = 85) -> Paper:
    """A paper of three questions."""
    items = tuple(Item(at, f"question-{at}", "S2.4") for at in range(3))
    return Paper(name, learner, "silver", 14, 7, NOW, minutes * 60, items)
