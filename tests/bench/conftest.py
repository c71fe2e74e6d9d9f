"""The tables of `make bench`, printed once at the end; BENCH_DOC names a file that gets its own between its markers."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.bench.table import Bench, Table, has, write_between

_TABLES: dict[str, Table] = {}


@pytest.fixture
def bench(benchmark: Any, request: pytest.FixtureRequest) -> Bench:
    """Measure something and put it into the table of its module (TABLE; 'engine' unless it says so)."""
    return Bench(benchmark, _TABLES.setdefault(getattr(request.module, "TABLE", "engine"), Table()))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the tables."""
    for name, table in _TABLES.items():
        if not table.rows:
            continue
        terminalreporter.write_line("")
        terminalreporter.write_line(table.markdown())
        place = os.environ.get("BENCH_DOC")
        if place and has(Path(place), name):
            write_between(Path(place), name, table.markdown())
