"""What the address says: scenario, version, language and changed settings. What it says wrongly becomes a sentence.

The step is in it too (`step=14`), but belongs to the browser alone: see ui/stage/address.js.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator import versions
from ui.language import LANGUAGES, browser_language

SCENARIO, VERSION, LANGUAGE, STEP, RUN, TYPED = "scenario", "v", "lang", "step", "run", "c"
LEVEL = "id"
OURS = (SCENARIO, VERSION, LANGUAGE, STEP, RUN, TYPED, LEVEL)
# Longer than any value of ours; what follows is somebody's accident or joke.
LONGEST = 200
LONGEST_TYPED = 20_000


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of the address that cannot be followed: the key of a sentence in texts/pages.toml and what it names."""

    key: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Address:
    """An address as understood."""

    scenario: str = ""
    version: int | None = None
    """None: the scenario's own, or the default."""
    lang: str = "en"
    lang_chosen: bool = False
    run: str = ""
    """A run on a real server, by its id (see ui/realities.py)."""
    typed: str = ""
    """What was typed at the terminal, packed (see ui/terminal/sharing.py)."""
    level: str = ""
    """A challenge."""
    settings: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def query(self, **changes: str | None) -> dict[str, str]:
        """Parameters of a link to this address with some changes; what is the default drops out."""
        parts: dict[str, str | None] = {SCENARIO: self.scenario or None}
        parts[VERSION] = str(self.version) if self.version is not None else None
        parts[LANGUAGE] = self.lang if self.lang_chosen else None
        parts[RUN] = self.run or None
        parts[TYPED] = self.typed or None
        parts[LEVEL] = self.level or None
        parts |= dict(sorted(self.settings.items()))
        return {name: value for name, value in (parts | changes).items() if value is not None}


def read(parameters: Mapping[str, str]) -> Address:
    """Understand the query parameters; nothing in them can raise."""
    given = {name: value[: LONGEST_TYPED if name == TYPED else LONGEST] for name, value in parameters.items()}
    problems: list[Problem] = []
    lang = given.get(LANGUAGE, "")
    if lang and lang not in LANGUAGES:
        problems.append(Problem("bad_language", {"lang": lang}))
    version = None
    if wanted := given.get(VERSION, ""):
        try:
            version = versions.version(wanted).major
        except versions.UnknownVersion:
            known = f"{versions.KNOWN[0]}–{versions.KNOWN[-1]}"
            problems.append(Problem("bad_version", {"version": wanted, "known": known}))
    return Address(
        scenario=given.get(SCENARIO, ""),
        version=version,
        lang=lang if lang in LANGUAGES else browser_language(),
        lang_chosen=lang in LANGUAGES,
        run=given.get(RUN, ""),
        typed=given.get(TYPED, ""),
        level=given.get(LEVEL, ""),
        settings={name: value for name, value in given.items() if name not in OURS},
        problems=tuple(problems),
    )
