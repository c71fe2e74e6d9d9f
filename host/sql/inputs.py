"""Texts of dates, times and bytes as values: the input functions that are more than a line."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from host.sql.reply import fail

_TIMES = frozenset(
    {"date", "timestamp with time zone", "timestamp without time zone", "time without time zone", "interval"}
)


DATE_ORDER = 'Perhaps you need a different "datestyle" setting.'


def invalid(kind: str, text: str) -> Exception:
    """The input function does not take this text."""
    shown = {"real": "real", "json": "json"}.get(kind, kind)
    state = "22007" if kind in _TIMES or kind.startswith("timestamp") else "22P02"
    if kind in _TIMES or kind.startswith("timestamp"):
        shown = "timestamp" if kind == "timestamp without time zone" else kind
    return fail(f'invalid input syntax for type {shown}: "{text}"', state)


def _date(text: str) -> date:
    return _moment("date", text).date()


def _moment(kind: str, text: str) -> datetime:
    bare = re.sub(r"(?<=\d)T(?=\d)", " ", text.strip(), count=1)
    bare = re.sub(r"\s*(UTC|GMT|Z|[+-]00(:?00)?)$", "+00:00", bare, flags=re.IGNORECASE)
    bare = re.sub(r"([+-]\d\d)$", r"\1:00", bare) if " " in bare else bare
    try:
        at = datetime.fromisoformat(bare)
    except ValueError:
        shaped = re.match(r"\s*\d{4}-(\d{1,2})-(\d{1,2})", text)
        if shaped:
            # A day that only this month has not is no question of the order of the fields.
            mixed = int(shaped[1]) > 12 or int(shaped[2]) > 31
            hint = DATE_ORDER if mixed else ""
            raise fail(f'date/time field value out of range: "{text}"', "22008", hint=hint) from None
        raise invalid(kind, text) from None
    return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)


_UNITS = {
    "second": 1.0,
    "sec": 1.0,
    "s": 1.0,
    "minute": 60.0,
    "min": 60.0,
    "m": 60.0,
    "hour": 3600.0,
    "h": 3600.0,
    "day": 86400.0,
    "d": 86400.0,
    "week": 604800.0,
    "month": 2592000.0,
    "mon": 2592000.0,
    "year": 31557600.0,
    "millisecond": 0.001,
    "ms": 0.001,
    "microsecond": 1e-6,
    "us": 1e-6,
}


def _interval(text: str) -> timedelta:
    clock = re.search(r"(-?)(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?\s*$", text)
    rest, seconds = text, 0.0
    if clock:
        rest = text[: clock.start()]
        seconds = int(clock[2]) * 3600 + int(clock[3]) * 60 + float(clock[4] or 0)
        seconds = -seconds if clock[1] else seconds
    found = re.findall(r"([+-]?\d+(?:\.\d+)?)\s*([a-zA-Z]+)", rest)
    if re.sub(r"[+-]?\d+(?:\.\d+)?\s*[a-zA-Z]+|\s|@|,|\bago\b", "", rest) or not (found or clock):
        if re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", text):
            return timedelta(seconds=float(text))
        raise invalid("interval", text)
    for number, unit in found:
        word = unit.lower()
        size = _UNITS.get(word) or _UNITS.get(word.rstrip("s"))
        if size is None:
            raise invalid("interval", text)
        seconds += float(number) * size
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        raise fail("interval out of range", "22008") from None


def _bytea(text: str) -> bytes:
    if text.startswith("\\x"):
        try:
            return bytes.fromhex(text[2:])
        except ValueError:
            raise fail(f'invalid hexadecimal digit: "{text[2:3]}"', "22023") from None
    return text.encode("utf-8", "surrogateescape")


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        raise invalid("time", text) from None
