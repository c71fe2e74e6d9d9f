"""From tokens to commands, by the grammar of POSIX."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from host.effort import PARSED, READ, spend
from host.shell.lexer import tokens
from host.shell.reading import BracketReader
from host.shell.syntax import (
    AndOr,
    Assign,
    Case,
    Command,
    Double,
    For,
    Group,
    If,
    Literal,
    Pipeline,
    Redirect,
    Script,
    Simple,
    SyntaxFault,
    While,
    Word,
)

_RESERVED = frozenset("if then elif else fi for in do done while until case esac { } !".split())
_CLOSING = frozenset("then elif else fi do done esac }".split())
_ASSIGN = re.compile(r"([A-Za-z_]\w*)(\+?)=")
_NAME = re.compile(r"[A-Za-z_]\w*")
_MARKS = re.compile(r"[ \t\\'\"$`<>]")
"""A word, a quote or an expansion may begin here."""
_JOINTS = re.compile(r"[\n;|&()]")
"""A command may begin here."""


class Parser(BracketReader):
    """Reads one text; every method leaves the place behind what it read."""

    def __init__(self, text: str, depth: int, bash: bool) -> None:
        super().__init__(tokens(text, depth))
        self.bash = bash

    def script(self) -> Script:
        """The whole text."""
        found = self._lists()
        if self.token.kind != "end":
            raise self._unexpected()
        return found

    def _need_keyword(self, text: str) -> None:
        if not self._keyword(text):
            raise self._unexpected()
        self.at += 1

    def _lists(self) -> Script:
        """Lists up to a closing word, a `)`, `;;` or the end."""
        found: list[AndOr] = []
        self._newlines()
        while self.token.kind != "end" and not self._keyword(*_CLOSING) and not self._operator(")", ";;"):
            one = self._and_or()
            if self._operator("&"):
                one = replace(one, background=True)
                self.at += 1
            elif self._operator(";", "\n"):
                self.at += 1
            elif self.token.kind != "end" and not self._keyword(*_CLOSING) and not self._operator(")", ";;"):
                raise self._unexpected()
            found.append(one)
            self._newlines()
        return Script(tuple(found))

    def _body(self) -> Script:
        """Lists, at least one."""
        found = self._lists()
        if not found.lists:
            raise self._unexpected()
        return found

    def _and_or(self) -> AndOr:
        first = self._pipeline()
        rest: list[tuple[str, Pipeline]] = []
        while self._operator("&&", "||"):
            text = self._take().text
            self._newlines()
            rest.append((text, self._pipeline()))
        return AndOr(first, tuple(rest))

    def _pipeline(self) -> Pipeline:
        inverted = timed = False
        while self._keyword("!", "time"):
            if self._take().text == "time":
                timed = True
                if self._keyword("-p"):
                    self.at += 1
            else:
                inverted = not inverted
        if timed and (self.token.kind == "end" or self._operator(";", "\n")):
            return Pipeline((Simple((), (), ()),), inverted, timed)
        commands = [self._command()]
        while self._operator("|", "|&"):
            if self._take().text == "|&":
                commands[-1] = replace(commands[-1], redirects=(*commands[-1].redirects, _BOTH))
            self._newlines()
            commands.append(self._command())
        return Pipeline(tuple(commands), inverted, timed)

    def _command(self) -> Command:
        if self._operator("("):
            self.at += 1
            body = self._body()
            if not self._operator(")"):
                raise self._unexpected()
            self.at += 1
            return Group(body, True, self._redirects())
        if self.bash and self._keyword("[["):
            return self._double()
        if not self._keyword(*_RESERVED):
            return self._simple()
        read = {
            "{": self._braces,
            "if": self._if,
            "for": self._for,
            "while": self._while,
            "until": self._while,
            "case": self._case,
        }.get(self.token.text)
        if read is None:
            if self.token.text == "in":
                return self._simple()
            raise self._unexpected()
        return read()

    def _braces(self) -> Command:
        self.at += 1
        body = self._body()
        self._need_keyword("}")
        return Group(body, False, self._redirects())

    def _if(self) -> Command:
        branches: list[tuple[Script, Script]] = []
        otherwise = None
        while self._keyword("if", "elif"):
            self.at += 1
            condition = self._body()
            self._need_keyword("then")
            branches.append((condition, self._body()))
        if self._keyword("else"):
            self.at += 1
            otherwise = self._body()
        self._need_keyword("fi")
        return If(tuple(branches), otherwise, self._redirects())

    def _do(self) -> Script:
        self._need_keyword("do")
        body = self._body()
        self._need_keyword("done")
        return body

    def _while(self) -> Command:
        wanted = self._take().text == "while"
        condition = self._body()
        return While(condition, self._do(), wanted, self._redirects())

    def _for(self) -> Command:
        self.at += 1
        if self.token.kind != "word":
            raise self._unexpected(self.token.line)
        name = self._take()
        if not _NAME.fullmatch(name.text):
            raise SyntaxFault(f"{name.text}", line=name.line)
        words: tuple[Word, ...] | None = None
        self._newlines()
        if self._keyword("in"):
            self.at += 1
            found: list[Word] = []
            while self.token.kind == "word":
                found.append(self._take().word)
            words = tuple(found)
            if not self._operator(";", "\n"):
                raise self._unexpected()
            self.at += 1
        elif self._operator(";"):
            self.at += 1
        self._newlines()
        return For(name.text, words, self._do(), self._redirects())

    def _case(self) -> Command:
        self.at += 1
        if self.token.kind != "word":
            raise self._unexpected()
        word = self._take().word
        self._newlines()
        self._need_keyword("in")
        self._newlines()
        arms: list[tuple[tuple[Word, ...], Script]] = []
        while not self._keyword("esac"):
            arms.append(self._arm())
            if self._operator(";;"):
                self.at += 1
                self._newlines()
            elif not self._keyword("esac"):
                raise self._unexpected()
        self.at += 1
        return Case(word, tuple(arms), self._redirects())

    def _arm(self) -> tuple[tuple[Word, ...], Script]:
        if self._operator("("):
            self.at += 1
        patterns: list[Word] = []
        while True:
            if self.token.kind != "word":
                raise self._unexpected()
            patterns.append(self._take().word)
            if not self._operator("|"):
                break
            self.at += 1
        if not self._operator(")"):
            raise self._unexpected()
        self.at += 1
        return tuple(patterns), self._lists()

    def _double(self) -> Command:
        line = self._take().line
        if self._keyword("]]"):
            raise self._within(" ")
        test = self._either()
        if not self._keyword("]]"):
            raise self._within("syntax error in conditional expression")
        self.at += 1
        return Double(test, self._redirects(), line)

    def _redirects(self) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        while self.token.kind == "redirect":
            found.append(self._redirect())
        return tuple(found)

    def _redirect(self) -> Redirect:
        token = self._take()
        if self.token.kind != "word":
            raise self._unexpected(self.token.line)
        fd = token.fd if token.fd is not None else (0 if token.text.startswith("<") else 1)
        return Redirect(fd, "<<" if token.text == "<<-" else token.text, self._take().word)

    def _simple(self) -> Simple:
        assigns: list[Assign] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        line = self.token.line
        while True:
            if self.token.kind == "redirect":
                redirects.append(self._redirect())
            elif self.token.kind == "word":
                token = self._take()
                assign = None if words else _assignment(token.word)
                if assign:
                    assigns.append(assign)
                else:
                    words.append(token.word)
            elif self._operator("(") and words:
                raise self._unexpected()
            else:
                break
        if not (assigns or words or redirects):
            raise self._unexpected()
        return Simple(tuple(assigns), tuple(words), tuple(redirects), line)


_BOTH = Redirect(2, ">&", (Literal("1"),))


def _assignment(word: Word) -> Assign | None:
    first = word[0] if word else None
    if not isinstance(first, Literal) or first.quoted:
        return None
    match = _ASSIGN.match(first.text)
    if match is None:
        return None
    rest = first.text[match.end() :]
    value = (Literal(rest), *word[1:]) if rest else word[1:]
    return Assign(match[1], value, bool(match[2]))


def parse(text: str, depth: int = 0, *, bash: bool = True) -> Script:
    """The commands of a text; raises SyntaxFault, or ShellError when the line may not do so much work.

    `bash`: `[[` is a word of the grammar.
    """
    if not depth:
        spend(len(text) // READ + PARSED * (len(_MARKS.findall(text)) + 4 * len(_JOINTS.findall(text))))
    return _parsed(text, depth, bash)


@lru_cache(maxsize=1024)
def _parsed(text: str, depth: int, bash: bool) -> Script:
    try:
        return Parser(text, depth, bash).script()
    except RecursionError:
        raise SyntaxFault("(") from None
