"""What a run may use: seconds, room on the disk, processes, and what its tools may print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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


_heeded: ContextVar[Callable[[], None] | None] = ContextVar("heeded", default=None)


def heed() -> None:
    """Raises what has ended the run under way, if it was ended.

    Whatever waits for a server, or is about to start a tool, asks here: an ended run must not look like a server
    that does not answer.
    """
    raise_what_ended = _heeded.get()
    if raise_what_ended is not None:
        raise_what_ended()


@contextmanager
def heeding(raise_what_ended: Callable[[], None]) -> Iterator[None]:
    """While this lasts, `heed` asks here."""
    token = _heeded.set(raise_what_ended)
    try:
        yield
    finally:
        _heeded.reset(token)
