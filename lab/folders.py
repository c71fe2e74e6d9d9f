"""Where the lab may put things: writable, programs may run there, and the path is short enough for a socket."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lab import NotHere
from lab.processes import server_user

PREFIX = "waldojo-lab-"
"""Folders of runs."""
IN_MEMORY = "/dev/shm"  # noqa: S108  (as those below)
COMMON = ("/tmp", "/var/tmp", IN_MEMORY)  # noqa: S108  (a folder made in them is 0700 and has a name of its own)
PLENTY = 8 << 30
"""Bytes of memory that must be free for runs to be in memory: four times what one of them may use."""
ROOM = 400 << 20
"""Bytes that must be free for a run."""
LONGEST_SOCKET = 100
_PLAIN = re.compile(r"[A-Za-z0-9_./+-]*")
"""pg_ctl gives paths to a shell between quotation marks that keep no $(…) from being run; a comma parts two folders."""
_SOCKET = f"{PREFIX}12345678/sockets/.s.PGSQL.5432"


def bases() -> Iterator[Path]:
    """Folders in which runs may be: the system's temporary one, then the usual ones."""
    seen = set()
    with suppress(OSError):
        seen.add(Path(tempfile.gettempdir()))
        yield Path(tempfile.gettempdir())
    for name in COMMON:
        if Path(name) not in seen:
            yield Path(name)


def base() -> Path:
    """Where a new run goes: the first of them that will do.  Raises NotHere.

    A file system in memory comes before them all when there is more than enough of it, and nobody has set TMPDIR: a
    run's thousand files are made there in a seventh of the time.
    """
    if IN_MEMORY in COMMON and "TMPDIR" not in os.environ and suits(Path(IN_MEMORY)) and _much_memory():
        return Path(IN_MEMORY)
    for folder in bases():
        if suits(folder):
            return folder
    raise NotHere("no_place", folders=", ".join(map(str, bases())), megabytes=ROOM >> 20)


def _much_memory() -> bool:
    with suppress(OSError, ValueError):
        told = Path("/proc/meminfo").read_text(encoding="ascii")
        available = next(int(line.split()[1]) << 10 for line in told.splitlines() if line.startswith("MemAvailable:"))
        return min(available, shutil.disk_usage(IN_MEMORY).free) >= PLENTY
    return False


def suits(folder: Path) -> bool:
    """Can a server live below this folder?"""
    try:
        if len(str(folder / _SOCKET)) > LONGEST_SOCKET or not os.access(folder, os.W_OK | os.X_OK):
            return False
        if _PLAIN.fullmatch(str(folder)) is None:
            return False
        if os.statvfs(folder).f_flag & getattr(os, "ST_NOEXEC", 0):  # archive_command is a program of the lab
            return False
        if server_user() and not all(above.stat().st_mode & stat.S_IXOTH for above in (folder, *folder.parents)):
            return False
        return shutil.disk_usage(folder).free >= ROOM
    except OSError:
        return False


def new_home() -> Path:
    """A folder for a run: nobody else's, and not there before."""
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=base()))


def homes() -> Iterator[Path]:
    """Folders of runs that this user, or the user of its servers, has made."""
    mine = {os.geteuid(), _uid_of_servers()}
    for folder in bases():
        for home in sorted(folder.glob(PREFIX + "*")):
            with suppress(OSError):
                found = home.lstat()
                if stat.S_ISDIR(found.st_mode) and found.st_uid in mine:
                    yield home


def area(name: str, *, beside_runs: bool = False) -> Path:
    """A folder that stays between runs, for this user only.  Raises NotHere when somebody else has taken every name.

    `beside_runs`: where runs are now, for what is copied there; otherwise always in the same place.
    """
    for folder in (*([base()] if beside_runs else []), *filter(suits, bases())):
        own = folder / f"waldojo-{os.geteuid()}"
        with suppress(OSError):
            own.mkdir(mode=0o700, exist_ok=True)
            if is_private(own):
                (own / name).mkdir(mode=0o700, exist_ok=True)
                return own / name
    raise NotHere("no_place", folders=", ".join(map(str, bases())), megabytes=ROOM >> 20)


def is_private(folder: Path) -> bool:
    """Is it a real directory of ours, into which nobody else can look?"""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _uid_of_servers() -> int:
    with suppress(LookupError, ImportError):
        import pwd

        user = server_user()
        if user:
            return pwd.getpwnam(user).pw_uid
    return os.geteuid()
