"""What is wrong with something that was pasted, and on which line."""

from __future__ import annotations

from inspection.texts import text


class PasteFault(ValueError):
    """Nothing can be made of this; says the line and what was expected there."""

    def __init__(self, code: str, line: int, **facts: object) -> None:
        super().__init__(f"{code} (line {line})")
        self.code = code
        self.line = line
        self.facts = facts

    def told(self, language: str) -> str:
        """The sentence for whoever pasted it."""
        return text(f"paste.{self.code}", language, line=self.line, **self.facts)
