"""--exclude and --include of rsync."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern; the first that fits decides."""

    pattern: str
    include: bool = False

    def fits(self, path: str, is_dir: bool) -> bool:
        """Whether it speaks about a path (relative to the top of the transfer)."""
        pattern = self.pattern
        if pattern.endswith("/"):
            if not is_dir:
                return False
            pattern = pattern.rstrip("/")
        if pattern.startswith("/"):
            return _compiled(pattern[1:]).fullmatch(path) is not None
        if "/" not in pattern and "**" not in pattern:
            return _compiled(pattern).fullmatch(path.rpartition("/")[2]) is not None
        parts = path.split("/")
        return any(_compiled(pattern).fullmatch("/".join(parts[at:])) for at in range(len(parts)))


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> re.Pattern[str]:
    """`*` stops at a slash, `**` does not; `dir/***` is the directory and all below it."""
    tail = ""
    if pattern.endswith("/***"):
        pattern, tail = pattern[:-4], "(?:/.*)?"
    out: list[str] = []
    for token in re.findall(r"\*\*|\*|\?|\[[^]]+\]|\\.|.", pattern, re.DOTALL):
        out.append({"**": ".*", "*": "[^/]*", "?": "[^/]"}.get(token) or _plain(token))
    return re.compile("".join(out) + tail, re.DOTALL)


def _plain(token: str) -> str:
    if token.startswith("[") and len(token) > 2:
        inner = token[1:-1]
        negated = "^" if inner[:1] in "!^" else ""
        inner = inner[len(negated) :].replace("\\", "\\\\").replace("[", r"\[").replace("^", r"\^")
        try:
            re.compile(f"[{negated}{inner}]")
        except re.error:
            return "(?!)"
        return f"[{negated}{inner}]"
    return re.escape(token[1:] if token.startswith("\\") and len(token) > 1 else token)


def excluded(rules: tuple[Rule, ...], path: str, is_dir: bool) -> bool:
    """Whether a path is left out."""
    rule = next((rule for rule in rules if rule.fits(path, is_dir)), None)
    return rule is not None and not rule.include
