"""The archiver's turns: it is held still between commands, and goes on until nothing is left that it can do."""

from __future__ import annotations

import signal
import time

from lab import ToolFailed
from lab.processes import send
from lab.server import PATIENCE, Server, wait_for
from lab.settings import overwrites
from simulator.archive_forms import DISCARDING, FAILING


def settle_archiver(server: Server) -> None:
    """Let the archiver take what is .ready, up to the first file that is known to fail or to take its time."""
    command = server.one("SELECT current_setting('archive_command')") if server.archiving else ""
    if command and server.slow.on:
        server.go_on("archiver")
        wait_for("the archiver to take a file in hand", lambda: _works_or_rests(server))
    elif command:
        _take_all(server)
    server.hold("archiver")
    server.archived_before = None


def _take_all(server: Server) -> None:
    if server.archived_before is None:  # else a start has noted it, before the archiver ran
        server.archived_before = server.archived()
    waiting = server.waiting_files()
    if not waiting or (archive_stuck(server, waiting[0]) and _gave_up(server, waiting[0])):
        return  # it would only fail again, as often as it has time to
    server.go_on("archiver")
    end = time.monotonic() + PATIENCE
    while (waiting := server.waiting_files()) and not archive_stuck(server, waiting[0]):
        if time.monotonic() > end:
            raise ToolFailed(f"the archiver does not take {waiting[0]}: {server.log.tail()}")
        _wake(server)
        time.sleep(0.005)
    if waiting:
        wait_for("the third failure", lambda: _gave_up(server, waiting[0]))
        server.failures_known &= not server.was_slow


def _wake(server: Server) -> None:
    """After three failures it sleeps for a minute; SIGUSR1 is how the server itself wakes it."""
    if time.monotonic() - server.archiver_woken > 0.2:
        for pid in server.pids("archiver"):
            send(pid, signal.SIGUSR1)
        server.archiver_woken = time.monotonic()


def _gave_up(server: Server, name: str) -> bool:
    """Has it tried three times, a second apart?"""
    return server.log.count(f'"{name}" failed too many times') > 0


def archive_stuck(server: Server, name: str) -> bool:
    """Will the archiver not get past this file?  (Of a file that is gone it removes the .ready and goes on.)"""
    command = str(server.one("SELECT current_setting('archive_command')"))
    if not command or server.slow.in_hand:
        return True
    return (server.data / "pg_wal" / name).exists() and _fails(server, command, name)


def _fails(server: Server, command: str, name: str) -> bool:
    """Does archive_command fail for this file?  The lab's own takes no name that was there before."""
    if command in FAILING | DISCARDING:
        return command in FAILING
    there = server.archived() if server.archived_before is None else server.archived_before
    return server.archive_fails(name) or (name in there and not overwrites(command))


# A command that takes its time


def set_slow(server: Server, *, on: bool) -> None:
    """Make archive_command slow or fast; fast, it is done with what it has in hand before anybody looks."""
    server.was_slow |= on
    name = server.slow.in_hand
    server.slow.set(on=on)
    if name and not on and server.postmaster is not None and not server.archive_fails(name):
        server.go_on("archiver")
        wait_for("the file in hand to be archived", lambda: not server.slow.in_hand and _is_through(server, name))


def _works_or_rests(server: Server) -> bool:
    if server.slow.in_hand or not server.waiting_files():
        return True
    _wake(server)
    return False


def archive_one(server: Server) -> None:
    """The time of the file that a slow archive_command has in hand is up."""
    name = server.slow.in_hand
    if not name:
        return
    server.go_on("archiver")
    server.slow.allow(name)
    wait_for("a file to be archived", lambda: server.slow.was_taken and _is_through(server, name))


def _is_through(server: Server, name: str) -> bool:
    """Archived, or tried once more because it failed."""
    return name not in server.waiting_files() or server.slow.in_hand == name
