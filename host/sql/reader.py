"""A cursor over the tokens of a statement that sqlglot does not parse: words, names, literals, syntax errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot.tokenizer_core import Token, TokenType

from host.sql.parsing import Statement, is_quoted_name, is_string, unexpected, word_of
from host.sql.reply import Raised

if TYPE_CHECKING:
    from collections.abc import Sequence

Name = tuple[str | None, str]
"""Schema, if one was written, and name."""


class Reader:
    """Reads on; raises Raised at the token that does not fit, as the server's grammar does."""

    def __init__(self, statement: Statement, at: int = 0) -> None:
        self.statement = statement
        self.tokens: Sequence[Token] = statement.tokens
        self.at = at

    @property
    def token(self) -> Token | None:
        """The next token, None at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    @property
    def done(self) -> bool:
        """Nothing is left."""
        return self.at >= len(self.tokens)

    @property
    def word(self) -> str:
        """The next token as a word in upper case; '' at the end, for a literal and for a quoted name."""
        return "" if self.token is None else word_of(self.token)

    @property
    def place(self) -> int:
        """Where the next token stands, from 1."""
        return 0 if self.token is None else self.token.start + 1

    def wrong(self) -> Raised:
        """The syntax error at the next token."""
        return unexpected(self.statement.text, self.token, self.statement.end)

    def ahead(self, *words: str) -> bool:
        """The next words are these."""
        following = self.tokens[self.at : self.at + len(words)]
        return len(following) == len(words) and all(word_of(t) == w for t, w in zip(following, words, strict=True))

    def accept(self, *words: str) -> bool:
        """Take these words if they come next."""
        if self.ahead(*words):
            self.at += len(words)
            return True
        return False

    def one_of(self, *words: str) -> str:
        """Take the one of these that comes next; '' when none does."""
        if self.token is not None and self.word in words:
            self.at += 1
            return word_of(self.tokens[self.at - 1])
        return ""

    def expect(self, *words: str) -> None:
        """These words must come next."""
        for word in words:
            if not self.accept(word):
                raise self.wrong()

    def name(self) -> str:
        """An identifier, folded."""
        token = self.token
        if token is None or is_string(token):
            raise self.wrong()
        if is_quoted_name(token):
            self.at += 1
            return str(token.text)
        text = str(token.text)
        if not (text[:1].isalpha() or text[:1] == "_"):
            raise self.wrong()
        if text.upper() in _RESERVED:
            raise self.wrong()
        self.at += 1
        return text.lower()

    def qualified(self) -> Name:
        """schema.name or name."""
        first = self.name()
        if self.accept("."):
            return first, self.name()
        return None, first

    def string(self) -> str:
        """A literal in quotes."""
        token = self.token
        if token is None or not is_string(token):
            raise self.wrong()
        self.at += 1
        return literal_text(self.statement, token)

    def value(self) -> str:
        """A literal, a number with its sign, or a word: what SET takes."""
        token = self.token
        if token is None:
            raise self.wrong()
        if is_string(token):
            return self.string()
        if self.accept("-"):
            return "-" + self.value()
        if self.accept("+"):
            return self.value()
        if is_quoted_name(token):
            return self.name()
        text = str(token.text)
        if not (text[:1].isalnum() or text[:1] in "_."):
            raise self.wrong()
        self.at += 1
        return text if text[:1].isdigit() else text.lower()

    def number(self) -> int:
        """A whole number, perhaps with a sign."""
        sign = -1 if self.accept("-") else 1
        token = self.token
        if token is None or token.token_type is not TokenType.NUMBER or not token.text.isdigit():
            raise self.wrong()
        self.at += 1
        return sign * int(token.text)

    def names(self) -> list[str]:
        """name, name, …"""
        found = [self.name()]
        while self.accept(","):
            found.append(self.name())
        return found

    def parenthesised(self) -> str:
        """The text of ( … ), without the outer parentheses."""
        start = self.token
        if start is None or start.text != "(":
            raise self.wrong()
        depth = 0
        while (token := self.token) is not None:
            depth += {"(": 1, ")": -1}.get("" if is_string(token) else str(token.text), 0)
            self.at += 1
            if depth == 0:
                return self.statement.text[start.end + 1 : token.start].strip()
        raise self.wrong()

    def rest(self) -> str:
        """The text from here to the end."""
        token = self.token
        if token is None:
            return ""
        self.at = len(self.tokens)
        return self.statement.text[token.start : self.tokens[-1].end + 1]

    def upto(self, *stops: str) -> str:
        """The text from here to a comma or one of these words at this level, or to the end."""
        first, depth, last = self.token, 0, None
        while (token := self.token) is not None:
            text = "" if is_string(token) else str(token.text)
            if depth == 0 and (text in (",", ")") or word_of(token) in stops):
                break
            depth += {"(": 1, ")": -1, "[": 1, "]": -1}.get(text, 0)
            last = token
            self.at += 1
        if first is None or last is None:
            raise self.wrong()
        return self.statement.text[first.start : last.end + 1]

    def end(self) -> None:
        """Nothing may follow."""
        if self.token is not None:
            raise self.wrong()


_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'"}


def literal_text(statement: Statement, token: Token) -> str:
    """What a literal means; E'…' has escapes."""
    source = statement.text[token.start : token.end + 1]
    text = str(token.text)
    return unescaped(text) if source[:1] in "eE" else text


def unescaped(text: str) -> str:
    """The inside of E'…' without its escapes."""
    out, position = [], 0
    while position < len(text):
        letter = text[position]
        if letter == "\\" and position + 1 < len(text):
            position += 1
            letter = _ESCAPES.get(text[position], text[position])
        out.append(letter)
        position += 1
    return "".join(out)


_RESERVED = frozenset(
    """
    ALL ANALYSE ANALYZE AND ANY ARRAY AS ASC ASYMMETRIC BOTH CASE CAST CHECK COLLATE COLUMN CONSTRAINT CREATE
    CURRENT_CATALOG CURRENT_DATE CURRENT_ROLE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEFAULT DEFERRABLE DESC
    DISTINCT DO ELSE END EXCEPT FALSE FETCH FOR FOREIGN FROM GRANT GROUP HAVING IN INITIALLY INTERSECT INTO LATERAL
    LEADING LIMIT LOCALTIME LOCALTIMESTAMP NOT NULL OFFSET ON ONLY OR ORDER PLACING PRIMARY REFERENCES RETURNING
    SELECT SESSION_USER SOME SYMMETRIC TABLE THEN TO TRAILING TRUE UNION UNIQUE USER USING VARIADIC WHEN WHERE WINDOW
    WITH
    """.split()
)
