"""The server's log file: what is new since the last look, and whether a checkpoint is under way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_CHECKPOINT_ENDS = ("checkpoint complete:", "No space left on device", "PANIC:")


@dataclass(slots=True)
class ServerLog:
    """Read in two ways: `fresh` for the observation, the others for knowing when to look."""

    path: Path
    shown: int = 0
    _known: list[str] = field(default_factory=list)
    _read: int = 0
    """Bytes of the file that are in `_known`: it is looked at all the time, and may be long."""

    def fresh(self) -> tuple[str, ...]:
        """The lines since the last call."""
        lines = self._lines()
        new, self.shown = lines[self.shown :], len(lines)
        return tuple(new)

    def checkpoint_runs(self) -> bool:
        """Is a checkpoint under way (log_checkpoints is on)?  One that failed, because the disk is full, is not."""
        return self.count("checkpoint starting:") > 0 and not self.since("checkpoint starting:", *_CHECKPOINT_ENDS)

    def count(self, words: str) -> int:
        """How many lines hold these words."""
        return sum(words in line for line in self._lines())

    def since(self, event: str, *words: str) -> bool:
        """Does one of these stand behind the last line with `event`?"""
        lines = self._lines()
        last = max((number for number, line in enumerate(lines) if event in line), default=-1)
        return any(one in line for line in lines[last + 1 :] for one in words)

    def tail(self, count: int = 12) -> str:
        """The last lines, for the text of a failure."""
        return "\n".join(self._lines()[-count:])

    def _lines(self) -> list[str]:
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            file.seek(self._read)
            complete, end, _ = file.read().rpartition(b"\n")  # a line that is being written is not read
            self._read += len(complete) + len(end)
            self._known += complete.decode("utf-8", "replace").splitlines()
        return self._known
