"""The conformance figures of this build, as `waldojo conform` wrote them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Figures:
    """How much of what real servers did the model predicted."""

    observations: int
    predicted: int
    by_version: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Major → (predicted, observed)."""
    servers: Mapping[str, str] = field(default_factory=dict)
    differences: tuple[Mapping[str, Any], ...] = ()
    date: str = ""

    @property
    def percent(self) -> str:
        """Rounded down: 100 % is said only when nothing is missing."""
        return percent(self.predicted, self.observations)


def percent(part: int, whole: int) -> str:
    """'99.94 %', never rounded up."""
    return f"{part * 10_000 // whole / 100:.2f} %" if whole else "–"


@cache
def figures() -> Figures | None:
    """None where nothing has been measured yet."""
    place = files("simulator").joinpath("data", "conformance.json")
    if not place.is_file():
        return None
    told = json.loads(place.read_text(encoding="utf-8"))
    return Figures(
        observations=told["observations"],
        predicted=told["predicted"],
        by_version={major: (pair[0], pair[1]) for major, pair in sorted(told.get("by_version", {}).items())},
        servers=told.get("servers", {}),
        differences=tuple(d if isinstance(d, dict) else {"ja": d, "en": d} for d in told.get("known_differences", ())),
        date=told.get("date", ""),
    )
