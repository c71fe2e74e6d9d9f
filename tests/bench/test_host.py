"""How fast the simulated host answers.  Counts are asserted, times are printed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import pytest

from host.machine import Host
from host.shell import run_line
from simulator.versions import DEFAULT
from tests.bench.table import Bench
from tests.host.big_world import SEGMENTS, TABLES, big_world, segments

pytestmark = pytest.mark.bench

TREE = Path(__file__).resolve().parents[2]
TYPED = tuple((Path(__file__).parent / "typed.txt").read_text(encoding="utf-8").splitlines())
ROUNDS = 5
SLOWEST = 5
FRESH = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """A line, how it ended, and how long it took at its best."""

    line: str
    exit: int
    seconds: float


def _answers(host: Host) -> list[Answer]:
    """The lines one after the other, as one who sits there types them."""
    found = []
    for line in TYPED:
        begun = process_time()  # what others run on the machine meanwhile does not count
        done = run_line(host, line)
        found.append(Answer(line, done.exit, process_time() - begun))
        host = done.host
    return found


def test_a_typed_command_on_a_large_host(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Each line at its best of a few rounds, because whatever else runs on the machine only makes it slower."""
    host = big_world(DEFAULT, 100, 40) if bench.off else big_world()
    assert segments(host) >= (100 if bench.off else SEGMENTS)
    rounds = [_answers(host) for _ in range(1 if bench.off else ROUNDS)]
    best = [min(tries, key=lambda one: one.seconds) for tries in zip(*rounds, strict=True)]
    assert len(best) >= 60
    if not bench.off:
        assert [one.line for one in best if one.exit] == []
    times = sorted(one.seconds for one in best)
    size = f"{SEGMENTS:,} segments, {TABLES:,} tables"
    bench.note(f"a typed command, {size}: median", times[len(times) // 2], goal=None, unit="s", less=True)
    bench.also("a typed command: 95th percentile", times[len(times) * 95 // 100], goal=30e-3, unit="s", less=True)
    bench.also("a typed command: slowest", times[-1], unit="s", less=True)
    if not bench.off:
        with capsys.disabled():
            for one in sorted(best, key=lambda one: -one.seconds)[:SLOWEST]:
                print(f"\n{one.seconds * 1e3:6.1f} ms  {one.line}", end="")


def test_a_thousand_commands_each_on_a_fresh_host(bench: Bench) -> None:
    """A process of its own: `waldojo exec --world fixture --fresh -`."""
    count = 50 if bench.off else FRESH
    lines = [
        "ls $PGDATA",
        "pg_dump shop | tail -n 2",
        "psql -d shop -c 'SELECT count(*) FROM orders'",
        "pg_basebackup -D $BACKUP/b -c fast",
        "pg_ctl -D $PGDATA restart",
        "pg_dumpall -g",
        "pg_dump -Fc shop | pg_restore -l",
        "createdb copy; dropdb copy",
        "cp -r $PGDATA $BACKUP/cold",
        "psql -c CHECKPOINT -c 'SELECT pg_switch_wal()'",
    ]
    typed = "".join(f"{lines[number % len(lines)]}\n" for number in range(count))
    command = [sys.executable, "cli.py", "exec", "--world", "fixture", "--fresh", "--json", "-"]
    begun = perf_counter()
    done = subprocess.run(command, cwd=TREE, input=typed, capture_output=True, check=True, text=True)
    taken = perf_counter() - begun
    bench.note(f"{FRESH:,} fresh commands, one process", taken, goal=20.0, unit="s", less=True)
    assert len(done.stdout.splitlines()) == count
