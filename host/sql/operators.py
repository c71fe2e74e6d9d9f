"""Operators: which type two operands meet in, and what comes of them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache, partial
from typing import Any

from host.backtracking import runs_away, wildcards
from host.sql import types
from host.sql.context_clock import naive
from host.sql.reply import Raised, fail

Binary = Callable[[Any, Any], Any]
COMPARISONS: Mapping[str, Binary] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_RANK = {name: rank for rank, name in enumerate(types.NUMBERS)}
_OIDLIKE = frozenset({"oid", "xid", "xid8", "cid", *types.REGS, *types.INTEGERS})
_DATES = ("date", "timestamp without time zone", "timestamp with time zone")
_MORE_TEXT = types.TEXTS - {"unknown"}


def no_operator(sign: str, left: str | None, right: str, position: int) -> Raised:
    """Operator does not exist: …"""
    shown = f"{types.base(left)} {sign} {types.base(right)}" if left is not None else f"{sign} {types.base(right)}"
    arguments = "argument types" if left is not None else "argument type"
    hint = f"No operator matches the given name and {arguments}. You might need to add explicit type casts."
    if left is None:
        hint = "No operator matches the given name and argument type. You might need to add an explicit type cast."
    return fail(f"operator does not exist: {shown}", "42883", hint=hint, position=position)


def meet(left: str, right: str) -> str | None:
    """The type in which two operands are compared, None when there is none."""
    left, right = types.base(left), types.base(right)
    if left == right:
        return "text" if left == "unknown" else left
    if "unknown" in (left, right):
        return right if left == "unknown" else left
    if left in _RANK and right in _RANK:
        return max(left, right, key=lambda kind: _RANK[kind])
    if left in _OIDLIKE and right in _OIDLIKE:
        return "oid"
    if left in _MORE_TEXT and right in _MORE_TEXT:
        return "text"
    if left in _DATES and right in _DATES:
        return max(left, right, key=_DATES.index)
    return None


def widen(kind: str, value: Any) -> Any:
    """A value as its meeting type compares it."""
    if kind in ("real", "double precision") and isinstance(value, Decimal):
        return float(value)
    if kind.startswith("timestamp") and isinstance(value, date) and not isinstance(value, datetime):
        return naive(value.year, value.month, value.day)
    return value


def _divided(kind: str) -> Binary:
    def by(left: Any, right: Any) -> Any:
        if right == 0:
            raise fail("division by zero", "22012")
        if kind in types.INTEGERS:
            sign = -1 if (left < 0) != (right < 0) else 1
            return sign * (abs(left) // abs(right))
        if kind == "numeric":
            return _quotient(Decimal(left), Decimal(right))
        return left / right

    return by


def _scale(value: Decimal) -> int:
    """Digits behind the point."""
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _quotient(left: Decimal, right: Decimal) -> Decimal:
    """div_var's choice of scale: at least 16 significant digits."""
    try:
        exact = left / right
        weight = exact.adjusted() if exact else 0
        scale = max(20 - (weight // 4 + 1) * 4, _scale(left), _scale(right), 0)
        return exact.quantize(Decimal(1).scaleb(-min(scale, 20)))
    except (InvalidOperation, DivisionByZero, Overflow):
        raise fail("value overflows numeric format", "22003") from None


def _modulo(left: Any, right: Any) -> Any:
    if right == 0:
        raise fail("division by zero", "22012")
    if isinstance(left, int) and isinstance(right, int):
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    return Decimal(left) % Decimal(right)


def _power(left: Any, right: Any) -> Any:
    try:
        return float(left) ** float(right)
    except (OverflowError, ZeroDivisionError):
        raise fail("value out of range: overflow", "22003") from None


_PLAIN: Mapping[str, Binary] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def _checked(kind: str, work: Binary) -> Binary:
    if kind in types.INTEGERS:
        return lambda left, right: types.in_range(kind, work(left, right))
    if kind == "numeric":
        return lambda left, right: work(Decimal(left), Decimal(right))
    return lambda left, right: work(float(left), float(right))


@lru_cache(maxsize=512)
def arithmetic(sign: str, left: str, right: str) -> tuple[str, Binary] | None:
    """The type and function of + - * / % ^ on two types (unknown literals already resolved)."""
    left, right = types.base(left), types.base(right)
    if left in _RANK and right in _RANK:
        kind = max(left, right, key=lambda one: _RANK[one])
        if sign == "/":
            return kind, _divided(kind)
        if sign == "%":
            return kind, _modulo
        if sign == "^":
            return ("numeric", _numeric_power) if kind == "numeric" else ("double precision", _power)
        return (kind, _checked(kind, _PLAIN[sign])) if sign in _PLAIN else None
    return _MIXED.get((left, sign, right)) or _on_times(left, sign, right)


def _numeric_power(left: Any, right: Any) -> Decimal:
    try:
        return (Decimal(left) ** Decimal(right)).quantize(Decimal("1e-16"))
    except (InvalidOperation, Overflow):
        raise fail("value overflows numeric format", "22003") from None


def _on_times(left: str, sign: str, right: str) -> tuple[str, Binary] | None:
    stamps = [kind for kind in (left, right) if kind.startswith("timestamp")]
    if stamps and sign in "+-" and "interval" in (left, right):
        return stamps[0], _safely(_PLAIN[sign])
    if len(stamps) == 2 and sign == "-":
        return "interval", _PLAIN[sign]
    if {left, right} == {"date", "interval"} and sign in "+-":
        return "timestamp without time zone", _safely(lambda a, b: _PLAIN[sign](_midnight(a), _midnight(b)))
    return None


def _midnight(value: Any) -> Any:
    return naive(value.year, value.month, value.day) if type(value) is date else value


def _safely(work: Binary) -> Binary:
    def checked(left: Any, right: Any) -> Any:
        try:
            return work(left, right)
        except OverflowError:
            raise fail("timestamp out of range", "22008") from None

    return checked


def _lsn(value: Any) -> int:
    number = int(value)
    if not 0 <= number < 2**64:
        raise fail("pg_lsn out of range", "22003")
    return number


def _moved(sign: str, position: Any, count: Any) -> int:
    return _lsn(_PLAIN[sign](position, int(count)))


def _days(sign: str, day: Any, count: int) -> Any:
    return _PLAIN[sign](day, timedelta(days=count))


_MIXED: Mapping[tuple[str, str, str], tuple[str, Binary]] = {
    ("pg_lsn", "-", "pg_lsn"): ("numeric", lambda a, b: Decimal(a - b)),
    **{("pg_lsn", sign, kind): ("pg_lsn", partial(_moved, sign)) for sign in "+-" for kind in types.NUMBERS},
    ("date", "-", "date"): ("integer", lambda a, b: (a - b).days),
    **{("date", sign, "integer"): ("date", _safely(partial(_days, sign))) for sign in "+-"},
    ("interval", "+", "interval"): ("interval", _safely(operator.add)),
    ("interval", "-", "interval"): ("interval", _safely(operator.sub)),
    **{("interval", "*", kind): ("interval", _safely(lambda a, b: a * float(b))) for kind in types.NUMBERS},
    **{(kind, "*", "interval"): ("interval", _safely(lambda a, b: float(a) * b)) for kind in types.NUMBERS},
}


@lru_cache(maxsize=256)
def like(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """A LIKE pattern as a regular expression."""
    out, escaped = [""], False
    for letter in pattern:
        if escaped or letter not in "%_\\":
            out[-1] += re.escape(letter)
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == "%":
            out.append("")
        else:
            out[-1] += "."
    return re.compile(wildcards(out), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


@lru_cache(maxsize=256)
def regular(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """A POSIX regular expression; raises Raised for what is none."""
    if len(pattern) > 200 or runs_away(pattern):
        raise fail("invalid regular expression: regular expression is too complex", "2201B")
    try:
        return re.compile(pattern.replace("[[:digit:]]", r"\d"), re.IGNORECASE if ignore_case else 0)
    except (re.error, OverflowError, RecursionError):
        raise fail("invalid regular expression: quantifier operand invalid", "2201B") from None
