"""The thread of the lab on a real server: what the command prints, and that nothing is left of a cluster."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from console.lab import lab_run as console_run
from lab.binaries import choose
from lab.check import usable
from lab.cluster import PREFIX, sweep, throwaway
from lab.processes import alive
from simulator.loader import load

pytestmark = pytest.mark.server
ROOT = Path(__file__).resolve().parents[2]
NEWEST = max(usable())


def test_the_command_prints_both_and_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert console_run("no-sender-no-basebackup", str(NEWEST), as_json=False, language="en") == 0
    printed = capsys.readouterr().out
    assert "predicted" in printed
    time, summary = printed.splitlines()[-2:]
    assert time.startswith("time: real ")
    assert summary.startswith("lab: ")
    assert " fields equal, " in summary


def test_the_command_writes_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert console_run("no-sender-no-basebackup", str(NEWEST), as_json=True, language="en") == 0
    written = json.loads(capsys.readouterr().out)
    assert written["different"] == 0
    assert written["equal"] == sum(field["equal"] is True for field in written["fields"])


def test_a_cluster_is_gone_afterwards_even_when_something_fails() -> None:
    class Trouble(Exception):
        pass

    plan = load(ROOT / "scenarios/no-sender-no-basebackup.yaml").server
    with pytest.raises(Trouble), throwaway(choose(NEWEST, ()), plan) as lab:  # noqa: PT012
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
        f"with throwaway(choose({NEWEST}, ()), plan) as lab:\n"
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
