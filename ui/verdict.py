"""What came of a run: is every backup that was taken restorable, and what is the smallest change that saves it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator import play
from simulator.commands import Copy, PgBasebackup, PgDump, PgDumpall
from simulator.events import BasebackupFailed, ServerNotStarted, ServerPanicked, SlotLost, StandbyWaits
from simulator.lsn import MB
from simulator.play import Prediction
from simulator.restorable import restorability
from simulator.scenario import Scenario
from simulator.settings import InvalidValue, UnmodelledParameter
from simulator.versions import version

KEEP = "wal_keep_size"
GOOD = frozenset({"complete", "from_archive", "logical"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """Good or not, and the sentence that says why: a key of texts/verdict.toml and what it names."""

    ok: bool
    key: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Remedy:
    """The smallest value of one setting with which all is well."""

    name: str
    value: str
    more: str = ""
    """How much more that is than now, where that can be said."""


def judge(prediction: Prediction) -> Judgement:
    """The worst that happened decides."""
    steps, last = prediction.run.steps, prediction.worlds[-1]
    events = [event for step in steps for event in step.events]
    for event in events:
        match event:
            case ServerPanicked():
                return Judgement(False, "panicked")
            case SlotLost(slot=name):
                return Judgement(False, "slot_lost", {"name": name})
            case StandbyWaits(directory=path, file=file):
                return Judgement(False, "standby_waits", {"path": path, "file": file})
            case _:
                pass
    failed = {event.directory for event in events if isinstance(event, BasebackupFailed)}
    taken = _taken(prediction)
    answers = [(path, restorability(last, path)) for path in taken]
    for path, answer in answers:
        if not answer.restorable:
            key = "failed" if path in failed and answer.reason == "nothing_there" else answer.reason
            return Judgement(False, key, {"path": path, "files": str(answer.missing)})
    for event in events:
        if isinstance(event, ServerNotStarted):
            return Judgement(False, "not_started", {"path": event.directory})
    if not answers:
        return Judgement(True, "nothing_lost")
    path, answer = answers[-1]
    return Judgement(True, answer.reason if answer.reason in GOOD else "complete", {"path": path, "files": str(answer.from_archive)})


def _taken(prediction: Prediction) -> list[str]:
    """Where the backups of this run are, in the order in which they were taken."""
    found: list[str] = []
    for step in prediction.run.steps:
        match step.command:
            case PgBasebackup(directory=path):
                found.append(path)
            case PgDump(file=path) | PgDumpall(file=path):
                if step.observation.exit_code == 0:
                    found.append(path)
            case Copy(destination=path) if path.startswith("/backup"):
                found.append(path.rstrip("/"))
            case _:
                pass
    return list(dict.fromkeys(found))


def remedy(scenario: Scenario, major: int, settings: Mapping[str, str], prediction: Prediction) -> Remedy | None:
    """Try what the scenario offers to change, wal_keep_size segment by segment; None if nothing of it helps."""
    offered = {condition.name: condition.values for condition in scenario.conditions}
    if KEEP in offered:
        found = _smallest_keep(scenario, major, settings, prediction)
        if found is not None:
            return found
    for name, values in offered.items():
        for value in values:
            if name != KEEP and settings.get(name) != value and _saves(scenario, major, {**settings, name: value}):
                return Remedy(name, value)
    return None


def _saves(scenario: Scenario, major: int, settings: Mapping[str, str]) -> bool:
    try:
        return judge(play.predict(scenario, major, settings)).ok
    except (InvalidValue, UnmodelledParameter):
        return False


def _smallest_keep(
    scenario: Scenario, major: int, settings: Mapping[str, str], prediction: Prediction
) -> Remedy | None:
    """More kept WAL never hurts a backup, so halving finds the smallest amount."""
    size = prediction.run.segment_size
    first, last = prediction.worlds[0].primary, prediction.worlds[-1].primary
    server = first.server
    now = server.limits.keep_segments if server is not None else 0
    low, high = now, now + (last.data.wal_end - first.data.wal_end) // size + 2

    def with_keep(segments: int) -> dict[str, str]:
        return {**settings, KEEP: f"{segments * size // MB}MB"}

    if not _saves(scenario, major, with_keep(high)):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if _saves(scenario, major, with_keep(middle)):
            high = middle
        else:
            low = middle
    facts = version(major)
    name = facts.wal_keep_parameter
    value = f"{high * size // MB}MB" if name == KEEP else str(high)
    return Remedy(name, value, f"{(high - now) * size // MB} MB")
