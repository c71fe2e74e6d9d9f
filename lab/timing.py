"""What a real run takes beside what the model takes for its prediction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from simulator.recording import Recording, predicted

ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Times:
    """Medians over some runs; of the ratios also the least."""

    seconds: float
    """A real run, from the making of the cluster to its end."""
    prediction_ms: float
    ratio: float
    least: float


def prediction_seconds(recording: Recording) -> float:
    """The model's run of the same scenario from the same first moment: the best of some, after one to warm up."""
    taken = []
    for _ in range(ROUNDS + 1):
        begun = perf_counter()
        predicted(recording.scenario, recording.major, recording.settings, recording.first)
        taken.append(perf_counter() - begun)
    return min(taken[1:])


def times(pairs: Iterable[tuple[float, float]]) -> Times | None:
    """From the seconds of each run and of its prediction; None when there are none."""
    timed = [(real, model) for real, model in pairs if real and model]
    if not timed:
        return None
    ratios = [real / model for real, model in timed]
    return Times(
        median(real for real, _ in timed), median(model for _, model in timed) * 1000, median(ratios), min(ratios)
    )
