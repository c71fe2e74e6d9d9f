"""Processes: run tools as a user that PostgreSQL accepts, find the children of one, stop and continue them."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

UNPRIVILEGED = ("postgres", "nobody", "daemon")
"""initdb and postgres refuse root; the first of these that exists runs them then."""

SECONDS = 120
"""No tool of the lab takes longer."""


def server_user() -> str | None:
    """The user to become for servers and tools; None: stay who we are."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise LookupError("running as root, and there is no unprivileged user to run PostgreSQL")


@dataclass(frozen=True, slots=True)
class Done:
    """A tool that has ended."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Runner:
    """Starts tools: as which user, where, and with which environment."""

    user: str | None
    home: Path
    environment: Mapping[str, str]

    def run(self, command: Sequence[str | Path], *, seconds: float = SECONDS) -> Done:
        """Run to the end; raises TimeoutExpired."""
        process = self.start(command, subprocess.PIPE, subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return Done(process.returncode, out, err)

    def start(
        self,
        command: Sequence[str | Path],
        stdout: int | IO[str],
        stderr: int | IO[str],
        stdin: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[str]:
        """Start without a shell; the caller waits."""
        group = pwd.getpwnam(self.user).pw_gid if self.user else None
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=self.home,
            env=dict(self.environment),
            user=self.user,
            group=group,
            extra_groups=[] if self.user else None,
            start_new_session=True,  # Ctrl-C in the terminal is for the lab, which then cleans up
        )


def alive(pid: int) -> bool:
    """Is there such a process (a zombie is none)?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _status(pid).startswith("Z")


def gone(pid: int) -> bool:
    """Is there no such process, not even a zombie (which PostgreSQL takes for a living one)?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def send(pid: int, what: signal.Signals) -> None:
    """Send a signal; a process that has ended in the meantime is no error."""
    with suppress(ProcessLookupError):
        os.kill(pid, what)


def children(parent: int) -> tuple[int, ...]:
    """The processes that this one has started and that live."""
    return tuple(sorted(pid for pid, above in _family() if above == parent))


def naming(words: str) -> tuple[int, ...]:
    """Processes whose command line holds these words."""
    return tuple(pid for pid, _ in _family() if words in title(pid))


def title(pid: int) -> str:
    """The command line, which PostgreSQL's processes overwrite with what they are; '' when it has ended."""
    proc = Path("/proc") / str(pid) / "cmdline"
    if Path("/proc/self").exists():
        with suppress(OSError):
            return proc.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        return ""
    return _ps("-o", "args=", "-p", str(pid)).strip()


def _status(pid: int) -> str:
    if Path("/proc/self").exists():
        with suppress(OSError):
            return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].strip()
        return "Z"
    return _ps("-o", "state=", "-p", str(pid)).strip()


def _family() -> list[tuple[int, int]]:
    """(process, parent) of every process."""
    if not Path("/proc/self").exists():  # macOS
        rows = [line.split() for line in _ps("-ax", "-o", "pid=,ppid=").splitlines()]
        return [(int(pid), int(parent)) for pid, parent in rows]
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                found.append((int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])))
    return found


def _ps(*options: str) -> str:
    return subprocess.run(["ps", *options], capture_output=True, text=True, check=False).stdout
