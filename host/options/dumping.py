"""Checks that pg_dump, pg_dumpall and pg_restore share."""

from __future__ import annotations

import re

from host.options.messages import fail, together
from host.options.numbers import INT_MAX, atoi, option_int, strtol
from host.options.values import Parsed
from simulator.versions import since

SECTIONS = ("pre-data", "data", "post-data")
ONLY = {"data-only": "-a/--data-only", "schema-only": "-s/--schema-only", "statistics-only": "--statistics-only"}
# In the order of the sources: pairs that exclude each other.
PAIRS = (
    ("schema-only", "data-only"),
    ("schema-only", "statistics-only"),
    ("data-only", "statistics-only"),
    ("data-only", "no-data"),
    ("schema-only", "no-schema"),
    ("statistics-only", "no-statistics"),
    ("data-only", "statistics"),
    ("schema-only", "statistics"),
    ("statistics", "no-statistics"),
)
_KEY = re.compile(r"[0-9A-Za-z]+")


def pairs(parsed: Parsed) -> None:
    """Data, schema and statistics: what cannot be asked for at the same time."""
    for first, second in PAIRS:
        if parsed.has(first) and parsed.has(second):
            together(parsed, ONLY.get(first, f"--{first}"), ONLY.get(second, f"--{second}"))


def section(parsed: Parsed, text: str) -> None:
    """--section, one of three."""
    if text not in SECTIONS:
        fail(parsed, f'unrecognized section name: "{text}"', usage=True)


def jobs(parsed: Parsed, text: str) -> int:
    """-j: before 15 the number is judged later (`jobs_fault`)."""
    if since(parsed.build.major, {12: True, 15: False}):
        return atoi(text)
    return option_int(parsed, text, "-j/--jobs", 1, INT_MAX)


def jobs_fault(parsed: Parsed, number: int) -> None:
    """Before 15: a number of jobs that is none."""
    if number <= 0:
        fail(parsed, "invalid number of parallel jobs")


def float_digits(parsed: Parsed, text: str) -> int:
    """--extra-float-digits."""
    if since(parsed.build.major, {12: False, 15: True}):
        return option_int(parsed, text, "--extra-float-digits", -15, 3)
    if not -15 <= atoi(text) <= 3:
        fail(parsed, "extra_float_digits must be in range -15..3")
    return atoi(text)


def rows_per_insert(parsed: Parsed, text: str) -> int:
    """--rows-per-insert."""
    if since(parsed.build.major, {12: False, 15: True}):
        return option_int(parsed, text, "--rows-per-insert", 1, INT_MAX)
    number, rest = strtol(text)
    if number is None or rest or not 1 <= number <= INT_MAX:
        fail(parsed, f"rows-per-insert must be in range 1..{INT_MAX}")
    return number


def restrict_key(parsed: Parsed) -> None:
    """A key for the restrict line of a script: letters and digits."""
    if parsed.has("restrict-key") and not _KEY.fullmatch(parsed.last("restrict-key")):
        fail(parsed, "invalid restrict key")


def if_exists(parsed: Parsed) -> None:
    """--if-exists is about DROP."""
    if parsed.has("if-exists") and not parsed.has("clean"):
        fail(parsed, "option --if-exists requires option -c/--clean")
