"""Patterns of -t, -n and their kin: psql's rules, as processSQLNamePattern turns them into regular expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from host.backtracking import runs_away
from host.catalog.names import literal


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was read: each part is a regular expression, None when it was not written."""

    text: str
    name: re.Pattern[str]
    schema: re.Pattern[str] | None = None
    database: str | None = None


class PatternError(Exception):
    """The pattern cannot be used; the text is what follows 'pg_dump: error: ', `detail` is for a line of its own."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


_RELATIONS = """\
SELECT c.oid
FROM pg_catalog.pg_class c
     LEFT JOIN pg_catalog.pg_namespace n
     ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relkind OPERATOR(pg_catalog.=) ANY
    (array['r', 'S', 'v', 'm', 'f', 'p'])
"""
_QUERIES = {
    "table": (_RELATIONS + "  AND ", "c.relname", "n.nspname"),
    "schema": ("SELECT oid FROM pg_catalog.pg_namespace n\nWHERE ", "n.nspname", ""),
    "extension": ("SELECT oid FROM pg_catalog.pg_extension e\nWHERE ", "e.extname", ""),
    "database": ("SELECT datname FROM pg_catalog.pg_database n\nWHERE ", "datname", ""),
}


_DOTTED = {"table": "relation"}
"""What the tool calls a name that has too many dots."""


def _query(kind: str, name: str, schema: str | None) -> str:
    """The query that the tool sends for a pattern (processSQLNamePattern)."""
    start, name_column, schema_column = _QUERIES[kind]
    conditions = [_condition(name_column, name)]
    if schema is not None:
        conditions.append(_condition(schema_column, schema))
    elif kind == "table":
        conditions.append("pg_catalog.pg_table_is_visible(c.oid)\n")
    return start + "  AND ".join(conditions)


def _condition(column: str, regex: str) -> str:
    return f"{column} OPERATOR(pg_catalog.~) {literal(f'^({regex})$')} COLLATE pg_catalog.default\n"


def read(text: str, kind: str = "table") -> Pattern:
    """Read a pattern for tables (schema.name) or for what has but one name; a database may stand before it."""
    parts = 2 if kind == "table" else 1
    pieces = _pieces(text)
    if len(pieces) > parts + 1:
        raise PatternError(f"improper {_DOTTED.get(kind, 'qualified')} name (too many dotted names): {text}")
    database = pieces[0][1] if len(pieces) == parts + 1 else None
    name = pieces[-1][0]
    schema = pieces[-2][0] if parts == 2 and len(pieces) >= parts else None
    try:
        return Pattern(text, _compiled(name), _compiled(schema) if schema is not None else None, database)
    except ValueError as fault:
        detail = f"Query was: {_query(kind, name, schema)}"
        raise PatternError(f"query failed: ERROR:  invalid regular expression: {fault}", detail) from None


def _pieces(text: str) -> list[tuple[str, str]]:
    """Each dotted part as (regular expression, plain text)."""
    done: list[tuple[str, str]] = []
    regex, plain, quoted, position = "", "", False, 0
    while position < len(text):
        letter = text[position]
        position += 1
        if letter == '"':
            if quoted and text[position : position + 1] == '"':
                regex, plain, position = regex + '"', plain + '"', position + 1
            else:
                quoted = not quoted
        elif not quoted and letter == ".":
            done.append((regex, plain))
            regex = plain = ""
        elif not quoted and letter in "*?":
            regex, plain = regex + (".*" if letter == "*" else "."), plain + letter
        else:
            letter = letter if quoted else letter.lower()
            regex += re.escape(letter) if quoted or letter == "$" else letter
            plain += letter
    return [*done, (regex, plain)]


def _compiled(regex: str) -> re.Pattern[str]:
    """Raises ValueError with the server's words."""
    try:
        if runs_away(regex):
            raise ValueError("regular expression is too complex")
        return re.compile(f"({regex})", re.DOTALL)
    except (re.error, OverflowError, RecursionError):
        raise ValueError(_words(regex)) from None


def _words(regex: str) -> str:
    if regex.count("(") != regex.count(")"):
        return "parentheses () not balanced"
    if regex.count("[") != regex.count("]"):
        return "brackets [] not balanced"
    return "quantifier operand invalid"


def matches(regex: re.Pattern[str] | None, name: str) -> bool:
    """The whole name fits."""
    return regex is None or regex.fullmatch(name) is not None
