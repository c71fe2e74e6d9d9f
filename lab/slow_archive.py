"""An archive_command that takes its time: the lab's program waits with a file in its hand until it is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SlowArchive:
    """The flag files of that program.  To the server its command is simply slow, as in life."""

    programs: Path

    @property
    def on(self) -> bool:
        """Is archive_command slow at present?"""
        return (self.programs / "slow").exists()

    def set(self, *, on: bool) -> None:
        """Make it slow, or let it be as fast as it can (also with the file that it has in hand)."""
        if on:
            (self.programs / "slow").touch()
        else:
            (self.programs / "slow").unlink(missing_ok=True)

    @property
    def in_hand(self) -> str:
        """The file that archive_command is at; '' when it does not run."""
        with suppress(OSError):
            return (self.programs / "in_hand").read_text(encoding="ascii")
        return ""

    def allow(self, name: str) -> None:
        """Its time is up for this file, once."""
        written = self.programs / "allowed.new"
        written.write_text(name, encoding="ascii")
        written.rename(self.programs / "allowed")

    @property
    def was_taken(self) -> bool:
        """Has the program seen what was allowed?"""
        return not (self.programs / "allowed").exists()

    def forget(self) -> None:
        """The program was killed with a file in its hand."""
        for name in ("in_hand", "allowed"):
            (self.programs / name).unlink(missing_ok=True)

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Every file's time is up, one after the other."""
        was_on = self.on
        self.set(on=False)
        yield
        self.set(on=was_on)
