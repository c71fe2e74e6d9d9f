"""Who owns a folder or a place in the queue: a process, told apart from a later one with the same number."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lab.processes import alive, began


@dataclass(frozen=True, slots=True)
class Owner:
    """A process: its number, when it began, and the process namespace in which that number counts ('' where none)."""

    pid: int
    start: str = ""
    space: str = ""

    @classmethod
    def me(cls) -> Owner:
        """The process that asks."""
        return cls(os.getpid(), began(os.getpid()), _space())

    @classmethod
    def read(cls, file: Path) -> Owner | None:
        """Who is named in a file; None when there is no such file or nobody in it."""
        with suppress(OSError, ValueError):
            pid, *more = file.read_text(encoding="ascii").split()
            return cls(int(pid), *more[:2])
        return None


@contextmanager
def owned(file: Path) -> Iterator[None]:
    """Name this process in a file, all at once, and hold a lock on it that ends with the process at the latest."""
    import fcntl  # Unix only; what the pages import must not need it

    me = Owner.me()
    half = file.with_name(f".{file.name}.{me.pid}")
    with half.open("w", encoding="ascii") as opened:
        opened.write(f"{me.pid} {me.start} {me.space}\n")
        opened.flush()
        fcntl.flock(opened, fcntl.LOCK_EX)
        half.replace(file)
        yield


def has_living_owner(file: Path) -> bool:
    """Is the process that is named in this file still there?"""
    owner = Owner.read(file)
    if owner is None:
        return False
    if owner.space and owner.space != _space():
        return _is_locked(file)  # a container that shares this folder: its processes cannot be seen from here
    return alive(owner.pid) and (not owner.start or began(owner.pid) == owner.start)


def _is_locked(file: Path) -> bool:
    import fcntl

    with file.open(encoding="ascii") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def boot() -> str:
    """Which start of the machine this is; '' where the system does not tell."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def _space() -> str:
    with suppress(OSError):
        # The boot belongs to it: numbers of namespaces begin anew with each.
        return f"{Path('/proc/self/ns/pid').readlink()}@{boot()}"
    return ""
