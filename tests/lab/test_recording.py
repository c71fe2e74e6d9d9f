"""Recordings of real servers: those that come with the dojo, and one made now."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import cli
from lab.binaries import installations
from lab.check import Row, usable
from lab.folders import area
from lab.run import record
from simulator.recording import from_json, held_against, to_json
from tests.simulator.as_recorded import SCENARIOS, scenario_of

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "lab" / "data" / "recordings").glob("*.json.gz"))
SHORT = next(path for path in SCENARIOS if path.stem == "no-sender-no-basebackup")


def test_recordings_come_with_the_dojo_for_those_who_have_no_server() -> None:
    """Some lessons, each on both majors of the wheel, small."""
    names = {path.name.rpartition("-")[0] for path in SHIPPED}
    assert len(names) >= 5
    assert {path.name for path in SHIPPED} == {f"{name}-{major}.json.gz" for name in names for major in (16, 18)}
    assert max(path.stat().st_size for path in SHIPPED) < 10_000


def test_the_recorded_lessons_are_the_lessons() -> None:
    """A lesson that was rewritten must be recorded anew."""
    for path in SHIPPED:
        told = json.loads(gzip.decompress(path.read_bytes()))
        scenario = ROOT / "scenarios" / f"{path.name.rpartition('-')[0]}.yaml"
        assert told["scenario"] == scenario.read_text(encoding="utf-8"), path.name


def test_the_report_that_comes_with_the_dojo_is_whole() -> None:
    """What the page shows: dated, both majors of the wheel, every lesson of a major, and no run that broke."""
    kept = json.loads((ROOT / "lab" / "data" / "report.json").read_text(encoding="utf-8"))
    rows = [Row(**row) for row in kept["rows"]]
    assert kept["date"]
    assert {16, 18} <= {row.major for row in rows}
    for major in {row.major for row in rows}:
        about = {path.stem for path in SCENARIOS if major in scenario_of(path).server.versions}
        assert {row.scenario for row in rows if row.major == major} == about
    assert not [row for row in rows if row.broke]


@pytest.mark.server
@pytest.mark.parametrize("major", sorted(usable()))
def test_a_real_run_is_the_same_after_it_was_written(major: int) -> None:
    recording = record(scenario_of(SHORT), major)
    again = from_json(json.loads(json.dumps(to_json(recording))))
    assert again == replace(recording, seconds=round(recording.seconds, 2))
    assert held_against(again).differences == held_against(recording).differences


@pytest.mark.server
def test_what_the_command_records_the_command_conforms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "one.json"
    assert cli.main(["lab", "record", SHORT.stem, "-o", str(file)]) == 0
    assert cli.main(["conform", str(file)]) == 0
    assert "(100 %)" in capsys.readouterr().out


@pytest.mark.server
def test_an_interrupted_check_ends_its_runs_and_leaves_nothing() -> None:
    """Ctrl-C reaches the whole group of the terminal; the workers clean up before the command ends."""
    assert installations()
    command = [sys.executable, "-m", "cli", "lab", "check", "--pg", str(max(usable())), "--lang", "en"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell's background job ignores Ctrl-C, and so would all that the suite starts there.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  (it becomes another program)
    )
    try:
        end = time.monotonic() + 120
        while not (workers := _children(process.pid)) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(2.0)  # into the run, or into the queue: both have to end
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert said.splitlines()[-1] == "cancelled; nothing is left of the server or its folder."
    assert "Traceback" not in said
    assert workers
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    assert area("tickets").is_dir()


def _children(pid: int) -> list[int]:
    from lab.processes import children

    return list(children(pid))
