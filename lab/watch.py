"""Watches a run from beside it: what goes over a limit, or is not wanted any more, is ended with all its processes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from lab import Cancelled
from lab.limits import MB, LimitReached, Limits, Wish, asked, heeding
from lab.processes import belonging, end_all

TICK = 0.1
"""Seconds between two looks."""
EASE = 20
"""The disk is measured at most for one part in so many of the time: a walk over a big folder takes a while."""


@dataclass(slots=True)
class Watch:
    """One run: where it is, what it may use, and what has ended it."""

    home: Path
    limits: Limits
    wish: Wish
    ended: LimitReached | Cancelled | None = None
    _begun: float = field(default_factory=time.monotonic)
    _next_measure: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    def raise_what_ended(self) -> None:
        """Raises LimitReached or Cancelled when the run was ended."""
        if self.ended is not None:
            raise self.ended

    def watch(self) -> None:
        """Until the run is over; an ended one is ended again and again, for whatever it has just started."""
        while not self._over.wait(TICK):
            if self.ended is None:
                self.ended = self.looked()
            if self.ended is not None:
                end_all(self.home)

    def looked(self) -> LimitReached | Cancelled | None:
        """What ends the run now, if anything does."""
        if asked(self.wish):
            return Cancelled()
        if time.monotonic() - self._begun > self.limits.seconds:
            return LimitReached("time", seconds=f"{self.limits.seconds:g}")
        if len(belonging(self.home)) > self.limits.processes:
            return LimitReached("processes", count=self.limits.processes)
        return self._printed() or self._stored()

    def _printed(self) -> LimitReached | None:
        """Tools that outlive a step, and the servers, print into files."""
        for folder in ("output", "logs"):
            with suppress(OSError), os.scandir(self.home / folder) as entries:
                for entry in entries:
                    with suppress(OSError):
                        if entry.is_file(follow_symlinks=False) and entry.stat().st_size > self.limits.output:
                            megabytes = f"{self.limits.output / MB:g}"
                            return LimitReached("output", tool=_printer(entry.name), megabytes=megabytes)
        return None

    def _stored(self) -> LimitReached | None:
        now = time.monotonic()
        if now < self._next_measure:
            return None
        used = stored(self.home)
        after = time.monotonic()
        self._next_measure = after + max(TICK, EASE * (after - now))
        if used > self.limits.bytes:
            return LimitReached("disk", megabytes=f"{self.limits.bytes / MB:g}")
        return None

    def close(self) -> None:
        """The run is over."""
        self._over.set()


def _printer(file: str) -> str:
    if file.startswith("session-"):
        return "psql"
    return "postgres" if file.endswith(".log") else "pg_basebackup"


def stored(home: Path) -> int:
    """Bytes of the blocks that a folder takes, with what is mounted below it; a hole in a file costs nothing."""
    used = 0
    waiting = [str(home)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        used += entry.stat(follow_symlinks=False).st_blocks * 512
    return used


@contextmanager
def watched(home: Path, limits: Limits, wish: Wish) -> Iterator[Watch]:
    """Watch a run that happens in here.

    What ended it comes out, and not the error to which that led: a killed server is no server that does not answer.
    """
    watch = Watch(home, limits, wish)
    thread = threading.Thread(target=watch.watch, name="lab watch", daemon=True)
    thread.start()
    try:
        with heeding(watch.raise_what_ended):
            yield watch
    except BaseException:
        if watch.ended is not None:
            raise watch.ended from None
        raise
    finally:
        watch.close()
        thread.join()
    if watch.ended is not None:
        raise watch.ended
