"""What a random session remembers of what it has made, and the words from which its lines are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import yaml

WORDS: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("terminal_words.yaml").read_text("utf-8"))


@dataclass
class Story:
    """What is known to be there, as far as a person would remember."""

    dice: Random
    major: int
    running: bool = True
    archiving: bool = False
    summarizing: bool = False
    number: int = 0
    databases: list[str] = field(default_factory=lambda: ["shop", "hr"])
    texts: list[tuple[str, str]] = field(default_factory=list)
    """Plain dumps, and whether they create their database ('-C')."""
    archives: list[tuple[str, str]] = field(default_factory=list)
    """Custom, directory and tar dumps, and their format's letter."""
    backups: list[tuple[str, str]] = field(default_factory=list)
    """Base backups: path, and how their WAL came (n, f, s), or 't' for tar, 'c' for a cold copy."""
    archived: list[str] = field(default_factory=list)
    """Files that look like an archive's."""
    clusters: list[str] = field(default_factory=list)
    """What initdb was asked to make."""
    standbys: list[str] = field(default_factory=list)
    """Copies made with -R, none of them started yet."""
    chain: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    """Data directories made of a backup, none of them started yet."""
    slots: list[str] = field(default_factory=list)
    spaces: list[str] = field(default_factory=list)
    """Tablespaces."""
    roles: list[str] = field(default_factory=lambda: ["app", "readonly"])
    second: str = ""
    """The data directory of the server that runs on port 5433."""

    def fresh(self) -> int:
        """A number that no name has yet."""
        self.number += 1
        return self.number

    def some(self, words: Sequence[str], chance: float = 0.4) -> str:
        """One of them and a blank, or nothing."""
        return f"{self.dice.choice(words)} " if self.dice.random() < chance else ""

    def said(self, kind: str, **facts: object) -> list[str]:
        """A line of a kind (terminal_words.yaml)."""
        return [self.dice.choice(WORDS[kind]).format_map(facts | {"number": self.fresh()})]
