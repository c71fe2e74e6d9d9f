"""A real run beside its prediction.  Printed, never asserted: a busy machine only makes the server slower."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from console.check import closing
from lab.binaries import Installation
from lab.check import Checked, check, of_the_wheel, row_times, runs, usable
from lab.timing import prediction_seconds
from simulator.loader import load
from tests.bench.table import Bench
from tests.simulator.as_recorded import SCENARIOS, as_recorded, scenario_of

pytestmark = [pytest.mark.bench]

TREE = Path(__file__).resolve().parents[2]
ONE = TREE / "scenarios" / "no-sender-no-basebackup.yaml"


def _all(bench: Bench, chosen: dict[int, Installation]) -> list[Checked]:
    """Every scenario with the clock on, one short one with the clock off; one after the other, so that none waits."""
    paths = [ONE] if bench.off else SCENARIOS
    return check(runs([load(path) for path in paths], chosen), 1, lambda _: None)


@pytest.mark.server
@pytest.mark.timeout(1200)
def test_a_real_run_and_its_prediction(bench: Bench) -> None:
    """Cluster start included; every scenario on the newest major of the wheel."""
    wheel = of_the_wheel(usable())
    found = _all(bench, {max(wheel): wheel[max(wheel)]})
    rows = [one.row for one in found]
    times = row_times(rows)
    assert times is not None
    assert all(row.agrees for row in rows if row.performed), closing(rows)
    bench.note("a real run, cluster start included", times.seconds, goal=15.0, unit="s", less=True)
    timed = [(row.seconds / row.prediction_ms * 1000, row.scenario) for row in rows if row.performed]
    least, slowest = min(timed)
    bench.also("its prediction", times.prediction_ms / 1000, unit="s", among=[row.prediction_ms / 1000 for row in rows])
    bench.also(
        "real run / prediction, median", times.ratio, goal=10_000.0, unit="times", among=[ratio for ratio, _ in timed]
    )
    bench.also(f"real run / prediction, least: {slowest}", least, unit="times")


def test_the_predictions_alone(bench: Bench) -> None:
    """Every scenario on every major that it is about, best of a few each; needs no server."""
    recordings = [as_recorded(path, major) for path in SCENARIOS for major in scenario_of(path).server.versions]
    chosen = recordings[:3] if bench.off else recordings
    taken = [prediction_seconds(recording) for recording in chosen]
    assert len(recordings) > 300
    assert all(seconds > 0 for seconds in taken)
    bench.note("a prediction, all scenarios and majors", median(taken), goal=None, unit="s", less=True, among=taken)
