"""A disk that gets full: a real server on a small file system fails, and comes back, as the model says."""

import os
from pathlib import Path

import pytest

from lab import NotHere, disk
from lab.binaries import choose
from lab.check import usable
from lab.cluster import throwaway
from lab.run import lab_run
from lab.sweeping import mounts
from simulator.commands import Remove, ResizeDisk
from simulator.loader import load
from simulator.lsn import MB
from tests.lab.staged import as_predicted, can_mount, run, sql, staged

pytestmark = pytest.mark.server
ROOT = Path(__file__).resolve().parents[2]
MAJORS = tuple(sorted(usable()))
NEWEST = MAJORS[-1]
FAILS = {"archive": "fails"}
START = run("pg_ctl -D /pgdata start")
SMALL = {"min_wal_size": "2MB", "max_wal_size": "6MB"}
PLAN = {"disk": "8MB", "archive": True, "settings": SMALL}
__test__ = can_mount()
"""What a run says on a machine where nothing can be mounted is in test_no_disk.py."""


@pytest.mark.parametrize("major", MAJORS)
@pytest.mark.parametrize("name", ["archive-fills-the-disk", "disk-full-recovered"])
def test_the_scenarios_about_a_full_disk(name: str, major: int) -> None:
    reality = lab_run(load(ROOT / f"scenarios/{name}.yaml"), major)
    assert not [(d.step, d.field, d.predicted, d.real) for d in reality.differences if d.equal is False]
    assert not reality.recording.reason
    assert any(not step.observation.running for step in reality.run.steps)


def test_a_disk_gets_full_while_time_passes() -> None:
    scenario = staged(PLAN, FAILS, {"wait": "10min", "writing": "20kB/s"}, {"disk": "16MB"}, START)
    reality = as_predicted(scenario, NEWEST)
    assert [step.observation.running for step in reality.run.steps][-3:] == [False, False, True]


def test_a_slot_fills_the_disk_and_a_start_without_room_fails() -> None:
    scenario = staged(
        {"disk": "8MB", "settings": SMALL, "slots": ["s"]},
        {"write": "12MB"},
        START,
        {"disk": "4MB"},
        START,
        {"disk": "20MB"},
        START,
        sql("SELECT pg_drop_replication_slot('s')"),
        sql("CHECKPOINT"),
    )
    reality = as_predicted(scenario, NEWEST)
    assert [step.observation.exit_code for step in reality.run.steps][-7:] == [1, None, 1, None, 0, 0, 0]


def test_the_client_whose_server_dies_reads_why() -> None:
    scenario = staged(
        {"disk": "8MB", "settings": SMALL, "slots": ["s"], "databases": {"shop": {"orders": 10}}},
        {"write": "6MB"},
        run('psql -d shop -c "INSERT INTO orders SELECT generate_series(1, 50000)"'),
        {"disk": "20MB"},
        START,
    )
    reality = as_predicted(scenario, NEWEST)
    died = next(step for step in reality.run.steps if not step.observation.running)
    assert "No space left on device" in died.observation.stderr[0]
    assert died.observation.stderr[-1] == "connection to server was lost"
    assert ("shop.orders", 10) in (reality.run.steps[-1].observation.tables or ())


def test_a_shutdown_checkpoint_needs_room_too() -> None:
    switch = sql("SELECT pg_switch_wal()")
    stop = run("pg_ctl -D /pgdata stop")
    scenario = staged(PLAN, FAILS, {"write": "6MB"}, switch, sql("CHECKPOINT"), switch, switch, stop, START)
    assert not as_predicted(scenario, NEWEST).run.steps[-1].observation.running


def test_a_disk_that_gets_a_size_later_is_one_from_the_beginning() -> None:
    scenario = staged(
        {"archive": True, "settings": SMALL},
        FAILS,
        {"write": "3MB"},
        {"disk": "6MB"},
        {"write": "6MB"},
        {"disk": "30MB"},
        START,
        {"archive": "works"},
        sql("CHECKPOINT"),
    )
    assert disk.plan_with_disk(scenario).disk_bytes == disk.ENOUGH
    assert as_predicted(scenario, NEWEST).run.steps[-1].observation.running


def test_the_disk_has_room_for_whole_segments_and_is_gone_with_the_run() -> None:
    plan = staged(PLAN, {"write": "1MB"}).server
    with throwaway(choose(NEWEST, ()), plan) as lab:
        pg_wal = lab.server.data / "pg_wal"
        assert mounts(lab.home) == [pg_wal]
        owner = pg_wal.stat()
        assert (owner.st_uid, owner.st_mode & 0o777) == (lab.server.data.stat().st_uid, 0o700)
        found = os.statvfs(pg_wal)
        assert found.f_blocks * found.f_frsize // MB == 8
        disk.resize(lab, ResizeDisk(16 * MB))
        found = os.statvfs(pg_wal)
        assert found.f_blocks * found.f_frsize // MB == 16
        with pytest.raises(NotHere, match="disk_removed"):
            disk.refuse_removal(lab, Remove(("/pgdata",)))
        home = lab.home
    assert not mounts(home)
    assert not home.exists()


def test_a_disk_too_small_for_the_first_segments_is_told() -> None:
    with pytest.raises(NotHere, match="disk_too_small"):
        lab_run(staged({"disk": "1MB", "settings": SMALL}, {"write": "1MB"}), NEWEST)


def test_a_client_that_waits_for_a_checkpoint_reads_that_another_process_died() -> None:
    finished = [{"write": "10kB"}, sql("SELECT pg_switch_wal()")] * 8
    reality = as_predicted(staged(PLAN, FAILS, *finished, sql("CHECKPOINT"), START), NEWEST)
    died = next(step for step in reality.run.steps if not step.observation.running)
    assert died.observation.exit_code == 2
    assert died.observation.stderr[0].startswith("WARNING:  terminating connection because of crash")
