"""Processes: run tools as a user that PostgreSQL accepts, find those of a folder, stop and continue them."""

from __future__ import annotations

import ctypes
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from lab.callers import NOT_THE_CALLERS
from lab.limits import DEFAULTS, MB, LimitReached, Limits, heed

UNPRIVILEGED = ("postgres", "nobody", "daemon")
"""initdb and postgres refuse root; the first of these that exists runs them then."""
MORE_SECONDS = 60
"""Of a processor, beyond a run's own: the watch comes first."""
_CHUNK = 1 << 16
_SET_CHILD_SUBREAPER = 36


def server_user() -> str | None:
    """The user to become for servers and tools; None: stay who we are."""
    if os.geteuid() != 0:
        return None
    import pwd  # Unix only; what the pages import must not need it

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
    """Starts tools: as which user, where, with which environment and limits."""

    user: str | None
    home: Path
    environment: Mapping[str, str]
    limits: Limits = DEFAULTS

    def run(self, command: Sequence[str | Path], *, seconds: float | None = None) -> Done:
        """Run to the end; raises LimitReached for one that takes too long or prints too much."""
        process = self.start(command, subprocess.PIPE, subprocess.PIPE)
        longest = self.limits.seconds if seconds is None else seconds
        with process:
            try:
                out, err = _printed(process, time.monotonic() + longest, self.limits.output)
                process.wait(timeout=longest)
            except (subprocess.TimeoutExpired, TimeoutError):
                heed()  # it was stopped, and the run with it, for a reason that says more
                raise LimitReached("time", seconds=f"{longest:g}") from None
            except _TooMuchPrinted:
                tool, most = Path(command[0]).name, self.limits.output / MB
                raise LimitReached("output", tool=tool, megabytes=f"{most:g}") from None
            finally:
                if process.poll() is None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
        heed()
        return Done(process.returncode, *(part.decode("utf-8", "replace") for part in (out, err)))

    def start(
        self,
        command: Sequence[str | Path],
        stdout: int | IO[str],
        stderr: int | IO[str],
        stdin: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[str]:
        """Start without a shell; the caller waits."""
        heed()
        return subprocess.Popen(
            restricted(command, self.limits),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=self.home,
            env=dict(self.environment),
            user=self.user,
            group=_group(self.user),
            extra_groups=[] if self.user else None,
            start_new_session=True,  # Ctrl-C in the terminal is for the lab, which then cleans up
        )


def _group(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd

    return pwd.getpwnam(user).pw_gid


def restricted(command: Sequence[str | Path], limits: Limits) -> list[str]:
    """The command under hard limits of the kernel, for what outlives or outruns the watch.

    No core file, no endless file, no endless loop.  The process must set them itself before it becomes the tool: from
    outside that takes a right which root has not got in a container, and between fork and exec no Python may run.
    """
    words = [str(part) for part in command]
    if (prlimit := _prlimit()) is None:
        return words
    seconds = int(limits.seconds) + MORE_SECONDS
    return [prlimit, "--core=0", f"--fsize={limits.bytes}", f"--cpu={seconds}", "--", *words]


@cache
def _prlimit() -> str | None:
    """Of util-linux; macOS has none, and the watch is what is left."""
    return shutil.which("prlimit", path=os.defpath)


class _TooMuchPrinted(Exception):
    pass


def _printed(process: subprocess.Popen[str], end: float, most: int) -> tuple[bytes, bytes]:
    """What it prints on both streams; raises TimeoutError, and _TooMuchPrinted as soon as it is too much."""
    assert process.stdout is not None
    assert process.stderr is not None
    streams = (process.stdout.fileno(), process.stderr.fileno())
    found: dict[int, list[bytes]] = {stream: [] for stream in streams}
    total = 0
    with selectors.DefaultSelector() as open_ones:
        for stream in streams:
            open_ones.register(stream, selectors.EVENT_READ)
        while open_ones.get_map():
            if time.monotonic() > end:
                raise TimeoutError
            for key, _ in open_ones.select(timeout=max(0.0, end - time.monotonic())):
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    open_ones.unregister(key.fd)
                found[key.fd].append(chunk)
                total += len(chunk)
                if total > most:
                    raise _TooMuchPrinted
    out, err = (b"".join(found[stream]) for stream in streams)
    return out, err


def alive(pid: int) -> bool:
    """Is there such a process (a zombie is none)?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _status(pid).startswith("Z")


def bury(file: Path) -> None:
    """A postmaster.pid may name a process that has ended and that nobody collects (a container without an init).

    PostgreSQL would take the zombie for a server; the file gets the number of a process that is really gone.
    """
    try:
        first, _, rest = file.read_text().partition("\n")
        pid = int(first)
    except (OSError, ValueError):
        return
    if not alive(pid) and not gone(pid):
        with subprocess.Popen(["true"], env=NOT_THE_CALLERS) as ended:
            ended.wait()
        file.write_text(f"{ended.pid}\n{rest}")


def gone(pid: int) -> bool:
    """Is there no such process, not even a zombie (which PostgreSQL takes for a living one)?"""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # one that was adopted is ours to collect
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def adopt_orphans() -> None:
    """Become the parent of what servers leave behind: without an init (a container) they would stay as zombies."""
    with suppress(OSError, AttributeError):  # Linux only
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def collect_orphans() -> None:
    """Collect every child that has ended; for a process that starts nothing any more."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def send(pid: int, what: signal.Signals) -> None:
    """Send a signal; a process that has ended in the meantime is no error."""
    with suppress(ProcessLookupError):
        os.kill(pid, what)


def children(parent: int) -> tuple[int, ...]:
    """The processes that this one has started and that live."""
    return tuple(sorted(pid for pid, above in _family() if above == parent))


def descendants(ancestor: int) -> tuple[int, ...]:
    """Those that it has started, those that they have started, and so on."""
    family = _family()
    found, new = set[int](), {ancestor}
    while new:
        new = {pid for pid, above in family if above in new} - found
        found |= new
    return tuple(sorted(found))


def title(pid: int) -> str:
    """The command line, which PostgreSQL's processes overwrite with what they are; '' when it has ended."""
    proc = Path("/proc") / str(pid) / "cmdline"
    if Path("/proc/self").exists():
        with suppress(OSError):
            return proc.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        return ""
    return _ps("-o", "args=", "-p", str(pid)).strip()


def began(pid: int) -> str:
    """When a process began, in the system's own words: the same number at another time is another process."""
    if Path("/proc/self").exists():
        fields = _status(pid).split()
        return fields[19] if len(fields) > 19 else ""
    return _ps("-o", "lstart=", "-p", str(pid)).strip().replace(" ", "_")


def belonging(home: Path) -> tuple[int, ...]:
    """The processes of a run: they work in its folder and have no terminal, or descend from such.

    A person's shell in that folder has a terminal.  Where the system does not say in which folder a process of another
    user works (a container without ptrace), its command line must name the folder.
    """
    family = _family()
    found = {pid for pid, _ in family if pid != os.getpid() and _works_in(pid, str(home))}
    while more := {pid for pid, parent in family if parent in found} - found:
        found |= more
    return tuple(sorted(found))


def _works_in(pid: int, home: str) -> bool:
    try:
        folder = str((Path("/proc") / str(pid) / "cwd").readlink())
    except PermissionError:
        return f"{home}/" in title(pid)
    except OSError:
        return not Path("/proc/self").exists() and f"{home}/" in title(pid)
    inside = folder.startswith(f"{home}/") or folder.removesuffix(" (deleted)") == home
    return inside and _status(pid).split()[4:5] == ["0"]


def end_all(home: Path) -> None:
    """Kill every process of a run, whatever it does; more of them may begin meanwhile."""
    end = time.monotonic() + 5
    while (found := [pid for pid in belonging(home) if alive(pid)]) and time.monotonic() < end:
        for pid in found:
            with suppress(PermissionError):
                send(pid, signal.SIGKILL)
        time.sleep(0.005)


def _status(pid: int) -> str:
    """/proc/PID/stat from the third field on."""
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
    for name in os.listdir("/proc"):  # noqa: PTH208  (a tenth of the time of iterdir, and this runs all the time)
        if name.isdigit():
            with suppress(IndexError):
                found.append((int(name), int(_status(int(name)).split()[1])))
    return found


def _ps(*options: str) -> str:
    words = ["ps", *options]
    return subprocess.run(words, capture_output=True, text=True, check=False, env=NOT_THE_CALLERS).stdout
