"""The shapes of what a report says: everything is a code with facts, and the prose stands in texts.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inspection.facts import ServerFacts
from simulator.settings_table import parameters

BAD, WARN, INFO, GOOD, UNKNOWN = "bad", "warn", "info", "good", "unknown"
SEVERITIES = (BAD, WARN, INFO)
RESTART, RELOAD, AT_ONCE, BY_HAND = "restart", "reload", "at_once", "by_hand"
Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence: its key in texts.toml and what fills it."""

    code: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mend:
    """One line that somebody else runs, and what it takes to be in force."""

    line: str
    needs: str
    """'reload', 'restart', 'at_once' (a function call) or 'by_hand' (a shell command or a decision)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is risky on this server: why, and what would mend it."""

    code: str
    severity: str
    facts: Facts = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    mends: tuple[Mend, ...] = ()
    manual: str = ""
    """The parameter or the page of the manual that explains it."""


@dataclass(frozen=True, slots=True)
class BackupAnswer:
    """How much WAL one kind of backup may see before it is lost."""

    kind: str
    verdict: str
    reason: Said
    guaranteed_bytes: int | None = None
    unlimited: bool = False
    """Nothing but the disk ends it."""
    typical_bytes: int | None = None
    typical_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Filler:
    """Something that keeps WAL, how much it may keep, and when the disk is full of it."""

    code: str
    name: str
    happening: bool
    """It grows now, and not only if somebody stops reading."""
    held_bytes: int | None
    most_bytes: int | None
    """None: without limit."""
    full_seconds: float | None
    """None: never, or not known."""


def alter(facts: ServerFacts, name: str, value: str) -> Mend:
    """ALTER SYSTEM SET for a parameter of this version."""
    context = parameters(facts.version.major)[name].context
    quoted = value.replace("'", "''")
    return Mend(f"ALTER SYSTEM SET {name} = '{quoted}';", RESTART if context == "postmaster" else RELOAD)
