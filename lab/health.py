"""What this machine has for the lab: every installation with its tools, who servers run as, where, how many at once."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lab import NotHere, binaries
from lab.binaries import CLIENT_TOOLS, OTHER_TOOLS, SERVER_TOOLS, Installation, candidates, installations, usable
from lab.callers import NOT_THE_CALLERS
from lab.folders import base, new_home
from lab.owners import owned
from lab.permission import Allowed, Denied, allowed
from lab.processes import server_user
from lab.sweeping import OWNER, remove, unmount
from lab.tickets import at_once
from simulator.versions import version

_COMPRESSION = {"lz4": b"LZ4_compress", "zstd": b"ZSTD_compress"}


@dataclass(frozen=True, slots=True)
class Found:
    """One installation, looked at closely."""

    installation: Installation
    usable: bool
    """Can a scenario run on it, and does a run of this major take this one?"""
    borrowed: int | None
    """Major of the installation that lends client tools."""
    missing: tuple[str, ...]
    broken: tuple[str, ...]
    compression: tuple[str, ...]
    """Methods for pages and backups, beside the server's own."""


@dataclass(frozen=True, slots=True)
class Health:
    """The whole answer of `waldojo lab doctor`."""

    found: tuple[Found, ...]
    unreachable: tuple[Path, ...]
    """Folders with a server that the user who would run it cannot start."""
    user: str | None
    """None: servers run as whoever runs the dojo; '': there is nobody whom they could run as."""
    base: Path | None
    at_once: int
    disk: bool
    """Can a file system of a given size be mounted for a scenario?"""
    permission: Allowed | Denied


def look(server_address: str | None, environment: Mapping[str, str] = os.environ) -> Health:
    """Look at everything; starts each tool once, and no server."""
    everything = installations()
    best = usable(everything)
    found = tuple(_closely(one, best) for one in everything)
    return Health(
        found=found,
        unreachable=tuple(_unreachable(everything)),
        user=_user(),
        base=_base(),
        at_once=at_once(environment),
        disk=_can_mount(),
        permission=allowed(server_address, environment),
    )


def _closely(one: Installation, best: Mapping[int, Installation]) -> Found:
    wanted = [
        tool
        for tool in (*SERVER_TOOLS, *CLIENT_TOOLS, *OTHER_TOOLS)
        if tool != "pg_combinebackup" or version(one.major).summarize_wal
    ]
    taken = best.get(one.major)
    used = taken is not None and taken.folder == one.folder
    return Found(
        installation=one,
        usable=used,
        borrowed=taken.borrowed if taken is not None and used else None,
        missing=tuple(tool for tool in wanted if tool not in one.tools),
        broken=tuple(tool for tool in wanted if tool in one.tools and not binaries.said(one.tools[tool])),
        compression=tuple(_compression(one.tools["postgres"])),
    )


def _compression(postgres: Path) -> list[str]:
    """Which libraries the server calls: their functions are named in the program."""
    with suppress(OSError):
        content = postgres.read_bytes()
        return [name for name, function in _COMPRESSION.items() if function in content]
    return []


def _unreachable(known: tuple[Installation, ...]) -> list[Path]:
    """Programs below a folder that only root may enter are of no use to an unprivileged user."""
    folders = {one.folder for one in known}
    found = []
    for folder, _ in candidates():
        real = folder.resolve()
        there = all((real / tool).exists() for tool in SERVER_TOOLS)
        if there and real not in folders and real not in found and not binaries.said(real / "postgres"):
            found.append(real)
    return found


def _user() -> str | None:
    try:
        return server_user()
    except LookupError:
        return ""


def _base() -> Path | None:
    with suppress(NotHere):
        return base()
    return None


def _can_mount() -> bool:
    """Only root may, and not in every container: it is tried."""
    if os.geteuid() != 0 or _base() is None:
        return False
    home = new_home()
    try:
        with owned(home / OWNER):
            (home / "root").mkdir()
            words: list[str | Path] = ["mount", "-t", "tmpfs", "-o", "size=1m", "waldojo", home / "root"]
            done = subprocess.run(words, capture_output=True, check=False, env=NOT_THE_CALLERS)
            return done.returncode == 0 and unmount(home)
    except OSError:
        return False
    finally:
        remove(home)
