"""Tokens one after the other, and the words of `[[ … ]]`."""

from __future__ import annotations

from host.shell.brackets import BINARY, UNARY
from host.shell.lexer import Token
from host.shell.syntax import Bracket, BracketJoin, BracketTest, BracketWord, SyntaxFault


class TokenReader:
    """Reads tokens; every method leaves the place behind what it read."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.at = tokens, 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def _unexpected(self, newline_at: int = 0) -> SyntaxFault:
        """What stands here should not; `newline_at`: a word is needed on this very line."""
        token = self.token
        if token.kind == "end" and newline_at:
            return SyntaxFault("newline", line=newline_at)
        if token.kind == "end":
            return SyntaxFault(line=token.line + 1)
        return SyntaxFault("newline" if token.text == "\n" else token.text, line=token.line)

    def _operator(self, *texts: str) -> bool:
        return self.token.kind == "operator" and self.token.text in texts

    def _keyword(self, *texts: str) -> bool:
        return self.token.kind == "word" and self.token.text in texts

    def _take(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def _newlines(self) -> None:
        while self._operator("\n"):
            self.at += 1


class BracketReader(TokenReader):
    """Reads what stands between `[[` and `]]`."""

    def _within(self, before: str, end: str = "") -> SyntaxFault:
        """What is wrong in `[[ … ]]`; `end`: what is said where the line or the brackets end too early."""
        token = self.token
        shown = "newline" if token.kind == "end" or token.text == "\n" else token.text
        if shown in ("newline", "]]") and end:
            before = end.format(shown)
        elif shown == "newline":
            before = "unexpected token `newline', conditional binary operator expected"
        return SyntaxFault(shown, line=token.line, before=before)

    def _either(self) -> Bracket:
        found = self._both()
        while self._operator("||"):
            self.at += 1
            self._newlines()
            found = BracketJoin("||", (found, self._both()))
        return found

    def _both(self) -> Bracket:
        found = self._bracketed()
        while self._operator("&&"):
            self.at += 1
            self._newlines()
            found = BracketJoin("&&", (found, self._bracketed()))
        return found

    def _bracketed(self) -> Bracket:
        if self._keyword("!"):
            self.at += 1
            return BracketJoin("!", (self._bracketed(),))
        if self._operator("("):
            self.at += 1
            found = self._either()
            if not self._operator(")"):
                raise self._within("syntax error in conditional expression", "unexpected token `{}', expected `)'")
            self.at += 1
            return found
        if self.token.kind == "end":
            raise SyntaxFault(line=self.token.line + 1, before="unexpected token `EOF' in conditional command")
        if self.token.kind != "word" or self._keyword("]]"):
            raise self._within("syntax error in conditional expression")
        first = self._take()
        if first.text in UNARY and not (self._keyword(*BINARY) and self.tokens[self.at + 1].kind == "word"):
            if self.token.kind != "word" or self._keyword("]]"):
                raise self._within("", "unexpected argument `{}' to conditional unary operator")
            return BracketTest(first.text, None, self._take().word)
        if self._keyword("]]") or self._operator("&&", "||", ")"):
            return BracketWord(first.word)
        if not (self._keyword(*BINARY) or (self.token.kind == "redirect" and self.token.text in "<>")):
            raise self._within("conditional binary operator expected")
        operator = self._take().text
        if self.token.kind != "word" or self._keyword("]]"):
            raise self._within("", "unexpected argument `{}' to conditional binary operator")
        return BracketTest(operator, first.word, self._take().word)
