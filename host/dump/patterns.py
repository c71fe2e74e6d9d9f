"""Patterns of -t, -n and their kin: psql's rules, as processSQLNamePattern turns them into regular expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was read: each part is a regular expression, None when it was not written."""

    text: str
    name: re.Pattern[str]
    schema: re.Pattern[str] | None = None
    database: str | None = None


class PatternError(Exception):
    """The pattern cannot be used; the text is what follows 'pg_dump: error: '."""


def read(text: str, parts: int = 2) -> Pattern:
    """Read a pattern of at most `parts` dotted parts (2: schema.name, 1: a name alone) and perhaps a database."""
    pieces = _pieces(text)
    if len(pieces) > parts + 1:
        raise PatternError(f"improper qualified name (too many dotted names): {text}")
    database = pieces[0][1] if len(pieces) == parts + 1 else None
    schema = _compiled(pieces[-2][0]) if parts == 2 and len(pieces) >= 2 else None
    return Pattern(text, _compiled(pieces[-1][0]), schema, database)


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
    try:
        return re.compile(f"({regex})", re.DOTALL)
    except (re.error, OverflowError, RecursionError) as fault:
        raise PatternError(f"query failed: ERROR:  invalid regular expression: {_words(regex, fault)}") from None


def _words(regex: str, _fault: Exception) -> str:
    if regex.count("(") != regex.count(")"):
        return "parentheses () not balanced"
    if regex.count("[") != regex.count("]"):
        return "brackets [] not balanced"
    return "quantifier operand invalid"


def matches(regex: re.Pattern[str] | None, name: str) -> bool:
    """The whole name fits."""
    return regex is None or regex.fullmatch(name) is not None
