"""The server's settings as the conditions of a run in the Theatre: which scenario fits, and what it can take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode

from inspection.facts import ServerFacts
from inspection.findings_archive import archive_state
from inspection.words import Finding
from simulator.loader import loads
from simulator.lsn import MB
from simulator.play import initial_settings
from simulator.scenario import Scenario, ServerPlan
from simulator.settings import InvalidValue, UnmodelledParameter, parameters, show_value

SHOWN = 3
KEEP = "wal_keep_size"
_SETTINGS = (
    "max_wal_size min_wal_size max_slot_wal_keep_size checkpoint_completion_target checkpoint_timeout wal_recycle "
    "max_wal_senders max_replication_slots"
).split()
_BY_FINDING = {
    "slot_lost": "slot-limit-loses-the-slot",
    "slot_unreserved": "slot-limit-loses-the-slot",
    "slot_idle": "slot-keeps-wal-without-limit",
    "slot_idle_behind": "slot-keeps-wal-without-limit",
    "slot_idle_since": "slot-keeps-wal-without-limit",
    "slots_unlimited": "slot-keeps-wal-without-limit",
    "slots_unlimited_loses": "slot-keeps-wal-without-limit",
    "archive_failing": "archive-fills-the-disk",
    "archive_failing_since": "archive-fills-the-disk",
    "archive_failing_waiting": "archive-fills-the-disk",
    "archive_slow": "archive-slower-than-writing",
    "standby_without_slot": "standby-cannot-catch-up",
    "senders_none": "no-sender-no-basebackup",
    "senders_few": "stream-needs-two-senders",
    "minimal": "minimal-does-not-start",
}
_ALWAYS = ("fetch-loses-wal", "stream-slot-protects")


@dataclass(frozen=True, slots=True)
class Play:
    """A scenario with the server's settings as its conditions."""

    scenario: str
    title_ja: str
    title_en: str
    major: int
    settings: Mapping[str, str]
    left_out: tuple[str, ...]
    """Settings of the server that this scenario's server would not start with."""

    def title(self, language: str) -> str:
        """The scenario's question."""
        return self.title_ja if language == "ja" else self.title_en

    def query(self) -> dict[str, str]:
        """What the Theatre's address says besides language."""
        return {"scenario": self.scenario, "v": str(self.major), **dict(sorted(self.settings.items()))}

    def address(self) -> str:
        """The path and query of the Theatre."""
        return f"/theatre?{urlencode(self.query())}"


def plays(facts: ServerFacts, findings: tuple[Finding, ...]) -> tuple[Play, ...]:
    """The scenarios that fit what was found, most fitting first; a fetch backup always belongs to them."""
    wanted = [_BY_FINDING[finding.code] for finding in findings if finding.code in _BY_FINDING]
    if archive_state(facts) == "works":
        wanted.append("fetch-archive-does-not-help")
    fitting = list(dict.fromkeys([*wanted[: SHOWN - 1], *_ALWAYS, *wanted]))
    found = [play for name in fitting if (play := _play(facts, name)) is not None]
    return tuple(found[:SHOWN])


@cache
def _scenario(name: str) -> Scenario:
    return loads(files("scenarios").joinpath(f"{name}.yaml").read_bytes(), f"{name}.yaml")


def _play(facts: ServerFacts, name: str) -> Play | None:
    scenario = _scenario(name)
    major = facts.version.major
    if major not in scenario.server.versions:
        return None
    wanted = settings_of(facts)
    kept: dict[str, str] = {}
    left: list[str] = []
    for setting, value in wanted.items():
        if _starts(scenario.server, major, {**kept, setting: value}):
            kept[setting] = value
        else:
            left.append(setting)
    return Play(scenario.id, scenario.title.ja, scenario.title.en, major, kept, tuple(left))


def settings_of(facts: ServerFacts) -> dict[str, str]:
    """The settings that decide what happens to WAL, as somebody would write them."""
    found = {}
    keep = facts.value(facts.version.wal_keep_parameter)
    if keep is not None:
        # The address knows the newer name on every version; on 12 it means so many segments.
        size = int(keep) * MB if facts.version.keep_is_a_size else int(keep) * facts.segment_size
        found[KEEP] = f"{size // MB}MB" if size else "0"
    for name in _SETTINGS:
        value, known = facts.value(name), parameters(facts.version.major).get(name)
        if value is not None and known is not None:
            found[name] = show_value(known, value)
    return found


def _starts(plan: ServerPlan, major: int, settings: Mapping[str, str]) -> bool:
    try:
        initial_settings(plan, major, settings)
    except (InvalidValue, UnmodelledParameter):
        return False
    return True
