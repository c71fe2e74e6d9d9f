"""One scenario on a real server, recorded; and the model's prediction of it from the same first moment."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from lab import NotHere, plans
from lab.backups import Backups
from lab.binaries import Installation, choose
from lab.callers import answering
from lab.clock import Clock
from lab.cluster import QUIET, Lab, throwaway
from lab.copying import Copies
from lab.deed import Deed
from lab.disk import plan_with_disk
from lab.first_look import first_look
from lab.limits import DEFAULTS, Limits, Wish, never
from lab.observe import Observer
from lab.perform import LOOKS_ONLY, Performer
from lab.progress import Begun, Performed, Tell, nobody
from lab.tickets import turn
from simulator.commands import ClientFinishes, Command
from simulator.observation import Observation, Run, Step
from simulator.play import done_of
from simulator.recording import Reality, Recording, held_against, predicted
from simulator.scenario import Planned, Scenario

CLIENT_WORDS = frozenset({"stdout", "stderr"})


def lab_run(
    scenario: Scenario,
    wanted: int | None = None,
    *,
    tell: Tell = nobody,
    limits: Limits = DEFAULTS,
    cancelled: Wish = never,
) -> Reality:
    """Perform it, predict it, compare.

    Raises NoServer, NotHere (for the whole of it), LimitReached, Cancelled or ToolFailed.
    """
    return held_against(record(scenario, wanted, tell=tell, limits=limits, cancelled=cancelled))


def record(
    scenario: Scenario,
    wanted: int | None = None,
    *,
    tell: Tell = nobody,
    limits: Limits = DEFAULTS,
    cancelled: Wish = never,
) -> Recording:
    """Perform it and write down what is seen.  Raises as `lab_run`."""
    if not scenario.lab:
        raise NotHere("not_for_a_lab")
    installation = choose(wanted, scenario.server.versions)
    if not {installation.major} & scenario.server.versions:
        raise NotHere("other_major", majors=", ".join(map(str, sorted(scenario.server.versions))))
    plans.check(scenario.server)
    with turn(tell, cancelled):
        tell(Begun(installation))
        begun = time.monotonic()
        with answering(), throwaway(installation, plan_with_disk(scenario), limits, cancelled) as lab:
            recording = Recorder(lab, scenario, tell).recorded()
    return replace(recording, seconds=time.monotonic() - begun)


@dataclass(slots=True)
class Recorder:
    lab: Lab
    scenario: Scenario
    tell: Tell

    def recorded(self) -> Recording:
        lab, scenario, installation = self.lab, self.scenario, self.lab.installation
        observer = Observer(lab)
        seen = observer.look(Deed())
        first = first_look(lab, seen)
        prediction = predicted(scenario, installation.major, QUIET, first)
        backups, clock = Backups(lab), Clock(lab, prediction.worlds[0])
        performer = Performer(lab, backups, Copies(lab), clock)
        try:
            steps, not_here = self.steps(observer, performer, seen, len(prediction.run.steps))
        finally:
            backups.end()
        assert seen.wal_lsn is not None
        major, size = installation.major, lab.plan.segment_size
        return Recording(
            scenario=scenario,
            major=major,
            release=installation.release,
            origin=installation.origin,
            clients=installation.borrowed or major,
            settings=QUIET,
            first=first,
            run=Run("server", scenario.id, major, size, seen.wal_lsn, tuple(steps)),
            reason=not_here.code if not_here else "",
            facts={name: str(fact) for name, fact in not_here.facts.items()} if not_here else {},
            seconds=0.0,
            date=datetime.now(UTC).date().isoformat(),
        )

    def steps(
        self, observer: Observer, performer: Performer, last: Observation, length: int
    ) -> tuple[list[Step], NotHere | None]:
        """Perform the timeline; stops at the first command that changes something and cannot be performed here."""
        steps: list[Step] = []
        not_here: NotHere | None = None
        for planned in self.scenario.planned(self.lab.installation.major):
            command: Command | None = planned.command
            performer.clock.foresee(planned)
            if isinstance(command, ClientFinishes) and not performer.known(command.client):
                continue
            while command is not None:
                try:
                    deed = performer.perform(command)
                except NotHere as reason:
                    not_here = not_here or reason
                    if not isinstance(command, LOOKS_ONLY):
                        return steps, reason
                    steps.append(_skipped(_step(replace(planned, command=command), last, frozenset()), reason, last))
                    break
                last = observer.look(deed, performer.under_way())
                now = replace(planned, command=done_of(command, deed.rest))
                steps.append(_step(now, last, deed.unknown | _borrowed(self.lab.installation)))
                self.tell(Performed(steps[-1], len(steps), length))
                command = deed.rest
        return steps, not_here


def _borrowed(installation: Installation) -> frozenset[str]:
    """Another major's clients have another wording: what they print says nothing about the prediction."""
    return CLIENT_WORDS if installation.borrowed else frozenset()


def _step(planned: Planned, seen: Observation, unknown: frozenset[str]) -> Step:
    return Step(planned.command, planned.typed, (), seen, planned.entry, planned.depth, unknown=unknown)


def _skipped(step: Step, reason: NotHere, seen: Observation) -> Step:
    nothing = replace(seen, exit_code=None, stdout=(), stderr=(), server_log=())
    return replace(step, events=(), observation=nothing, skipped=reason.code)
