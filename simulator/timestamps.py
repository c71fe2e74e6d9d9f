"""Which texts the server takes for a timestamp: what recovery_target_time may be, under DateStyle 'ISO, MDY'.

A part of datetime.c: the forms people write (ISO, 20260131, 1/31/2026, Jan 31 2026; times with or without
seconds, AM/PM; zones as offset, abbreviation or name), and how the server shows one.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import MAXYEAR, UTC, datetime, timedelta

# Some abbreviations of the server's default list (timezone_abbreviations = 'Default').
ABBREVIATIONS = frozenset(
    "z zulu ut utc gmt wet west bst cet cest met mest eet eest msk ist jst kst hkt sgt awst acst aest aedt "
    "nzst nzdt est edt cst cdt mst mdt pst pdt akst akdt hst ast adt nst ndt brt art clt".split()
)
# Abbreviations that are also names of zones, known before the list of abbreviations is loaded.
_ZONES = frozenset("utc gmt uct wet cet met eet est mst hst zulu universal greenwich japan rok prc".split())
_AREAS = frozenset(
    "africa america antarctica arctic asia atlantic australia brazil canada chile etc europe "
    "indian mexico pacific us".split()
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_LAST_YEAR = 294276

_DATE = (
    r"(?P<y>\d{4,6})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})|(?P<y2>\d{4})(?P<m2>\d{2})(?P<d2>\d{2})"
    r"|(?P<m3>\d{1,2})[-/.](?P<d3>\d{1,2})[-/.](?P<y3>\d{4})"
    r"|(?P<mon>[A-Za-z]{3})[a-z]* (?P<d4>\d{1,2}),? (?P<y4>\d{4})"
)
_TIME = r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?P<f>\.\d*)?)?|(?P<h2>\d{2})(?P<m2>\d{2})(?P<s2>\d{2})"
_OFFSET = r"[+-](?P<h>\d{1,2})(?::?(?P<m>\d{2}))?(?::(?P<s>\d{2}))?"
_ZONE = r"[A-Za-z][\w/+-]*"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = 946_684_800_000_000
"""Time 0 of the server, 2000-01-01: what a variable holds that was never set."""


class BadTimestamp(ValueError):
    """Not a timestamp; says whether it is out of range or names an unknown zone."""

    def __init__(self, *, out_of_range: bool = False, unknown_zone: str = "") -> None:
        super().__init__("not a timestamp")
        self.out_of_range = out_of_range
        self.unknown_zone = unknown_zone


def check_timestamp(text: str) -> str:
    """Return the zone as written ('' if none); raises BadTimestamp if the server would not take the text."""
    return local_time(text)[1]


def local_time(text: str) -> tuple[datetime, str]:
    """Return the time that a text names as if its zone were UTC, and the zone as written; raises BadTimestamp.

    Fractions of a second are kept to the microsecond.  A year that Python has not counts as its last one.
    """
    text = " ".join(text.split())
    date = re.match(_DATE, text)
    if not date:
        raise BadTimestamp
    moment = _day(date)
    rest = re.sub(r"^[ T]", "", text[date.end() :])
    time = re.match(_TIME, rest)
    if time:
        _check_time(time)
        rest = rest[time.end() :].lstrip()
        half = re.match(r"(am|pm)\b", rest, re.IGNORECASE)
        moment += _since_midnight(time, half[0].lower() if half else "")
        rest = rest[half.end() :].lstrip() if half else rest
    if not rest or rest[0] in "+-":
        if rest:
            _check_offset(rest)
        return moment, rest
    _check_zone(rest)
    return moment, rest


def offset_of(zone: str) -> timedelta:
    """Return how far east of UTC a zone is that is written as a number ('+09', '-03:30')."""
    offset = re.fullmatch(_OFFSET, zone)
    if offset is None:
        raise BadTimestamp
    east = timedelta(hours=int(offset["h"]), minutes=int(offset["m"] or 0), seconds=int(offset["s"] or 0))
    return -east if zone[0] == "-" else east


def micros_of(moment: datetime) -> int:
    """Return a moment with a zone as microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def shown(micros: int) -> str:
    """Return a time as timestamptz_to_str has it in UTC: '2026-01-05 10:00:00.1234+00'."""
    at = _EPOCH + timedelta(microseconds=micros)
    fraction = f".{at.microsecond:06d}".rstrip("0").rstrip(".")
    return f"{at:%Y-%m-%d %H:%M:%S}{fraction}+00"


def known_without_abbreviations(zone: str) -> bool:
    """Return whether a zone is known while the server starts, before timezone_abbreviations is loaded."""
    return not zone or zone[0] in "+-" or "/" in zone or zone.lower() in _ZONES


def _day(date: re.Match[str]) -> datetime:
    parts = date.groupdict()
    year = int(parts["y"] or parts["y2"] or parts["y3"] or parts["y4"])
    day = int(parts["d"] or parts["d2"] or parts["d3"] or parts["d4"])
    if parts["mon"]:
        word = parts["mon"].lower()
        month = _MONTHS.index(word) + 1 if word in _MONTHS else 0
    else:
        month = int(parts["m"] or parts["m2"] or parts["m3"])
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(year % 400 + 400, month)[1]:
        raise BadTimestamp
    if year > _LAST_YEAR:
        raise BadTimestamp(out_of_range=True)
    return datetime(year, month, day, tzinfo=UTC) if 0 < year < MAXYEAR else datetime(MAXYEAR, 1, 1, tzinfo=UTC)


def _check_time(time: re.Match[str]) -> None:
    hour, minute = int(time["h"] or time["h2"]), int(time["m"] or time["m2"])
    second = int(time["s"] or time["s2"] or 0)
    whole_day = hour == 24 and not minute and not second
    if not whole_day and (hour > 23 or minute > 59 or second > 60):  # 60 is taken for the next minute
        raise BadTimestamp


def _since_midnight(time: re.Match[str], half: str) -> timedelta:
    hours, minutes = int(time["h"] or time["h2"]), int(time["m"] or time["m2"])
    if half:
        hours = hours % 12 + (12 if half == "pm" else 0)
    fraction = round(float(f"0{time['f']}0") * 1_000_000) if time["f"] else 0
    seconds = int(time["s"] or time["s2"] or 0)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=fraction)


def _check_offset(text: str) -> None:
    offset = re.fullmatch(_OFFSET, text)
    if not offset or int(offset["h"]) > 15 or int(offset["m"] or 0) > 59:
        raise BadTimestamp


def _check_zone(text: str) -> None:
    zone = text.lower()
    if zone in ABBREVIATIONS or zone in _ZONES or zone.split("/")[0] in _AREAS:
        return
    raise BadTimestamp(unknown_zone=text if re.fullmatch(_ZONE, text) and "/" in text else "")
