"""COPY as it is written: what it copies, where, and its options."""

from __future__ import annotations

from dataclasses import dataclass, field

from host.sql.parsing import Statement, statements
from host.sql.reader import Name, Reader
from host.sql.reply import fail, lacking
from simulator.versions import since

_MATCHES = {12: False, 15: True}
_ON_ERROR = {12: False, 17: True}
_TRUE, _FALSE = ("true", "on", "1"), ("false", "off", "0")
_NO_QUOTES_INWARD = {
    12: "COPY force quote only available using COPY TO",
    17: "COPY FORCE_QUOTE cannot be used with COPY FROM",
}
_NO_QUOTES_IN_TEXT = {12: "COPY force quote available only in CSV mode", 17: "COPY FORCE_QUOTE requires CSV mode"}


@dataclass
class Copy:
    """A COPY statement."""

    name: Name | None = None
    columns: list[str] = field(default_factory=list)
    query: Statement | None = None
    inward: bool = False
    where: str = ""
    """A file of the server; '' is standard input or output."""
    program: str = ""
    csv: bool = False
    header: bool = False
    match: bool = False
    """The header has to name the columns."""
    delimiter: str = ""
    null: str | None = None
    force_quote: list[str] | None = None
    """Columns that are quoted whatever they hold; none named: all of them."""
    ignores: bool = False
    """ON_ERROR ignore."""
    verbose: bool = False
    """LOG_VERBOSITY verbose."""
    condition: str = ""
    """WHERE: rows for which it is not true do not come in."""
    condition_at: int = 0
    """Where it stands in the statement, from 0."""


def read_copy(reader: Reader, major: int) -> Copy:
    """COPY name (columns) | (query) FROM | TO …"""
    made = Copy()
    if reader.word == "(":
        text = reader.parenthesised()
        found = statements(text)
        if not found:
            raise reader.wrong()
        made.query = found[0]
    else:
        made.name = reader.qualified()
        if reader.accept("("):
            made.columns = reader.names()
            reader.expect(")")
    word = reader.one_of("FROM", "TO")
    if not word or (made.query is not None and word == "FROM"):
        raise reader.wrong()
    made.inward = word == "FROM"
    if not reader.one_of("STDIN", "STDOUT"):
        if reader.accept("PROGRAM"):
            made.program = reader.string()
        else:
            made.where = reader.string()
    _options(reader, made, major)
    _condition(reader, made)
    reader.end()
    _look_at(made, major)
    return made


def _condition(reader: Reader, made: Copy) -> None:
    place = reader.place
    if not reader.accept("WHERE"):
        return
    if not made.inward:
        raise fail("WHERE clause not allowed with COPY TO", "42601", position=place)
    made.condition_at = reader.place - 1
    made.condition = reader.rest()
    if not made.condition:
        raise reader.wrong()


def _options(reader: Reader, made: Copy, major: int) -> None:
    reader.accept("WITH")
    listed = reader.accept("(")
    while reader.token is not None and not (listed and reader.accept(")")):
        if not listed and reader.ahead("WHERE"):
            return
        if reader.accept("FORMAT"):
            kind = reader.value()
            made.csv = kind == "csv"
            if kind not in ("csv", "text", "binary"):
                raise fail(f'COPY format "{kind}" not recognized', "22023")
            if kind == "binary":
                raise lacking("COPY in binary format")
        elif reader.accept("CSV"):
            made.csv = True
        elif reader.accept("HEADER"):
            _header(reader, made, major, listed=listed)
        elif reader.accept("DELIMITER"):
            reader.accept("AS")
            made.delimiter = reader.string()
        elif reader.accept("NULL"):
            reader.accept("AS")
            made.null = reader.string()
        elif reader.accept("FREEZE") or reader.accept(","):
            continue
        elif (not listed and reader.accept("FORCE", "QUOTE")) or (listed and reader.accept("FORCE_QUOTE")):
            made.force_quote = _quoted_columns(reader, listed=listed)
        elif listed and reader.word in ("ON_ERROR", "LOG_VERBOSITY"):
            _on_error(reader, made, major)
        elif listed and reader.one_of("ENCODING", "QUOTE", "ESCAPE", "FORCE_NOT_NULL", "FORCE_NULL"):
            reader.value() if reader.word != "(" else reader.parenthesised()
        else:
            raise reader.wrong()


def _header(reader: Reader, made: Copy, major: int, *, listed: bool) -> None:
    """What HEADER says: a Boolean, or from 15 on MATCH."""
    made.header, made.match = True, False
    if not listed or reader.word in (",", ")"):
        return
    said, matches = reader.value(), since(major, _MATCHES)
    if said == "match" and matches:
        if not made.inward:
            raise fail('cannot use "match" with HEADER in COPY TO', "0A000")
        made.match = True
    elif said in (*_TRUE, *_FALSE):
        made.header = said in _TRUE
    else:
        also = ' or "match"' if matches else ""
        raise fail(f"header requires a Boolean value{also}", "42601")


def _quoted_columns(reader: Reader, *, listed: bool) -> list[str]:
    if reader.accept("*"):
        return []
    if listed:
        reader.expect("(")
    names = reader.names()
    if listed:
        reader.expect(")")
    return names


def _on_error(reader: Reader, made: Copy, major: int) -> None:
    """ON_ERROR and LOG_VERBOSITY, which there are from 17 on."""
    place, word = reader.place, reader.one_of("ON_ERROR", "LOG_VERBOSITY")
    if not since(major, _ON_ERROR):
        raise fail(f'option "{word.lower()}" not recognized', "42601", position=place)
    if word == "ON_ERROR" and not made.inward:
        raise fail("COPY ON_ERROR cannot be used with COPY TO", "22023", position=place)
    said, known = reader.value(), ("stop", "ignore") if word == "ON_ERROR" else ("default", "verbose", "silent")
    if said not in known:
        raise fail(f'COPY {word} "{said}" not recognized', "22023", position=place)
    if word == "ON_ERROR":
        made.ignores = said == "ignore"
    else:
        made.verbose = said == "verbose"


def _look_at(made: Copy, major: int) -> None:
    """ProcessCopyOptions: what does not go together."""
    if made.header and not made.csv and not since(major, _MATCHES):
        raise fail("COPY HEADER available only in CSV mode", "0A000")
    if made.force_quote is not None and not made.csv:
        raise fail(since(major, _NO_QUOTES_IN_TEXT), "0A000")
    if made.force_quote is not None and made.inward:
        raise fail(since(major, _NO_QUOTES_INWARD), "0A000")
