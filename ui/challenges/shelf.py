"""All challenges: by id, by chapter, what comes next, what each one practises, and which ones a filter leaves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from levels.challenge import CHAPTERS, Challenge
from levels.loader import all_challenges

_NAME = re.compile(
    r"(?<![\w/.$-])(?:pg_[a-z_]+\(|(?:pg_[a-z_]+|createdb|dropdb|createuser|initdb|psql|tar|rsync|cp|rm|ln|COPY|\\\\?copy|CHECKPOINT|"
    r"recovery_[a-z_]+|restore_command|archive_[a-z_]+|primary_[a-z_]+|hot_standby|wal_[a-z_]+|max_[a-z_]+|"
    r"(?:recovery|standby)\.signal)(?![\w/]))"
)
_EVERYWHERE = ("createdb", "pg_ctl", "psql", "cp", "rm", "tar", "ln", "rsync", "archive_command")
"""Told only where nothing else is practised, in this order."""
_FOLDERS = frozenset({"pg_wal", "pg_tblspc"})


def challenges() -> tuple[Challenge, ...]:
    """In the order of the path."""
    return all_challenges()


def find(level: str) -> Challenge | None:
    """By its id or its number."""
    return next((one for one in challenges() if level in (one.id, str(one.number))), None) if level else None


def following(challenge: Challenge) -> Challenge | None:
    """The next one of the path."""
    path = challenges()
    at = path.index(challenge) + 1
    return path[at] if at < len(path) else None


@cache
def subject(challenge: Challenge) -> str:
    """What is practised: the tools and functions of the solution, without those that are needed for everything."""
    typed = " ".join(line.text for line in challenge.solution if challenge.version in line.versions)
    found = dict.fromkeys(_NAME.findall(typed))
    names = [f"{name})" if name.endswith("(") else name for name in found if name not in _FOLDERS]
    special = [name for name in names if name not in _EVERYWHERE]
    return " · ".join((special or sorted(names, key=_EVERYWHERE.index))[:3])


def objectives() -> tuple[str, ...]:
    """Of all challenges."""
    return tuple(sorted({each for one in challenges() for each in one.objectives}))


def failures() -> tuple[int, ...]:
    """Items of the list of what goes wrong that a challenge is about."""
    return tuple(sorted({each for one in challenges() for each in one.failures}))


def about(some: Iterable[int]) -> tuple[Challenge, ...]:
    """Challenges about items of the list of what goes wrong: first those about the first item."""
    return tuple(dict.fromkeys(one for failure in some for one in challenges() if failure in one.failures))


def left(objective: str = "", failure: int = 0) -> tuple[Challenge, ...]:
    """What a filter leaves."""
    return tuple(
        one
        for one in challenges()
        if (not objective or objective in one.objectives) and (not failure or failure in one.failures)
    )


def chapters(some: tuple[Challenge, ...]) -> dict[str, tuple[Challenge, ...]]:
    """By chapter, in the order of the path; a chapter without any is left out."""
    found = {name: tuple(one for one in some if one.chapter == name) for name in CHAPTERS}
    return {name: members for name, members in found.items() if members}
