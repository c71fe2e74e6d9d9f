"""Reading SQL with sqlglot: tokens with their places, statements of a text, trees of queries, syntax errors."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.tokenizer_core import Token, TokenType

from host.effort import spend
from host.sql.reply import Raised, fail

logging.getLogger("sqlglot").setLevel(logging.ERROR)
SYNTAX = "42601"
_PARSED_FUNCTIONS = ("CAST", "EXTRACT", "SUBSTRING", "POSITION", "TRIM", "OVERLAY")


class Server(Postgres):
    """The dialect with every function left as it was written: the server looks functions up by name."""

    class Parser(PostgresParser):
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
        FUNCTION_PARSERS: ClassVar = {
            name: parser for name, parser in PostgresParser.FUNCTION_PARSERS.items() if name in _PARSED_FUNCTIONS
        }


class Words(Postgres):
    """The dialect whose tokens are single words, for statements that sqlglot does not parse."""

    class Tokenizer(Postgres.Tokenizer):
        COMMANDS: ClassVar = set()
        KEYWORDS: ClassVar = {
            word: kind for word, kind in Postgres.Tokenizer.KEYWORDS.items() if not word[:1].isalpha()
        }


_SERVER, _WORDS = Server(), Words()
_STRINGS = frozenset(
    {
        TokenType.STRING,
        TokenType.HEREDOC_STRING,
        TokenType.BYTE_STRING,
        TokenType.NATIONAL_STRING,
        TokenType.RAW_STRING,
        TokenType.UNICODE_STRING,
    }
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a query text: its tokens and where it stands."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def start(self) -> int:
        """Offset of its first character."""
        return int(self.tokens[0].start)

    @property
    def end(self) -> int:
        """Offset behind its last character."""
        return int(self.tokens[-1].end) + 1

    @property
    def source(self) -> str:
        """Its own text."""
        return self.text[self.start : self.tokens[-1].end + 1]


def statements(text: str) -> tuple[Statement, ...]:
    """The statements of a query text; raises Raised for what the lexer does not take."""
    return _read_once(text) if len(text) <= _SHORT else _read(text)


_SHORT = 1_000
"""Texts up to this length are kept with their tokens: people and tools send the same ones again and again."""


def _read(text: str) -> tuple[Statement, ...]:
    try:
        tokens = _WORDS.tokenize(text)
    except TokenError:
        raise _unterminated(text) from None
    except (IndexError, ValueError, RecursionError, UnicodeError):
        raise fail("syntax error", SYNTAX) from None
    found: list[Statement] = []
    run: list[Token] = []
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            if run:
                found.append(Statement(text, tuple(run)))
            run = []
        else:
            run.append(token)
    if run:
        found.append(Statement(text, tuple(run)))
    return tuple(found)


_read_once = lru_cache(maxsize=512)(_read)


def _unterminated(text: str) -> Raised:
    """The lexer's complaint about a quote or comment that never ends."""
    for mark, what in (
        ("'", "quoted string"),
        ('"', "quoted identifier"),
        ("/*", "/* comment"),
        ("$", "dollar-quoted string"),
    ):
        place = text.find(mark)
        if place >= 0:
            near = text[place:].rstrip("\n")
            return fail(f'unterminated {what} at or near "{near}"', SYNTAX, position=place + 1)
    return fail("syntax error", SYNTAX)


def unexpected(text: str, token: Token | None, end: int = 0) -> Raised:
    """The grammar's complaint about a token, or about the end: of a statement whose last character is before `end`."""
    stop = text.find(";", end) if token is None and end else -1
    if stop >= 0:
        return fail('syntax error at or near ";"', SYNTAX, position=stop + 1)
    if token is None:
        return fail("syntax error at end of input", SYNTAX, position=len(text.rstrip()) + 1)
    near = text[token.start : token.end + 1]
    near = near[:1] if near < " " else near  # the server's lexer takes control characters one by one
    return fail(f'syntax error at or near "{near}"', SYNTAX, position=token.start + 1)


@lru_cache(maxsize=512)
def _parsed(source: str) -> exp.Expression | ParseError | TokenError | str:
    try:
        trees = _SERVER.parse(source)
    except (ParseError, TokenError) as error:
        return error
    except RecursionError:
        return "stack depth limit exceeded"
    except Exception as error:  # noqa: BLE001 - a fault of the library is a text that it does not take
        return f"syntax error ({type(error).__name__})"
    tree = trees[0] if trees else None
    return tree if isinstance(tree, exp.Expression) else "syntax error"


def tree_of(statement: Statement) -> exp.Expression:
    """The tree of a query; raises Raised with the token that does not fit."""
    _look_at_brackets(statement)
    tree = _parsed(statement.source)
    lax = _lax(statement)
    if lax is not None:
        raise unexpected(statement.text, lax)
    if isinstance(tree, exp.Expression):
        if tree.find(exp.Placeholder) is not None:
            colon = next((one for one in statement.tokens if one.text == ":"), None)
            if colon is not None:
                raise unexpected(statement.text, colon)
        return tree
    if isinstance(tree, ParseError):
        raise unexpected(statement.text, _guilty(statement, tree), statement.end)
    if isinstance(tree, str):
        raise fail(tree, "54001" if tree.startswith("stack") else SYNTAX)
    raise _unterminated(statement.source)


_MOST_DIMENSIONS = 6


def _look_at_brackets(statement: Statement) -> None:
    """The library goes back and forth at each `[`: deep ones it would never finish, and many take long."""
    depth = deepest = 0
    for token in statement.tokens:
        depth += {"[": 1, "]": -1}.get(token.text, 0)
        deepest = max(deepest, depth)
    if deepest > _MOST_DIMENSIONS:
        message = f"number of array dimensions ({deepest}) exceeds the maximum allowed ({_MOST_DIMENSIONS})"
        raise fail(message, "54000")
    if deepest:
        spend(2 * len(statement.tokens) * sum(token.text == "[" for token in statement.tokens))


def _lax(statement: Statement) -> Token | None:
    """INSERT … VALUE (…): the library takes it, the server does not."""
    tokens = statement.tokens
    if word_of(tokens[0]) != "INSERT":
        return None
    return next((one for one, after in pairwise(tokens[2:]) if word_of(one) == "VALUE" and after.text == "("), None)


def _guilty(statement: Statement, error: ParseError) -> Token | None:
    """The token that the parser stopped at; None for the end of the statement."""
    first = error.errors[0] if error.errors else {}
    said, tokens = str(first.get("description", "")), statement.tokens
    before = len(str(first.get("start_context", "")))
    place = statement.start + (_offset(statement.source, first) if before >= 100 else before)
    at = next((n for n, token in enumerate(tokens) if token.start >= place), len(tokens) - 1)
    if "SENTINEL" in said or (said.startswith("Expecting") and at >= len(tokens) - 1):
        return None
    if at == len(tokens) - 1 and word_of(tokens[at]) in _WANTS_MORE:
        return None
    if at >= 2 and tokens[at - 2].token_type is TokenType.STAR and not is_string(tokens[at - 1]):
        at -= 1  # after a bare * no alias may stand, whatever the library thinks
    return tokens[at]


_WANTS_MORE = frozenset("WHERE AND OR NOT BY FROM HAVING ON SET VALUES INTO = < > <= >= <> + - , (".split())
"""After these a statement cannot end."""


def _offset(source: str, error: dict[str, object]) -> int:
    """Offset of the token that an error's line and column (of its last character) name."""
    lines = source.split("\n")
    line, col = int(str(error.get("line", 1))), int(str(error.get("col", 1)))
    highlight = str(error.get("highlight", ""))
    return sum(len(one) + 1 for one in lines[: line - 1]) + max(col - len(highlight), 0)


def is_string(token: Token) -> bool:
    """A literal in quotes of any kind."""
    return token.token_type in _STRINGS


def is_quoted_name(token: Token) -> bool:
    """An identifier in double quotes."""
    return token.token_type is TokenType.IDENTIFIER


def word_of(token: Token) -> str:
    """An unquoted word in upper case, a sign as it is, '' for a literal or a quoted name."""
    if is_string(token) or is_quoted_name(token):
        return ""
    return str(token.text).upper()


def place(node: exp.Expression, statement: Statement) -> int:
    """Where a node stands in the query text, from 1; 0 when nobody knows."""
    first = _first(node)
    return 0 if first < 0 else statement.start + first + 1


_FIRST = "first"
"""Kept in a node: where it begins, so that nobody goes through a long expression again at each of its parts."""


def _first(node: exp.Expression) -> int:
    known = node.meta.get(_FIRST)
    if known is None:
        starts = [node.meta.get("start", -1), *(_first(one) for one in node.iter_expressions())]
        known = node.meta[_FIRST] = min((start for start in starts if start >= 0), default=-1)
    return int(known)


def expression_of(text: str) -> exp.Expression:
    """The tree of a lone expression; raises Raised."""
    found = statements(f"SELECT {text}")
    tree = tree_of(found[0])
    if len(tree.expressions) != 1 or not isinstance(tree.expressions[0], exp.Expression):
        raise fail("syntax error at end of input", SYNTAX)
    return tree.expressions[0]


def words(tokens: Sequence[Token], count: int) -> tuple[str, ...]:
    """The first few words of a statement."""
    return tuple(word_of(token) for token in tokens[:count])


def from_items(node: exp.Expression) -> Iterator[tuple[Any, exp.Expression | None]]:
    """The items of FROM, each with the join that it comes by; parentheses around the first joins change nothing."""
    source = node.args.get("from_") or node.args.get("from")
    if source is not None:
        yield from _joined(source.this, None)
    for one in node.args.get("joins") or ():
        yield from _joined(one.this, one)


def _joined(item: Any, join: exp.Expression | None) -> Iterator[tuple[Any, exp.Expression | None]]:
    around = isinstance(item, exp.Subquery) and isinstance(item.this, exp.Table | exp.Subquery) and not item.alias
    if around and (join is None or not _conditional(join)):
        yield from _joined(item.this, join)
    else:
        yield item, join
    for one in item.args.get("joins") or ():
        yield from _joined(one.this, one)


def _conditional(join: exp.Expression) -> bool:
    """Its condition, or its side, is about all that stands in the parentheses behind it."""
    return any(join.args.get(key) for key in ("on", "using", "side", "method"))
