"""Data directories that were made once, and are copied for each run.

initdb takes as long as the rest of a small run, and so does loading a plan's rows.  Both depend on the installation and
the plan only, so what they leave (a cleanly stopped server) is kept: per user, where nobody else can look or write.
A plan's is kept when it is asked for the second time: a lesson that is tried again and again, a property test.
A template appears by a rename, so a half-made one is never seen; one that is being copied is not removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lab import NotHere, ToolFailed
from lab.callers import NOT_THE_CALLERS
from lab.folders import area
from lab.owners import boot
from lab.settings import shown
from simulator.lsn import MB
from simulator.world import PRIMARY

if TYPE_CHECKING:
    from lab.cluster import Lab

MOST = 16
"""Templates that are kept; the one that was not used for the longest time goes first."""
SEEN = ".seen"
KEY_LENGTH = 24
LONGEST = 86_400.0
"""Seconds that one is kept: what clears the system's temporary folder must not eat it file by file."""
HALF_LIFE = 600.0
"""Seconds after which nobody is still writing a half-made one."""


def lay(lab: Lab, conf: str, load: Callable[[Lab], None]) -> None:
    """Put a stopped server, loaded as its plan says, into the run's folder; `load` is done at most once a plan."""
    bare = _key(lab)
    loaded = _key(lab, plan={"databases": lab.plan.databases, "conf": shown(lab.home, conf).replace(str(lab.home), "")})
    if _taken(loaded, lab):
        _configure(lab, conf)
        return
    if not _taken(bare, lab):
        _initdb(lab)
        _keep(bare, lab)
    _configure(lab, conf)
    load(lab)
    if _seen_before(loaded):
        _keep(loaded, lab)


def lay_world(lab: Lab, recipe: str, make: Callable[[], Path]) -> None:
    """Put a world of another making into the run's folder; `make`, called at most once, gives initdb's conf."""
    key = _key(lab, recipe=recipe)
    if not _taken(key, lab):
        shutil.copyfile(make(), lab.home / "initdb.conf")
        _keep(key, lab)


def _initdb(lab: Lab) -> None:
    size = lab.plan.segment_size // MB
    options = ["-U", "postgres", "-A", "trust", "-N", "--no-locale", "-E", "UTF8", f"--wal-segsize={size}"]
    done = lab.runner.run([lab.installation.tools["initdb"], "-D", lab.paths.real(PRIMARY), *options])
    if done.exit_code != 0:
        raise ToolFailed(f"initdb: {done.stderr}")
    shutil.copyfile(_conf(lab), lab.home / "initdb.conf")


def _conf(lab: Lab) -> Path:
    return lab.paths.real(PRIMARY) / "postgresql.conf"


def _configure(lab: Lab, conf: str) -> None:
    """Write postgresql.conf: initdb's, then the lines of this run, which name its folder."""
    _conf(lab).write_text((lab.home / "initdb.conf").read_text(encoding="utf-8") + conf, encoding="utf-8")


def _key(lab: Lab, **more: object) -> str:
    """Everything on which a template depends: the programs, the cluster, this machine's start, and the lab itself.

    After a crash of the machine files that were never flushed may be anything.
    """
    programs = lab.installation.tools["postgres"]
    told = {
        "folder": str(lab.installation.folder),
        "release": lab.installation.release,
        "built": programs.stat().st_mtime_ns,
        "segment_size": lab.plan.segment_size,
        "user": lab.runner.user,
        "boot": boot(),
        "lab": [hashlib.sha256(file.read_bytes()).hexdigest() for file in _recipe()],
        **more,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:KEY_LENGTH]


def _recipe() -> list[Path]:
    return [Path(__file__), Path(__file__).with_name("cluster.py")]


# The store


@contextmanager
def _locked(store: Path, *, alone: bool) -> Iterator[None]:
    import fcntl  # Unix only; what the pages import must not need it

    with (store / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


def _taken(key: str, lab: Lab) -> bool:
    """Copy a template into the run's folder, if there is one."""
    with suppress(NotHere):
        store = area("templates", beside_runs=True)
        with _locked(store, alone=False):
            if (store / key).is_dir() and not _is_old(store / key):
                os.utime(store / key)
                _copy(store / key / "root", lab.home)
                shutil.copyfile(store / key / "initdb.conf", lab.home / "initdb.conf")
                return True
    return False


def _seen_before(key: str) -> bool:
    """Has a run asked for this one before?  What is asked for only once is not worth a copy."""
    with suppress(NotHere, OSError):
        mark = area("templates", beside_runs=True) / f"{key}{SEEN}"
        seen = mark.exists()
        mark.touch()
        return seen
    return False


def _keep(key: str, lab: Lab) -> None:
    """Keep a copy of what is in the run's folder.  A store that is full or gone only costs the next run its time."""
    with suppress(NotHere, OSError, ToolFailed):
        store = area("templates", beside_runs=True)
        half = store / f".half.{os.getpid()}.{key}"
        half.mkdir(mode=0o700)
        try:
            _copy(lab.home / "root", half)
            shutil.copyfile(lab.home / "initdb.conf", half / "initdb.conf")
            with _locked(store, alone=True):
                _make_room(store)
                if not (store / key).exists():
                    half.rename(store / key)
        finally:
            shutil.rmtree(half, ignore_errors=True)


def _make_room(store: Path) -> None:
    """Away with old ones, those that are too many, and what a killed process has left half-made."""
    now = time.time()
    for half in store.glob(".half.*"):
        if now - half.stat().st_mtime > HALF_LIFE:
            shutil.rmtree(half, ignore_errors=True)
    for mark in store.glob(f"*{SEEN}"):
        if now - mark.stat().st_mtime > LONGEST:
            mark.unlink(missing_ok=True)
    kept = [path for path in store.iterdir() if len(path.name) == KEY_LENGTH]
    kept.sort(key=lambda path: path.stat().st_mtime)
    for number, path in enumerate(kept):
        if _is_old(path) or number <= len(kept) - MOST:
            shutil.rmtree(path, ignore_errors=True)


def _is_old(template: Path) -> bool:
    return time.time() - (template / "initdb.conf").stat().st_mtime > LONGEST


def _copy(source: Path, folder: Path) -> None:
    """A copy with owners, modes and holes, by the file system itself where it can; never links to the same blocks."""
    for options in (["-a", "--reflink=auto"], ["-Rp"]):  # GNU; macOS and others
        done = subprocess.run(["cp", *options, source, folder], capture_output=True, check=False, env=NOT_THE_CALLERS)
        if done.returncode == 0:
            return
    raise ToolFailed(f"cp: {done.stderr.decode(errors='replace')}")
