"""The second backend: the same scenario on a throw-away PostgreSQL server, seen in the same form as the model's.

Needs a Unix-like system; psycopg and the wheel with PostgreSQL come with the `lab` extra.
"""

from __future__ import annotations


class NotHere(Exception):
    """A command that this backend cannot perform, or will not: an unknown, never a failure and never a success.

    `code` keys the sentence in lab/texts.toml, `facts` fills it in.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(f"{code} {facts}" if facts else code)
        self.code, self.facts = code, facts


class NoServer(Exception):
    """No PostgreSQL of the wanted major was found; `found` lists the majors that were."""

    def __init__(self, wanted: int | None, found: tuple[int, ...]) -> None:
        super().__init__(f"no PostgreSQL {wanted or ''} found; found: {found}")
        self.wanted, self.found = wanted, found


class ToolFailed(RuntimeError):
    """A tool that the lab itself needs went wrong: a defect of the lab or of the installation."""


class Cancelled(Exception):
    """Whoever asked for the run does not want it any more."""
