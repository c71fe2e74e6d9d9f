"""`$(( … ))`: whole numbers, variables, and the operators of C that people use."""

from __future__ import annotations

import re
from collections.abc import Callable

from host.effort import spend

_TOKEN = re.compile(r"\s*(?:(0[xX][0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)|(<=|>=|==|!=|&&|\|\||[-+*/%<>()!]))")
_TAIL = re.compile(r"\w+")
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%"))
_WORD = 1 << 64


class ArithmeticFault(Exception):
    """Not an expression, or a division by zero."""


def evaluate(text: str, variable: Callable[[str], str]) -> int:
    """The value of an expression; raises ArithmeticFault."""
    spend(2 * len(text))
    tokens: list[str] = []
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ArithmeticFault(f'syntax error: operand expected (error token is "{text[at:].strip()}")')
        tokens.append(match.group().strip())
        if match[1] and (more := _TAIL.match(text, match.end())):
            raise ArithmeticFault(f'value too great for base (error token is "{tokens[-1]}{more.group()}")')
        at = match.end()
    if not tokens:
        return 0
    reader = _Reader(tokens, variable)
    try:
        value = reader.level(0)
    except RecursionError:
        raise ArithmeticFault("expression recursion level exceeded") from None
    if reader.tokens:
        raise ArithmeticFault(f'syntax error in expression (error token is "{" ".join(reader.tokens)}")')
    return value


class _Reader:
    def __init__(self, tokens: list[str], variable: Callable[[str], str]) -> None:
        self.tokens, self.variable = tokens, variable

    def level(self, depth: int) -> int:
        """An expression of operators that bind at least so tightly."""
        if depth == len(_LEVELS):
            return self._operand()
        left = self.level(depth + 1)
        while self.tokens and self.tokens[0] in _LEVELS[depth]:
            operator = self.tokens.pop(0)
            left = _wrapped(_apply(operator, left, self.level(depth + 1)))
        return left

    def _operand(self) -> int:
        if not self.tokens:
            raise ArithmeticFault('syntax error: operand expected (error token is "")')
        token = self.tokens.pop(0)
        if token == "-":  # noqa: S105
            return -self._operand()
        if token == "+":  # noqa: S105
            return self._operand()
        if token == "!":  # noqa: S105
            return int(not self._operand())
        if token == "(":  # noqa: S105
            value = self.level(0)
            if not self.tokens or self.tokens.pop(0) != ")":
                raise ArithmeticFault("missing `)'")
            return value
        if token[:2] in ("0x", "0X"):
            return _wrapped(int(token, 16))
        if token.isdecimal():
            return _wrapped(int(token, 8) if re.fullmatch("0[0-7]+", token) else int(token))
        if re.fullmatch(r"[A-Za-z_]\w*", token):
            value_text = self.variable(token).strip()
            return _wrapped(int(value_text)) if re.fullmatch(r"-?\d+", value_text) else 0
        raise ArithmeticFault(f'syntax error: operand expected (error token is "{token}")')


def _wrapped(value: int) -> int:
    value %= _WORD
    return value - _WORD if value >= _WORD // 2 else value


def _apply(operator: str, left: int, right: int) -> int:
    if operator in ("/", "%"):
        if right == 0:
            raise ArithmeticFault('division by 0 (error token is "0")')
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if operator == "/" else left - quotient * right
    results: dict[str, Callable[[], int]] = {
        "||": lambda: bool(left) or bool(right),
        "&&": lambda: bool(left) and bool(right),
        "==": lambda: left == right,
        "!=": lambda: left != right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
    }
    return int(results[operator]())
