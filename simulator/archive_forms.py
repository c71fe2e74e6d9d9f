"""What archive_command and restore_command do: the few forms that are understood, read by their structure.

To a server both are shell text.  Here no shell is asked: the words are split, and either they are one of the forms
below or nothing is said about them.
"""

from __future__ import annotations

import re
import shlex
from functools import lru_cache
from typing import Literal

ArchiveKind = Literal["none", "copy", "copy_new", "slow", "succeed", "fail"]
RestoreKind = Literal["none", "copy", "fail"]

DISCARDING = frozenset({":", "true", "/bin/true", "/usr/bin/true"})
"""archive_command of those who do not want an archive: it says yes and keeps nothing."""
FAILING = frozenset({"false", "/bin/false", "/usr/bin/false", "exit 1"})
"""A command that always fails."""
_CHARACTERS = re.compile(r"""[A-Za-z0-9 _./%!"'&\[\]-]*""")
"""What the known forms are written with.  No substitution, redirection or second line can be among it."""
_COPY = ("cp", "/bin/cp", "/usr/bin/cp")
_ARCHIVED, _LONGEST = "/archive/%f", 200


@lru_cache(maxsize=256)
def archive_form(text: str) -> ArchiveKind | None:
    """The form of an archive_command, None for one that is not known.

    [sleep N &&] [test ! -f /archive/%f &&] cp %p /archive/%f, true, false, exit 1, or nothing.
    """
    if text in DISCARDING | FAILING:
        return "succeed" if text in DISCARDING else "fail"
    steps = _steps(text)
    match steps:
        case []:
            return None if text else "none"
        case [["sleep", seconds], *_] if seconds.isdecimal():
            return "slow" if len(steps) > 1 and _copying(steps[1:]) else None
        case [*_]:
            return _copying(steps)
        case _:
            return None


def _copying(steps: list[list[str]]) -> Literal["copy", "copy_new"] | None:
    match steps:
        case [copying] if _copies(copying, "%p", _ARCHIVED):
            return "copy"
        case [["test", "!", "-f" | "-e", at], copying] if at == _ARCHIVED and _copies(copying, "%p", _ARCHIVED):
            return "copy_new"
        case [["[", "!", "-f" | "-e", at, "]"], copying] if at == _ARCHIVED and _copies(copying, "%p", _ARCHIVED):
            return "copy_new"
        case _:
            return None


def overwrites(text: str) -> bool:
    """Does this archive_command copy whatever is in the archive already?"""
    return archive_form(text) == "copy"


@lru_cache(maxsize=256)
def restore_form(text: str) -> RestoreKind | None:
    """The form of a restore_command, None for one that is not known: cp /archive/%f %p, false, or nothing."""
    if text in FAILING:
        return "fail"
    match _steps(text):
        case []:
            return None if text else "none"
        case [copying] if _copies(copying, _ARCHIVED, "%p"):
            return "copy"
        case _:
            return None


def _copies(words: list[str], source: str, target: str) -> bool:
    plain = [word for word in words[1:] if word != "-p"]
    return words[0] in _COPY and plain == [source, target]


def _steps(text: str) -> list[list[str]] | None:
    """The commands between the && of a line, as words; None for a line that is not written that plainly."""
    if len(text) > _LONGEST or _CHARACTERS.fullmatch(text) is None:
        return None
    lexer = shlex.shlex(text, posix=True, punctuation_chars="&")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError:  # a quotation mark without its partner
        return None
    if not words:
        return []
    steps: list[list[str]] = [[]]
    for word in words:
        if word == "&&":
            steps.append([])
        elif "&" in word:
            return None
        else:
            steps[-1].append(word)
    return steps if all(steps) else None
