"""psql's own scanner: it divides what comes in into statements and backslash commands (psqlscan.l, psqlscanslash.l)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_DOLLAR = re.compile(r"\$(?:[A-Za-z_\x80-\U0010ffff][A-Za-z_0-9\x80-\U0010ffff]*)?\$")
_VARIABLE = re.compile(
    r""":(?:(?P<plain>[A-Za-z_0-9]+)|'(?P<text>[A-Za-z_0-9]+)'|"(?P<name>[A-Za-z_0-9]+)"|\{\?(?P<asked>[A-Za-z_0-9]+)\})"""
)
_COMMAND = re.compile(r"\\([^\s\\]*)")
_WORD = re.compile(r"[A-Za-z_\x80-\U0010ffff][A-Za-z_0-9$\x80-\U0010ffff]*")


_CALM = re.compile(r"(?:[A-Za-z_\x80-\U0010ffff][A-Za-z_0-9$\x80-\U0010ffff]*|[0-9 \t,.=<>+*])+")
"""Words and signs that begin nothing."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement that ended with a semicolon (or with the input)."""

    text: str
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Backslash:
    """A command: its name, and the rest of its line."""

    name: str
    rest: str


Item = Sql | Backslash


class Scanner:
    """Takes lines, gives statements and commands; keeps what is not finished in `buffer`."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.reset()

    def reset(self) -> None:
        r"""Forget what was begun (\\r, an error)."""
        self.buffer = ""
        self.quote = ""
        self.comment = 0
        self.depth = 0
        self.words: list[str] = []
        self.begins = 0

    @property
    def open(self) -> bool:
        """Something was begun and not ended."""
        return bool(self.buffer.strip()) or bool(self.quote) or self.comment > 0

    @property
    def inside(self) -> bool:
        """A quote, a comment or a parenthesis is open."""
        return bool(self.quote) or self.comment > 0 or self.depth > 0

    def line(self, text: str) -> Iterator[Item]:
        """The items that end in this line (given without its newline)."""
        at = 0
        if self.buffer:
            self.buffer += "\n"
        while at < len(text):
            if self.comment:
                at = self._comment(text, at)
                continue
            if self.quote:
                at = self._quoted(text, at)
                continue
            letter = text[at]
            if letter == ";" and self.depth == 0 and not self.begins:
                done, at = self.buffer, at + 1
                self.reset()
                yield Sql(done + ";")
            elif letter == "\\" and text[at : at + 2] == "\\;":
                self.buffer, at = self.buffer + ";", at + 2
            elif letter == "\\":
                match = _COMMAND.match(text, at)
                assert match is not None, "a backslash begins a command"
                rest = text[match.end() :]
                used = len(rest) if match[1] in WHOLE_LINE else _end_of_arguments(rest)
                at = match.end() + used
                yield Backslash(match[1], rest[:used])
                if text[at : at + 2] == "\\\\":
                    at += 2
            else:
                at = self._plain(text, at)

    def rest(self) -> Item | None:
        """What is left at the end of the input."""
        text = self.buffer
        left = bool(text.strip())
        self.reset()
        return Sql(text, complete=False) if left else None

    def _comment(self, text: str, at: int) -> int:
        close, begin = text.find("*/", at), text.find("/*", at)
        if begin >= 0 and (close < 0 or begin < close):
            self.comment += 1
            end = begin + 2
        elif close >= 0:
            self.comment -= 1
            end = close + 2
        else:
            end = len(text)
        self.buffer += text[at:end]
        return end

    def _quoted(self, text: str, at: int) -> int:
        """Inside of quotes: up to their end, or the end of the line."""
        end = text.find(self.quote.lstrip("E"), at)
        if self.quote == "E'":
            end = at
            while end < len(text) and text[end] != "'":
                end += 2 if text[end] == "\\" else 1
            end = end if end < len(text) else -1
        stop = len(text) if end < 0 else end + len(self.quote.lstrip("E"))
        self.buffer += text[at:stop]
        if end >= 0:
            self.quote = ""
        return stop

    def _plain(self, text: str, at: int) -> int:
        letter = text[at]
        if text.startswith("--", at):
            if self.buffer.strip():
                self.buffer += text[at:]
            return len(text)
        if text.startswith("/*", at):
            self.comment, self.buffer = 1, self.buffer + "/*"
            return at + 2
        if letter in "'\"":
            escaped = letter == "'" and at > 0 and text[at - 1] in "eE" and not text[at - 2 : at - 1].isalnum()
            self.quote, self.buffer = ("E'" if escaped else letter), self.buffer + letter
            return at + 1
        if letter == "$" and (match := _DOLLAR.match(text, at)):
            self.quote, self.buffer = match[0], self.buffer + match[0]
            return match.end()
        if letter == ":" and text[at : at + 2] != "::" and (match := _VARIABLE.match(text, at)):
            self.buffer += self.substituted(match)
            return match.end()
        if letter.isspace() and not self.buffer:
            return at + 1
        if self._may_skip_words and (calm := _CALM.match(text, at)):
            self.buffer += calm[0]
            return calm.end()
        if word := _WORD.match(text, at):
            self._noticed(word[0].upper())
            self.buffer += word[0]
            return word.end()
        if text.startswith("::", at):
            self.buffer += "::"
            return at + 2
        self.depth = max(0, self.depth + {"(": 1, ")": -1}.get(letter, 0))
        self.buffer += letter
        return at + 1

    @property
    def _creates_routine(self) -> bool:
        return self.words[0] == "CREATE" and any(one in self.words[1:4] for one in ("FUNCTION", "PROCEDURE"))

    @property
    def _may_skip_words(self) -> bool:
        """No word that is still to come can be one of BEGIN ATOMIC … END."""
        words = self.words
        return bool(words) and (words[0] != "CREATE" or (len(words) > 3 and not self._creates_routine))

    def _noticed(self, word: str) -> None:
        """Words of CREATE FUNCTION … BEGIN ATOMIC … END: semicolons inside do not end the statement."""
        self.words.append(word)
        if self._creates_routine and self.depth == 0:
            if word in ("BEGIN", "CASE") and (word == "BEGIN" or self.begins):
                self.begins += 1
            elif word == "END" and self.begins:
                self.begins -= 1

    def substituted(self, match: re.Match[str]) -> str:
        """A variable's value in its three forms; an unknown one stays as it is."""
        if match["asked"]:
            return "TRUE" if match["asked"] in self.variables else "FALSE"
        name = match["plain"] or match["text"] or match["name"]
        value = self.variables.get(name)
        if value is None:
            return match[0]
        if match["plain"]:
            return value
        if match["text"]:
            from host.catalog.names import literal

            made = literal(value)
            return f" {made}" if made.startswith("E") else made
        return '"' + value.replace('"', '""') + '"'


WHOLE_LINE = frozenset({"!", "copy", "ef", "ev", "sf", "sv", "h", "help"})
"""Commands that take all that is left of the line."""


def _end_of_arguments(rest: str) -> int:
    """Where the arguments of a command end: at the next backslash outside of quotes."""
    quote, at = "", 0
    while at < len(rest):
        letter = rest[at]
        if quote:
            if letter == "\\" and quote == "'":
                at += 1
            elif letter == quote:
                quote = ""
        elif letter in "'\"`":
            quote = letter
        elif letter == "\\":
            return at
        at += 1
    return len(rest)


_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", "r": "\r", "f": "\f"}


def arguments(rest: str, scanner: Scanner) -> list[str]:
    """The arguments of a command: words, 'quoted' with escapes, "kept", :variables."""
    found: list[str] = []
    at = 0
    while at < len(rest):
        if rest[at].isspace():
            at += 1
            continue
        word, at = _argument(rest, at, scanner)
        found.append(word)
    return found


def _argument(rest: str, at: int, scanner: Scanner) -> tuple[str, int]:
    word = ""
    while at < len(rest) and not rest[at].isspace():
        letter = rest[at]
        if letter == "'":
            at += 1
            while (at < len(rest) and rest[at] != "'") or rest[at : at + 2] == "''":
                if rest[at : at + 2] == "''":
                    word, at = word + "'", at + 2
                elif rest[at] == "\\" and at + 1 < len(rest):
                    word, at = word + _ESCAPES.get(rest[at + 1], rest[at + 1]), at + 2
                else:
                    word, at = word + rest[at], at + 1
            at += 1
        elif letter == '"':
            end = rest.find('"', at + 1)
            end = len(rest) if end < 0 else end
            word, at = word + rest[at : end + 1], end + 1
        elif letter == ":" and (match := _VARIABLE.match(rest, at)):
            word, at = word + scanner.substituted(match), match.end()
        else:
            word, at = word + letter, at + 1
    return word, at
