"""Was the ending reached?  Each condition of a scenario's `ending` is asked of the prediction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from simulator.cluster import Cluster
from simulator.commands import ClientFinishes
from simulator.events import BackupStarted, WalLost
from simulator.observation import Run, Step
from simulator.pg_wal import PgWal, file_name
from simulator.play import Prediction
from simulator.restorable import restorability
from simulator.scenario import Check, Scenario
from simulator.world import World, rows_at


@dataclass(frozen=True, slots=True)
class Verdict:
    """One condition: was it met, and what was found."""

    check: Check
    met: bool
    found: str


@dataclass(frozen=True, slots=True)
class _Ended:
    scenario: Scenario
    prediction: Prediction

    @property
    def world(self) -> World:
        return self.prediction.worlds[-1]

    def step(self, name: str) -> Step | None:
        """The step of that name."""
        return step_asked(self.scenario, self.prediction.run, name)

    def text(self, facts: Mapping[str, object]) -> str:
        """The expected text; {first_needed} stands for the first segment that the last backup needs."""
        starts = [e for s in self.prediction.run.steps for e in s.events if isinstance(e, BackupStarted)]
        size = self.world.primary.data.segment_size
        first = file_name(starts[-1].files.numbers.first, size) if starts else ""
        return str(facts["is"]).replace("{first_needed}", first)


def step_asked(scenario: Scenario, run: Run, name: str) -> Step | None:
    """The last step of the entry of that name; without a name the last thing typed or finished."""
    if name:
        entries = {each.entry for each in scenario.planned(run.major) if each.name == name}
        mine = [step for step in run.steps if step.entry in entries]
        return mine[-1] if mine else None
    typed = [step for step in run.steps if step.typed or isinstance(step.command, ClientFinishes)]
    return typed[-1] if typed else None


def evaluate(scenario: Scenario, prediction: Prediction) -> list[Verdict]:
    """Ask every condition that names the run's major."""
    ended = _Ended(scenario, prediction)
    major = prediction.run.major
    return [_ask(ended, check) for check in scenario.ending if major in check.majors]


def met(checks: Iterable[Check], scenario: Scenario, prediction: Prediction) -> bool:
    """Are all of these conditions met, as far as they name the run's major?"""
    ended = _Ended(scenario, prediction)
    return all(_ask(ended, check).met for check in checks if prediction.run.major in check.majors)


def reached(scenario: Scenario, prediction: Prediction) -> bool:
    """Are all conditions met?"""
    return all(verdict.met for verdict in evaluate(scenario, prediction))


def _ask(ended: _Ended, check: Check) -> Verdict:
    found, met = _CHECKS[check.kind](ended, check.facts)
    return Verdict(check, met, found)


Answer = tuple[str, bool]
Facts = Mapping[str, object]


def _exit(ended: _Ended, facts: Facts) -> Answer:
    step = ended.step(str(facts.get("of", "")))
    code = step.observation.exit_code if step else None
    return f"exit {code}", code == facts["is"]


def _waits(ended: _Ended, facts: Facts) -> Answer:
    step = ended.step(str(facts.get("of", "")))
    waiting = step is not None and step.observation.exit_code is None
    return "waiting" if waiting else "not waiting", waiting == facts["is"]


def _output(field: str) -> Callable[[_Ended, Facts], Answer]:
    def ask(ended: _Ended, facts: Facts) -> Answer:
        step = ended.step(str(facts.get("of", "")))
        lines = getattr(step.observation, field) if step else ()
        wanted = ended.text(facts)
        text = "\n".join(lines)
        return text or "-", wanted in text

    return ask


def _log(ended: _Ended, facts: Facts) -> Answer:
    wanted = ended.text(facts)
    lines = [line for step in ended.prediction.run.steps for line in step.observation.server_log]
    return (lines[-1] if lines else "-"), any(wanted in line for line in lines)


def _restorable(ended: _Ended, facts: Facts) -> Answer:
    answer = restorability(ended.world, str(facts["backup"]))
    met = answer.restorable == facts.get("is", True)
    if "reason" in facts:
        met = met and answer.reason == facts["reason"]
    if "missing" in facts:
        met = met and len(answer.missing.numbers) == facts["missing"]
    return f"{answer.reason}, missing {answer.missing}", met


def _slot(ended: _Ended, facts: Facts) -> Answer:
    cluster = ended.world.primary
    slot = cluster.data.slot(str(facts["name"]))
    if slot is None:
        return "no such slot", facts.get("status") == "absent"
    last = ended.prediction.run.steps[-1].observation.slots or ()
    row = next((row for row in last if row.name == slot.name), None)
    status = (row.wal_status if row else None) or ("lost" if slot.lost else "reserved")
    return status, status == facts.get("status")


def _server(ended: _Ended, facts: Facts) -> Answer:
    state = "running" if ended.world.primary.running else "down"
    return state, state == facts["is"]


def _events(ended: _Ended) -> list[str]:
    return [event.code for step in ended.prediction.run.steps for event in step.events]


def _event(ended: _Ended, facts: Facts) -> Answer:
    happened = facts["is"] in _events(ended)
    return "happened" if happened else "did not happen", happened


def _no_event(ended: _Ended, facts: Facts) -> Answer:
    found, happened = _event(ended, facts)
    return found, not happened


def _segments(ended: _Ended, facts: Facts) -> Answer:
    """Segment files in pg_wal: at_least, at_most."""
    count = len(ended.world.primary.data.pg_wal.segments)
    low, high = facts.get("at_least", 0), facts.get("at_most", 1 << 60)
    assert isinstance(low, int)
    assert isinstance(high, int)
    return f"{count} segments", low <= count <= high


def _rows(ended: _Ended, facts: Facts) -> Answer:
    """Rows of a table on a running server: `table` database.name, `is`, and `at` for a path other than PGDATA."""
    place = ended.world.place(str(facts.get("at", "/pgdata")))
    if not isinstance(place, Cluster) or not place.running:
        return "no server runs there", False
    database, _, name = str(facts["table"]).partition(".")
    standby = next((each for each in ended.world.standbys if each.path == place.path), None)
    end = standby.replay_lsn if standby else place.data.wal_end
    count = rows_at(ended.world, end, place.data.timeline).get((database, name))
    return f"{count} rows", count == facts["is"]


def _lost(ended: _Ended, facts: Facts) -> Answer:
    lost = [e for s in ended.prediction.run.steps for e in s.events if isinstance(e, WalLost)]
    return (f"lost {lost[0].files}" if lost else "nothing lost"), bool(lost) == facts["is"]


def _exists(ended: _Ended, facts: Facts) -> Answer:
    """Something at a path, or one of the small files in a data directory that decide how it starts."""
    path = str(facts["is"])
    there = ended.world.place(path) is not None
    directory, _, file = path.rpartition("/")
    if directory == ended.world.archive.path:
        archive, size = ended.world.archive, ended.world.primary.data.segment_size
        there = file in PgWal(segments=archive.segments, others=archive.others).listing(size)
    place = ended.world.place(directory)
    if isinstance(place, Cluster):
        data = place.data
        there = (
            there
            or file in data.signals
            or bool(
                {
                    "backup_label": data.label,
                    "backup_label.old": data.label_renamed,
                    "tablespace_map": data.tablespace_map,
                    "backup_manifest": data.manifest,
                }.get(file)
            )
        )
    return "exists" if there else "absent", there


def _absent(ended: _Ended, facts: Facts) -> Answer:
    found, there = _exists(ended, facts)
    return found, not there


_CHECKS: Mapping[str, Callable[[_Ended, Facts], Answer]] = {
    "exit": _exit,
    "stderr": _output("stderr"),
    "stdout": _output("stdout"),
    "log": _log,
    "restorable": _restorable,
    "slot": _slot,
    "server": _server,
    "event": _event,
    "no_event": _no_event,
    "segments": _segments,
    "rows": _rows,
    "lost": _lost,
    "exists": _exists,
    "absent": _absent,
    "waits": _waits,
}
