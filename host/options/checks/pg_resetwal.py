"""pg_resetwal: its checks before it touches the data directory."""

from __future__ import annotations

import re
from dataclasses import dataclass

from host.options.checks.directory import data_directory
from host.options.checks.pg_rewind import as_root
from host.options.messages import fail, stop_at_fault
from host.options.numbers import option_int, strtol, strtoul
from host.options.values import Parsed, Refusal, refusing
from simulator.versions import since

FIRST_NORMAL = 3
UINT_MAX = 2**32 - 1
SEGMENT_MB = (1, 1024)
_NAME_LETTERS = re.compile(r"[0-9A-Fa-f]*")


@dataclass(frozen=True, slots=True)
class ResetwalSettings:
    """What pg_resetwal is to do; None: the value stays."""

    directory: str = ""
    force: bool = False
    dry_run: bool = False
    epoch: int | None = None
    next_xid: int | None = None
    oldest_xid: int | None = None
    commit_timestamps: tuple[int, int] | None = None
    next_oid: int | None = None
    multixacts: tuple[int, int] | None = None
    multixact_offset: int | None = None
    next_wal_file: str = ""
    segment_mb: int | None = None
    char_signed: bool | None = None


READERS = {
    "epoch": "epoch",
    "oldest-transaction-id": "oldest_xid",
    "next-transaction-id": "next_xid",
    "commit-timestamp-ids": "commit_timestamps",
    "next-oid": "next_oid",
    "multixact-ids": "multixacts",
    "multixact-offset": "multixact_offset",
    "next-wal-file": "next_wal_file",
    "wal-segsize": "segment_mb",
    "char-signedness": "char_signed",
}


@refusing
def settings(parsed: Parsed) -> ResetwalSettings | Refusal:
    """The loop over the options, then the directory."""
    found: dict[str, object] = {}
    for name, value in parsed.given:
        if name in READERS:
            found[READERS[name]] = _read(parsed, name, value or "")
    stop_at_fault(parsed)
    directory = data_directory(parsed, environment=False)
    as_root(parsed)
    return ResetwalSettings(
        directory=directory,
        force=parsed.has("force"),
        dry_run=parsed.has("dry-run"),
        **found,  # type: ignore[arg-type]
    )


def _read(parsed: Parsed, name: str, text: str) -> object:
    match name:
        case "epoch":
            number = _number(parsed, "-e", text)
            if number == UINT_MAX:
                fail(parsed, "transaction ID epoch (-e) must not be -1")
            return number
        case "oldest-transaction-id":
            return _normal(parsed, "-u", text, "oldest transaction ID")
        case "next-transaction-id":
            return _normal(parsed, "-x", text, "transaction ID")
        case "commit-timestamp-ids":
            return _commit_timestamps(parsed, text)
        case "next-oid":
            number = _number(parsed, "-o", text)
            if number == 0:
                fail(parsed, "OID (-o) must not be 0")
            return number
        case "multixact-ids":
            return _multixacts(parsed, text)
        case "multixact-offset":
            return _offset(parsed, text)
        case "next-wal-file":
            letters = _NAME_LETTERS.match(text)
            if letters is None or letters.end() != 24:
                _invalid(parsed, "-l")
            return text
        case "wal-segsize":
            return segment_size(parsed, text)
        case _:
            if text.lower() not in ("signed", "unsigned"):
                _invalid(parsed, "--char-signedness")
            return text.lower() == "signed"


def _invalid(parsed: Parsed, option: str) -> None:
    fail(parsed, f"invalid argument for option {option}", usage=True)


def _number(parsed: Parsed, option: str, text: str) -> int:
    number, rest = strtoul(text)
    if number is None or rest:
        _invalid(parsed, option)
    return (number or 0) % 2**32


def _normal(parsed: Parsed, option: str, text: str, what: str) -> int:
    number = _number(parsed, option, text)
    if number < FIRST_NORMAL:
        fail(parsed, f"{what} ({option}) must be greater than or equal to {FIRST_NORMAL}")
    return number


def _two(parsed: Parsed, option: str, text: str) -> tuple[int, int]:
    first, rest = strtoul(text)
    if first is None or not rest.startswith(","):
        _invalid(parsed, option)
    return (first or 0) % 2**32, _number(parsed, option, rest[1:])


def _commit_timestamps(parsed: Parsed, text: str) -> tuple[int, int]:
    both = _two(parsed, "-c", text)
    low = since(parsed.build.major, {12: 2, 17: FIRST_NORMAL})
    if any(0 < number < low for number in both):
        fail(parsed, f"transaction ID (-c) must be either 0 or greater than or equal to {low}")
    return both


def _multixacts(parsed: Parsed, text: str) -> tuple[int, int]:
    following, oldest = _two(parsed, "-m", text)
    if following == 0 and since(parsed.build.major, {12: True, 14: False}):
        fail(parsed, "multitransaction ID (-m) must not be 0")
    if oldest == 0:
        fail(parsed, "oldest multitransaction ID (-m) must not be 0")
    return following, oldest


def _offset(parsed: Parsed, text: str) -> int:
    number, rest = strtoul(text)
    if number is None or rest:
        _invalid(parsed, "-O")
    offset = number or 0
    if since(parsed.build.major, {12: True, 14: False}):
        if offset % 2**32 == UINT_MAX:
            fail(parsed, "multitransaction offset (-O) must not be -1")
    elif not 0 <= offset <= UINT_MAX:
        fail(parsed, f"multitransaction offset (-O) must be between 0 and {UINT_MAX}")
    return offset % 2**32


def segment_size(parsed: Parsed, text: str) -> int:
    """--wal-segsize, in megabytes; initdb judges it in the same words."""
    major = parsed.build.major
    if since(major, {12: False, 17: True}):
        number: int | None = option_int(parsed, text, "--wal-segsize", *SEGMENT_MB)
    else:
        number, rest = strtol(text)
        if number is None or rest:
            fail(parsed, "argument of --wal-segsize must be a number")
    return power_of_two(parsed, number or 0)


def power_of_two(parsed: Parsed, number: int) -> int:
    """WAL segments have sizes of 1, 2, 4 ... 1024 megabytes."""
    low, high = SEGMENT_MB
    if not low <= number <= high or number & (number - 1):
        two = since(parsed.build.major, {12: "2", 16: "two"})
        fail(parsed, f"argument of --wal-segsize must be a power of {two} between {low} and {high}")
    return number
