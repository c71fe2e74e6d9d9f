"""What a real run takes beside what the model takes for its prediction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from statistics import median
from timeit import repeat

from simulator.recording import Recording, predicted

ROUNDS = 50
"""Of a third of a millisecond; CPython needs some to have fitted its bytecode to them (PEP 659)."""


@dataclass(frozen=True, slots=True)
class Times:
    """Medians over some runs; of the ratios also the least."""

    seconds: float
    """A real run, from the making of the cluster to its end."""
    prediction_ms: float
    ratio: float
    least: float


def prediction_seconds(recording: Recording) -> float:
    """The model's run of the same scenario from the same first moment: the best of some rounds, as timeit counts.

    What else runs on the machine only makes a round slower; the garbage collector, which would look at whatever else
    the program holds, waits meanwhile.  The prediction is made anew, and let go, in every round.
    """
    predict = partial(predicted, recording.scenario, recording.major, recording.settings, recording.first)
    return min(repeat(predict, number=1, repeat=ROUNDS))


def times(pairs: Iterable[tuple[float, float]]) -> Times | None:
    """From the seconds of each run and of its prediction; None when there are none."""
    timed = [(real, model) for real, model in pairs if real and model]
    if not timed:
        return None
    ratios = [real / model for real, model in timed]
    return Times(
        median(real for real, _ in timed), median(model for _, model in timed) * 1000, median(ratios), min(ratios)
    )
