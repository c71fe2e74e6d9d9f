"""pg_controldata: which data directory it looks at."""

from __future__ import annotations

from dataclasses import dataclass

from host.options.checks.directory import data_directory
from host.options.messages import stop_at_fault
from host.options.values import Parsed, Refusal, refusing


@dataclass(frozen=True, slots=True)
class ControldataSettings:
    """What pg_controldata is to do."""

    directory: str = ""


@refusing
def settings(parsed: Parsed) -> ControldataSettings | Refusal:
    """-D, an operand or PGDATA."""
    stop_at_fault(parsed)
    return ControldataSettings(data_directory(parsed))
