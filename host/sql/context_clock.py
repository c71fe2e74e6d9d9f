"""The host's clock as SQL has it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from host.sql.context import Context


def moment(clock: float) -> datetime:
    """Seconds since 1970 as a timestamp in UTC (the zone of every server here)."""
    return datetime.fromtimestamp(clock, UTC).replace(tzinfo=None)


def now(ctx: Context) -> datetime:
    """The time of the statement."""
    return moment(ctx.host.clock)


def naive(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """A timestamp without a zone, which all values here are: every server is in UTC."""
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - UTC, by the rule above
