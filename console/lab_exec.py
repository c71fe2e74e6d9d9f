"""`waldojo lab exec`: command lines on the simulated host and on a real server, side by side."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.exec import MALFORMED, shown
from console.performing import interrupted, no_server, told
from lab.terminal.texts import reason, text

if TYPE_CHECKING:
    from lab.terminal.comparing import Held
    from lab.terminal.ground import Ground

EQUAL, DIFFERENT = 0, 1


def lab_exec(commands: Sequence[str], pg: str | None, *, as_json: bool, language: str) -> int:
    """Perform, compare and print; 0: all that was compared is equal."""
    if pg is not None and not pg.isdecimal():
        return told("bad_major", language, given=pg)
    from lab import Cancelled, NoServer, NotHere, ToolFailed
    from lab.limits import LimitReached

    try:
        return _performed(commands, None if pg is None else int(pg), as_json=as_json, language=language)
    except NoServer as error:
        return no_server(error.wanted, error.found, language)
    except NotHere as why:
        print(reason(why, language), file=sys.stderr)
        return MALFORMED
    except LimitReached as reached:
        return told(f"limit_{reached.code}", language, **reached.facts)
    except ToolFailed as error:
        return told("failed", language, reason=error)
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        return told("no_psycopg", language)
    except (KeyboardInterrupt, Cancelled):
        return interrupted(language)


def _performed(commands: Sequence[str], pg: int | None, *, as_json: bool, language: str) -> int:
    from lab.binaries import choose
    from lab.progress import nobody
    from lab.terminal.comparing import session
    from lab.terminal.ground import ground
    from lab.tickets import turn
    from simulator.versions import KNOWN

    installation = choose(pg, KNOWN)
    found: list[Held] = []
    with turn(nobody), ground(installation) as place:
        for held in session(place, commands):
            found.append(held)
            if as_json:
                print(json.dumps(_as_object(held, place, language), ensure_ascii=False, default=str), flush=True)
            else:
                _print(held, place, language)
    if not as_json:
        _summary(found, installation.release, language)
    return DIFFERENT if any(held.differences for held in found) else EQUAL


def _print(held: Held, place: Ground, language: str) -> None:
    print(f"$ {held.line}")
    for name, exit_code, out, err in _sides(held, place, language):
        print(f"  {name}: exit {exit_code}")
        for line in (out + err).splitlines():
            print(f"    {line}")
    if held.reason is not None:
        print(f"  ? {text('not_performed', language, reason=reason(held.reason, language))}")
    elif not held.differences:
        print(f"  = {text('equal', language, compared=held.compared)}")
    for one in held.differences:
        print(f"  ≠ {one.field}")
        print(f"    {text('host', language)}: {one.host!r}\n    {text('real', language)}: {one.real!r}")
    print(flush=True)


def _sides(held: Held, place: Ground, language: str) -> list[tuple[str, int, str, str]]:
    """What each printed; both at once when they printed the same."""
    from lab.terminal.comparing import printed

    host = (text("host", language), held.host.exit, shown(held.host.stdout), held.host.stderr)
    if held.real is None:
        return [host]
    real = (text("real", language), held.real.exit, printed(held.real, place), held.real.stderr)
    return [(f"{host[0]} = {real[0]}", *host[1:])] if host[1:] == real[1:] else [host, real]


def _as_object(held: Held, place: Ground, language: str) -> dict[str, object]:
    from lab.terminal.comparing import printed

    real = held.real
    return {
        "cmd": held.line,
        "host": {"exit": held.host.exit, "stdout": shown(held.host.stdout), "stderr": held.host.stderr},
        "real": real and {"exit": real.exit, "stdout": printed(real, place), "stderr": real.stderr},
        "reason": held.reason and reason(held.reason, language),
        "compared": held.compared,
        "differences": [{"field": one.field, "host": one.host, "real": one.real} for one in held.differences],
    }


def _summary(found: Sequence[Held], release: str, language: str) -> None:
    for number, held in enumerate(found, 1):
        if held.differences:
            print(text("first_difference", language, number=number, line=held.line, field=held.differences[0].field))
            break
    compared = sum(held.compared for held in found)
    performed = sum(held.real is not None for held in found)
    equal = compared - sum(len(held.differences) for held in found)
    counts = {"lines": len(found), "performed": performed, "equal": equal, "compared": compared}
    print(text("summary", language, release=release, **counts))
