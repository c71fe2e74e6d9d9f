"""Words: quotes, escapes, `$name`, `${…}`, `$(…)`, backticks and `$((…))`."""

from __future__ import annotations

import re

from host.shell.syntax import Arithmetic, Literal, Part, Substitution, SyntaxFault, Variable, Word

_NAME = re.compile(r"[A-Za-z_]\w*|[0-9?$!#@*-]")
_BRACE_NAME = re.compile(r"[A-Za-z_]\w*|[0-9]+|[?$!#@*-]")
_OPS = re.compile(r":?[-=+?]|%%?|##?")
_ENDS = frozenset(" \t\n|&;()<>")
_RUN = re.compile(r"[^ \t\n|&;()<>\\'\"$`]+")
_QUOTED_RUN = re.compile(r"[^\\\"$`]+")
_ESCAPES = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "?": "?",
}
_ANSI = re.compile(r"x([0-9a-fA-F]{1,2})|([0-7]{1,3})|u([0-9a-fA-F]{1,4})|(.)", re.DOTALL)


class Reading:
    """A place in a text, and the word that begins there."""

    def __init__(self, text: str, at: int, depth: int) -> None:
        self.text, self.at, self.depth = text, at, depth
        self.parts: list[Part] = []

    def word(self) -> Word:
        """A word up to the next blank or operator."""
        text = self.text
        while self.at < len(text) and text[self.at] not in _ENDS:
            self._piece()
        return tuple(self.parts)

    def here_document(self) -> Word:
        r"""A whole text in which only `$`, backticks and `\\` before them mean something."""
        self._double_quoted("")
        return tuple(self.parts)

    def _piece(self) -> None:
        char = self.text[self.at]
        if char == "\\":
            self._escaped()
        elif char == "'":
            end = self._closing("'", self.at + 1)
            self._literal(self.text[self.at + 1 : end], True)
            self.at = end + 1
        elif char == '"':
            self.at += 1
            self._literal("", True)
            self._double_quoted('"')
        elif char in "$`":
            self._dollar(False)
        else:
            run = _RUN.match(self.text, self.at)
            self._plain(run.group() if run else char, False)

    def _plain(self, text: str, quoted: bool) -> None:
        self._literal(text, quoted)
        self.at += len(text)

    def _literal(self, text: str, quoted: bool) -> None:
        last = self.parts[-1] if self.parts else None
        if isinstance(last, Literal) and last.quoted == quoted:
            self.parts[-1] = Literal(last.text + text, quoted)
        else:
            self.parts.append(Literal(text, quoted))

    def _escaped(self) -> None:
        if self.at + 1 >= len(self.text):
            self._literal("\\", True)
        elif self.text[self.at + 1] != "\n":
            self._literal(self.text[self.at + 1], True)
        self.at = min(self.at + 2, len(self.text))

    def _closing(self, mark: str, start: int) -> int:
        end = self.text.find(mark, start)
        if end < 0:
            raise SyntaxFault(looking_for=mark)
        return end

    def _double_quoted(self, end: str) -> None:
        """Up to the closing quote; `end` '' is a here-document, which ends with the text."""
        text = self.text
        while self.at < len(text):
            char = text[self.at]
            if char == end:
                self.at += 1
                return
            if char == "\\" and self.at + 1 < len(text) and text[self.at + 1] in '$`"\\\n':
                follows = text[self.at + 1]
                kept = "" if follows == "\n" else ("\\" + follows if follows == '"' and not end else follows)
                self._literal(kept, True)
                self.at += 2
            elif char in "$`":
                self._dollar(True)
            else:
                run = _QUOTED_RUN.match(text, self.at)
                self._plain(run.group() if run else char, True)
        if end:
            raise SyntaxFault(looking_for=end)

    def _dollar(self, quoted: bool) -> None:
        text, at = self.text, self.at
        if text[at] == "`":
            self._backticks(quoted)
        elif text.startswith("$((", at) and (end := self._arithmetic_end(at + 3)) is not None:
            inner = Reading(text[at + 3 : end], 0, self.depth + 1)
            self.parts.append(Arithmetic(inner.here_document(), quoted))
            self.at = end + 2
        elif text.startswith("$(", at):
            end = matching(text, at + 2)
            self._substitution(text[at + 2 : end], quoted)
            self.at = end + 1
        elif text.startswith("${", at):
            self._braces(quoted)
        elif text.startswith("$'", at) and not quoted:
            self._ansi()
        elif name := _NAME.match(text, at + 1):
            self.parts.append(Variable(name.group(), quoted=quoted))
            self.at = name.end()
        else:
            self._literal("$", quoted)
            self.at += 1

    def _substitution(self, inner: str, quoted: bool) -> None:
        from host.shell.parser import parse

        self.parts.append(Substitution(parse(inner, self.depth + 1), quoted))

    def _backticks(self, quoted: bool) -> None:
        end = self.at + 1
        while end < len(self.text) and self.text[end] != "`":
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise SyntaxFault(looking_for="`")
        inner = re.sub(r'\\([$`\\"])' if quoted else r"\\([$`\\])", r"\1", self.text[self.at + 1 : end])
        self._substitution(inner, quoted)
        self.at = end + 1

    def _arithmetic_end(self, start: int) -> int | None:
        depth = 0
        for at in range(start, len(self.text) - 1):
            char = self.text[at]
            if char == "(":
                depth += 1
            elif char == ")":
                if depth == 0:
                    return at if self.text[at + 1] == ")" else None
                depth -= 1
        return None

    def _braces(self, quoted: bool) -> None:
        end = matching_brace(self.text, self.at + 2)
        inner = self.text[self.at + 2 : end]
        self.at = end + 1
        if inner.startswith("#") and (name := _BRACE_NAME.fullmatch(inner, 1)):
            self.parts.append(Variable(name.group(), "length", quoted=quoted))
            return
        match = _BRACE_NAME.match(inner)
        rest = inner[match.end() :] if match else inner
        op = _OPS.match(rest)
        if match is None or (rest and op is None):
            self.parts.append(Variable(inner, "bad", quoted=quoted))
            return
        argument: Word = ()
        if op:
            argument = argument_word(rest[op.end() :], self.depth + 1, quoted)
        self.parts.append(Variable(match.group(), op.group() if op else "", argument, quoted))

    def _ansi(self) -> None:
        text, at = self.text, self.at + 2
        out: list[str] = []
        while at < len(text) and text[at] != "'":
            if text[at] != "\\":
                out.append(text[at])
                at += 1
                continue
            match = _ANSI.match(text, at + 1)
            if match is None:
                break
            out.append(_ansi_char(match))
            at = match.end()
        if at >= len(text):
            raise SyntaxFault(looking_for="'")
        self._literal("".join(out), True)
        self.at = at + 1


def _ansi_char(match: re.Match[str]) -> str:
    hexadecimal, octal, unicode, plain = match.groups()
    if hexadecimal or unicode:
        return chr(int(hexadecimal or unicode, 16))
    if octal:
        return chr(int(octal, 8) & 0xFF)
    return _ESCAPES.get(plain, "\\" + plain)


def argument_word(text: str, depth: int, quoted: bool) -> Word:
    """The word behind an operator in `${…}`: blanks belong to it."""
    reading = Reading(text, 0, depth)
    while reading.at < len(text):
        if quoted and text[reading.at] not in '$`\\"':
            reading._literal(text[reading.at], True)  # noqa: SLF001
            reading.at += 1
        else:
            reading._piece()  # noqa: SLF001
    return tuple(reading.parts)


def _skip_quoted(text: str, at: int) -> int:
    """The place behind a quote or escape that begins here; `at` itself if none does."""
    char = text[at]
    if char == "\\":
        return at + 2
    if char == "'":
        end = text.find("'", at + 1)
        if end < 0:
            raise SyntaxFault(looking_for="'")
        return end + 1
    if char in '"`':
        end = at + 1
        while end < len(text) and text[end] != char:
            if text.startswith("$(", end) and char == '"':
                end = matching(text, end + 2) + 1
            else:
                end += 2 if text[end] == "\\" else 1
        if end >= len(text):
            raise SyntaxFault(looking_for=char)
        return end + 1
    return at


def matching(text: str, start: int) -> int:
    """Where the `)` of a `$(` stands; knows quotes, brackets within, and the `)` of a case pattern."""
    at, depth, cases = start, 0, 0
    while at < len(text):
        after = _skip_quoted(text, at)
        if after != at:
            at = after
            continue
        if text.startswith("case ", at) and (at == start or text[at - 1] in " \t\n;(|&"):
            cases += 1
        elif text.startswith("esac", at) and cases:
            cases -= 1
        elif text[at] == "(":
            depth += 1
        elif text[at] == ")":
            if depth:
                depth -= 1
            elif not cases:
                return at
        at += 1
    raise SyntaxFault(looking_for=")", line=text.count("\n") + 2)


def matching_brace(text: str, start: int) -> int:
    """Where the `}` of a `${` stands."""
    at, depth = start, 0
    while at < len(text):
        after = _skip_quoted(text, at)
        if after != at:
            at = after
            continue
        if text.startswith("${", at):
            depth += 1
        elif text.startswith("$(", at):
            at = matching(text, at + 2)
        elif text[at] == "}":
            if depth == 0:
                return at
            depth -= 1
        at += 1
    raise SyntaxFault(looking_for="}")
