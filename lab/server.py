"""The running primary: one connection for the lab's own questions, and its processes held still between steps.

Three things would make a real server answer differently from run to run, so the lab takes them in hand: the
background writer (logs a snapshot every 15 s at most), the archiver (races with checkpoints), and checkpoints
that WAL volume asks for (run beside their cause).  The first two are stopped by signal and go on when it is
their turn; the third is waited for.
"""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab import ToolFailed
from lab.binaries import Installation
from lab.callers import no_pg_variables
from lab.limits import heed
from lab.paths import Paths
from lab.processes import Done, Runner, alive, bury, children, descendants, gone, send, title
from lab.server_log import ServerLog
from lab.slow_archive import SlowArchive
from lab.sweeping import forget, shared_memory
from simulator.lsn import megabytes_to_segments, parse_lsn, segment_of
from simulator.pg_wal import PgWal, archive_order, from_listing
from simulator.retention import checkpoint_segments
from simulator.world import ARCHIVE, PRIMARY

if TYPE_CHECKING:
    import psycopg

PATIENCE = 30.0
"""Seconds that anything may take which a quiet server does at once."""
_HELD = re.compile(r"postgres: (?:\S+: )?(background writer|archiver|checkpointer)\b")


def wait_for(what: str, is_so: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
    """Look again and again until it is so; raises ToolFailed."""
    end = time.monotonic() + seconds
    while not is_so():
        heed()
        if time.monotonic() > end:
            raise ToolFailed(f"waited {seconds:.0f} s for: {what}")
        time.sleep(0.01)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the WAL and the last checkpoint are before an action."""

    flush_lsn: int
    redo_lsn: int


@dataclass(slots=True)
class Server:
    """The cluster in /pgdata."""

    installation: Installation
    runner: Runner
    paths: Paths
    segment_size: int
    port: int
    log: ServerLog
    archive_fails: Callable[[str], bool]
    _hand: psycopg.Connection[tuple[Any, ...]] | None = None
    _held: set[int] = field(default_factory=set)
    archived_before: frozenset[str] | None = None
    """Names in the archive when the archiver's present turn began; None: it is held."""
    archiver_woken: float = 0.0
    """When the archiver was sent a signal (monotonic)."""
    was_slow: bool = False
    """Was archive_command ever slow?  Then the archiver is woken while it fails, and tries as often as it likes."""
    failures_known: bool = True
    """Has pg_stat_archiver counted the failures that the lab has waited for, and no others?"""
    small_disk: bool = False
    """Is pg_wal on a disk that may get full?"""
    panics: int = 0
    """How many PANICs are over."""

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.paths.real(PRIMARY)

    @property
    def slow(self) -> SlowArchive:
        """The archive_command that takes its time."""
        return SlowArchive(self.runner.home / "programs")

    # Start and stop

    @property
    def postmaster(self) -> int | None:
        """The first process of the server, None when it is down."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        # A copy that was put here brings the number of its own server.
        return pid if alive(pid) and f"{self.data} " in f"{title(pid)} " else None

    def pg_ctl(self, action: str, *options: str) -> Done:
        """pg_ctl on the primary's directory, with this server's log; a restart's server is told of it by -o only."""
        tool = self.installation.tools["pg_ctl"]
        command: list[str | Path] = [tool, "-D", self.data, "-w", "-t", "60", *options]
        if action == "start":
            command += ["-l", self.log.path]
        if action != "stop":
            command += ["-o", (f'-D "{self.data}" ' if action == "restart" else "") + self.paths.server_options]
        return self.runner.run([*command, action])

    def start(self) -> Done:
        """Start, and hold what is to be held."""
        self.slow.forget()
        self.archived_before = self.archived()
        self.failures_known &= self.log.count("failed too many times") == 0
        bury(self.data / "postmaster.pid")
        done = self.pg_ctl("start")
        self.hold_all()
        return done

    def hold_all(self) -> None:
        """Hold what is held between commands."""
        if self.postmaster is not None:
            if self.archiving:
                wait_for("the archiver", lambda: bool(self.pids("archiver")))
            self.hold("background writer", "archiver")

    def stop(self, mode: str, *, gives_up: bool = False) -> Done:
        """Stop; the archiver gets its last turn after the shutdown checkpoint, as when nothing else is slow.

        `gives_up`: its last turn takes longer than pg_ctl waits.
        """
        self.let_go()
        if mode == "immediate":
            self.go_on()
            return self.pg_ctl("stop", "-m", mode)
        complete = self.log.count("checkpoint complete:")
        self.go_on("background writer")
        tool = self.installation.tools["pg_ctl"]
        pipe = subprocess.PIPE
        patience = "2" if gives_up else "60"
        process = self.runner.start([tool, "-D", self.data, "-w", "-t", patience, "-m", mode, "stop"], pipe, pipe)
        wait_for(
            "the shutdown checkpoint",
            lambda: (
                self.log.count("checkpoint complete:") > complete
                or process.poll() is not None
                or self.postmaster is None
            ),
        )
        self.go_on()
        if gives_up:
            process.wait(timeout=90)
        with self.slow.hurried():
            out, err = process.communicate(timeout=90)
            wait_for("the end of a server that pg_ctl has given up on", lambda: self.postmaster is None)
        return Done(process.returncode, out, err)

    def crash(self) -> None:
        """Kill every process of the server at once; the next start finds postmaster.pid of a server that is gone."""
        first = self.destroy()
        if first is None:
            return
        with suppress(ToolFailed):
            wait_for("the parent of the killed postmaster", lambda: gone(first), seconds=5)
            return
        bury(self.data / "postmaster.pid")

    def destroy(self) -> int | None:
        """Whatever state it is in: no process of it stays.  Returns the postmaster that was."""
        self.let_go()
        first = self.postmaster
        if first is None:
            return None
        everyone = (first, *descendants(first))  # archive_command among them, and what it has started
        segments = shared_memory(self.data)  # its number is lost when the scenario deletes the directory
        for pid in everyone:
            send(pid, signal.SIGKILL)
        wait_for("the killed processes", lambda: not any(alive(pid) for pid in everyone))
        forget(segments)
        self._held.clear()
        return first

    def missed_its_directory(self, first: int) -> None:
        """What a postmaster does to itself when it finds that its lock file is gone: an immediate shutdown."""
        self.let_go()
        self.go_on()
        send(first, signal.SIGQUIT)
        wait_for("the end of a server without its directory", lambda: not alive(first))

    # Questions

    def hand(self) -> psycopg.Connection[tuple[Any, ...]]:
        """The lab's own connection; opened again after a restart."""
        if self._hand is None or self._hand.closed or self._hand.broken:
            self._hand = self.connect("postgres")
        return self._hand

    def connect(self, database: str, port: int | None = None) -> psycopg.Connection[tuple[Any, ...]]:
        """A new connection over the socket in the lab's folder; another port is a server on a copy."""
        import psycopg

        # A scenario may turn synchronous_commit off or name a standby; the lab's own commits are flushed, here.
        with no_pg_variables():
            return psycopg.connect(
                host=str(self.paths.sockets),
                port=port or self.port,
                user="postgres",
                dbname=database,
                autocommit=True,
                options="-c synchronous_commit=local -c statement_timeout=60s -c lock_timeout=0"
                " -c default_transaction_read_only=off",
            )

    def let_go(self) -> None:
        """Close the lab's own connection (a smart shutdown would wait for it)."""
        if self._hand is not None:
            self._hand.close()
            self._hand = None

    def ask(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query in the database postgres."""
        return self.hand().execute(query.encode(), parameters).fetchall()

    def try_(self, statement: str) -> str:
        """Run a statement that the server may refuse or die of; returns what was wrong, else ''."""
        import psycopg

        try:
            self.hand().execute(statement.encode())
        except psycopg.Error as error:
            self.let_go()
            return str(error) or type(error).__name__
        return ""

    def one(self, query: str, parameters: Sequence[object] = ()) -> Any:
        """The single value of a query."""
        return self.ask(query, parameters)[0][0]

    @property
    def archiving(self) -> bool:
        """Is archive_mode on?"""
        return bool(self.one("SELECT current_setting('archive_mode') <> 'off'"))

    def mark(self) -> Mark:
        """Where flush and redo are."""
        flush, redo = self.ask("SELECT pg_current_wal_flush_lsn()::text, redo_lsn::text FROM pg_control_checkpoint()")[
            0
        ]
        return Mark(parse_lsn(flush), parse_lsn(redo))

    def checkpoint_segments(self) -> int:
        """CheckPointSegments: the volume that asks for a checkpoint, from the settings in force."""
        megabytes, target = self.ask(
            "SELECT (SELECT setting::int FROM pg_settings WHERE name = 'max_wal_size'),"
            " current_setting('checkpoint_completion_target')::float8"
        )[0]
        return checkpoint_segments(megabytes_to_segments(int(megabytes), self.segment_size), float(target))

    def next_trigger(self) -> int:
        """The LSN at which the segment is finished that will ask for a checkpoint by volume."""
        at = self.mark()
        asks = segment_of(at.redo_lsn, self.segment_size) + self.checkpoint_segments()
        return max(asks, at.flush_lsn // self.segment_size + 1) * self.segment_size

    def pg_wal(self) -> PgWal | None:
        """pg_wal and archive_status as they are on disk."""
        folder = self.data / "pg_wal"
        if not folder.is_dir():
            return None
        listed = [entry.name for entry in folder.iterdir() if entry.is_file() and "temp" not in entry.name]
        status = folder / "archive_status"
        marks = [entry.name for entry in status.iterdir()] if status.is_dir() else []
        return from_listing(listed, marks, self.segment_size)

    def archived(self) -> frozenset[str]:
        """Names in the archive."""
        return frozenset(entry.name for entry in self.paths.real(ARCHIVE).iterdir())

    def waiting_files(self) -> list[str]:
        """Files that are .ready, in the order in which the archiver takes them."""
        seen = self.pg_wal()
        return [] if seen is None else archive_order(seen, self.segment_size)

    # Quiet

    def settle_checkpoints(self, before: Mark) -> bool:
        """Wait for the checkpoint that the WAL since `before` has asked for, and for every other to be complete.

        False when the server died of one, because its disk is full.
        """
        import psycopg

        try:
            if self._asked(before):
                wait_for(
                    "the checkpoint that WAL volume asked for",
                    lambda: self.crashed or self.mark().redo_lsn != before.redo_lsn,
                )
        except psycopg.OperationalError:
            if not self.crashed:
                raise
        wait_for("checkpoint complete", lambda: not self.log.checkpoint_runs())
        return not self.crashed

    def _asked(self, before: Mark) -> bool:
        size, finished = self.segment_size, segment_of(self.mark().flush_lsn, self.segment_size) - 1
        return finished >= segment_of(before.flush_lsn, size) and (
            finished >= segment_of(before.redo_lsn, size) + self.checkpoint_segments() - 1
        )

    @property
    def crashed(self) -> bool:
        """Was there a PANIC that nobody has dealt with?"""
        return self.log.count("PANIC:") > self.panics

    def hold(self, *kinds: str) -> None:
        """Stop processes of these kinds where they are."""
        for kind in kinds:
            for pid in self.pids(kind):
                send(pid, signal.SIGSTOP)
                self._held.add(pid)

    def go_on(self, *kinds: str) -> None:
        """Let processes of these kinds go on; no kind: all that are held."""
        chosen = {pid for kind in kinds for pid in self.pids(kind)} if kinds else set(self._held)
        for pid in chosen & self._held:
            send(pid, signal.SIGCONT)
            self._held.discard(pid)

    def forget_held(self) -> None:
        """The processes that were held are gone."""
        self._held.clear()

    def pids(self, kind: str) -> tuple[int, ...]:
        """Its processes of a kind that is held."""
        first = self.postmaster
        if first is None:
            return ()
        found = ((pid, _HELD.match(title(pid))) for pid in children(first))
        return tuple(pid for pid, match in found if match and match[1] == kind)
