"""The table of `make bench`, printed once at the end; BENCH_DOC names a file that gets it between its markers."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.bench.table import Bench, Table, write_between

_TABLE = Table()


@pytest.fixture
def bench(benchmark: Any) -> Bench:
    """Measure something and put it into the table."""
    return Bench(benchmark, _TABLE)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table."""
    if not _TABLE.rows:
        return
    terminalreporter.write_line("")
    terminalreporter.write_line(_TABLE.markdown())
    if os.environ.get("BENCH_DOC"):
        write_between(Path(os.environ["BENCH_DOC"]), "engine", _TABLE.markdown())
