"""The host's clock as people read it (UTC)."""

from __future__ import annotations

import re
from datetime import UTC, datetime


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


_ZONES = {"utc": 0, "gmt": 0, "z": 0, "jst": 9}
_FORMS = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d %H%M%S")


def read(text: str) -> float:
    """A timestamp as recovery_target_time has it, in seconds of the host's clock; without a zone it is UTC.

    Its form has been checked when the setting was read (simulator.timestamps); what is not understood is 'now'.
    """
    words = text.strip().replace("T", " ", 1)
    match = re.match(r"(.*?\d)\s*([+-]\d{1,2}(?::?\d{2})?|[A-Za-z/_]+)?$", words)
    if match is None:
        return 0.0
    body, zone = match[1].strip(), (match[2] or "").lower()
    hours = _ZONES.get(zone, 0.0)
    if zone[:1] in ("+", "-"):
        digits = zone[1:].replace(":", "").ljust(4, "0") if len(zone) > 3 else f"{int(zone[1:]):02d}00"
        hours = (int(digits[:2]) + int(digits[2:4]) / 60) * (1 if zone[0] == "+" else -1)
    for form in _FORMS:
        try:
            return datetime.strptime(body, form).replace(tzinfo=UTC).timestamp() - hours * 3600
        except ValueError:
            continue
    return 0.0


def micros(time: int) -> str:
    """A journal's time as pg_waldump prints it."""
    return _at(time / 1_000_000).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
