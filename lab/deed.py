"""What performing a command gave."""

from __future__ import annotations

from dataclasses import dataclass

from lab.processes import Done
from simulator.commands import Command


@dataclass(frozen=True, slots=True)
class Deed:
    """Exit code (None: nothing was typed, or the client has not ended yet) and output as it was printed."""

    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    rest: Command | None = None
    """What is left to do: a long write is several steps, one for each checkpoint on the way."""
    unknown: frozenset[str] = frozenset()
    """Fields of the observation about which this performance says nothing."""

    @classmethod
    def of(cls, *runs: Done) -> Deed:
        """One tool after the other; the last exit code counts."""
        return cls(runs[-1].exit_code, "".join(r.stdout for r in runs), "".join(r.stderr for r in runs))
