"""The host's clock as people read it (UTC)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from simulator.timestamps import local_time, micros_of, offset_of


def _at(clock: float) -> datetime:
    return datetime.fromtimestamp(clock, UTC)


def plain(clock: float) -> str:
    """'2026-09-21 14:13:20 UTC': backup_label, history files, messages."""
    return _at(clock).strftime("%Y-%m-%d %H:%M:%S UTC")


def log_time(clock: float) -> str:
    """'2026-09-21 14:13:20.000 UTC': %m of log_line_prefix."""
    at = _at(clock)
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} UTC"


def sql_time(clock: float) -> str:
    """'2026-09-21 14:13:20.5+00': timestamptz as psql prints it."""
    at = _at(clock)
    fraction = f".{at.microsecond:06d}".rstrip("0").rstrip(".") if at.microsecond else ""
    return f"{at:%Y-%m-%d %H:%M:%S}{fraction}+00"


def locale_time(clock: float) -> str:
    """'Mon 21 Sep 2026 02:13:20 PM UTC': strftime's %c in the C locale is 'Mon Sep 21 14:13:20 2026'."""
    return _at(clock).strftime("%a %b %e %H:%M:%S %Y")


_ZONES: Mapping[str, float] = {
    **dict.fromkeys(("asia/tokyo", "japan", "asia/seoul", "rok"), 9),
    **dict.fromkeys(("asia/shanghai", "prc", "asia/singapore", "asia/hong_kong", "asia/taipei", "asia/manila"), 8),
    **dict.fromkeys(("asia/bangkok", "asia/jakarta", "asia/ho_chi_minh"), 7),
    "asia/kolkata": 5.5,
    "asia/dubai": 4,
    "est": -5,
    "mst": -7,
    "hst": -10,
}
"""Zones that have no summer time: hours east of UTC.  All others count as UTC here."""


def read(text: str) -> int:
    """A timestamp as recovery_target_time has it, in microseconds of the host's clock; without a zone it is UTC.

    Its form has been checked when the setting was read.
    """
    at, zone = local_time(text)
    if zone[:1] in ("+", "-"):
        return micros_of(at - offset_of(zone))
    return micros_of(at - timedelta(hours=_ZONES.get(zone.lower(), 0)))


def journalled(clock: float) -> int:
    """The host's clock as a journal's time, microseconds."""
    return round(clock * 1_000_000)


def micros(time: int) -> str:
    """A journal's time as pg_waldump prints it."""
    return _at(time / 1_000_000).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
