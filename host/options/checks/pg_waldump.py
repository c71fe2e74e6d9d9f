"""pg_waldump: its checks before it looks for segments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from host.options.messages import fail, stop_at_fault, too_many
from host.options.numbers import lsn, strtol, strtoul
from host.options.values import Parsed, Refusal, Stop, refusing
from simulator.versions import since, spans

MANAGERS = (
    "XLOG Transaction Storage CLOG Database Tablespace MultiXact RelMap Standby Heap2 Heap Btree Hash Gin Gist "
    "Sequence SPGist BRIN CommitTs ReplicationOrigin Generic LogicalMessage"
).split()
CUSTOM = range(128, 256)
FORKS = ("main", "fsm", "vm", "init")
UINT_MAX = 2**32 - 1
# Sentences by option: the value is put in.
_WRONG: Mapping[str, Mapping[int, str]] = {
    "end": {12: 'could not parse end WAL location "{}"', 15: 'invalid WAL location: "{}"'},
    "start": {12: 'could not parse start WAL location "{}"', 15: 'invalid WAL location: "{}"'},
    "limit": {12: 'could not parse limit "{}"', 15: 'invalid value "{}" for option -n/--limit'},
    "timeline": {
        12: 'could not parse timeline "{}"',
        15: 'invalid timeline specification: "{}"',
        16: 'invalid value "{}" for option -t/--timeline',
    },
    "xid": {12: 'could not parse "{}" as a transaction ID', 15: 'invalid transaction ID specification: "{}"'},
    "stats": {12: "unrecognized argument to --stats: {}", 15: "unrecognized value for option --stats: {}"},
    "block": {12: 'invalid block number: "{}"'},
    "fork": {12: 'invalid fork name: "{}"'},
    "relation": {12: 'invalid relation specification: "{}"'},
}


@dataclass(frozen=True, slots=True)
class WaldumpSettings:
    """What pg_waldump is to do."""

    segments: tuple[str, ...] = ()
    """STARTSEG and ENDSEG."""
    path: str = ""
    start: int = 0
    """-s; 0 is none given."""
    end: int = 0
    timeline: int = 1
    limit: int = -1
    managers: tuple[str, ...] = ()
    """-r, in the words of the list; the last one only before 15."""
    xid: int | None = None
    relation: tuple[int, int, int] | None = None
    block: int | None = None
    fork: str = ""
    fullpage: bool = False
    save_fullpage: str = ""
    follow: bool = False
    bkp_details: bool = False
    quiet: bool = False
    stats: str = ""
    """'', rmgr or record."""


@refusing
def settings(parsed: Parsed) -> WaldumpSettings | Refusal:
    """The loop over the options, then what does not need a file."""
    if not parsed.words:
        fail(parsed, "no arguments specified", usage=True)
    found: dict[str, object] = {}
    managers: list[str] = []
    for name, value in parsed.given:
        if name == "rmgr":
            managers.append(_manager(parsed, value or ""))
        elif name == "stats":
            found["stats"] = _read(parsed, name, "rmgr" if value is None else value)
        elif name in READERS:
            found[name] = _read(parsed, name, value or "")
    stop_at_fault(parsed)
    if parsed.has("block") and not parsed.has("relation"):
        fail(parsed, "option -B/--block requires option -R/--relation to be specified", usage=True)
    too_many(parsed, 2)
    if parsed.build.major in spans("12-14"):
        managers = managers[-1:]
    return WaldumpSettings(
        segments=parsed.operands,
        path=parsed.last("path"),
        managers=tuple(managers),
        fullpage=parsed.has("fullpage"),
        save_fullpage=parsed.last("save-fullpage"),
        follow=parsed.has("follow"),
        bkp_details=parsed.has("bkp-details"),
        quiet=parsed.has("quiet"),
        **found,  # type: ignore[arg-type]
    )


def _manager(parsed: Parsed, text: str) -> str:
    if text.lower() == "list":
        raise Stop(Refusal(0, stdout="".join(f"{name}\n" for name in MANAGERS)))
    custom = re.match(r"custom([0-9]{1,3})", text)
    if custom and since(parsed.build.major, {12: False, 15: True}):
        if int(custom[1]) not in CUSTOM:
            fail(parsed, f'custom resource manager "{text}" does not exist', usage=True)
        return custom[0]
    known = {name.lower(): name for name in MANAGERS}
    if text.lower() not in known:
        fail(parsed, f'resource manager "{text}" does not exist', usage=True)
    return known[text.lower()]


def _read(parsed: Parsed, name: str, text: str) -> object:
    value = READERS[name](parsed, text)
    if value is None:
        detail = 'Expecting "tablespace OID/database OID/relation filenode".' if name == "relation" else ""
        fail(parsed, since(parsed.build.major, _WRONG[name]).format(text), usage=True, detail=detail)
    return value


def _number(_: Parsed, text: str) -> int | None:
    return strtol(text)[0]


def _unsigned(_: Parsed, text: str) -> int | None:
    number = strtol(text)[0]
    return None if number is None else number % 2**32


def _block(_: Parsed, text: str) -> int | None:
    number = strtol(text)[0]
    return None if number is None or number % 2**32 == UINT_MAX else number % 2**32


def _timeline(parsed: Parsed, text: str) -> int | None:
    if parsed.build.major in spans("12-15"):
        return strtol(text)[0]
    number, rest = strtoul(text)
    if rest.strip():
        return None
    if not 1 <= (number or 0) <= UINT_MAX:
        fail(parsed, f"-t/--timeline must be in range 1..{UINT_MAX}", usage=True)
    return number


def _relation(_: Parsed, text: str) -> tuple[int, int, int] | None:
    found = re.match(r"\s*(\d+)/\s*(\d+)/\s*(\d+)", text)
    if not found or not int(found[1]) or not int(found[3]):
        return None
    return int(found[1]), int(found[2]), int(found[3])


READERS: Mapping[str, Callable[[Parsed, str], object]] = {
    "block": _block,
    "end": lambda _, text: lsn(text),
    "start": lambda _, text: lsn(text),
    "fork": lambda _, text: text if text in FORKS else None,
    "limit": _number,
    "timeline": _timeline,
    "xid": _unsigned,
    "relation": _relation,
    "stats": lambda _, text: text if text in ("rmgr", "record") else None,
}
