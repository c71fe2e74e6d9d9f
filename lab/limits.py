"""What a run may use: seconds, room on the disk, processes, and what its tools may print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

MB = 1 << 20
Kind = Literal["time", "disk", "processes", "output"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Far more than any scenario of the dojo needs; what goes over is a mistake, or no scenario at all."""

    seconds: float = 180.0
    """From the making of the server to the last look; time in the queue does not count."""
    bytes: int = 2 << 30
    """What the run's folder holds; a file with holes costs its blocks."""
    processes: int = 48
    """Of the server, of tools, and of what they start."""
    output: int = 4 * MB
    """What one tool may print."""


DEFAULTS = Limits()


class LimitReached(Exception):
    """The run was ended because it used too much; its sentence in lab/texts.toml is `limit_` and the code."""

    def __init__(self, code: Kind, **facts: object) -> None:
        super().__init__(f"{code} {facts}")
        self.code: Kind = code
        self.facts = facts


class HasIsSet(Protocol):
    """A threading.Event, or what is like one."""

    def is_set(self) -> bool:
        """Was it set?"""
        ...


Wish = HasIsSet | Callable[[], bool]
"""Says whether the run is to stop: an event, or a function."""


def never() -> bool:
    """Nobody cancels."""
    return False


def asked(wish: Wish) -> bool:
    """Is the run to stop?"""
    return wish() if callable(wish) else wish.is_set()
