"""What the model predicts is what real servers do: the same scenarios on every PostgreSQL found here."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from console.lab import lab_run as console_run
from lab import NoServer
from lab.binaries import choose, installations
from lab.cluster import PREFIX, sweep, throwaway
from lab.processes import alive
from lab.run import lab_run
from simulator.loader import load
from simulator.recording import Reality
from simulator.versions import KNOWN

pytestmark = pytest.mark.server
ROOT = Path(__file__).resolve().parents[2]
FOUND = installations()
Performed = Callable[[str], Reality]


def _usable(number: int) -> bool:
    try:
        choose(number, (), FOUND)
    except NoServer:
        return False
    return True


MAJORS = tuple(number for number in KNOWN if _usable(number))


def test_there_is_a_server_to_test_with() -> None:
    assert MAJORS, "install the lab extra, or PostgreSQL"


def assert_as_predicted(scenario: str, number: int, at_least: int) -> Reality:
    reality = lab_run(load(ROOT / f"scenarios/{scenario}.yaml"), number)
    wrong = [(d.step, d.field, d.predicted, d.real) for d in reality.differences if d.equal is False]
    assert not wrong
    assert reality.equal >= at_least
    assert not reality.recording.reason
    return reality


@pytest.mark.parametrize("number", MAJORS)
def test_a_fetch_backup_that_loses_its_wal(number: int) -> None:
    reality = assert_as_predicted("fetch-loses-wal", number, 100)
    assert reality.run.steps[-1].observation.exit_code == 1


@pytest.mark.parametrize("number", MAJORS)
def test_a_fetch_backup_that_keeps_it(number: int) -> None:
    reality = assert_as_predicted("fetch-kept-by-wal-keep-size", number, 60)
    assert reality.run.steps[-1].observation.exit_code == 0


@pytest.mark.parametrize("number", MAJORS)
def test_a_slot_that_protects_a_stream(number: int) -> None:
    assert_as_predicted("stream-slot-protects", number, 60)


@pytest.mark.parametrize("number", [number for number in MAJORS if {number} - {12}])
def test_a_slot_that_is_lost(number: int) -> None:
    reality = assert_as_predicted("slot-limit-loses-the-slot", number, 50)
    rows = reality.run.steps[-1].observation.slots
    assert rows
    assert rows[0].wal_status == "lost"


@pytest.mark.parametrize("number", MAJORS)
def test_an_archive_that_breaks_and_is_mended(number: int) -> None:
    assert_as_predicted("archive-mended-in-time", number, 80)


@pytest.mark.parametrize("number", MAJORS)
def test_a_low_level_backup_with_its_label(number: int) -> None:
    assert_as_predicted("low-level-nonexclusive", number, 60)


def test_the_command_prints_both_and_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert console_run("no-sender-no-basebackup", str(MAJORS[-1]), as_json=False, language="en") == 0
    printed = capsys.readouterr().out
    assert "predicted" in printed
    summary = printed.splitlines()[-1]
    assert summary.startswith("lab: ")
    assert " fields equal, " in summary


def test_the_command_writes_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert console_run("no-sender-no-basebackup", str(MAJORS[-1]), as_json=True, language="en") == 0
    written = json.loads(capsys.readouterr().out)
    assert written["different"] == 0
    assert written["equal"] == sum(field["equal"] is True for field in written["fields"])


def test_a_cluster_is_gone_afterwards_even_when_something_fails() -> None:
    class Trouble(Exception):
        pass

    plan = load(ROOT / "scenarios/no-sender-no-basebackup.yaml").server
    with pytest.raises(Trouble), throwaway(choose(MAJORS[-1], (), FOUND), plan) as lab:  # noqa: PT012
        home, pid = lab.home, lab.server.postmaster
        assert pid is not None
        raise Trouble
    assert not home.exists()
    assert pid is not None
    assert not alive(pid)


def test_a_lab_whose_process_is_dead_is_swept_away() -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    stale, live = (Path(tempfile.mkdtemp(prefix=PREFIX)) for _ in range(2))
    (stale / "owner").write_text(ended.stdout.decode())
    (live / "owner").write_text(str(os.getpid()))
    try:
        sweep()
        assert not stale.exists()
        assert live.exists()
    finally:
        (live / "owner").unlink()
        live.rmdir()


def test_a_lab_that_was_killed_leaves_nothing_behind_after_the_next_sweep() -> None:
    program = (
        "import os, sys; from lab.binaries import choose, installations; from lab.cluster import throwaway;"
        "from simulator.loader import load; from lab.clients import HeldBackup;"
        "from simulator.commands import PgBasebackup\n"
        f"plan = load({str(ROOT / 'scenarios/fetch-loses-wal.yaml')!r}).server\n"
        f"with throwaway(choose({MAJORS[-1]}, ()), plan) as lab:\n"
        "    held = HeldBackup.begin(lab, PgBasebackup('/backup/base', checkpoint='fast', client='one'))\n"
        "    print(lab.home, lab.server.postmaster, held.process.pid, flush=True)\n"
        "    os._exit(9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    home, *pids = killed.stdout.split()
    assert killed.returncode == 9
    assert len([pid for pid in pids if alive(int(pid))]) == 2
    sweep()
    assert not Path(home).exists()
    assert not [pid for pid in pids if alive(int(pid))]
