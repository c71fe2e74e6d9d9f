"""What psql's variables and printing options may hold: for -v and -P, and for its own commands set and pset."""

from __future__ import annotations

import re
from collections.abc import Mapping

from host.options.numbers import strtod, strtoul
from simulator.versions import since

INT_LOW, INT_HIGH = -(2**31), 2**31 - 1
BOOLEANS: Mapping[str, int] = {
    "AUTOCOMMIT": 12,
    "ON_ERROR_STOP": 12,
    "QUIET": 12,
    "SINGLELINE": 12,
    "SINGLESTEP": 12,
    "HIDE_TABLEAM": 12,
    "HIDE_TOAST_COMPRESSION": 14,
    "SHOW_ALL_RESULTS": 15,
}
"""Variables that are on or off, by the first major that has them."""
NUMBERS = ("FETCH_COUNT", "HISTSIZE")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "ECHO": ("none", "errors", "queries", "all"),
    "COMP_KEYWORD_CASE": ("lower", "upper", "preserve-lower", "preserve-upper"),
    "HISTCONTROL": ("none", "ignorespace", "ignoredups", "ignoreboth"),
    "VERBOSITY": ("default", "verbose", "terse", "sqlstate"),
    "SHOW_CONTEXT": ("never", "errors", "always"),
}
SWITCHES: Mapping[str, str] = {"ECHO_HIDDEN": "noexec", "ON_ERROR_ROLLBACK": "interactive"}
"""On, off, or one word more."""
FORMATS = ("aligned", "asciidoc", "csv", "html", "latex", "troff-ms", "unaligned", "wrapped")
PSET_BOOLEANS = ("numericlocale", "t", "tuples_only", "footer")
PSET_FREE = tuple("border null fieldsep fieldsep_zero recordsep recordsep_zero C title T tableattr columns".split())
_NAME = re.compile(r"[A-Za-z_0-9\u0080-\U0010ffff\udc80-\udcff]+")


def boolean(text: str) -> bool | None:
    """on, off and their abbreviations; None for anything else."""
    low = text.lower()
    if low:
        for word, truth in (("true", True), ("false", False), ("yes", True), ("no", False)):
            if word.startswith(low):
                return truth
    return {"on": True, "of": False, "off": False, "1": True, "0": False}.get(low)


def _integer(text: str) -> bool:
    number, rest = strtoul(text)
    return number is not None and not rest and INT_LOW <= number <= INT_HIGH


def _available(text: str, name: str, words: str) -> str:
    return f'unrecognized value "{text}" for "{name}"\nAvailable values are: {words}.'


def variable_fault(name: str, value: str | None, major: int) -> str:
    """Why a variable cannot be set so ('' when it can); None for the value: it is unset."""
    if not _NAME.fullmatch(name):
        return f'invalid variable name: "{name}"' if value is not None else ""
    if value is None:
        return ""
    if name in BOOLEANS and since(major, {12: BOOLEANS[name] == 12, BOOLEANS[name]: True}):
        wrong = value != "" and boolean(value) is None
        return f'unrecognized value "{value}" for "{name}": Boolean expected' if wrong else ""
    if name in NUMBERS and not _integer(value):
        return f'invalid value "{value}" for "{name}": integer expected'
    if name == "WATCH_INTERVAL" and since(major, {12: False, 18: True}):
        number, rest = strtod(value)
        return f'invalid value "{value}" for variable "{name}"' if number is None or rest else ""
    if name in CHOICES and value.lower() not in CHOICES[name]:
        return _available(value, name, ", ".join(CHOICES[name]))
    if name in SWITCHES and value != "" and value.lower() != SWITCHES[name] and boolean(value) is None:
        return _available(value, name, f"on, off, {SWITCHES[name]}")
    return ""


def pset_fault(name: str, value: str | None, major: int) -> str:
    """Why a printing option cannot be set so ('' when it can)."""
    if name not in known_psets(major):
        return f"\\pset: unknown option: {name}"
    if value is None or name in PSET_FREE:
        return ""
    low = value.lower()
    if name == "format":
        return _format_fault(low, value)
    if name in PSET_BOOLEANS:
        return f'unrecognized value "{value}" for "{name}": Boolean expected' if boolean(value) is None else ""
    if name in ("x", "expanded", "vertical"):
        return "" if "auto".startswith(low) or boolean(value) is not None else _available(value, name, "on, off, auto")
    if name == "pager":
        return "" if low == "always" or boolean(value) is not None else _available(value, name, "on, off, always")
    if name == "pager_min_lines":
        wrong = since(major, {12: False, 16: True}) and not _integer(value)
        return f'invalid value "{value}" for "{name}": integer expected' if wrong else ""
    if name == "csv_fieldsep":
        return _separator_fault(value)
    if name == "xheader_width":
        return _width_fault(low)
    return _line_fault(name, low)


def known_psets(major: int) -> frozenset[str]:
    """The names of the printing options."""
    lines = ("linestyle", "unicode_border_linestyle", "unicode_column_linestyle", "unicode_header_linestyle")
    others = ("format", "x", "expanded", "vertical", "pager", "pager_min_lines", "csv_fieldsep")
    names = frozenset((*PSET_FREE, *PSET_BOOLEANS, *lines, *others))
    return names | since(major, {12: frozenset[str](), 16: frozenset({"xheader_width"})})


def _format_fault(low: str, value: str) -> str:
    found = [name for name in FORMATS if name.startswith(low)]
    if len(found) > 1:
        return f'\\pset: ambiguous abbreviation "{value}" matches both "{found[0]}" and "{found[1]}"'
    if found or "latex-longtable".startswith(low):
        return ""
    return (
        "\\pset: allowed formats are aligned, asciidoc, csv, html, latex, latex-longtable, troff-ms, unaligned, wrapped"
    )


def _separator_fault(value: str) -> str:
    if len(value.encode("utf-8", "surrogateescape")) != 1:
        return "\\pset: csv_fieldsep must be a single one-byte character"
    if value in '"\n\r':
        return "\\pset: csv_fieldsep cannot be a double quote, a newline, or a carriage return"
    return ""


def _width_fault(low: str) -> str:
    if low in ("full", "column", "page") or (strtoul(low)[0] or 0) > 0:
        return ""
    return (
        '\\pset: allowed xheader_width values are "full" (default), "column", "page", '
        "or a number specifying the exact width"
    )


def _line_fault(name: str, low: str) -> str:
    if name == "linestyle":
        known = any(word.startswith(low) for word in ("ascii", "old-ascii", "unicode"))
        return "" if known else "\\pset: allowed line styles are ascii, old-ascii, unicode"
    which = name.split("_")[1]
    known = any(word.startswith(low) for word in ("single", "double"))
    return "" if known else f"\\pset: allowed Unicode {which} line styles are single, double"
