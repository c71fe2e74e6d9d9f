"""Which texts the server takes for a timestamp: what recovery_target_time may be, under DateStyle 'ISO, MDY'.

A part of datetime.c: the forms people write (ISO, 20260131, 1/31/2026, Jan 31 2026; times with or without
seconds, AM/PM; zones as offset, abbreviation or name).  Nothing is converted here.
"""

from __future__ import annotations

import re
from calendar import monthrange

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
_TIME = r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.\d*)?)?|(?P<h2>\d{2})(?P<m2>\d{2})(?P<s2>\d{2})"
_OFFSET = r"[+-](?P<h>\d{1,2})(?::?(?P<m>\d{2}))?(?::\d{2})?"
_ZONE = r"[A-Za-z][\w/+-]*"


class BadTimestamp(ValueError):
    """Not a timestamp; says whether it is out of range or names an unknown zone."""

    def __init__(self, *, out_of_range: bool = False, unknown_zone: str = "") -> None:
        super().__init__("not a timestamp")
        self.out_of_range = out_of_range
        self.unknown_zone = unknown_zone


def check_timestamp(text: str) -> str:
    """Return the zone as written ('' if none); raises BadTimestamp if the server would not take the text."""
    text = " ".join(text.split())
    date = re.match(_DATE, text)
    if not date:
        raise BadTimestamp
    _check_date(date)
    rest = re.sub(r"^[ T]", "", text[date.end() :])
    time = re.match(_TIME, rest)
    if time:
        _check_time(time)
        rest = rest[time.end() :].lstrip()
        rest = re.sub(r"^(am|pm)\b", "", rest, flags=re.IGNORECASE).lstrip()
    if not rest or rest[0] in "+-":
        if rest:
            _check_offset(rest)
        return rest
    _check_zone(rest)
    return rest


def known_without_abbreviations(zone: str) -> bool:
    """Return whether a zone is known while the server starts, before timezone_abbreviations is loaded."""
    return not zone or zone[0] in "+-" or "/" in zone or zone.lower() in _ZONES


def _check_date(date: re.Match[str]) -> None:
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


def _check_time(time: re.Match[str]) -> None:
    hour, minute = int(time["h"] or time["h2"]), int(time["m"] or time["m2"])
    second = int(time["s"] or time["s2"] or 0)
    whole_day = hour == 24 and not minute and not second
    if not whole_day and (hour > 23 or minute > 59 or second > 60):  # 60 is taken for the next minute
        raise BadTimestamp


def _check_offset(text: str) -> None:
    offset = re.fullmatch(_OFFSET, text)
    if not offset or int(offset["h"]) > 15 or int(offset["m"] or 0) > 59:
        raise BadTimestamp


def _check_zone(text: str) -> None:
    zone = text.lower()
    if zone in ABBREVIATIONS or zone in _ZONES or zone.split("/")[0] in _AREAS:
        return
    raise BadTimestamp(unknown_zone=text if re.fullmatch(_ZONE, text) and "/" in text else "")
