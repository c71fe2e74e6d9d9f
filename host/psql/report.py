"""Errors and notices as libpq words them (PQresultErrorMessage)."""

from __future__ import annotations

from host.sql.reply import ServerError

_DISPLAY, _RIGHT_CUT = 60, 10


def excerpt(query: str, position: int) -> str:
    """LINE n: the line of the query that a position is in, cut to 60 columns, with a caret below."""
    at = min(max(position - 1, 0), len(query))
    before = query[:at]
    number = before.count("\n") + 1
    begin = before.rfind("\n") + 1
    end = query.find("\n", at)
    line = query[begin : end if end >= 0 else len(query)].replace("\t", " ").rstrip("\r")
    place, start, stop = at - begin, 0, len(line)
    if stop > _DISPLAY:
        if place + _RIGHT_CUT <= _DISPLAY:
            stop = _DISPLAY
        else:
            stop = min(stop, place + _RIGHT_CUT)
            start = max(0, stop - _DISPLAY)
    prefix = f"LINE {number}: " + ("..." if start else "")
    tail = "..." if stop < len(line) else ""
    return f"{prefix}{line[start:stop]}{tail}\n{' ' * (len(prefix) + place - start)}^\n"


def worded(error: ServerError, query: str, verbosity: str = "default", context: str = "errors") -> str:
    """The whole message, every line with its newline."""
    if verbosity == "sqlstate":
        return f"{error.severity}:  {error.sqlstate if error.severity in _GRAVE else error.message}\n"
    code = f"{error.sqlstate}: " if verbosity == "verbose" else ""
    text = f"{error.severity}:  {code}{error.message}"
    if verbosity == "terse":
        return text + (f" at character {error.position}\n" if error.position else "\n")
    text += "\n"
    if error.position and query:
        text += excerpt(query, error.position)
    for label, said in (("DETAIL", error.detail), ("HINT", error.hint), ("QUERY", error.internal)):
        if said:
            text += f"{label}:  {said}\n"
    if error.context and (context == "always" or (context == "errors" and error.severity in _GRAVE)):
        text += f"CONTEXT:  {error.context}\n"
    return text


_GRAVE = frozenset({"ERROR", "FATAL", "PANIC"})
