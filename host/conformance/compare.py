"""Replay one case and hold every recorded field against what the simulated host did."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from host import tree
from host.call import Done
from host.conformance import steps
from host.conformance.build import Built, built
from host.conformance.listing import contents, listing, place
from host.conformance.normalise import Names, without_chance
from host.conformance.record import PLACES, Case, spelled_out
from host.conformance.sequel import with_positions
from host.content import text_of
from host.machine import Host
from host.server import passing
from host.tree import Dir, File

_SECONDS_LATER = 6.0


@dataclass(frozen=True, slots=True)
class Field:
    """One observation."""

    name: str
    expected: object
    got: object
    equal: bool
    fault: str = ""
    """Why it could not be replayed: the exception."""


def replay(case: Case) -> tuple[Field, ...]:
    """Every observation of a case.  Nothing raises: what cannot be replayed is a miss in all its fields."""
    found: dict[str, Field] = {}
    try:
        for field in _observed(case):
            found[field.name] = field
        fault = "not reached"
    # A fault of any program on the host is a miss, and is shown as one.
    except Exception as error:  # noqa: BLE001
        fault = f"{type(error).__name__}: {error}"
    wanted = _wanted(case)
    return tuple(found.get(name) or Field(name, wanted[name], None, equal=False, fault=fault) for name in wanted)


def _wanted(case: Case) -> Mapping[str, object]:
    later = {
        f"after {at} {name}": value
        for at, each in enumerate(case.after, 1)
        for name, value in each.expected.items()
    }  # fmt: skip
    return {**case.expected, **later}


def _observed(case: Case) -> Iterator[Field]:
    start = built(case)
    line = with_positions(spelled_out(case.line, case.client), start.host)
    done = steps.run(start.host, line, case.stdin, sh=case.in_sh)
    names = _names(start, done.host, case)
    yield from _fields(case.cmd, case.tool, case.expected, done, names, "")
    host = done.host
    for at, each in enumerate(case.after, 1):
        done = steps.run(host, spelled_out(each.cmd, case.client))
        yield from _fields(each.cmd, case.tool, each.expected, done, names, f"after {at} ")
        host = done.host


def _names(start: Built, after: Host, case: Case) -> Names:
    spaces = {name for host in (start.host, after) for name in _tablespaces(host)}
    return Names(case.client, frozenset(spaces), keep_segments=case.behaviour == "archive cleanup")


def _tablespaces(host: Host) -> Iterator[str]:
    for top in ("PGDATA", "RESTORE"):
        links = tree.find(host.root, f"{PLACES[top]}/pg_tblspc")
        yield from links.entries if isinstance(links, Dir) else ()


def _fields(cmd: str, tool: str, expected: Mapping[str, Any], done: Done, names: Names, prefix: str) -> Iterator[Field]:
    getters: Mapping[str, Callable[[], object]] = {
        "exit": lambda: done.exit,
        "stdout": lambda: names.output(done.stdout),
        "stderr": lambda: names.text(done.stderr),
        "log": lambda: _log(done.host, names),
        "stdout_tar": lambda: contents(done.stdout, names),
        "files": lambda: _files(cmd, tool, expected["files"], done.host, names),
        "content": lambda: _content(expected["content"], cmd, done.host, names),
    }
    for name, value in expected.items():
        try:
            got, fault = getters[name](), ""
        except Exception as error:  # noqa: BLE001
            got, fault = None, f"{type(error).__name__}: {error}"
        yield Field(prefix + name, value, got, same(value, got), fault)


def same(expected: object, got: object) -> bool:
    """Is it what was recorded?  A negative exit status is the number of the signal that ended the tool."""
    if isinstance(expected, str) and isinstance(got, str):
        return without_chance(expected) == without_chance(got)
    if isinstance(expected, int) and expected < 0:
        return got == 128 - expected
    return expected == got


def _log(host: Host, names: Names) -> str:
    """A log was read some seconds after the command: a standby had looked for WAL once more by then."""
    later = passing.until(host, host.clock + _SECONDS_LATER)
    node = tree.find(later.root, PLACES["LOGFILE"])
    return names.log(text_of(node.content)) if isinstance(node, File) else ""


def _text_at(host: Host, path: str, names: Names) -> str | None:
    node = tree.find(host.root, path)
    return names.text(text_of(node.content)) if isinstance(node, File) else None


def _files(cmd: str, tool: str, recorded: Mapping[str, Any], host: Host, names: Names) -> object:
    if recorded and all(name.startswith(("$", "/")) for name in recorded):
        return {name: listing(host, spelled_out(name, names.client), names) for name in recorded}
    return listing(host, spelled_out(place(cmd, tool, recorded), names.client), names)


def _content(recorded: str, cmd: str, host: Host, names: Names) -> str | None:
    """The text of 'one file worth seeing': of the label of a backup, the one in the data directory that was started."""
    if recorded.startswith("START WAL LOCATION"):
        match = re.search(r"(?:-D|--pgdata)[ =]?(\S+)", cmd)
        top = spelled_out(match[1] if match else "$RESTORE", names.client)
        for name in ("backup_label", "backup_label.old"):
            if (text := _text_at(host, f"{top}/{name}", names)) is not None:
                return text
    match = re.search(r">\s*(\S+)|(?:-f|--file)[ =]?(\S+)", cmd)
    return _text_at(host, spelled_out(match[1] or match[2], names.client), names) if match else None
