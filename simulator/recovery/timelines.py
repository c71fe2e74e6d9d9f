"""Timeline history files and what they say (access/transam/timeline.c)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.lsn import format_lsn, parse_lsn

TO_THE_END = 0
"""The end of the newest timeline: none yet."""


@dataclass(frozen=True, slots=True)
class Entry:
    """TimeLineHistoryEntry: a timeline and the part of the WAL that lies on it, `end` 0 for 'to the end'."""

    timeline: int
    begin: int
    end: int


History = tuple[Entry, ...]
"""Newest timeline first."""


def read_history(target: int, text: str | None) -> History:
    """ReadTimeLineHistory: the ancestors of a timeline as its file has them, and the timeline itself."""
    entries: list[Entry] = []
    begin = 0
    for line in (text or "").splitlines():
        words = line.split()
        if len(words) < 2 or line.lstrip().startswith("#"):
            continue
        entries.insert(0, Entry(int(words[0]), begin, parse_lsn(words[1])))
        begin = entries[0].end
    return (Entry(target, begin, TO_THE_END), *entries)


def timeline_at(history: History, lsn: int) -> int:
    """TliOfPointInHistory: the timeline that the byte at `lsn` lies on; 0 if none has it."""
    for entry in history:
        if entry.begin <= lsn and (entry.end == TO_THE_END or lsn < entry.end):
            return entry.timeline
    return 0


def switch_point(history: History, timeline: int) -> int:
    """TliSwitchPoint: where a timeline was left."""
    return next((entry.end for entry in history if entry.timeline == timeline), TO_THE_END)


def contains(history: History, timelines: Iterable[int]) -> bool:
    """Are all these timelines in the history?"""
    known = {entry.timeline for entry in history}
    return all(timeline in known for timeline in timelines)


def history_text(parent_text: str | None, parent: int, end: int, reason: str) -> str:
    """WriteTimeLineHistory: the parent's text, an empty line where there is one, and the line of the parent."""
    before = "" if parent_text is None else parent_text + ("\n" if parent_text else "")
    return f"{before}{parent}\t{format_lsn(end)}\t{reason}\n"
