"""An app that is killed in the middle of a run leaves no process and no folder."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from lab import health
from lab.folders import new_home
from lab.processes import belonging
from lab.sweeping import mounts, sweep
from tests import browsing
from tests.lab.grounds import ROOT, only, own_ground, runs, still_alive

pytestmark = pytest.mark.server
PAGE = Path(__file__).with_name("job_page.py")


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with own_ground() as folder, only(folder):
        monkeypatch.setenv("TMPDIR", str(folder))
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        yield folder


def until(what: str, is_so: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@contextmanager
def app(script: Path, browser: Browser) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The app, and what its first page says."""
    with browsing.started(script) as (server, address):
        context = browsing.new_context(browser)
        try:
            page = context.new_page()
            page.goto(address)
            browsing.wait_until_drawn(page)
            yield server, page.locator("[data-testid=stMain]").inner_text()
        finally:
            context.close()


def under_way(ground: Path, worker: int) -> list[int]:
    """The processes of a run that is in the middle of it."""
    until(
        "a held backup",
        lambda: any("base" in path.name for home in runs(ground) for path in home.glob("root/backup/*")),
    )
    pids = [worker, *(pid for home in runs(ground) for pid in belonging(home))]
    assert len(still_alive(pids)) > 5
    return pids


@pytest.mark.browser
def test_an_app_that_is_killed_takes_its_run_with_it(ground: Path, browser: Browser) -> None:
    with app(PAGE, browser) as (server, said):
        pids = under_way(ground, int(said.split()[-1]))
        server.send_signal(signal.SIGKILL)
        until("every process to end", lambda: not still_alive(pids))
        until("the folder to go", lambda: not runs(ground))
    assert not list(ground.glob("waldojo-*/tickets/0*"))


@pytest.mark.browser
def test_app_and_worker_killed_at_once_are_swept_by_the_next_start_of_the_app(ground: Path, browser: Browser) -> None:
    with app(PAGE, browser) as (server, said):
        worker = int(said.split()[-1])
        pids = under_way(ground, worker)
        os.kill(worker, signal.SIGSTOP)  # it must not see the app go
        server.send_signal(signal.SIGKILL)
        os.kill(worker, signal.SIGKILL)
        until("the worker to end", lambda: not still_alive([worker]))
    assert runs(ground)
    assert still_alive(pids)
    with app(ROOT / "app.py", browser):
        until("the folder to go", lambda: not runs(ground))
        assert not still_alive(pids)


def test_what_a_server_leaves_is_collected_where_no_init_does_it() -> None:
    program = (
        "import os, signal, subprocess; from lab.processes import adopt_orphans, alive, gone\n"
        "adopt_orphans()\n"
        "shell = ['sh', '-c', 'sleep 300 >/dev/null 2>&1 & echo $!']\n"
        "orphan = int(subprocess.run(shell, stdout=subprocess.PIPE, check=True).stdout)\n"
        "before = (alive(orphan), gone(orphan))\n"
        "os.kill(orphan, signal.SIGKILL)\n"
        "while alive(orphan): pass\n"
        "print(*before, gone(orphan))\n"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["True", "False", "True"]


def test_where_the_lab_is_missing_the_app_starts_all_the_same() -> None:
    program = (
        "import sys; sys.modules['lab'] = None; sys.modules['lab.sweeping'] = None\n"
        "from ui import start\n"
        "start._sweep()\n"
        "print('started')\n"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "started\n"


@pytest.mark.skipif(not health.look("127.0.0.1").disk, reason="no file system can be mounted here")
def test_what_a_dead_run_had_mounted_is_taken_away_before_its_folder_is_deleted(ground: Path) -> None:
    home = new_home()
    for name in ("root", "root/a disk", "root/a disk/another"):
        (home / name).mkdir()
        if "disk" in name:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "waldojo", home / name], check=True)
    (home / "owner").write_text("999999999 1\n")
    assert len(mounts(home)) == 2
    sweep()
    assert not mounts(home)
    assert not home.exists()


def test_what_no_owner_is_named_for_may_be_in_the_making_and_stays_for_a_while(ground: Path) -> None:
    home = new_home()
    sweep()
    assert home.exists()
    long_ago = time.time() - 7200
    os.utime(home, (long_ago, long_ago))
    sweep()
    assert not home.exists()


def test_folders_of_other_users_are_let_alone(ground: Path) -> None:
    home = new_home()
    (home / "owner").write_text("999999999 1\n")
    if os.geteuid() == 0:
        os.chown(home, 12345, 12345)
    link = ground / "waldojo-lab-link"
    (ground / "kept").mkdir()
    (ground / "kept" / "owner").write_text("999999999 1\n")
    link.symlink_to(ground / "kept")
    sweep()
    assert home.exists() == (os.geteuid() == 0)
    assert link.is_symlink()
    assert (ground / "kept" / "owner").exists()
