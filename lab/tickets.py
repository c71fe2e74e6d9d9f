"""At most N runs at once on this machine: in the app, on the command line and in tests together; the rest wait in line.

A ticket is a file with a number; the N lowest of living owners run.  One lock guards the folder, and the system takes
it back from a process that dies.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lab import Cancelled
from lab.folders import area
from lab.limits import Wish, asked, never
from lab.owners import has_living_owner, owned
from lab.progress import Tell, Waiting

VARIABLE = "WALDOJO_LAB_RUNS"
AT_ONCE = 2
TICK = 0.1


def at_once(environment: Mapping[str, str] = os.environ) -> int:
    """N: WALDOJO_LAB_RUNS, when that is a number above 0, or 2."""
    given = environment.get(VARIABLE, "").strip()
    return int(given) if given.isdecimal() and int(given) > 0 else AT_ONCE


@contextmanager
def turn(tell: Tell, wish: Wish = never, folder: Path | None = None) -> Iterator[None]:
    """Wait in line, then run; tells `Waiting` whenever the place changes.  Raises Cancelled."""
    queue = folder or area("tickets")
    with ExitStack() as held:
        mine = _take(queue, held)
        told = 0
        while (place := _place(queue, mine)) > 0:
            if place != told:
                tell(Waiting(place))
                told = place
            if asked(wish):
                raise Cancelled
            time.sleep(TICK)
        yield


@contextmanager
def _locked(queue: Path) -> Iterator[None]:
    import fcntl  # Unix only; what the pages import must not need it

    with (queue / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _tickets(queue: Path) -> list[Path]:
    return sorted(path for path in queue.iterdir() if path.name.isdecimal())


def _take(queue: Path, held: ExitStack) -> Path:
    """A ticket behind all others, ours until `held` is closed."""
    with _locked(queue):
        for half in queue.glob(".*"):  # of one that died while it wrote; nobody writes now
            half.unlink(missing_ok=True)
        taken = _tickets(queue)
        ticket = queue / f"{int(taken[-1].name) + 1 if taken else 1:012}"
        held.enter_context(owned(ticket))
        held.callback(ticket.unlink, missing_ok=True)
    return ticket


def _place(queue: Path, mine: Path) -> int:
    """0: it is our turn; else how many runs must end before.  Tickets of the dead go."""
    with _locked(queue):
        before = 0
        for ticket in _tickets(queue):
            if ticket == mine:
                break
            if has_living_owner(ticket):
                before += 1
            else:
                ticket.unlink(missing_ok=True)
    return max(0, before - at_once() + 1)
