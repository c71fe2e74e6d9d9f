"""How fast the model is.  Benchmarks assert counts, never times: `make bench` turns the clock on and prints a table."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from timeit import repeat
from typing import Any

import pytest

from console.conform import count
from simulator.cluster import WalLimits
from simulator.ending import reached
from simulator.loader import load as load_file
from simulator.lsn import MB
from simulator.observation import observe
from simulator.observed_world import FirstLook
from simulator.play import Prediction, first_world, predict
from simulator.prose import catalogue
from simulator.recording import predicted
from simulator.scenario import Scenario
from simulator.settings import ServerSettings
from simulator.sweep import FIRST_RECORD, Load, Start, checkpoints
from simulator.versions import DEFAULT, version
from simulator.world import Outcome
from tests.bench import simpy_server
from tests.bench.table import Bench

pytestmark = pytest.mark.bench

TREE = Path(__file__).resolve().parents[2]
SCENARIO = TREE / "scenarios" / "fetch-loses-wal.yaml"
SCENARIOS = sorted((TREE / "scenarios").glob("*.yaml"))
TRACES = TREE / "tests" / "data" / "traces.tar.xz"
DAY = 86_400.0
SEGMENT = 16 * MB
START = Start(100 * SEGMENT + FIRST_RECORD, 0.0, 100, 101)


def _load(rate: float = 16.0 * MB, **settings: str) -> Load:
    wanted = {"max_wal_size": "1GB", "min_wal_size": "80MB", **settings}
    limits = WalLimits.of(ServerSettings.initial(DEFAULT, SEGMENT, wanted), version(DEFAULT), SEGMENT)
    return Load(version(DEFAULT), limits, SEGMENT, rate, 300.0)


def _seconds(load: Load, count_of_checkpoints: int) -> float:
    """The time in which so many checkpoints complete."""
    return (count_of_checkpoints + 1) * load.limits.checkpoint_segments * load.segment_size / load.rate - 1e-6


def _timed(run: Callable[[], object]) -> float:
    begun = perf_counter()
    run()
    return perf_counter() - begun


def _one_by_one(load: Load, seconds: float) -> int:
    """Every checkpoint worked out, as SimPy works out every one of its own; returns how many."""
    done = checkpoints(load, START, seconds, one_by_one=True)
    assert done.repeats == 0
    return len(done.head)


def _delivered(load: Load, seconds: float) -> int:
    """With the short cut, and every row made: the rows are lazy, and a row that nobody made took no time."""
    return len(checkpoints(load, START, seconds).columns().redo)


def test_one_checkpoint(bench: Bench) -> None:
    """Ten thousand checkpoints, each worked out, divided by their number."""
    load = _load()
    seconds = _seconds(load, 10_000)
    made = bench(lambda: _one_by_one(load, seconds), name="one checkpoint, worked out", goal=2e-6, of=10_000)
    assert made == 10_000


def test_a_day(bench: Bench) -> None:
    """24 hours at 16 MB/s with max_wal_size = 1GB: a checkpoint every 33 segments."""
    load = _load()
    made = bench(lambda: _one_by_one(load, DAY), name="24 h at 16 MB/s, one by one", goal=10e-3)
    assert load.limits.checkpoint_segments == 33
    assert made == 2617


def test_a_day_with_the_short_cut(bench: Bench) -> None:
    """The same rows, all of them made, most by multiplication."""
    load = _load()
    made = bench(lambda: _delivered(load, DAY), name="24 h at 16 MB/s, short cut, all rows")
    assert made == 2617
    assert list(checkpoints(load, START, DAY)) == list(checkpoints(load, START, DAY, one_by_one=True))


KINDS = {"two containers": simpy_server.Server, "lean": simpy_server.LeanServer}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_written_with_simpy(bench: Bench, kind: str) -> None:
    """Both engines make the same checkpoints, and finish and let go the same segments, in 24 hours."""
    load = _load()
    server = bench(lambda: simpy_server.run(load, START, DAY, KINDS[kind]), name=f"24 h, SimPy, {kind}")
    rows = checkpoints(load, START, DAY)
    assert server.checkpoints == len(rows)
    assert server.gone == sum(row[6] + row[7] for row in rows)
    assert server.written == (START.redo + int(DAY * load.rate)) // SEGMENT - START.redo // SEGMENT
    assert server.oldest == rows[-1][4]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", ["one by one", "short cut, all rows"])
def test_how_many_times_faster_than_simpy(bench: Bench, kind: str, way: str) -> None:
    """Pairs, one after the other in one process; the goal is for the engine as it is called, all rows delivered."""
    load = _load()
    ours = _one_by_one if way == "one by one" else _delivered
    pairs = [
        (_timed(lambda: simpy_server.run(load, START, DAY, KINDS[kind])), _timed(lambda: ours(load, DAY)))
        for _ in range(1 if bench.off else 9)
    ]
    goal = None if way == "one by one" else 100.0
    bench.note(f"SimPy, {kind} / {way}", median(slow / fast for slow, fast in pairs), goal=goal, unit="times")
    assert ours(load, DAY) == simpy_server.run(load, START, DAY, KINDS[kind]).checkpoints


def test_flatness(bench: Bench) -> None:
    """Slowest against fastest of four rates, the same number of checkpoints worked out at each, interleaved."""
    loads = [replace(_load(rate * float(MB)), checkpoint_timeout=1e9) for rate in (1, 4, 16, 64)]
    assert {_one_by_one(load, _seconds(load, 2600)) for load in loads} == {2600}
    times: list[list[float]] = [[] for _ in loads]
    for _ in range(1 if bench.off else 25):
        for mine, load in zip(times, loads, strict=True):
            mine.append(_timed(partial(_one_by_one, load, _seconds(load, 2600))))
    best = [min(mine) for mine in times]
    bench.note("1 to 64 MB/s, one by one, slowest / fastest", max(best) / min(best), goal=1.2, unit="times", less=True)


def test_loading_a_scenario(bench: Bench) -> None:
    """YAML, schema and commands of one file."""
    scenario = bench(lambda: load_file(SCENARIO), name="load a scenario")
    assert scenario.id == SCENARIO.stem


def _catalogues() -> list[int]:
    """Those that the explanation of a step needs, from their files; returns how many entries each has."""
    catalogue.cache_clear()
    return [len(catalogue(name)) for name in ("events", "refusals", "restorable", "manual")]


def test_loading_the_catalogues_of_a_step(bench: Bench) -> None:
    """Four TOML files, read once in the life of a process; at its best, as whatever else runs only makes it slower."""
    best = min(_timed(_catalogues) for _ in range(1 if bench.off else 15))
    bench.note("load the catalogues of a step", best, goal=10e-3, unit="s", less=True)
    assert min(_catalogues()) > 0


def test_predicting_a_scenario(bench: Bench) -> None:
    """A whole run with its worlds."""
    scenario = load_file(SCENARIO)
    prediction = bench(lambda: predict(scenario), name="predict a scenario")
    assert reached(scenario, prediction)
    assert len(prediction.worlds) == len(prediction.run.steps) + 1


def _seen_first(scenario: Scenario) -> Callable[[], Prediction]:
    """The prediction beside a real run: settings, the world of a first look (here the model's own), all steps."""
    world = first_world(scenario.server, scenario.server.version, {})
    look = FirstLook(observe(world, Outcome(world)), world.primary.data.control.checkpoint_lsn, world.next_oid)
    return partial(predicted, scenario, scenario.server.version, {"fsync": "off"}, look)


def test_the_prediction_beside_a_real_run(bench: Bench) -> None:
    """Each scenario at its best, because whatever else runs on the machine only makes it slower; then the median."""
    predictions = [_seen_first(load_file(file)) for file in SCENARIOS]
    steps = [len(predict_it().run.steps) for predict_it in predictions]
    rounds = 1 if bench.off else 50
    best = [min(repeat(predict_it, number=1, repeat=rounds)) for predict_it in predictions]
    name = f"prediction of a scenario, {median(steps):.0f} steps"
    bench.note(name, median(best), goal=None, unit="s", among=best)
    bench.also("prediction of a scenario, a step", sum(best) / sum(steps), unit="s")
    by_time = sorted(zip(best, SCENARIOS, strict=True))
    for word, (time, file) in (("quickest", by_time[0]), ("slowest", by_time[-1])):
        bench.also(f"prediction, {word}: {file.stem}", time, unit="s")
    assert len(best) == len(SCENARIOS)
    assert min(steps) >= 1


def test_the_first_prediction_of_a_scenario(bench: Bench) -> None:
    """In a new process that has predicted other scenarios, and never this one."""
    command = [sys.executable, "-m", "tests.bench.first_predictions"]
    said = [
        float(subprocess.run(command, cwd=TREE, capture_output=True, check=True, text=True).stdout)
        for _ in range(1 if bench.off else 5)
    ]
    bench.note("prediction of a scenario, the first one", min(said), goal=None, unit="s")
    assert len(said) >= 1


def test_conform(bench: Bench) -> None:
    """All recordings of this tree: unpack, replay, compare."""
    tally = bench(lambda: count([str(TRACES)]), name="conform, all recordings", rounds=3)
    assert tally.right == tally.total > 59_000


def _help() -> subprocess.CompletedProcess[Any]:
    return subprocess.run([sys.executable, "cli.py", "--help"], cwd=TREE, capture_output=True, check=False)


def test_asking_for_help(bench: Bench) -> None:
    """A new process, from nothing to the last line."""
    said = bench(_help, name="waldojo --help", goal=150e-3, rounds=15)
    assert said.returncode == 0
    assert b"conform" in said.stdout
