"""Client programs that live longer than a step: a pg_basebackup held in the middle, psql sessions that stay open."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lab import NotHere
from lab.cluster import Lab
from lab.processes import children, send
from lab.server import wait_for
from lab.words import constant, told
from simulator.commands import PgBasebackup

RATE = "128M"
"""--max-rate: without it a small cluster is copied before anybody could look; the copy then takes half a second."""
WAITING = "waiting for required WAL segments to be archived"
_CUT_OFF = ("server closed the connection", "terminated before stop point", "process terminated unexpectedly")
_PROGRESS = re.compile(r"\s*\d+/\d+ kB \(\d+%\)")


def basebackup_line(lab: Lab, command: PgBasebackup) -> list[str | Path]:
    """The command line, from the parsed form."""
    real, new = lab.paths.real, lab.paths.new
    line: list[str | Path] = [lab.tool("pg_basebackup"), "-D", new(command.directory)]
    line += [f"-F{command.format[0]}", f"-X{command.wal_method[0]}", "-c", command.checkpoint, "-r", RATE]
    line += ["-l", constant(command.label)]
    for flag, given in (
        ("-P", command.progress),
        ("-v", command.verbose),
        ("-R", command.write_recovery_conf),
        ("-C", command.create_slot),
        ("--no-slot", command.no_slot),
    ):
        line += [flag] if given else []
    line += ["-S", _slot(command.slot)] if command.slot else []
    line += ["--waldir", new(command.waldir)] if command.waldir else []
    for old, mapped in command.tablespace_mapping:
        line += ["-T", f"{real(old)}={new(mapped)}"]
    return line


def _slot(text: str) -> str:
    """pg_basebackup puts the name between quotation marks of a replication command, and nothing before them."""
    if '"' in text or "\\" in text:
        raise NotHere("name", text=told(text))
    return constant(text)


@dataclass(slots=True)
class HeldBackup:
    """A pg_basebackup: started, held while it copies data files, let go."""

    lab: Lab
    command: PgBasebackup
    process: subprocess.Popen[str]
    stdout: Path
    stderr: Path
    receivers: tuple[int, ...] = ()
    receiver_held: bool = False
    cut_off: bool = False
    """Has its server ended since it began?"""

    @classmethod
    def begin(cls, lab: Lab, command: PgBasebackup) -> HeldBackup:
        """Start it and hold it while the data files are under way, or see it fail before that."""
        line, before = basebackup_line(lab, command), _walsenders(lab)
        out, err = _output(lab, "backup"), _output(lab, "backup")
        with out.open("w") as stdout, err.open("w") as stderr:
            process = lab.runner.start(line, stdout, stderr)
        held = cls(lab, command, process, out, err)
        wait_for("the copying of data files", lambda: held.ended or held.copies(before), seconds=60)
        if not held.ended:
            send(process.pid, signal.SIGSTOP)
            held.receivers = children(process.pid)
        return held

    def copies(self, before: Mapping[int, str]) -> bool:
        """Are data files under way, and is the second connection there when there is to be one?"""
        mine = {pid: state for pid, state in _walsenders(self.lab).items() if pid not in before}
        if not mine:
            return False
        if self.command.wal_method == "stream" and "streaming" not in mine.values():
            return False
        if not _has_progress_view(self.lab):
            return "backup" in mine.values() and self._has_files()
        phases = self.lab.server.ask("SELECT pid, phase FROM pg_stat_progress_basebackup")
        return any(pid in mine and phase == "streaming database files" for pid, phase in phases)

    def _has_files(self) -> bool:
        folder = self.lab.paths.real(self.command.directory)
        tar = folder / "base.tar"
        return (folder / "base").is_dir() or (tar.exists() and tar.stat().st_size > 0)

    @property
    def ended(self) -> bool:
        """Has the program ended?"""
        return self.process.poll() is not None

    @property
    def waits_for_archive(self) -> bool:
        """Does it (with -Xn) wait for an archive that is stuck?"""
        return WAITING in self.stderr.read_text(errors="replace")

    def hold_receiver(self, *, held: bool) -> None:
        """The process that receives WAL is stopped, or goes on."""
        for pid in self.receivers:
            send(pid, signal.SIGSTOP if held else signal.SIGCONT)
        self.receiver_held = held

    def miss_server(self) -> None:
        """It goes on and finds its server gone; while its receiver stands still, it is the copy that finds out."""
        if self.receiver_held:
            self.go_on(receiver=False)
            wait_for("the end of a backup without its server", lambda: self.ended)
            self.hold_receiver(held=False)
        else:
            self.go_on()

    def go_on(self, *, receiver: bool = True) -> None:
        """The client continues, its receiver with it unless that is to be held a little longer."""
        if self.receiver_held and receiver:
            self.hold_receiver(held=False)
        send(self.process.pid, signal.SIGCONT)

    def output(self) -> tuple[str, str]:
        """What it printed on stdout and stderr; of the progress reports only the last: time makes their number."""
        lines = self.stderr.read_text(errors="replace").splitlines()
        last = max((number for number, line in enumerate(lines) if _PROGRESS.match(line)), default=-1)
        if any(word in line for line in lines for word in _CUT_OFF):
            last = -1  # whether it had reported by then is the clock's business
        kept = [line for number, line in enumerate(lines) if number == last or not _PROGRESS.match(line)]
        return self.stdout.read_text(errors="replace"), "\n".join(kept)

    def kill(self) -> None:
        """End it, whatever it does."""
        for pid in (*self.receivers, self.process.pid):
            send(pid, signal.SIGKILL)
        self.process.wait()


def _output(lab: Lab, whose: str) -> Path:
    """A new file for what a client prints; no word of a learner is in its name."""
    number, path = tempfile.mkstemp(prefix=f"{whose}-", dir=lab.home / "output")
    os.close(number)
    return Path(path)


def _walsenders(lab: Lab) -> dict[int, str]:
    if lab.server.postmaster is None:
        return {}
    rows = lab.server.ask("SELECT pid, state FROM pg_stat_replication")
    return {int(pid): str(state) for pid, state in rows}


def _has_progress_view(lab: Lab) -> bool:
    return bool(lab.server.one("SELECT to_regclass('pg_stat_progress_basebackup') IS NOT NULL"))


@dataclass(slots=True)
class Session:
    """A psql that stays open: its answers are psql's own, and a backup belongs to it."""

    process: subprocess.Popen[str]
    stdout: Path
    stderr: Path
    number: int = 0
    read: list[int] = field(default_factory=lambda: [0, 0])

    @classmethod
    def open(cls, lab: Lab, database: str = "postgres") -> Session:
        """Start psql; it reads statements from a pipe."""
        out, err = _output(lab, "session"), _output(lab, "session")
        with out.open("w") as stdout, err.open("w") as stderr:
            line: list[str | Path] = [lab.tool("psql"), "-X", "-d", database]
            process = lab.runner.start(line, stdout, stderr, stdin=subprocess.PIPE)
        return cls(process, out, err)

    def send(self, statement: str) -> None:
        """Have a statement run; `answered` says when it is done."""
        assert self.process.stdin is not None
        self.number += 1
        with suppress(BrokenPipeError):
            self.process.stdin.write(f"{statement} \\g\n\\echo {self._sign}\n")
            self.process.stdin.flush()

    @property
    def _sign(self) -> str:
        return f"--answered-{self.number}--"

    @property
    def answered(self) -> bool:
        """Is the last statement done (or psql gone)?"""
        return self._sign in self.stdout.read_text(errors="replace") or self.process.poll() is not None

    @property
    def waits_for_archive(self) -> bool:
        """Does a stop function wait for an archive that is stuck?"""
        return WAITING in self.stderr.read_text(errors="replace")[self.read[1] :]

    def take(self) -> tuple[int, str, str]:
        """Exit code as psql -c would have it, and what was printed since the last call."""
        out, err = self.stdout.read_text(errors="replace"), self.stderr.read_text(errors="replace")
        new_out, new_err = out[self.read[0] :], err[self.read[1] :]
        self.read = [len(out), len(err)]
        kept = [line for line in new_out.splitlines() if not line.startswith("--answered-")]
        failed = any(line.startswith(("ERROR:", "FATAL:")) for line in new_err.splitlines())
        return int(failed), "\n".join(kept), new_err

    def close(self) -> None:
        """End of the session."""
        with suppress(BrokenPipeError, ValueError, subprocess.TimeoutExpired):
            self.process.communicate(timeout=1)
        if self.process.poll() is None:
            # It waits for the archive inside a statement: somebody presses Ctrl-C and leaves.
            self.process.kill()
            self.process.wait()
