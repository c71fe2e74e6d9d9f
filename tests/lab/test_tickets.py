"""At most so many runs at once on a machine; the rest wait in the order in which they came, and know their place."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import Cancelled, NotHere
from lab.folders import area
from lab.owners import Owner, owned
from lab.progress import Progress, Waiting
from lab.tickets import at_once, turn
from tests.lab.grounds import ROOT, only, own_ground

HOLDER = """
import sys
from pathlib import Path
from lab.tickets import turn
with turn(print, folder=Path(sys.argv[1])):
    print("mine", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WALDOJO_LAB_RUNS", "1")
    return tmp_path


@pytest.fixture
def ground() -> Iterator[Path]:
    with own_ground() as folder, only(folder):
        yield folder


class Runner:
    """One who wants a turn, in a thread of its own; the test says when it is done."""

    def __init__(self, queue: Path) -> None:
        self.queue = queue
        self.places: list[int] = []
        self.told, self.begun, self.done = threading.Event(), threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def tell(self, progress: Progress) -> None:
        assert isinstance(progress, Waiting)
        self.places.append(progress.place)
        self.told.set()

    def run(self) -> None:
        with turn(self.tell, folder=self.queue):
            self.begun.set()
            self.done.wait(60)

    def start(self) -> None:
        self.thread.start()

    def end(self) -> None:
        self.done.set()
        self.thread.join(60)


def holder(queue: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(queue)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "mine\n"
    return process


def waits(queue: Path) -> bool:
    """Would somebody who comes now have to wait?"""
    try:
        with turn(lambda _: None, lambda: True, folder=queue):
            return False
    except Cancelled:
        return True


def test_the_first_does_not_wait_and_the_rest_learn_their_place(queue: Path) -> None:
    first, second, third = (Runner(queue) for _ in range(3))
    first.start()
    assert first.begun.wait(60)
    second.start()
    assert second.told.wait(60)
    third.start()
    assert third.told.wait(60)
    assert (first.places, second.places, third.places) == ([], [1], [2])
    third.told.clear()
    first.end()
    assert second.begun.wait(60)
    assert third.told.wait(60)
    assert not third.begun.is_set()
    second.end()
    assert third.begun.wait(60)
    third.end()
    assert third.places == [2, 1]
    assert [path.name for path in queue.iterdir()] == ["lock"]


def test_two_run_at_once_when_two_may(queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALDOJO_LAB_RUNS", "2")
    with turn(print, folder=queue):
        assert not waits(queue)
        with turn(print, folder=queue):
            assert waits(queue)


def test_another_process_counts_until_it_is_killed(queue: Path) -> None:
    other = holder(queue)
    with other:
        assert waits(queue)
        other.send_signal(signal.SIGKILL)
        other.wait()
        assert not waits(queue)


def test_a_later_process_with_the_same_number_owns_nothing(queue: Path) -> None:
    me = Owner.me()
    (queue / "000000000001").write_text(f"{me.pid} {me.start} {me.space}\n")
    assert waits(queue)
    (queue / "000000000001").write_text(f"{me.pid} {int(me.start or 1) - 1} {me.space}\n")
    assert not waits(queue)


def test_a_process_of_another_container_counts_as_long_as_it_holds_its_lock(queue: Path) -> None:
    me = Owner.me()
    elsewhere = f"{me.pid} {me.start} pid:[1]@{me.space.rpartition('@')[2]}\n"
    ticket = queue / "000000000001"
    with owned(ticket):
        ticket.write_text(elsewhere)
        assert waits(queue)
    assert not waits(queue)


@pytest.mark.parametrize("content", ["", "x", "-", "12 13 14 15 16"])
def test_a_ticket_that_says_nothing_is_nobodys(queue: Path, content: str) -> None:
    (queue / "000000000001").write_text(content)
    assert not waits(queue)


def test_whoever_waits_can_leave(queue: Path) -> None:
    with turn(print, folder=queue):
        assert waits(queue)
        assert len([path for path in queue.iterdir() if path.name.isdecimal()]) == 1


def test_a_half_written_ticket_of_one_that_died_is_cleared_away(queue: Path) -> None:
    (queue / ".000000000001.4711").write_text("4711")
    assert not waits(queue)
    assert [path.name for path in queue.iterdir()] == ["lock"]


@pytest.mark.parametrize(("given", "runs"), [(None, 2), ("", 2), ("5", 5), ("0", 2), ("-1", 2), ("many", 2)])
def test_how_many_is_said_by_the_environment(given: str | None, runs: int) -> None:
    assert at_once({} if given is None else {"WALDOJO_LAB_RUNS": given}) == runs


def test_each_user_has_a_folder_that_nobody_else_can_enter(ground: Path) -> None:
    assert area("tickets") == ground / f"waldojo-{os.geteuid()}" / "tickets"
    assert (ground / f"waldojo-{os.geteuid()}").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_write_to_is_not_used(ground: Path) -> None:
    (ground / f"waldojo-{os.geteuid()}").mkdir()
    (ground / f"waldojo-{os.geteuid()}").chmod(0o777)
    with pytest.raises(NotHere, match="no_place"):
        area("tickets")


def test_a_link_in_the_place_of_the_folder_is_not_followed(ground: Path) -> None:
    (ground / "elsewhere").mkdir(mode=0o700)
    (ground / f"waldojo-{os.geteuid()}").symlink_to(ground / "elsewhere")
    with pytest.raises(NotHere, match="no_place"):
        area("tickets")
    assert not list((ground / "elsewhere").iterdir())
