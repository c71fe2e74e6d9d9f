"""How fast the simulated host answers.  Counts are asserted, times are printed."""

from __future__ import annotations

import gc
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import perf_counter, process_time

import pytest

from host.effort import MOST_STEPS
from host.machine import Build, Host
from host.shell import run_line
from host.worlds import world
from simulator.versions import DEFAULT
from tests.bench.table import Bench
from tests.host.big_world import SEGMENTS, TABLES, big_world, segments
from tests.host.fuzz_drawn import mutated, written
from tests.host.watching import watched

pytestmark = pytest.mark.bench

TREE = Path(__file__).resolve().parents[2]
TYPED = tuple((Path(__file__).parent / "typed.txt").read_text(encoding="utf-8").splitlines())
ROUNDS = 5
SLOWEST = 5
FRESH = 1_000
RANDOM_LINES = 2_000
FOR_LONG = 10e-3
"""A line that works for so long, seconds, tells how much a step takes."""


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


@dataclass(frozen=True, slots=True)
class Worked:
    """A random line, how long it took at its best, and for how many steps."""

    line: str
    seconds: float
    steps: float


def _worked(host: Host, line: str, rounds: int) -> tuple[Worked, Host]:
    """A line that took long is run again: whatever else runs on the machine only makes it slower."""
    best = None
    for _ in range(rounds):
        begun = process_time()
        with watched() as accounts:
            done = run_line(host, line)
        one = Worked(line, process_time() - begun, accounts[0].spent)
        best = one if best is None or one.seconds < best.seconds else best
        if one.seconds < FOR_LONG:
            break
    assert best is not None
    return best, done.host


def test_random_lines_take_as_long_as_their_steps_say(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """What the fuzz types, four lines on each host: loops without end among them."""
    start = world("fixture", Build(DEFAULT), Build(DEFAULT))
    choose = Random(4).randrange
    found: list[Worked] = []
    gc.collect()
    gc.freeze()  # the hosts of other benchmarks are no part of what a line does
    try:
        for _ in range(40 if bench.off else RANDOM_LINES // 4):
            host = start
            for rule in ("line", "script", "line", "script"):
                one, host = _worked(host, mutated(written(rule, choose), choose), 1 if bench.off else 3)
                found.append(one)
    finally:
        gc.unfreeze()
    found.sort(key=lambda one: one.seconds)
    assert sum(one.steps > MOST_STEPS / 2 for one in found) > len(found) // 100
    steps = sorted(one.seconds / one.steps for one in found if one.seconds > FOR_LONG) or [0.0]
    bench.note("a step of a line's work: median", steps[len(steps) // 2], goal=None, unit="s", less=True)
    bench.also("a step: 95th percentile over lines", steps[len(steps) * 95 // 100], unit="s", less=True)
    bench.also(f"a random line: slowest of {len(found):,}", found[-1].seconds, goal=0.1, unit="s", less=True)
    if not bench.off:
        with capsys.disabled():
            for one in found[: -SLOWEST - 1 : -1]:
                print(f"\n{one.seconds * 1e3:6.1f} ms  {one.steps:7,.0f} steps  {one.line[:160]!r}", end="")
