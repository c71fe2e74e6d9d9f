"""The server's log file: what is new since the last look, and whether a checkpoint is under way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class ServerLog:
    """Read in two ways: `fresh` for the observation, `checkpoints` for knowing when to look."""

    path: Path
    shown: int = 0

    def fresh(self) -> tuple[str, ...]:
        """The lines since the last call."""
        lines = self._lines()
        new, self.shown = lines[self.shown :], len(lines)
        return tuple(new)

    def checkpoints(self) -> tuple[int, int]:
        """How many checkpoints have started and how many are complete (log_checkpoints is on)."""
        text = "\n".join(self._lines())
        return text.count("checkpoint starting:"), text.count("checkpoint complete:")

    def count(self, words: str) -> int:
        """How many lines hold these words."""
        return sum(words in line for line in self._lines())

    def tail(self, count: int = 12) -> str:
        """The last lines, for the text of a failure."""
        return "\n".join(self._lines()[-count:])

    def _lines(self) -> list[str]:
        if not self.path.exists():
            return []
        text = self.path.read_text(encoding="utf-8", errors="replace")
        complete, _, _ = text.rpartition("\n")  # a line that is being written is not read
        return complete.splitlines()
