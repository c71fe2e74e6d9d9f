"""Recorded starts, and what is done to a server in recovery."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import dropwhile

from simulator import wal
from simulator.cluster import Cluster
from simulator.frozen import replace
from simulator.lsn import parse_lsn
from simulator.records import CheckpointPlace, insert, shutdown_checkpoint
from simulator.recovery import server as recovery_server
from simulator.recovery.ending import Ended, go_on
from simulator.recovery.journal import END_OF_RECOVERY, ONLINE, SHUTDOWN
from simulator.recovery.request import request_of
from simulator.recovery.server import Outcome
from simulator.recovery.state import Recovery, Sources
from simulator.replay_recovery.records import end_of, journaled, place_of
from simulator.replay_recovery.world import Json, Machine, World, sources
from simulator.replay_recovery.writing import archived, confirmed, settled
from simulator.settings import ServerSettings
from simulator.settings_start import startup_errors
from simulator.settings_table import parameters

_EPOCH = datetime(2001, 1, 1)  # noqa: DTZ001  a time without a zone, as the setting has it


_IN_RECOVERY = {"paused": "paused", "waiting": "waiting", "refusing": "waiting, refusing connections"}
Act = Callable[[Recovery, Sources], Outcome]


def written_time(text: str) -> str:
    """The recording's '@microseconds' as a timestamp that the setting takes."""
    if not text.startswith("@"):
        return text
    return (_EPOCH + timedelta(microseconds=int(text[1:]))).isoformat(sep=" ", timespec="microseconds")


def moment(text: str) -> int:
    """Microseconds since the recording began."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)


def settings_of(machine: Machine) -> ServerSettings:
    """postgresql.conf and postgresql.auto.conf of a server."""
    known = parameters(machine.place.data.facts.major)
    lines = {name: value for name, value in machine.auto_conf.items() if name in known}
    if "recovery_target_time" in lines:
        lines["recovery_target_time"] = written_time(lines["recovery_target_time"])
    return replace(machine.conf, auto_conf=tuple(lines.items()))


def start(world: World, action: Json) -> World:
    """pg_ctl start."""
    name = action["server"]
    machine = world.machine(name)
    settings = settings_of(machine)
    errors = startup_errors(settings)
    if errors:  # an old postmaster.pid has not been looked at yet
        told = tuple(dropwhile(lambda line: not line.startswith("FATAL"), errors))  # before that nobody keeps a log
        return world.answer(result="exited", exit_code=1, log=told)
    machine = replace(machine, pid_file=False)
    place = machine.place.with_data(settings=settings.restarted())
    machine = replace(machine, place=place)
    request = request_of(place.data.signals, place.data.settings, moment)
    outcome = recovery_server.start(place, request, sources(world, machine))
    return _after(world.with_machine(name, machine), action, outcome)


def _after(world: World, action: Json, outcome: Outcome) -> World:
    """Take over what came of it, and show it."""
    name = action["server"]
    machine = replace(world.machine(name), place=outcome.place, recovery=None, server=None)
    world = world.answer(log=outcome.log)
    line = recovery_server.read_only_line(outcome.recovery)
    if line:
        world = world.answer(log_async=line)
    if outcome.result == "exited":
        return world.with_machine(name, machine).answer(result="exited", exit_code=outcome.exit_code)
    if outcome.result == "clean":
        world = _clean(world.with_machine(name, machine), action, outcome.recovery)
        return world.answer(result="running", checkpoints=[])
    if outcome.ended is not None:
        world = _ended(world.with_machine(name, machine), action, outcome.ended)
        return world.answer(result="running", checkpoints=[outcome.ended.words])
    machine = replace(machine, recovery=outcome.recovery)
    return confirmed(archived(world.with_machine(name, machine), name), name).answer(
        result=_IN_RECOVERY[outcome.result], checkpoints=[]
    )


def _new_branch(world: World, name: str, parent: str, at: int, timeline: int) -> tuple[World, str]:
    """A server that begins to write is a writer of its own."""
    branch = f"{name}/{world.branches + 1}"
    journal = world.journal.forked(branch, parent, at, timeline)
    return replace(world, journal=journal, branches=world.branches + 1), branch


def _clean(world: World, action: Json, recovery: Recovery) -> World:
    """Nothing to replay: it goes on behind its shutdown checkpoint."""
    name, record = action["server"], recovery.checkpoint
    assert record is not None
    machine = world.machine(name)
    world, branch = _new_branch(world, name, recovery.read_branch, record.end, record.timeline)
    machine = replace(machine, place=replace(machine.place.with_data(wal_end=record.end), branch=branch))
    cluster = wal.start_cleanly(machine.place.data, "$PGDATA")
    world = journaled(world.with_machine(name, machine.running(cluster)), name, action)
    return _rest(world, action)


def _ended(world: World, action: Json, ended: Ended) -> World:
    """The end-of-recovery checkpoint, or record and checkpoint, at their recorded places."""
    name, size = action["server"], world.size
    machine = world.machine(name)
    place, record_end = _places(action, ended, size)
    cluster, files = go_on(ended, "$PGDATA", place, record_end)
    world, branch = _new_branch(world, name, ended.branch, ended.end, ended.timeline)
    before = replace(machine.place, data=replace(machine.place.data, wal_end=ended.end), files=files, branch=branch)
    world = world.with_machine(name, replace(machine, place=before).running(cluster, branch))
    world = journaled(world, name, action, previous=ended.recovery.replayed_timeline)
    return _rest(world, action)


def _rest(world: World, action: Json) -> World:
    """What it wrote besides, and the archiver."""
    name, rows = action["server"], action.get("wal", [])
    machine = world.machine(name)
    cluster: Cluster = machine.cluster
    if rows:
        cluster = wal.write_to(cluster, end_of(rows, world.size))
    return settled(world.with_machine(name, machine.running(cluster)), name)


def _places(action: Json, ended: Ended, size: int) -> tuple[CheckpointPlace, int]:
    """Where the recorded server put its records; where it wrote none, they lie where they must."""
    rows = action.get("wal", [])
    kind = ONLINE if ended.promoted else SHUTDOWN
    found = next((place_of(row) for row in rows if row["r"] == kind), None)
    record_end = next((parse_lsn(row["e"]) for row in rows if row["r"] == END_OF_RECOVERY), ended.end)
    if found is None:
        found = shutdown_checkpoint(insert(record_end, 0, size).end, size)
    return found, record_end


def resume(world: World, action: Json) -> World:
    """pg_wal_replay_resume()."""
    return _in_recovery(world, action, recovery_server.resume)


def promote(world: World, action: Json) -> World:
    """pg_promote()."""
    outcome = _in_recovery(world, action, recovery_server.promote)
    if outcome.answers.get("result") == "paused":
        return outcome.answer(result="waiting")
    return outcome


def _in_recovery(world: World, action: Json, act: Act) -> World:
    machine = world.machine(action["server"])
    if machine.recovery is None:  # the prediction went wrong before
        return world
    outcome = act(replace(machine.recovery, log=()), sources(world, machine))
    return _after(world, action, outcome)


def catchup(world: World, action: Json) -> World:
    """A standby is given time."""
    name = action["server"]
    machine = world.machine(name)
    if machine.recovery is None:
        return world
    outcome = recovery_server.catch_up(replace(machine.recovery, log=()), sources(world, machine))
    if outcome.result in ("exited", "ended"):
        return _after(world, action, outcome)
    recovery = replace(outcome.recovery, log=())
    world = archived(world.with_machine(name, replace(machine, recovery=recovery, place=outcome.place)), name)
    world = confirmed(world, name)
    primary = world.machines.get(action["primary"])
    rows = [] if primary is None else [[slot.name, slot.active] for slot in primary.place.data.slots]
    status = ["streaming"] if recovery.receiving else ["waiting"] if recovery.at_end else []
    return world.answer(log=outcome.log, receiver=status, slots=rows)
