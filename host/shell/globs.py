"""Patterns: `*`, `?`, `[…]` over names, and over the tree."""

from __future__ import annotations

import re
from functools import lru_cache

from host.backtracking import wildcards
from host.effort import ENTRY, spend
from host.files import Files
from host.tree import Dir, PathError

MAGIC = re.compile(r"[*?\[]")
_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r" \t\n\r\f\v",
    "blank": r" \t",
    "xdigit": "0-9A-Fa-f",
    "punct": r"!-/:-@\[-`{-~",
}


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    r"""A pattern as a regular expression; `\\` takes the meaning off the next character."""
    return re.compile(_translated(pattern), re.DOTALL)


def _translated(pattern: str) -> str:
    out = [""]
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            out.append("")
        elif char == "?":
            out[-1] += "."
        elif char == "\\" and at < len(pattern):
            out[-1] += re.escape(pattern[at])
            at += 1
        elif char == "[" and (found := _bracket(pattern, at)):
            out[-1] += found[0]
            at = found[1]
        else:
            out[-1] += re.escape(char)
    return wildcards(out)


def _bracket(pattern: str, at: int) -> tuple[str, int] | None:
    """`[…]` from behind its `[`: the regular expression and the place behind it; None when it is no bracket."""
    negated = at < len(pattern) and pattern[at] in "!^"
    at += negated
    inner: list[str] = []
    first = True
    while at < len(pattern) and (first or pattern[at] != "]"):
        first = False
        name = re.compile(r"\[:(\w+):\]").match(pattern, at)
        if name and name[1] in _CLASSES:
            inner.append(_CLASSES[name[1]])
            at = name.end()
            continue
        if pattern[at] == "\\" and at + 1 < len(pattern):
            at += 1
        is_range = pattern[at] == "-" and inner and pattern[at + 1 : at + 2] != "]"
        inner.append("-" if is_range else re.escape(pattern[at]))
        at += 1
    if at >= len(pattern):
        return None
    text = "".join(inner)
    expression = f"[{'^' if negated else ''}{text}]"
    try:
        re.compile(expression)
    except re.error:  # a range that runs backwards matches nothing
        expression = r"(?!)"
    return expression, at + 1


def matches(pattern: str, name: str) -> bool:
    """Whether a whole name fits, as in `case`."""
    return compiled(pattern).fullmatch(name) is not None


def plain(pattern: str) -> str:
    """A pattern without its backslashes."""
    return re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL)


def expand(files: Files, pattern: str) -> list[str]:
    """The paths that fit, sorted; none: an empty list."""
    found = ["/"] if pattern.startswith("/") else [""]
    parts = [part for part in pattern.split("/") if part]
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        found = [path for base in found for path in _step(files, base, part, last)]
    if pattern.endswith("/"):
        found = [f"{path}/" for path in found if files.is_dir(path)]
    return sorted(found)


def _step(files: Files, base: str, part: str, last: bool) -> list[str]:
    joint = base if base in ("", "/") else f"{base}/"
    if not MAGIC.search(re.sub(r"\\.", "", part)):
        path = joint + plain(part)
        there = files.find(path, follow=not last) is not None
        return [path] if there and (last or files.is_dir(path)) else []
    try:
        names = files.names(base or ".")
    except PathError:
        return []
    spend(ENTRY + len(names) // 2)
    expression = compiled(part)
    hidden = part.startswith((".", "\\."))
    fits = [joint + n for n in names if expression.fullmatch(n) and (hidden or not n.startswith("."))]
    return fits if last else [path for path in fits if isinstance(files.find(path), Dir)]
