"""What the report guarantees, held against the model: backups and slots are played in a World, checkpoints by whim."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from inspection.model import FIRST_NEEDED, safe_for_fetch, safe_for_slot, segments_kept, typical_for_fetch
from simulator import commands as c
from simulator import wal
from simulator.cluster import Cluster, Control, DataDirectory, Pages, Server
from simulator.lsn import MB
from simulator.pg_wal import PgWal, span_files
from simulator.play import first_world
from simulator.records import CheckpointPlace
from simulator.retention import NO_LIMIT
from simulator.settings import ServerSettings
from simulator.step import perform
from simulator.sweep import FIRST_RECORD, Load, Start, checkpoints
from simulator.versions import KNOWN, version
from simulator.world import World
from tests.simulator.plans import plan

SIZE = MB
RECORDS = 400
"""More than the records of one checkpoint."""


@dataclass(frozen=True, slots=True)
class Case:
    """A server's settings, and what is written into it: parts of the amount, each with a checkpoint or without."""

    number: int
    settings: dict[str, str]
    parts: tuple[tuple[int, bool], ...]


@st.composite
def servers(draw: st.DrawFn) -> Case:
    number = draw(st.sampled_from(KNOWN))
    facts = version(number)
    keep = draw(st.integers(0, 12))
    chosen = {
        "wal_keep_size": f"{keep}MB",
        "max_wal_size": f"{draw(st.integers(2, 40))}MB",
        "checkpoint_completion_target": str(draw(st.sampled_from([0.0, 0.5, 0.9, 1.0]))),
    }
    if facts.slot_loss:
        chosen["max_slot_wal_keep_size"] = draw(st.sampled_from(["-1", "0", "1MB", "5MB", "20MB"]))
    parts = draw(st.lists(st.tuples(st.integers(1, 100), st.booleans()), max_size=6))
    return Case(number, chosen, tuple(parts))


def _begin(server: Case) -> World:
    return first_world(plan(server.number), server.number, server.settings)


def _do(world: World, command: c.Command) -> World:
    left: c.Command | None = command
    while left is not None:
        outcome = perform(world, left)
        world, left = outcome.world, outcome.rest
    return world


def _write_up_to(world: World, limit: int, parts: tuple[tuple[int, bool], ...]) -> World:
    """Write in parts, with checkpoints between them, until the write position is at the limit."""
    for percent, checkpoint in parts:
        room = limit - world.primary.data.wal_end - RECORDS
        if room > RECORDS:
            world = _do(world, c.WriteWal(max(1, room * percent // 100)))
            world = _do(world, c.Checkpoint()) if checkpoint else world
    room = limit - world.primary.data.wal_end
    return _do(world, c.WriteWal(room)) if room > 0 else world


def _fetch_begins(server: Case) -> tuple[World, int]:
    world = _do(_begin(server), c.PgBasebackup("/backup/base", wal_method="fetch", checkpoint="fast", client="one"))
    client = world.client("one")
    assert client is not None
    assert client.label is not None
    return world, client.label.redo_lsn


@settings(deadline=None)
@given(servers())
def test_a_fetch_backup_never_loses_what_is_guaranteed(server: Case) -> None:
    """Exactly the guaranteed amount, in any parts and with any checkpoints: the backup is complete."""
    world, begin = _fetch_begins(server)
    live = world.primary.live
    safe = safe_for_fetch(version(server.number), live.limits, SIZE)
    assume(safe)
    world = _write_up_to(world, begin + safe, server.parts)
    assert perform(world, c.ClientFinishes("one")).exit_code == 0


@settings(deadline=None)
@given(servers())
def test_two_segments_more_can_lose_it(server: Case) -> None:
    """The guarantee is no smaller than it must be: a checkpoint at the wrong moment is enough."""
    world, begin = _fetch_begins(server)
    safe = safe_for_fetch(version(server.number), world.primary.live.limits, SIZE)
    world = _do(_write_up_to(world, begin + safe + 2 * SIZE, server.parts), c.Checkpoint())
    assert perform(world, c.ClientFinishes("one")).exit_code == 1


@settings(deadline=None)
@given(servers())
def test_a_slot_is_never_lost_within_its_allowance(server: Case) -> None:
    world = _do(_begin(server), c.SlotCreate("s", reserve=True))
    slot = world.primary.data.slot("s")
    assert slot is not None
    assert slot.restart_lsn is not None
    safe = safe_for_slot(version(server.number), world.primary.live.limits, SIZE)
    world = _write_up_to(world, slot.restart_lsn + (30 * SIZE if safe is None else safe), server.parts)
    world = _do(world, c.Checkpoint())
    after = world.primary.data.slot("s")
    assert after is not None
    assert not after.lost


@settings(deadline=None)
@given(servers())
def test_two_segments_beyond_its_allowance_a_slot_is_lost(server: Case) -> None:
    world = _do(_begin(server), c.SlotCreate("s", reserve=True))
    slot = world.primary.data.slot("s")
    assert slot is not None
    assert slot.restart_lsn is not None
    safe = safe_for_slot(version(server.number), world.primary.live.limits, SIZE)
    if safe is None:
        limit = server.settings.get("max_slot_wal_keep_size", "-1")
        assert limit == "-1"
        return
    world = _do(_write_up_to(world, slot.restart_lsn + safe + 2 * SIZE, server.parts), c.Checkpoint())
    after = world.primary.data.slot("s")
    assert after is not None
    assert after.lost


@settings(deadline=None)
@given(servers(), st.integers(1, 4096), st.sampled_from([30.0, 300.0]))
def test_the_typical_amount_is_that_of_the_first_checkpoint_that_takes_the_first_segment(
    server: Case, kilobytes: int, timeout: float
) -> None:
    """The steady load is replayed on the machine that the recordings prove: there until then, gone with it."""
    live = _begin(server).primary.live
    load = Load(version(server.number), live.limits, SIZE, kilobytes * 1024.0, timeout)
    typical = typical_for_fetch(load)
    assert typical is not None
    begin = FIRST_NEEDED * SIZE + FIRST_RECORD
    cluster = _machine(server, begin)
    first = span_files(1, FIRST_NEEDED, FIRST_NEEDED + 1)
    rows = checkpoints(load, Start(begin, 0.0, FIRST_NEEDED, FIRST_NEEDED), typical.seconds + 1)
    for done_at, redo, end, *_ in rows:
        assert first & cluster.data.pg_wal.segments
        cluster = wal.write_to(cluster, redo)
        cluster, _done = wal.checkpoint(cluster, CheckpointPlace(redo, redo, end))
        if (end - begin, done_at) == (typical.bytes, typical.seconds):
            break
    assert not first & cluster.data.pg_wal.segments


def _machine(server: Case, begin: int) -> Cluster:
    live = _begin(server).primary.live
    data = DataDirectory(
        facts=version(server.number),
        segment_size=SIZE,
        system_identifier=0,
        settings=ServerSettings.initial(server.number, SIZE),
        control=Control("in production", begin, begin, 1),
        pg_wal=PgWal(span_files(1, FIRST_NEEDED, FIRST_NEEDED + 1)),
        wal_end=begin,
        pages=Pages(begin, begin),
    )
    return Cluster("/pgdata", data, Server(live.limits))


@given(servers())
def test_the_typical_amount_is_never_less_than_what_is_guaranteed(server: Case) -> None:
    limits = _begin(server).primary.live.limits
    facts = version(server.number)
    typical = typical_for_fetch(Load(facts, limits, SIZE, 1024.0 * 1024, 300.0))
    assert typical is not None
    assert typical.bytes >= safe_for_fetch(facts, limits, SIZE)


def test_without_a_limit_a_slot_may_fall_behind_for_ever() -> None:
    for number in KNOWN:
        limits = _begin(Case(number, {}, ())).primary.live.limits
        assert limits.slot_limit == NO_LIMIT
        assert segments_kept(version(number), limits, slot=True) is None
        assert segments_kept(version(number), limits, slot=False) == 0
