"""A command line as tokens: operators and words, quotes and expansions read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from host.shell.syntax import Literal, Part, SyntaxFault, Word
from host.shell.words import Reading

_OPERATORS = re.compile(r"&>>|&>|<<-|<<<|<<|>>|>&|<&|>\||<>|\|\||&&|;;|\|&|[|&;()<>\n]")
_FD = re.compile(r"(\d+)(?=[<>])")
REDIRECTIONS = frozenset({"<", ">", ">>", ">|", "<>", ">&", "<&", "&>", "&>>", "<<", "<<-", "<<<"})


@dataclass(frozen=True, slots=True)
class Token:
    """`kind`: 'word', 'operator', 'redirect' or 'end'."""

    kind: str
    text: str
    """As typed."""
    word: Word = ()
    fd: int | None = None
    line: int = 1


class Lexer:
    """Reads tokens one after the other; here-documents are taken in at the end of their line."""

    def __init__(self, text: str, depth: int = 0) -> None:
        self.text, self.at, self.line, self.depth = text, 0, 1, depth
        self.brackets = False
        """Within `[[ … ]]`."""
        self._waiting: list[tuple[int, str, bool, bool]] = []
        self.tokens: list[Token] = []

    def all(self) -> list[Token]:
        """Every token, with 'end' as the last one."""
        while self._one():
            pass
        if self._waiting:
            self._here_documents()
        self.tokens.append(Token("end", "", line=self.line))
        return self.tokens

    def _one(self) -> bool:
        self._skip_blanks()
        if self.at >= len(self.text):
            return False
        if self.brackets and self.tokens[-1].text == "=~":
            self._expression()
            return True
        fd = _FD.match(self.text, self.at)
        if fd:
            self.at = fd.end()
        operator = _OPERATORS.match(self.text, self.at)
        if operator:
            self._operator(operator.group(), int(fd[1]) if fd else None)
        else:
            self._word()
        return True

    def _skip_blanks(self) -> None:
        text = self.text
        while self.at < len(text):
            if text[self.at] in " \t":
                self.at += 1
            elif text.startswith("\\\n", self.at):
                self.at += 2
                self.line += 1
            elif text[self.at] == "#":
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            else:
                return

    def _operator(self, text: str, fd: int | None) -> None:
        self.at += len(text)
        kind = "redirect" if text in REDIRECTIONS else "operator"
        self.tokens.append(Token(kind, text, fd=fd, line=self.line))
        if text in ("<<", "<<-"):
            self._here_begins(text == "<<-")
        elif text == "\n":
            self.line += 1
            if self._waiting:
                self._here_documents()

    def _word(self) -> None:
        start, line = self.at, self.line
        reading = Reading(self.text, self.at, self.depth)
        word = reading.word()
        self.at = reading.at
        text = self.text[start : self.at]
        self.line += text.count("\n")
        self.tokens.append(Token("word", text, word, line=line))
        if text in ("[[", "]]"):
            self.brackets = text == "[["

    def _expression(self) -> None:
        """A regular expression: parentheses, | and < > belong to it."""
        start, parts = self.at, list[Part]()
        depth = 0
        while self.at < len(self.text) and (depth or self.text[self.at] not in " \t\n"):
            letter = self.text[self.at]
            if letter in "()|<>;&" or (depth and letter in " \t"):
                depth += {"(": 1, ")": -1}.get(letter, 0)
                parts.append(Literal(letter))
                self.at += 1
                continue
            reading = Reading(self.text, self.at, self.depth)
            parts += reading.word()
            if reading.at == self.at:
                break
            self.at = reading.at
        self.tokens.append(Token("word", self.text[start : self.at], tuple(parts), line=self.line))

    def _here_begins(self, tabs: bool) -> None:
        self._skip_blanks()
        if self.at >= len(self.text) or _OPERATORS.match(self.text, self.at):
            return
        self._word()
        word = self.tokens[-1].word
        quoted = any(isinstance(part, Literal) and part.quoted for part in word)
        delimiter = "".join(part.text for part in word if isinstance(part, Literal))
        self._waiting.append((len(self.tokens) - 1, delimiter, quoted, tabs))

    def _here_documents(self) -> None:
        for place, delimiter, quoted, tabs in self._waiting:
            lines: list[str] = []
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self.at = min(end + 1, len(self.text))
                self.line += 1
                line = line.lstrip("\t") if tabs else line
                if line == delimiter:
                    break
                lines.append(line + "\n")
            body = "".join(lines)
            word: tuple[Part, ...] = (Literal(body, True),)
            if not quoted:
                word = Reading(body, 0, self.depth).here_document()
            token = self.tokens[place]
            self.tokens[place] = Token("word", token.text, word, line=token.line)
        self._waiting = []


def tokens(text: str, depth: int = 0) -> list[Token]:
    """The tokens of a text; raises SyntaxFault."""
    if depth > MAX_DEPTH:
        raise SyntaxFault("$(")
    return Lexer(text, depth).all()


MAX_DEPTH = 20
"""So deep may command substitutions stand in each other."""
