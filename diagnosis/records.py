"""A record: one message with its DETAIL and HINT, whoever wrote it and whatever stood before it on the line."""

from __future__ import annotations

from dataclasses import dataclass, field

SEVERITIES = ("PANIC", "FATAL", "ERROR", "WARNING", "NOTICE", "INFO", "LOG", "DEBUG")
BAD = frozenset({"PANIC", "FATAL", "ERROR", "WARNING"})


@dataclass(slots=True)
class Record:
    """One message of the paste."""

    line: int
    """Where it begins, from 1."""
    text: str
    severity: str = ""
    """A word of SEVERITIES; '' for a line that says none."""
    program: str = ""
    """The tool that printed it; '' for the server and for who is not known."""
    more: list[tuple[str, str]] = field(default_factory=list)
    """DETAIL, HINT, CONTEXT, STATEMENT: label and text, in their order."""
    joined: int = 0
    """How many lines after it were joined to it."""

    @property
    def bare(self) -> bool:
        """Whether nothing tells where the line comes from: it may be the rest of the line before."""
        return not self.severity and not self.program

    def all(self, label: str) -> list[str]:
        """The texts under one label."""
        return [text for found, text in self.more if found == label]
