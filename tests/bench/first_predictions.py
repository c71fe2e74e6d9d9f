"""A process of its own that predicts every scenario once: prints the median time (s) of all but the first."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import perf_counter

from simulator.loader import load
from simulator.play import predict

SCENARIOS = sorted((Path(__file__).resolve().parents[2] / "scenarios").glob("*.yaml"))


def main() -> None:
    """Each is new to the process; what the ones before it had in common with it is known."""
    times = []
    for scenario in [load(file) for file in SCENARIOS]:
        begun = perf_counter()
        predict(scenario)
        times.append(perf_counter() - begun)
    print(median(times[1:]))


if __name__ == "__main__":
    main()
