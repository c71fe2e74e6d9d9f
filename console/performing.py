"""Perform a scenario for a subcommand: progress on standard error, and a sentence for whatever comes between."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from console.words import word
from lab.texts import text
from simulator.scenario import Scenario

if TYPE_CHECKING:
    from lab import NotHere
    from lab.progress import Progress
    from simulator.recording import Recording

MALFORMED, INTERRUPTED = 2, 130


def performed(scenario: Scenario, pg: str | None, language: str) -> Recording | NotHere | int:
    """The recording; or why nothing of it can be performed; or an exit code after the reason was told."""
    if pg is not None and not pg.isdecimal():
        return told("bad_major", language, given=pg)
    from lab import Cancelled, NoServer, NotHere, ToolFailed, run
    from lab.limits import LimitReached

    try:
        return run.record(scenario, None if pg is None else int(pg), tell=_Teller(language))
    except NoServer as error:
        return no_server(error.wanted, error.found, language)
    except NotHere as reason:
        return reason
    except LimitReached as reached:
        return told(f"limit_{reached.code}", language, **reached.facts)
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        return told("no_psycopg", language)
    except ToolFailed as error:
        return told("failed", language, reason=error)
    except (KeyboardInterrupt, Cancelled):
        return interrupted(language)


def told(key: str, language: str, **facts: object) -> int:
    """Say why not, and give the exit code back."""
    print(text(key, language, **facts), file=sys.stderr)
    return MALFORMED


def no_server(wanted: int | None, found: tuple[int, ...], language: str) -> int:
    """How to get a server."""
    majors = ", ".join(map(str, found)) or "-"
    return told("no_server", language, wanted=f" {wanted}" if wanted else "", found=majors)


def interrupted(language: str) -> int:
    """Ctrl-C: by now everything is cleaned up."""
    print(text("cancelled", language), file=sys.stderr)
    return INTERRUPTED


class _Teller:
    """The queue is always told; how far a run is, only to somebody who watches."""

    def __init__(self, language: str) -> None:
        self.language, self.watched = language, sys.stderr.isatty()

    def __call__(self, progress: Progress) -> None:
        from lab.progress import Begun, Performed, Waiting
        from lab.tickets import at_once

        match progress:
            case Waiting(place):
                words = text("waiting", self.language, place=place, runs=at_once())
                print(words, file=sys.stderr, flush=True)
            case Begun(installation) if self.watched:
                print(word("lab_begun", self.language, release=installation.release), file=sys.stderr, flush=True)
            case Performed(_, number, steps) if self.watched:
                print(f"\r{number}/{steps}\x1b[K", end="\n" if number == steps else "", file=sys.stderr, flush=True)
