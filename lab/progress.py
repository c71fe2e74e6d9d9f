"""What a run tells while it is under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.binaries import Installation
from simulator.observation import Step


@dataclass(frozen=True, slots=True)
class Waiting:
    """Other runs come first; 1 is the next."""

    place: int


@dataclass(frozen=True, slots=True)
class Begun:
    """A server is being made."""

    installation: Installation


@dataclass(frozen=True, slots=True)
class Performed:
    """One step is done; the model's run has `steps` of them."""

    step: Step
    number: int
    steps: int


Progress = Waiting | Begun | Performed
Tell = Callable[[Progress], None]


def nobody(progress: Progress) -> None:
    """Nobody listens."""
