"""The end of a run: its processes, its shared memory, its mounts, its folder.  Also for a run whose owner is dead."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from lab.callers import NOT_THE_CALLERS
from lab.folders import homes
from lab.owners import Owner, has_living_owner
from lab.processes import alive, belonging, end_all, send, title

OWNER = "owner"
NEW = 3600.0
"""Seconds for which a folder without an owner may be one that is being made."""
_ESCAPE = re.compile(r"\\([0-7]{3})")
_LOCK_FILES = "root/**/postmaster.pid"
_MNT_DETACH = 2
_IPC_RMID = 0


def sweep(*, own_too: bool = False) -> None:
    """Remove the runs whose owner is gone, with everything that they could not end any more.

    `own_too`: also those of this very process, for a process that is about to give up.
    """
    for home in homes():
        with suppress(OSError, ValueError):
            owner = Owner.read(home / OWNER)
            if owner is None:
                stale = time.time() - home.stat().st_mtime > NEW  # or its maker died in that very moment
            else:
                stale = not has_living_owner(home / OWNER) or (own_too and owner == Owner.me())
            if stale:
                remove(home)


def remove(home: Path) -> None:
    """End what runs there, take its mounts away, delete it.  What is still mounted stays for the next sweep."""
    segments = [segment for file in home.glob(_LOCK_FILES) for segment in shared_memory(file.parent)]
    _quit_servers(home)
    end_all(home)
    forget(segments)
    if unmount(home):
        shutil.rmtree(home, ignore_errors=True)


def _postmasters(home: Path) -> list[tuple[int, Path]]:
    found = []
    for file in home.glob(_LOCK_FILES):
        with suppress(OSError, ValueError, IndexError):
            found.append((int(file.read_text().split()[0]), file.parent))
    return found


def _quit_servers(home: Path) -> None:
    """An immediate shutdown: the server gives its semaphores and shared memory back, which a kill does not do."""
    servers = [pid for pid, data in _postmasters(home) if str(data) in title(pid)]
    if not servers:
        return
    for pid in belonging(home):
        with suppress(PermissionError):
            send(pid, signal.SIGCONT)  # a stopped child would be waited for
    for pid in servers:
        with suppress(PermissionError):
            send(pid, signal.SIGQUIT)
    end = time.monotonic() + 2
    while any(map(alive, servers)) and time.monotonic() < end:
        time.sleep(0.005)


def shared_memory(data: Path) -> list[int]:
    """The System V segment of the server in this directory: the seventh line of postmaster.pid is key and number."""
    with suppress(OSError, ValueError, IndexError):
        return [int((data / "postmaster.pid").read_text().splitlines()[6].split()[1])]
    return []


def forget(segments: list[int]) -> None:
    """Remove segments that killed servers have left, unless somebody is attached to them."""
    if not segments:
        return
    with suppress(OSError, ValueError, IndexError):
        for row in Path("/proc/sysvipc/shm").read_text(encoding="ascii").splitlines()[1:]:
            fields = row.split()
            if int(fields[1]) in segments and fields[6] == "0":
                ctypes.CDLL(None).shmctl(int(fields[1]), _IPC_RMID, None)


def mounts(home: Path) -> list[Path]:
    """What is mounted below a folder, the deepest first."""
    found = []
    with suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
            point = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), line.split()[4])
            if point.startswith(f"{home}/"):
                found.append(Path(point))
    return sorted(found, key=lambda point: len(point.parts), reverse=True)


def unmount(home: Path) -> bool:
    """Take every mount below a folder away; False when one of them stays."""
    for point in mounts(home):
        if os.geteuid() == 0:
            ctypes.CDLL(None).umount2(os.fsencode(point), _MNT_DETACH)
            continue
        for helper in ("fusermount3", "fusermount"):
            with suppress(OSError, subprocess.SubprocessError):
                words = [helper, "-u", "-z", point]
                subprocess.run(words, capture_output=True, timeout=10, check=True, env=NOT_THE_CALLERS)
                break
    return not mounts(home)
