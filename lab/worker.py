"""A run in a process of its own: `python -m lab.worker`, started by lab.jobs.

One JSON line on stdin says what to run; the line `cancel`, or the end of stdin, says to stop.  So a parent that is
killed takes its run with it: nobody has to notice.  What happens is told on stdout, one JSON line each.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

from lab import Cancelled, NoServer, NotHere, ToolFailed
from lab.limits import LimitReached, Limits
from lab.processes import adopt_orphans, collect_orphans
from lab.progress import Begun, Performed, Progress, Waiting
from lab.run import record
from lab.sweeping import sweep
from simulator.faults import ScenarioError
from simulator.loader import loads
from simulator.recording import step_to_json, to_json

GRACE = 10.0
"""Seconds for an orderly end after it was asked for; then whatever is left is ended from here."""


@dataclass(slots=True)
class Teller:
    """Writes JSON lines; when nobody reads them any more, the run is not wanted any more."""

    stream: TextIO
    stop: threading.Event
    segment_size: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def say(self, kind: str, **more: Any) -> None:
        """One line."""
        try:
            with self._lock:
                self.stream.write(json.dumps({"kind": kind, **more}, ensure_ascii=False, default=str) + "\n")
                self.stream.flush()
        except (OSError, ValueError):
            self.stop.set()

    def __call__(self, progress: Progress) -> None:
        """What `record` tells."""
        match progress:
            case Waiting(place):
                self.say("waiting", place=place)
            case Begun(installation):
                told = {"release": installation.release, "origin": installation.origin}
                self.say("begun", major=installation.major, **told)
            case Performed(step, number, of):
                self.say("step", number=number, of=of, step=step_to_json(step, self.segment_size))


def perform(request: dict[str, Any], tell: Teller, stop: threading.Event) -> None:
    """Run it; the last line says how it ended."""
    try:
        scenario = loads(str(request["scenario"]).encode(), str(request["name"]))
        tell.segment_size = scenario.server.segment_size
        limits = Limits(**request.get("limits", {}))
        recording = record(scenario, request["major"], tell=tell, limits=limits, cancelled=stop)
    except NoServer as error:
        found = ", ".join(map(str, error.found)) or "-"
        tell.say(
            "refused", code="no_server", facts={"wanted": f" {error.wanted}" if error.wanted else "", "found": found}
        )
    except NotHere as error:
        tell.say("refused", code=error.code, facts={name: str(fact) for name, fact in error.facts.items()})
    except LimitReached as error:
        tell.say("limit", code=error.code, facts={name: str(fact) for name, fact in error.facts.items()})
    except Cancelled:
        tell.say("cancelled")
    except ModuleNotFoundError as error:
        if error.name == "psycopg":
            tell.say("refused", code="no_psycopg", facts={})
        else:
            tell.say("failed", reason=str(error))
    except ToolFailed as error:
        tell.say("failed", reason=str(error))
    except ScenarioError as error:
        tell.say("failed", reason="; ".join(fault.line_of_text("en") for fault in error.faults))
    except Exception as error:  # noqa: BLE001  (the page must hear of a defect too)
        tell.say("failed", reason=f"{type(error).__name__}: {error}")
    else:
        tell.say("done", recording=to_json(recording))


def listen(readline: Callable[[], bytes], stop: threading.Event) -> None:
    """Wait for `cancel` or for the end of stdin; then see to it that this process ends."""
    while (line := readline()) and line.strip() != b"cancel":
        pass
    stop.set()


def last_resort(stop: threading.Event) -> None:
    """A run that does not end in spite of everything: take down what is its own, and go."""
    stop.wait()
    threading.Event().wait(GRACE)
    with suppress(Exception):
        sweep(own_too=True)
    os._exit(1)


def main() -> int:
    """Read the request, run it, tell."""
    stdin, stop = sys.stdin.buffer, threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    first = stdin.readline()
    if not first.strip():
        return 0
    request = json.loads(first)
    for act in (lambda: listen(stdin.readline, stop), lambda: last_resort(stop)):
        threading.Thread(target=act, daemon=True).start()
    adopt_orphans()
    perform(request, Teller(sys.stdout, stop), stop)
    collect_orphans()
    return 0


if __name__ == "__main__":
    code = main()
    # A thread still reads stdin, and the interpreter's end would wait for its buffer; what was to be said is flushed.
    os._exit(code)
