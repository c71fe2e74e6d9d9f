"""pg_walsummary: which files it prints."""

from __future__ import annotations

from dataclasses import dataclass

from host.options.messages import fail, stop_at_fault
from host.options.values import Parsed, Refusal, refusing


@dataclass(frozen=True, slots=True)
class WalsummarySettings:
    """What pg_walsummary is to do."""

    files: tuple[str, ...] = ()
    individual: bool = False
    quiet: bool = False


@refusing
def settings(parsed: Parsed) -> WalsummarySettings | Refusal:
    """At least one file."""
    stop_at_fault(parsed)
    if not parsed.operands:
        fail(parsed, "no input files specified", usage=True)
    return WalsummarySettings(parsed.operands, parsed.has("individual"), parsed.has("quiet"))
