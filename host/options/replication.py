"""Options that pg_basebackup and pg_receivewal share: their connection, tablespace mappings, rates."""

from __future__ import annotations

import math

from host.options.connection import Target, complete, read_string
from host.options.conninfo import ConninfoFault
from host.options.messages import fail
from host.options.numbers import INT_MAX, atoi, option_int, strtod
from host.options.values import Parsed
from host.tree import absolute
from simulator.versions import since

RATE_LOW, RATE_HIGH = 32, 1048576
SECONDS_HIGH = INT_MAX // 1000
UINT32 = 2**32
MAXPGPATH = 1024
_BLANK = " \t\n\v\f\r"


def replication_target(parsed: Parsed) -> Target:
    """-d is a connection string, and the options beside it win; a fault in it is the target's."""
    values: dict[str, str] = {}
    fault = ""
    if parsed.has("dbname"):
        try:
            values = {
                word: text for word, text in read_string(parsed.last("dbname"), parsed.build.major).items() if text
            }
        except ConninfoFault as wrong:
            fault = str(wrong)
    for option, word in (("host", "host"), ("username", "user"), ("port", "port")):
        if parsed.last(option):
            values[word] = parsed.last(option)
    keeps_name = since(parsed.build.major, {12: False, 14: True})
    dbname = values.pop("dbname", "")
    values |= {"dbname": dbname if keeps_name and dbname else "replication", "replication": "true"}
    return complete(parsed, values, fault=fault)


def status_interval(parsed: Parsed, text: str) -> int:
    """-s: seconds between two reports to the server."""
    if since(parsed.build.major, {12: True, 15: False}):
        seconds = atoi(text)
        if seconds < 0:
            fail(parsed, f'invalid status interval "{text}"')
        return seconds
    return option_int(parsed, text, "-s/--status-interval", 0, SECONDS_HIGH)


def max_rate(parsed: Parsed, text: str) -> int:
    """-r: kilobytes a second."""
    rate, rest = strtod(text)
    if rate is None:
        fail(parsed, f'transfer rate "{text}" is not a valid value')
    if rate <= 0:
        fail(parsed, "transfer rate must be greater than zero")
    if math.isinf(rate):
        fail(parsed, f'invalid transfer rate "{text}": Numerical result out of range')
    suffix = rest.lstrip(_BLANK)
    after = suffix
    if suffix[:1] in ("k", "M"):
        rate *= 1024 if suffix[0] == "M" else 1
        after = suffix[1:]
    if after.strip(_BLANK):
        fail(parsed, f'invalid --max-rate unit: "{suffix}"')
    if int(rate) >= UINT32:
        fail(parsed, f'transfer rate "{text}" exceeds integer range')
    if not RATE_LOW <= rate <= RATE_HIGH:
        fail(parsed, f'transfer rate "{text}" is out of range')
    return int(rate)


def tablespace_mapping(parsed: Parsed, text: str, new_is_old: bool = False) -> tuple[str, str]:
    """-T OLDDIR=NEWDIR, where a backslash before = makes it a part of a name.

    `new_is_old`: pg_combinebackup names the wrong one of the two when the new directory is not absolute, and knows no
    paths of Windows.
    """
    halves = [""]
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == "\\" and text[at + 1 : at + 2] == "=":
            halves[-1] += "="
            at += 1
        elif letter == "=":
            if len(halves) > 1 and halves[1]:
                fail(parsed, 'multiple "=" signs in tablespace mapping')
            halves = [halves[0], ""]
        else:
            halves[-1] += letter
            if len(halves[-1]) >= MAXPGPATH:
                fail(parsed, "directory name too long")
        at += 1
    old, new = halves[0], halves[1] if len(halves) > 1 else ""
    if not old or not new:
        fail(parsed, f'invalid tablespace mapping format "{text}", must be "OLDDIR=NEWDIR"')
    windows = old[0] == "\\" or (old[:1].isalpha() and old[1:3] in (":\\", ":/"))
    if not old.startswith("/") and (new_is_old or not windows):
        fail(parsed, f"old directory is not an absolute path in tablespace mapping: {old}")
    if not new.startswith("/"):
        which = "old" if new_is_old else "new"
        fail(parsed, f"{which} directory is not an absolute path in tablespace mapping: {new}")
    return absolute(old) if old.startswith("/") else old, absolute(new)
