"""Recordings of the command line tools against the simulated host: what `waldojo conform ../shared/cli` counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from host.conformance.build import built
from host.conformance.compare import Field, replay
from host.conformance.record import Case, is_record, read

__all__ = ["Case", "Field", "is_record", "notes", "read", "replay", "replayed"]


def replayed(told: Mapping[str, Any]) -> Iterator[Field]:
    """Every observation of one line of a recording.  Raises only for JSON that is no such line."""
    yield from replay(read(told))


def notes(case: Case) -> tuple[str, ...]:
    """Steps before the command of a case that failed."""
    try:
        return built(case).notes
    except Exception:  # noqa: BLE001
        return ()  # replay() tells it as a miss
