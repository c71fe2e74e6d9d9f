"""What is called restorable starts, and what is called lost does not: the judgement against the start itself."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, note

from simulator import commands as c
from simulator.backup import EXCLUSIVE
from simulator.cluster import Cluster
from simulator.restorable import Restorability, restorability, unpacked
from simulator.settings_start import startup_errors
from simulator.step import perform
from simulator.world import PRIMARY, TarBackup, World
from tests.simulator.commanded import Tale, steps_of, tales

RESTORED = "/restored"
_ALONE = (("wal_level", "replica"), ("archive_mode", "off"), ("max_wal_senders", "0"), ("hot_standby", "off"))
"""Nobody reads during the recovery: hot standby would ask for as many WAL senders as the backup's server had."""


def _put_back(world: World, path: str) -> World | None:
    """A copy of a backup at a path of its own, ready to be started; None for what cannot be started at all."""
    place = world.place(path)
    if isinstance(place, Cluster) and not place.running:
        data = place.data
    elif isinstance(place, TarBackup):
        data = unpacked(place)
    else:
        return None
    data = replace(data, signals=frozenset(), pid_file=False)
    world = world.with_place(RESTORED, Cluster(RESTORED, data))
    for name, value in _ALONE:
        world = perform(world, c.Configure(RESTORED, name, value)).world
    copy = world.cluster(RESTORED)
    return None if startup_errors(copy.data.settings) else world


def _started(world: World, *, use_archive: bool) -> Cluster:
    if use_archive:
        world = perform(world, c.Configure(RESTORED, "restore_command", f"cp {world.archive.path}/%f %p")).world
        world = perform(world, c.TouchSignal(RESTORED, "recovery.signal")).world
    else:
        world = perform(world, c.Configure(RESTORED, "restore_command", "")).world
    return perform(world, c.PgCtl("start", RESTORED)).world.cluster(RESTORED)


LOST = ("wal_missing", "no_checkpoint_record")


def _check_restorability(world: World, path: str) -> str:
    """Start it as the judgement says; returns the reason, '' where nobody can start it."""
    answer: Restorability = restorability(world, path)
    ready = _put_back(world, path)
    if ready is None:
        return ""
    label = ready.cluster(RESTORED).data.label
    # A plain start takes the label of an exclusive backup for one left by a crash, and asks for no end.
    asks_for_end = label is None or label.method != EXCLUSIVE
    if answer.restorable:
        started = _started(ready, use_archive=answer.reason == "from_archive")
        assert started.running
        assert started.data.wal_end >= answer.reaches_lsn
    elif answer.reason in LOST:
        assert not _started(ready, use_archive=True).running
    if asks_for_end and answer.reason in ("from_archive", *LOST):
        assert not _started(ready, use_archive=False).running
    return answer.reason


@given(tales())
def test_what_is_called_restorable_starts_and_what_is_called_lost_does_not(tale: Tale) -> None:
    """Every backup of every tale is put back at the end and started."""
    world = None
    for _, _, outcome in steps_of(tale):
        world = outcome.world
    assert world is not None
    for path, _ in world.places:
        if path != PRIMARY:
            note(f"{path}: {restorability(world, path)}")
            _check_restorability(world, path)
