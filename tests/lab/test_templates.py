"""A data directory is made once and copied: nobody sees a half-made one, and a run cannot tell the difference."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab import ToolFailed, cluster, templates
from lab.binaries import Installation, choose
from lab.cluster import throwaway
from lab.deed import Deed
from lab.first_look import first_look
from lab.folders import area
from lab.observe import Observer
from simulator.observed_world import FirstLook
from simulator.scenario import ServerPlan
from tests.lab.grounds import ROOT, only, own_ground, runs, scenario

pytestmark = pytest.mark.server
PLAN = scenario("fetch-loses-wal").server
ALONE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from lab.run import lab_run
from simulator.loader import load
reality = lab_run(load(Path({str(ROOT / "scenarios/no-sender-no-basebackup.yaml")!r})))
print(reality.equal, reality.wrong)
"""


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with own_ground() as folder, only(folder):
        monkeypatch.setenv("TMPDIR", str(folder))
        yield folder


@pytest.fixture(scope="module")
def installation() -> Installation:
    return choose(None, range(12, 100))


def looked(installation: Installation, plan: ServerPlan = PLAN) -> FirstLook:
    with throwaway(installation, plan) as lab:
        return first_look(lab, Observer(lab).look(Deed()))


def kept() -> list[Path]:
    return sorted(path for path in area("templates").iterdir() if path.is_dir())


def made_no_more(lab: object) -> None:
    raise AssertionError("this was to be done no more")


def test_initdb_is_done_once_and_loading_twice_and_every_run_begins_where_the_first_began(
    ground: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = looked(installation)
    monkeypatch.setattr(templates, "_initdb", made_no_more)
    assert looked(installation) == first
    monkeypatch.setattr(cluster, "load", made_no_more)
    assert looked(installation) == first
    assert len(kept()) == 2
    assert not runs(ground)


def test_another_plan_has_a_template_of_its_own_from_the_same_initdb(
    ground: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked(installation)
    looked(installation)
    monkeypatch.setattr(templates, "_initdb", made_no_more)
    more = looked(installation, replace(PLAN, databases={"shop": {"orders": 5, "customers": 7}}))
    assert more.seen.tables == (("shop.customers", 7), ("shop.orders", 5))
    assert len(kept()) == 2


def test_a_run_does_not_change_the_template(ground: Path, installation: Installation) -> None:
    first = looked(installation)
    looked(installation)
    with throwaway(installation, PLAN) as lab:
        assert all(file.stat().st_nlink == 1 for file in lab.paths.root.rglob("*") if file.is_file())
        lab.server.hand().execute("CREATE TABLE one_more AS SELECT generate_series(1, 1000) AS id")
        lab.server.hand().execute("CHECKPOINT")
    assert looked(installation) == first


def test_nothing_of_another_run_is_named_in_a_copy(ground: Path, installation: Installation) -> None:
    looked(installation)
    looked(installation)
    with throwaway(installation, PLAN) as lab:
        conf = (lab.server.data / "postgresql.conf").read_text()
        assert set(re.findall(r"waldojo-lab-\w+", conf)) == {lab.home.name}
    for template in kept():
        assert "waldojo-lab-" not in (template / "initdb.conf").read_text()


def test_the_store_is_for_this_user_only(ground: Path, installation: Installation) -> None:
    looked(installation)
    assert kept()
    assert area("templates").parent.stat().st_mode & 0o077 == 0


def test_a_store_that_others_can_write_to_is_neither_read_nor_written(ground: Path, installation: Installation) -> None:
    looked(installation)
    mine = ground / f"waldojo-{os.geteuid()}"
    for template in kept():
        (template / "initdb.conf").write_text("shared_preload_libraries = 'evil'\n")
    mine.chmod(0o777)
    with throwaway(installation, PLAN) as lab:
        assert "evil" not in (lab.server.data / "postgresql.conf").read_text()


def test_a_store_that_is_full_costs_only_time(
    ground: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, folder: Path) -> None:
        raise ToolFailed("cp: No space left on device")

    monkeypatch.setattr(templates, "_copy", full)
    assert looked(installation).seen.running
    assert not kept()


def test_two_processes_that_make_the_same_one_at_once_both_succeed(ground: Path) -> None:
    both = [subprocess.Popen([sys.executable, "-c", ALONE], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = {process.communicate(timeout=200)[0] for process in both}
    assert len(told) == 1
    equal, wrong = map(int, told.pop().split())
    assert wrong == 0
    assert equal > 30
    assert len(kept()) in {1, 2}  # the loaded one too, when the second saw that the first had asked for it
    assert not runs(ground)


def test_one_that_was_killed_while_it_made_a_template_leaves_none_that_is_used(
    ground: Path, installation: Installation
) -> None:
    with subprocess.Popen([sys.executable, "-c", ALONE], stdout=subprocess.DEVNULL) as maker:
        end = time.monotonic() + 120
        while not list(ground.glob("waldojo-*/templates/.half.*")) and time.monotonic() < end:
            time.sleep(0.001)
        maker.send_signal(signal.SIGKILL)
    halves = [path for path in kept() if path.name.startswith(".half.")]
    for half in halves:
        long_ago = time.time() - 2 * templates.HALF_LIFE
        os.utime(half, (long_ago, long_ago))
    assert looked(installation).seen.running
    assert not [path for path in kept() if path.name.startswith(".half.")]
    assert not runs(ground)


def test_old_templates_and_those_beyond_the_most_go(
    ground: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked(installation)
    long_ago = time.time() - 2 * templates.LONGEST
    for template in kept():
        os.utime(template / "initdb.conf", (long_ago, long_ago))
    monkeypatch.setattr(templates, "MOST", 2)
    other = replace(PLAN, databases={"other": {"t": 1}})
    looked(installation, other)
    assert all(time.time() - (path / "initdb.conf").stat().st_mtime < templates.LONGEST for path in kept())
    for rows in (2, 3):
        for _ in range(2):
            looked(installation, replace(PLAN, databases={"other": {"t": rows}}))
    assert len(kept()) == 2
