"""What it takes to have the bank, in processor time.  Times are printed; counts are asserted."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from quizzes import loader
from tests.bench.table import Bench

pytestmark = [pytest.mark.bench, pytest.mark.benchmark(timer=process_time)]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder that nobody else uses."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "waldojo"


def load() -> int:
    """As a process does that has not read the bank yet."""
    loader.bank.cache_clear()
    return len(loader.bank())


def test_the_bank_read_for_the_first_time(bench: Bench, cache: Path) -> None:
    """YAML, schema and rules of every question; then it is kept."""

    def first() -> int:
        for one in cache.glob("*"):
            one.unlink()
        return load()

    assert bench(first, name="load the bank, the first time", rounds=3) == len(loader.bank())
    assert len(list(cache.iterdir())) == 1


def test_the_bank_read_again(bench: Bench, cache: Path) -> None:
    """What every later process does, as long as files and code are the same."""
    count = load()
    held: list[object] = []

    def again() -> int:
        # A process that begins has no bank to give up: the one before stays.
        held.append(loader.bank())
        return load()

    assert bench(again, name="load the bank, files and code unchanged", goal=0.020, rounds=20) == count
    assert len(list(cache.iterdir())) == 1
