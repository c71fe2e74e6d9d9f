"""--filter of pg_dump, pg_dumpall and pg_restore: lines of `include|exclude KIND PATTERN`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from host.options.messages import fail
from host.options.values import Parsed
from host.tree import PathError

KINDS = {
    "table_data": "table data",
    "table_data_and_children": "table data and children",
    "database": "database",
    "extension": "extension",
    "foreign_data": "foreign data",
    "function": "function",
    "index": "index",
    "schema": "schema",
    "table": "table",
    "table_and_children": "table and children",
    "trigger": "trigger",
}
_WORD = re.compile(r"\s*(\S+)")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: what to do with which kind of object."""

    include: bool
    kind: str
    """A key of KINDS."""
    pattern: str
    line: int


@dataclass(slots=True)
class _Reader:
    parsed: Parsed
    path: str
    lines: list[str]
    line: int = 0

    def fault(self, says: str) -> NoReturn:
        fault(self.parsed, self.path, self.line, says)

    def next_line(self) -> str | None:
        if self.line >= len(self.lines):
            return None
        self.line += 1
        return self.lines[self.line - 1]


def fault(parsed: Parsed, path: str, line: int, says: str) -> NoReturn:
    """A line of the filter file is wrong."""
    source = "standard input" if path == "-" else f'file "{path}"'
    fail(parsed, f"invalid format in filter read from {source} on line {line}: {says}")


def not_allowed(parsed: Parsed, path: str, rule: Rule) -> NoReturn:
    """A kind of object that this tool does not filter."""
    command = "include" if rule.include else "exclude"
    fault(parsed, path, rule.line, f'{command} filter for "{KINDS[rule.kind]}" is not allowed')


def rules(parsed: Parsed, path: str) -> Iterator[Rule]:
    """The rules of a filter file one by one; the tool ends at the first fault."""
    try:
        text = parsed.read_file(path)
    except PathError as wrong:
        fail(parsed, f'could not open filter file "{path}": {wrong.reason}')
    reader = _Reader(parsed, path, text.splitlines(keepends=True))
    while (line := reader.next_line()) is not None:
        if line.strip() and not line.lstrip().startswith("#"):
            yield _rule(reader, line)


def _rule(reader: _Reader, line: str) -> Rule:
    command = _WORD.match(line)
    if not command or command[1].lower() not in ("include", "exclude"):
        reader.fault('invalid filter command (expected "include" or "exclude")')
    kind = _WORD.match(line, command.end())
    if not kind:
        reader.fault("missing filter object type")
    if kind[1].lower() not in KINDS:
        reader.fault(f'unsupported filter object type: "{kind[1]}"')
    rest = line[kind.end() :].lstrip()
    if not rest:
        reader.fault("missing object name pattern")
    return Rule(command[1].lower() == "include", kind[1].lower(), _pattern(reader, rest), reader.line)


def _pattern(reader: _Reader, text: str) -> str:
    """A name, quoted or not, qualified or not, or the signature of a function, without needless blanks."""
    pattern, no_blank, found_blank = "", True, False
    while text and text[0] != "#":
        plain = re.match(r'[^\s#,.()"]*', text)
        assert plain is not None
        if plain[0]:
            if found_blank and not no_blank:
                pattern += " "
            pattern += plain[0]
            text = text[plain.end() :]
        no_blank = False
        if text.startswith('"'):
            quoted, text = _quoted(reader, text)
            pattern += (" " if found_blank else "") + quoted
        elif text.startswith(","):
            pattern, text, no_blank = pattern + ", ", text[1:], True
        elif text[:1] and text[0] in ".()":
            pattern, text, no_blank = pattern + text[0], text[1:], True
        stripped = text.lstrip()
        found_blank, text = stripped != text, stripped
    return pattern


def _quoted(reader: _Reader, text: str) -> tuple[str, str]:
    """A quoted name, which may go on in the next line, and what follows it."""
    quoted, text = '"', text[1:].rstrip("\r\n")
    while True:
        if not text:
            following = reader.next_line()
            if following is None:
                reader.fault("unexpected end of file")
            quoted, text = quoted + "\n", following.rstrip("\r\n")
        elif text.startswith('""'):
            quoted, text = quoted + '""', text[2:]
        elif text.startswith('"'):
            return quoted + '"', text[1:]
        elif text.startswith("\\"):
            quoted, text = quoted + {"n": "\n", "\\": "\\"}.get(text[1:2], ""), text[2:]
        else:
            quoted, text = quoted + text[0], text[1:]
