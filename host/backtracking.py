"""Which regular expressions Python's engine would try for ever: it goes back, where the real tools' engines do not."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from re import _constants as kinds  # type: ignore[attr-defined]  # isort: skip
from re import _parser as parser  # type: ignore[attr-defined]  # isort: skip

_FEW = 8
"""A repeat of fewer times is no danger."""
_MOST_IN_A_ROW = 4
"""So many repeats without end may stand in one sequence."""
_REPEATS = (kinds.MAX_REPEAT, kinds.MIN_REPEAT)


@lru_cache(maxsize=512)
def runs_away(expression: str) -> bool:
    """A repeat inside a repeat that nothing tells apart, or many repeats in a row."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _endless(parser.parse(expression))
    except (re.error, OverflowError, RecursionError):
        return False


def _endless(sequence: Any) -> bool:
    items = list(_flat(sequence))
    if sum(_is_long(kind, value) for kind, value in items) > _MOST_IN_A_ROW:
        return True
    for kind, value in items:
        if _is_long(kind, value) and _vague(list(_flat(value[2]))):
            return True
        if any(_endless(inner) for inner in _inside(kind, value)):
            return True
    return False


def _flat(sequence: Any) -> Iterator[tuple[Any, Any]]:
    """The items of a sequence, those of its groups among them."""
    for kind, value in sequence:
        if kind is kinds.SUBPATTERN:
            yield from _flat(value[3])
        else:
            yield kind, value


def _inside(kind: Any, value: Any) -> list[Any]:
    if kind in _REPEATS:
        return [value[2]]
    return list(value[1]) if kind is kinds.BRANCH else []


def _is_long(kind: Any, value: Any) -> bool:
    return kind in _REPEATS and value[1] > _FEW


def _vague(items: list[tuple[Any, Any]]) -> bool:
    """The body of a repeat: the same text can be cut into its rounds in several ways."""
    repeats = [value for kind, value in items if kind in _REPEATS and value[1] > 1]
    branches = [value[1] for kind, value in items if kind is kinds.BRANCH]
    if any(_varies(one) for alternatives in branches for one in alternatives):
        return True
    marks = [value for kind, value in items if kind is kinds.LITERAL]
    return any(not any(_excludes(repeat[2], mark) for mark in marks) for repeat in repeats)


def _varies(alternative: Any) -> bool:
    items = list(_flat(alternative))
    return not items or any(kind in _REPEATS or kind is kinds.BRANCH for kind, _ in items)


def _excludes(body: Any, mark: int) -> bool:
    """No character that the body of a repeat begins with is this one."""
    source = list(body)
    if len(source) != 1:
        return False
    kind, value = source[0]
    if kind is kinds.LITERAL:
        return bool(value != mark)
    if kind is kinds.NOT_LITERAL:
        return bool(value == mark)
    if kind is not kinds.IN:
        return False
    negated = any(one is kinds.NEGATE for one, _ in value)
    return _listed(value, mark) is negated


def _listed(members: Any, mark: int) -> bool:
    for kind, value in members:
        if kind is kinds.LITERAL and value == mark:
            return True
        if kind is kinds.RANGE and value[0] <= mark <= value[1]:
            return True
        if kind is kinds.CATEGORY:
            word = {kinds.CATEGORY_DIGIT: r"\d", kinds.CATEGORY_SPACE: r"\s", kinds.CATEGORY_WORD: r"\w"}.get(value)
            if word is None or re.match(word, chr(mark)):
                return True
    return False


def wildcards(pieces: list[str]) -> str:
    """Expressions with anything between each two, as one: the first place that fits is as good as any later one."""
    if len(pieces) == 1:
        return pieces[0]
    return pieces[0] + "".join(f"(?>.*?{piece})" for piece in pieces[1:-1] if piece) + ".*" + pieces[-1]
