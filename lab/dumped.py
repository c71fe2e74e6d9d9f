"""What pg_dump and pg_dumpall of this run have written: only that is run by psql and pg_restore.

A script is a program: psql's ! and COPY … PROGRAM start others.  A label with a newline, saved as backup_label, would
be one that a learner wrote.  So a script is known by its content, whatever it is called and wherever it was copied to.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from lab import NotHere
from lab.words import told


@dataclass(slots=True)
class Dumps:
    """Digests of everything that was dumped."""

    digests: set[bytes] = field(default_factory=set)

    def note(self, made: Path) -> None:
        """A tool has ended that dumps into this file or directory."""
        if made.exists():
            self.digests.add(_digest(made))

    def known(self, made: Path) -> bool:
        """Is it one of them?"""
        return made.exists() and _digest(made) in self.digests

    def check(self, made: Path, path: str) -> Path:
        """The file, if it may be run: a dump of this run, or one that is not there (then the tool says so)."""
        if made.exists() and not self.known(made):
            raise NotHere("not_dumped", path=told(path))
        return made


def _digest(made: Path) -> bytes:
    total = hashlib.sha256()
    files = sorted(file for file in made.rglob("*") if file.is_file()) if made.is_dir() else [made]
    for file in files:
        total.update(f"{file.relative_to(made)}\0".encode())
        with file.open("rb") as opened:
            total.update(hashlib.file_digest(opened, "sha256").digest())
    return total.digest()
