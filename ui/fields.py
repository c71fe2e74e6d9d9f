"""One step field by field: what was predicted, what was seen, and how the two are held against each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from simulator.lsn import is_segment_name
from simulator.observation import Difference, Step
from simulator.recording import Recording
from ui.language import words

LINES = ("stdout", "stderr", "server_log")
FILES = ("pg_wal", "archive_status", "archive")
# Of a long list only so much is said in a cell; the strips and terminals show all of it.
SHOWN = 12
NOTHING = "–"
# Which of the reality catalogue's reasons says why a field was not seen, where the step itself was performed.
WORDS_OF_CLIENTS = frozenset({"stdout", "stderr"})
NEEDS_A_SERVER = frozenset({"slots", "tables", "wal_lsn", "redo_lsn", "archived_count"})

Row = dict[str, str]


def rows(found: Sequence[Difference], real: Step, recording: Recording, lang: str) -> list[Row]:
    """The rows of one step; what differs comes first."""
    told = [_row(one, real, recording, lang) for one in found]
    return sorted(told, key=lambda row: row["st"] != "!")


def _row(one: Difference, real: Step, recording: Recording, lang: str) -> Row:
    said = words("reality", lang)
    state = _state(one)
    row = {"k": field_words(one.field, lang), "st": state}
    if one.field in FILES and state == "!":
        row["p"], row["r"] = _apart(one, lang)
    elif one.field in LINES:
        row["p"], row["r"] = _lines(one, state, lang)
    else:
        row["p"], row["r"] = _told(one.field, one.predicted, lang), _told(one.field, one.real, lang)
    row["y"] = _why(one, real, recording, lang) if state == "?" else said[f"how_{one.how}"]
    return row


def field_words(field: str, lang: str) -> str:
    """What a field of an observation is called."""
    return words("reality", lang)[f"field_{field}"]


def _state(one: Difference) -> str:
    if one.equal is None:
        return "~" if one.how == "shown" and one.predicted is not None and one.real is not None else "?"
    return "=" if one.equal else "!"


def _why(one: Difference, real: Step, recording: Recording, lang: str) -> str:
    """Why a field was not compared although the step was performed."""
    said = words("reality", lang)
    if one.field == "exit_code" and one.real is None and one.predicted is None:
        return said["why_no_command"]
    if one.field in WORDS_OF_CLIENTS & real.unknown and recording.borrowed:
        return said["why_other_clients"].format(major=recording.clients)
    if one.field in NEEDS_A_SERVER and not real.observation.running:
        return said["why_server_down"]
    return said["why_not_seen"] if one.real is None else said["why_not_predicted"]


def _lines(one: Difference, state: str, lang: str) -> tuple[str, str]:
    """Lines stand in the terminals: here only how many, and those that differ."""
    ours, theirs = _sequence(one.predicted), _sequence(one.real)
    if state == "!":
        mine, others = apart(ours, theirs)
        return _first([ours[i] for i in mine], lang), _first([theirs[i] for i in others], lang)
    said = words("reality", lang)

    def count(lines: Sequence[str], known: object) -> str:
        if known is None or not lines:
            return NOTHING
        return said["lines" if len(lines) > 1 else "line"].format(n=len(lines))

    return count(ours, one.predicted), count(theirs, one.real)


def apart(ours: Sequence[str], theirs: Sequence[str]) -> tuple[list[int], list[int]]:
    """The lines of each side that the other has not, by their numbers."""
    mine, others = set(range(len(ours))), set(range(len(theirs)))
    for block in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        mine -= set(range(block.a, block.a + block.size))
        others -= set(range(block.b, block.b + block.size))
    return sorted(mine), sorted(others)


def _first(lines: Sequence[str], lang: str) -> str:
    if not lines:
        return NOTHING
    left = len(lines) - SHOWN
    more = [words("reality", lang)["more"].format(n=left)] if left > 0 else []
    return "\n".join([*lines[:SHOWN], *more])


def _apart(one: Difference, lang: str) -> tuple[str, str]:
    """Of two lists of files what only one of them has, and how many both have."""
    ours, theirs = _sequence(one.predicted), _sequence(one.real)
    said = words("reality", lang)
    both = said["both"].format(n=len(set(ours) & set(theirs)))

    def only(mine: Sequence[str], other: Sequence[str]) -> str:
        extra = [name for name in mine if name not in set(other)]
        return _first([*([said["only_here"]] if extra else []), *ranges(extra), both], lang)

    return only(ours, theirs), only(theirs, ours)


def _sequence(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []


def _told(field: str, value: object, lang: str) -> str:
    said = words("reality", lang)
    if value is None or value in ((), []):
        return NOTHING
    if isinstance(value, bool):
        return said["yes" if value else "no"]
    match field:
        case "pg_wal" | "archive_status" | "archive":
            return _first(ranges(_sequence(value)), lang)
        case "slots":
            return "\n".join(_slot(row, lang) for row in _tuples(value))
        case "tables":
            return "\n".join(f"{row[0]}: {row[1]}" for row in _tuples(value))
        case "places":
            return "\n".join(f"{row[0]}: {_place(str(row[1]), lang)}" for row in _tuples(value))
        case _:
            return str(value)


def _tuples(value: object) -> list[tuple[object, ...]]:
    return [row for row in value if isinstance(row, tuple)] if isinstance(value, tuple) else []


def _slot(row: tuple[object, ...], lang: str) -> str:
    """(name, has no restart_lsn, wal_status, active, temporary), as observations are compared."""
    said = words("reality", lang)
    name, nothing, status, active, _ = row
    parts = [str(status)] if status else []
    parts += [said["slot_active"]] if active else []
    parts += [said["slot_reserves_nothing"]] if nothing else []
    return f"{name}: {', '.join(parts)}" if parts else str(name)


def _place(kind: str, lang: str) -> str:
    said = words("reality", lang)
    name, _, state = kind.partition(" ")
    what = said.get(f"place_{name}", name)
    return f"{what} ({said['place_running']})" if state else what


def ranges(names: Iterable[str]) -> list[str]:
    """File names with neighbours drawn together: 'first – last (n)'."""
    found: list[list[str]] = []
    for name in names:
        if found and _follows(found[-1][-1], name):
            found[-1].append(name)
        else:
            found.append([name])
    return [run[0] if len(run) == 1 else f"{run[0]} – {run[-1]} ({len(run)})" for run in found]


def _follows(one: str, two: str) -> bool:
    """Neighbours in the same 4 GB; where these end does not matter for telling a list shortly."""
    (first, _, end), (second, _, ending) = one.partition("."), two.partition(".")
    if end != ending or not (is_segment_name(first) and is_segment_name(second)):
        return False
    return first[:16] == second[:16] and int(second[16:], 16) == int(first[16:], 16) + 1
