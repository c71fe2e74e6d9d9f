"""Play a scenario in the model: the first world from its server plan, then one step after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from simulator import slots, wal
from simulator.archiver import drain
from simulator.cluster import Cluster, Control, DataDirectory, Pages, Server, WalLimits
from simulator.commands import ClientFinishes, Command, Wait, WriteWal
from simulator.frozen import replace
from simulator.observation import Observation, Run, Step, observe
from simulator.pg_wal import PgWal
from simulator.records import shutdown_checkpoint
from simulator.scenario import Planned, Scenario, ServerPlan
from simulator.settings import InvalidValue, ServerSettings
from simulator.settings_start import startup_errors
from simulator.sql import ROW_BYTES
from simulator.step import perform
from simulator.versions import version
from simulator.world import PRIMARY, Commit, Outcome, World

SYSTEM_IDENTIFIER = 7_300_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Prediction:
    """The model's run, and the world before the first and after every step (one more than steps)."""

    run: Run
    worlds: tuple[World, ...]


def initial_settings(
    plan: ServerPlan, major: int, overrides: Mapping[str, str], beside: Mapping[str, str] = MappingProxyType({})
) -> ServerSettings:
    """The plan's settings on top of those `beside` it, those of the dojo's archive, and what the learner changed.

    Raises InvalidValue or UnmodelledParameter for what a server would not take or not start with.
    """
    facts = version(major)
    wanted = {**beside, **plan.settings}
    if plan.archive_command:
        wanted.setdefault("archive_mode", "on")
        wanted.setdefault("archive_command", ARCHIVE_COMMAND)
    wanted |= overrides
    kept = wanted
    if not _KEEP.isdisjoint(wanted):
        kept = {facts.wal_keep_parameter if name in _KEEP else name: text for name, text in wanted.items()}
    if not facts.keep_is_a_size and facts.wal_keep_parameter in kept:
        kept[facts.wal_keep_parameter] = _as_segments(kept[facts.wal_keep_parameter], plan.segment_size)
    if not facts.slot_loss:
        kept.pop("max_slot_wal_keep_size", None)
    return _started_with(major, plan.segment_size, tuple(kept.items()))


@lru_cache(maxsize=256)
def _started_with(major: int, segment_size: int, conf: tuple[tuple[str, str], ...]) -> ServerSettings:
    settings = ServerSettings.initial(major, segment_size, dict(conf), data_directory=PRIMARY)
    complaints = startup_errors(settings)
    if complaints:
        raise InvalidValue(complaints[0].partition(":  ")[2])
    return settings


ARCHIVE_COMMAND = "test ! -f /archive/%f && cp %p /archive/%f"


_KEEP = {"wal_keep_size", "wal_keep_segments"}
"""The names that the parameter has had."""


def _as_segments(text: str, segment_size: int) -> str:
    """wal_keep_size on 12: the same amount as a number of segments."""
    probe = ServerSettings.initial(13, segment_size, {"wal_keep_size": text})
    return str(probe.size_bytes("wal_keep_size") // segment_size)


def first_world(plan: ServerPlan, major: int, overrides: Mapping[str, str]) -> World:
    """A server that was made by initdb, filled, and restarted cleanly: its estimate is 0, pg_wal is what it is then."""
    facts, settings = version(major), initial_settings(plan, major, overrides)
    size = plan.segment_size
    limits = WalLimits.of(settings, facts, size)
    rows = sum(sum(tables.values()) for tables in plan.databases.values())
    created = len(set(plan.databases) - {"postgres"}) * facts.create_database_bytes
    filled = facts.initdb_end_lsn + created + rows * ROW_BYTES
    place = shutdown_checkpoint(filled, size)
    control = Control("shut down", place.record, place.redo, 1)
    data = DataDirectory(
        facts=facts,
        segment_size=size,
        system_identifier=SYSTEM_IDENTIFIER,
        settings=settings,
        control=control,
        pg_wal=PgWal(),
        wal_end=place.redo // size * size,
        pages=Pages(place.redo, place.record),
    )
    empty = Cluster(PRIMARY, data, Server(replace(limits, archiving=False)))
    loaded = wal.write_to(empty, place.end)
    cluster = wal.start_cleanly(loaded.data, PRIMARY)
    for name in plan.slots:
        cluster = slots.create(cluster, name, reserve=True)
    commits = tuple(
        Commit(place.redo, 1, database, table, count)
        for database, tables in plan.databases.items()
        for table, count in tables.items()
    )
    databases = frozenset({"postgres", *plan.databases})
    world = World(cluster, commits=commits, databases=databases, disk_bytes=plan.disk_bytes)
    return drain(world).world


def predict(scenario: Scenario, major: int | None = None, overrides: Mapping[str, str] | None = None) -> Prediction:
    """Play a scenario on a major with settings changed.

    Raises UnknownVersion, InvalidValue or UnmodelledParameter; nothing else.
    """
    chosen = version(scenario.server.version if major is None else major).major
    return play(scenario, first_world(scenario.server, chosen, overrides or {}))


def play(scenario: Scenario, world: World) -> Prediction:
    """Play a scenario from a given first world."""
    worlds, steps = [world], []
    origin = world.primary.data.wal_end
    last: tuple[World, Observation] | None = None
    for planned, outcome in outcomes(world, scenario.planned(world.primary.data.facts.major)):
        world = outcome.world
        seen = observe(world, outcome, last)
        steps.append(Step(planned.command, planned.typed, outcome.events, seen, planned.entry, planned.depth))
        worlds.append(world)
        last = world, seen
    facts, size = world.primary.data.facts, world.primary.data.segment_size
    run = Run("model", scenario.id, facts.major, size, origin, tuple(steps))
    return Prediction(run, tuple(worlds))


def outcomes(world: World, timeline: Iterable[Planned]) -> Iterator[tuple[Planned, Outcome]]:
    """Perform one command after the other.

    A long write or wait is several steps; the end of a client that has already failed is none.
    """
    for planned in timeline:
        command: Command | None = planned.command
        if isinstance(command, ClientFinishes) and world.client(command.client) is None:
            continue
        while command is not None:
            outcome = perform(world, command)
            if outcome.rest is None and command is planned.command:
                yield planned, outcome
            else:
                yield replace(planned, command=done_of(command, outcome.rest)), outcome
            world, command = outcome.world, outcome.rest


def done_of(command: Command, rest: Command | None) -> Command:
    """The part of a long write or wait that this step has done."""
    if rest is None:
        return command
    match command, rest:
        case WriteWal(), WriteWal():
            return WriteWal(command.bytes - rest.bytes)
        case Wait(), Wait():
            return Wait(command.seconds - rest.seconds, command.rate)
        case _:
            return command
