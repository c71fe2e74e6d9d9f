"""The host's clock as people read it (UTC)."""

from __future__ import annotations

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
