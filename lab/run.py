"""One scenario on a real server, and the model's prediction of it from the same first moment."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from lab import NotHere
from lab.backups import Backups
from lab.binaries import Installation, choose
from lab.cluster import Lab, throwaway
from lab.copying import Copies
from lab.deed import Deed
from lab.first_world import first_world, look_further
from lab.observe import Observer
from lab.perform import LOOKS_ONLY, Performer
from simulator.commands import ClientFinishes, Command
from simulator.observation import Difference, Observation, Run, Step, compare
from simulator.play import Prediction, play
from simulator.scenario import Planned, Scenario

CLIENT_WORDS = frozenset({"stdout", "stderr"})


@dataclass(frozen=True, slots=True)
class Reality:
    """What came of it: both runs, field by field, and what was not performed with its reason."""

    run: Run
    prediction: Prediction
    differences: tuple[Difference, ...]
    not_here: NotHere | None
    installation: Installation
    seconds: float

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
        """Fields that were not compared."""
        return sum(difference.equal is None for difference in self.differences)


def lab_run(scenario: Scenario, wanted: int | None = None) -> Reality:
    """Perform it, predict it, compare.  Raises NoServer, NotHere (for the whole of it) or ToolFailed."""
    if not scenario.lab:
        raise NotHere("not_for_a_lab")
    installation = choose(wanted, scenario.server.versions)
    if not {installation.major} & scenario.server.versions:
        raise NotHere("other_major", majors=", ".join(map(str, sorted(scenario.server.versions))))
    begun = time.monotonic()
    with throwaway(installation, scenario.server) as lab:
        run, prediction, not_here = _both(lab, scenario)
    found = tuple(compare(prediction.run, run))
    return Reality(run, prediction, found, not_here, installation, time.monotonic() - begun)


def _both(lab: Lab, scenario: Scenario) -> tuple[Run, Prediction, NotHere | None]:
    observer = Observer(lab)
    first = observer.look(Deed())
    prediction = play(scenario, first_world(lab, first, look_further(lab)))
    backups = Backups(lab)
    try:
        steps, not_here = _steps(lab, scenario, observer, Performer(lab, backups, Copies(lab)), first)
    finally:
        backups.end()
    assert first.wal_lsn is not None
    major, size = lab.installation.major, lab.plan.segment_size
    run = Run("server", scenario.id, major, size, first.wal_lsn, tuple(steps))
    missing = prediction.run.steps[len(steps) :] if not_here is not None else ()
    skipped = tuple(_skipped(step, not_here, first) for step in missing)
    return replace(run, steps=(*run.steps, *skipped)), prediction, not_here


def _steps(
    lab: Lab, scenario: Scenario, observer: Observer, performer: Performer, last: Observation
) -> tuple[list[Step], NotHere | None]:
    """Perform the timeline; stops at the first command that changes something and cannot be performed here."""
    steps: list[Step] = []
    not_here: NotHere | None = None
    for planned in scenario.planned(lab.installation.major):
        command: Command | None = planned.command
        if isinstance(command, ClientFinishes) and not performer.known(command.client):
            continue
        while command is not None:
            now = replace(planned, command=command)
            try:
                deed = performer.perform(command)
            except NotHere as reason:
                not_here = not_here or reason
                if not isinstance(command, LOOKS_ONLY):
                    return steps, reason
                steps.append(_skipped(_step(now, last, frozenset()), reason, last))
                break
            last = observer.look(deed, performer.under_way())
            steps.append(_step(now, last, deed.unknown | _borrowed(lab)))
            command = deed.rest
    return steps, not_here


def _borrowed(lab: Lab) -> frozenset[str]:
    """Another major's clients have another wording: what they print says nothing about the prediction."""
    return CLIENT_WORDS if lab.installation.borrowed else frozenset()


def _step(planned: Planned, seen: Observation, unknown: frozenset[str]) -> Step:
    return Step(planned.command, planned.typed, (), seen, planned.entry, planned.depth, unknown=unknown)


def _skipped(step: Step, reason: NotHere | None, seen: Observation) -> Step:
    nothing = replace(seen, exit_code=None, stdout=(), stderr=(), server_log=())
    return replace(step, events=(), observation=nothing, skipped=reason.code if reason else "skipped")
