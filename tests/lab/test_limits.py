"""A run that uses too much is ended, says why, and leaves nothing."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import Cancelled, NotHere
from lab.binaries import Installation, choose
from lab.clients import HeldBackup, Session
from lab.cluster import Lab, throwaway
from lab.folders import base, suits
from lab.limits import LimitReached, Limits
from lab.processes import Runner, belonging, children, gone
from lab.run import record
from lab.server import wait_for
from lab.texts import text
from lab.watch import stored
from simulator.commands import PgBasebackup
from tests.lab.grounds import only, own_ground, runs, scenario, still_alive, written

pytestmark = pytest.mark.server
MB = 1 << 20
FLOOD = "#!/bin/sh\nexec yes 'the same line again and again'\n"
ON_A_TERMINAL = """
import fcntl, sys, termios, time
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
print("here", flush=True)
time.sleep(300)
"""
"""What a login shell is: the leader of a session that has a terminal."""
FORKS = "#!/bin/sh\nfor i in $(seq 40); do sleep 300 & done\nwait\n"


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    """One for all tests of this file: the second finds the template that the first has made."""
    with own_ground() as folder, only(folder):
        yield folder


@pytest.fixture
def installation() -> Installation:
    return choose(None, range(12, 100))


def with_tool(installation: Installation, ground: Path, tool: str, program: str) -> Installation:
    """The same installation, with another program in the place of a tool."""
    fake = ground / tool
    fake.write_text(program)
    fake.chmod(0o755)
    return replace(installation, tools={**installation.tools, tool: fake})


def ended(act: Callable[[], object], ground: Path, code: str) -> LimitReached:
    """It is ended for this reason, and nothing of it stays."""
    with pytest.raises(LimitReached) as caught:
        act()
    assert caught.value.code == code
    assert not runs(ground)
    for language in ("ja", "en"):
        assert text(f"limit_{code}", language, **caught.value.facts)
    return caught.value


PLAN = written({"write": "1MB"}).server


def test_a_scenario_that_writes_too_much(ground: Path) -> None:
    greedy = written({"write": "3GB"}, max_wal_size="8GB", min_wal_size="4GB")
    reached = ended(lambda: record(greedy, limits=Limits(bytes=200 * MB)), ground, "disk")
    assert reached.facts == {"megabytes": "200"}


def test_an_endless_statement(ground: Path, installation: Installation) -> None:
    pids: list[int] = []

    def endless() -> None:
        with throwaway(installation, PLAN, Limits(seconds=12)) as lab:
            pids.extend(belonging(lab.home))
            lab.runner.run([lab.tool("psql"), "-X", "-c", "SELECT pg_sleep(100000)"])

    assert ended(endless, ground, "time").facts == {"seconds": "12"}
    assert pids
    assert not still_alive(pids)


def hangs_in_its_own_question(lab: Lab) -> None:
    lab.server.ask("SELECT pg_sleep(100000)")


def hangs_in_waiting(lab: Lab) -> None:
    wait_for("nothing at all", lambda: False, seconds=300)


@pytest.mark.parametrize("hangs", [hangs_in_its_own_question, hangs_in_waiting])
def test_what_hangs_is_told_as_what_ended_it_and_not_as_a_server_that_does_not_answer(
    ground: Path, installation: Installation, hangs: Callable[[Lab], None]
) -> None:
    stop = threading.Event()
    with pytest.raises(Cancelled), throwaway(installation, PLAN, cancelled=stop) as lab:  # noqa: PT012
        threading.Timer(0.3, stop.set).start()
        hangs(lab)
    assert not runs(ground)


def test_a_tool_that_prints_without_end(ground: Path, installation: Installation) -> None:
    fake = with_tool(installation, ground, "pg_dump", FLOOD)

    def flood() -> None:
        with throwaway(fake, PLAN) as lab:
            lab.runner.run([lab.tool("pg_dump")])

    assert ended(flood, ground, "output").facts == {"tool": "pg_dump", "megabytes": "4"}


def test_a_tool_that_prints_without_end_into_a_file(ground: Path, installation: Installation) -> None:
    fake = with_tool(installation, ground, "psql", FLOOD)
    pids: list[int] = []

    def flood() -> None:
        with throwaway(fake, PLAN) as lab:
            session = Session.open(lab, "one")
            pids.append(session.process.pid)
            try:
                wait_for("the end of an endless output", lambda: False, seconds=300)
            finally:
                session.close()

    assert ended(flood, ground, "output").facts["tool"] == "psql"
    assert not still_alive(pids)


def test_a_tool_that_starts_too_many_processes(ground: Path, installation: Installation) -> None:
    fake = with_tool(installation, ground, "pg_dump", FORKS)
    pids: list[int] = []

    def fork() -> None:
        with throwaway(fake, PLAN, Limits(processes=30)) as lab:
            process = lab.runner.start([lab.tool("pg_dump")], os.open(os.devnull, os.O_WRONLY), 2)
            pids.append(process.pid)
            process.wait()
            pids.extend(belonging(lab.home))

    ended(fork, ground, "processes")
    assert not still_alive(pids)


def test_cancelled_in_the_middle_of_a_base_backup(ground: Path, installation: Installation) -> None:
    stop = threading.Event()
    pids: list[int] = []
    with pytest.raises(Cancelled), throwaway(installation, PLAN, cancelled=stop) as lab:  # noqa: PT012
        held = HeldBackup.begin(lab, PgBasebackup("/backup/base", checkpoint="fast", client="one"))
        assert lab.server.postmaster is not None
        pids += [held.process.pid, *held.receivers, lab.server.postmaster, *children(lab.server.postmaster)]
        assert len(still_alive(pids)) == len(pids)
        stop.set()
        held.go_on()
        held.process.wait(60)
        wait_for("the cancelling", lambda: False, seconds=300)
    assert not still_alive(pids)
    assert not runs(ground)


def test_cancelled_before_it_was_its_turn(ground: Path) -> None:
    with pytest.raises(Cancelled):
        record(scenario("no-sender-no-basebackup"), cancelled=lambda: True)
    assert not runs(ground)


def test_two_runs_at_once_do_not_meet(ground: Path, installation: Installation) -> None:
    with throwaway(installation, PLAN) as one, throwaway(installation, PLAN) as other:
        one.server.hand().execute("CREATE TABLE only_here (id integer)")
        assert other.server.one("SELECT to_regclass('only_here')") is None
        assert not set(belonging(one.home)) & set(belonging(other.home))
        assert one.home != other.home
    assert not runs(ground)


def test_the_kernel_holds_the_server_to_its_limits_too(ground: Path, installation: Installation) -> None:
    with throwaway(installation, PLAN, Limits(bytes=300 * MB)) as lab:
        first = lab.server.postmaster
        assert first is not None
        for pid in (first, *children(first)):
            told = Path(f"/proc/{pid}/limits").read_text()
            assert re.search(r"Max core file size +0 +0 ", told)
            assert re.search(rf"Max file size +{300 * MB} +{300 * MB} ", told)


def segments() -> set[str]:
    return {row.split()[1] for row in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}


def attached(lab: Lab) -> str:
    return (lab.server.data / "postmaster.pid").read_text().splitlines()[6].split()[1]


@pytest.mark.parametrize("killed", [False, True])
def test_no_shared_memory_stays(ground: Path, installation: Installation, killed: bool) -> None:
    stop = threading.Event()
    made = []
    with suppress(Cancelled), throwaway(installation, PLAN, cancelled=stop) as lab:
        made.append(attached(lab))
        assert made[0] in segments()
        assert lab.server.one("SHOW dynamic_shared_memory_type") == "mmap"
        if killed:
            stop.set()
            wait_for("the end", lambda: False, seconds=300)
    assert made
    assert made[0] not in segments()


def test_a_file_with_holes_costs_what_is_in_it(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
        file.write(b"x" * 4096)
        os.fsync(file.fileno())
    assert 4096 <= stored(tmp_path) <= 16384


def test_a_tool_that_takes_too_long_by_itself_is_ended(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = Runner.start, list[int]()

    def noting(runner: Runner, *words: Any) -> "subprocess.Popen[str]":
        process = start(runner, *words)
        started.append(process.pid)
        return process

    monkeypatch.setattr(Runner, "start", noting)
    with pytest.raises(LimitReached) as caught:
        Runner(None, ground, {"PATH": os.defpath}).run(["sleep", "1000"], seconds=0.2)
    assert caught.value.code == "time"
    (pid,) = started
    assert gone(pid)


def test_a_shell_of_a_person_in_the_folder_is_no_process_of_the_run(ground: Path) -> None:
    ours, theirs = os.openpty()
    shell = subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL], cwd=ground, stdin=theirs, stdout=theirs, start_new_session=True
    )
    try:
        assert os.read(ours, 100).strip() == b"here"
        assert Path(f"/proc/{shell.pid}/cwd").readlink() == ground
        assert belonging(ground) == ()
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)
        os.close(theirs)


# Where a run may be


def test_a_path_too_long_for_a_socket_is_not_taken(ground: Path) -> None:
    longer = ground / ("x" * 60)
    longer.mkdir(mode=0o755)
    assert suits(ground)
    assert not suits(longer)


def test_a_folder_that_programs_may_not_run_in_is_not_taken(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = os.statvfs(ground)
    forbidding = os.statvfs_result((*flags[:8], flags.f_flag | os.ST_NOEXEC, *flags[9:]))
    monkeypatch.setattr(os, "statvfs", lambda _: forbidding)
    assert not suits(ground)


def test_the_next_place_is_taken_when_the_first_will_not_do(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.folders.COMMON", ("/proc", "/nowhere", str(ground)))
    monkeypatch.setattr("tempfile.tempdir", "/sys")
    assert base() == ground


def test_where_there_is_no_place_at_all_it_says_what_would_be_one(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/proc")
    with pytest.raises(NotHere) as caught:
        record(written({"write": "1MB"}))
    assert caught.value.code == "no_place"
    assert "TMPDIR" in text("no_place", "en", **caught.value.facts)


def test_plenty_of_memory_is_taken_first_unless_somebody_has_chosen(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = ground / "memory"
    memory.mkdir(mode=0o755)
    monkeypatch.setattr("lab.folders.COMMON", (str(memory),))
    monkeypatch.setattr("lab.folders.IN_MEMORY", str(memory))
    monkeypatch.setattr("lab.folders.PLENTY", 1)
    monkeypatch.delenv("TMPDIR", raising=False)
    assert base() == memory
    monkeypatch.setattr("lab.folders.PLENTY", 1 << 60)
    assert base() == ground
    monkeypatch.setattr("lab.folders.PLENTY", 1)
    monkeypatch.setenv("TMPDIR", str(ground))
    assert base() == ground


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_where_only_nobody_exists_servers_run_as_nobody(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.processes.UNPRIVILEGED", ("nobody",))
    with throwaway(choose(None, range(12, 100)), PLAN) as lab:
        assert lab.runner.user == "nobody"
        assert lab.server.one("SELECT 1") == 1
    assert not runs(ground)
