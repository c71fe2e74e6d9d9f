"""What came of a run: is every backup that was taken restorable, and what is the smallest change that saves it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator import play
from simulator.cluster import Cluster
from simulator.commands import PgBasebackup, PgDump, PgDumpall
from simulator.events import CopyMade, Event, ServerNotStarted, ServerPanicked, ServerStarted, SlotLost, StandbyWaits
from simulator.lsn import MB
from simulator.play import Prediction
from simulator.restorable import Restorability, restorability
from simulator.scenario import Scenario
from simulator.settings import InvalidValue, UnmodelledParameter
from simulator.versions import version
from simulator.world import PRIMARY, World

KEEP = "wal_keep_size"
# wal_keep_size is tried segment by segment; to switch the archive off would hide a trouble, not cure it.
NO_CURES = frozenset({KEEP, "archive_mode"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """Good or not, and the sentence that says why: a key of texts/verdict.toml and what it names."""

    ok: bool
    key: str
    facts: Mapping[str, str] = field(default_factory=dict)
    backup: Restorability | None = None
    """The backup that decided it: then its own sentence is said instead."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """The smallest value of one setting with which all is well."""

    name: str
    value: str
    more: str = ""
    """How much more that is than now, where that can be said."""


def judge(prediction: Prediction) -> Judgement:
    """The worst that is still so at the end decides."""
    last = prediction.worlds[-1]
    return (
        _server_down(prediction)
        or _waiting(last)
        or _lost_followers(prediction)
        or _backups(prediction)
        or _archive(last)
        or _restored(prediction)
        or _recovered(prediction)
        or Judgement(True, "nothing_lost")
    )


def _events(prediction: Prediction) -> list[Event]:
    return [event for step in prediction.run.steps for event in step.events]


def _server_down(prediction: Prediction) -> Judgement | None:
    """A server that would not start, or that died, and was not brought up again."""
    down: dict[str, Judgement] = {}
    for event in _events(prediction):
        match event:
            case ServerPanicked(directory=path):
                down[path] = Judgement(False, "panicked")
            case ServerNotStarted(directory=path):
                down[path] = Judgement(False, "not_started", {"path": path})
            case ServerStarted(directory=path):
                down.pop(path, None)
            case _:
                pass
    return next(iter(down.values()), None)


def _waiting(last: World) -> Judgement | None:
    waiting = next((client for client in last.clients if client.phase == "waiting"), None)
    return Judgement(False, "waits") if waiting else None


def _lost_followers(prediction: Prediction) -> Judgement | None:
    for event in _events(prediction):
        match event:
            case SlotLost(slot=name):
                return Judgement(False, "slot_lost", {"name": name})
            case StandbyWaits(directory=path, file=file):
                return Judgement(False, "standby_waits", {"path": path, "file": file})
            case _:
                pass
    return None


def _backups(prediction: Prediction) -> Judgement | None:
    """Each backup as it was before anybody started a server on it."""
    answers = [_answer(prediction, path) for path in _taken(prediction)]
    bad = next((answer for answer in answers if not answer.restorable), None)
    if bad is not None:
        key = "failed" if bad.reason == "nothing_there" else bad.reason
        return Judgement(False, key, {"path": bad.path}, None if key == "failed" else bad)
    if answers and not _restored(prediction):
        return Judgement(True, answers[-1].reason, backup=answers[-1])
    return None


def _answer(prediction: Prediction, path: str) -> Restorability:
    for index, step in enumerate(prediction.run.steps):
        if any(isinstance(e, ServerStarted | ServerNotStarted) and e.directory == path for e in step.events):
            return restorability(prediction.worlds[index], path)
    return restorability(prediction.worlds[-1], path)


def _archive(last: World) -> Judgement | None:
    stuck = last.primary.running and last.archive.last_failed
    return Judgement(False, "archive_stuck", {"file": last.archive.last_failed}) if stuck else None


def _restored(prediction: Prediction) -> Judgement | None:
    """A server that came up on a backup."""
    taken = set(_taken(prediction))
    started = [e.directory for e in _events(prediction) if isinstance(e, ServerStarted) and e.directory in taken]
    return Judgement(True, "restored", {"path": started[-1]}) if started else None


def _recovered(prediction: Prediction) -> Judgement | None:
    fell = any(isinstance(event, ServerNotStarted | ServerPanicked) for event in _events(prediction))
    return Judgement(True, "recovered") if fell else None


def _taken(prediction: Prediction) -> list[str]:
    """Where the backups of this run are, in the order in which they were taken."""
    found: list[str] = []
    for index, step in enumerate(prediction.run.steps):
        match step.command:
            case PgBasebackup(directory=path):
                found.append(path)
            case PgDump(file=path) | PgDumpall(file=path) if step.observation.exit_code == 0:
                found.append(path)
            case _:
                copied = [e.destination.rstrip("/") for e in step.events if isinstance(e, CopyMade)]
                after = prediction.worlds[index + 1]
                found += [path for path in copied if path != PRIMARY and isinstance(after.place(path), Cluster)]
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
            if (
                name not in NO_CURES
                and settings.get(name) != value
                and _saves(scenario, major, {**settings, name: value})
            ):
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
