"""A disk of a given size: pg_wal on a small file system of its own, where the machine allows one to be mounted.

Whoever removes a run's folder unmounts it (lab.sweeping).
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lab import NotHere
from lab.callers import NOT_THE_CALLERS
from lab.sweeping import mounts
from simulator.commands import Remove, ResizeDisk
from simulator.lsn import MB
from simulator.scenario import Scenario, ServerPlan
from simulator.world import PRIMARY

if TYPE_CHECKING:
    from lab.cluster import Lab

BESIDE = 512 << 10
"""Bytes for what lies in pg_wal beside segments: backup history, summaries.  Less than a segment, so that the disk has
room for as many whole segments as the scenario says."""
ENOUGH = 1 << 40
"""A size to begin with for a scenario that gives none and changes it later: memory is taken as files are written."""


def plan_with_disk(scenario: Scenario) -> ServerPlan:
    """The plan for the lab: a disk that will get another size is one from the beginning."""
    plan = scenario.server
    resized = any(isinstance(planned.command, ResizeDisk) for planned in scenario.timeline)
    return replace(plan, disk_bytes=ENOUGH) if resized and plan.disk_bytes is None else plan


def lay(lab: Lab) -> None:
    """Move the pg_wal of a stopped server to a file system of the plan's size.  Raises NotHere."""
    if lab.plan.disk_bytes is None:
        return
    pg_wal = _pg_wal(lab)
    before = pg_wal.with_name("pg_wal.before")
    pg_wal.rename(before)
    pg_wal.mkdir(mode=0o700)
    owner = f",uid={_owner(lab).pw_uid},gid={_owner(lab).pw_gid}" if lab.runner.user else ""
    options = f"size={_size(lab, lab.plan.disk_bytes)},mode=0700,nosuid,nodev,noexec{owner}"
    _mount("-t", "tmpfs", "-o", options, "waldojo", pg_wal)
    words: list[str | Path] = ["cp", "-a", f"{before}/.", pg_wal]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=NOT_THE_CALLERS)
    if done.returncode != 0:
        raise NotHere("disk_too_small", megabytes=lab.plan.disk_bytes // MB)
    shutil.rmtree(before)
    lab.server.small_disk = True


def resize(lab: Lab, command: ResizeDisk) -> None:
    """Another size; never less than what is on it, which no file system would do."""
    pg_wal = _pg_wal(lab)
    if pg_wal not in mounts(lab.home):
        raise NotHere("disk")
    found = os.statvfs(pg_wal)
    used = (found.f_blocks - found.f_bfree) * found.f_frsize
    _mount("-o", f"remount,size={max(_size(lab, command.bytes), used)}", pg_wal)


def refuse_removal(lab: Lab, command: Remove) -> None:
    """Rm cannot take a mounted pg_wal away, and a directory made anew would be on another disk.  Raises NotHere."""
    if PRIMARY in command.paths and _pg_wal(lab) in mounts(lab.home):
        raise NotHere("disk_removed")


def _pg_wal(lab: Lab) -> Path:
    return lab.server.data / "pg_wal"


def _owner(lab: Lab) -> pwd.struct_passwd:
    assert lab.runner.user is not None
    return pwd.getpwnam(lab.runner.user)


def _size(lab: Lab, wanted: int) -> int:
    """Room for whole segments, as the model counts it, and for the small files beside them."""
    size = lab.plan.segment_size
    return wanted // size * size + min(BESIDE, size // 2)


def _mount(*words: str | Path) -> None:
    try:
        subprocess.run(["mount", *words], capture_output=True, check=True, env=NOT_THE_CALLERS)
    except (OSError, subprocess.SubprocessError):
        raise NotHere("disk") from None
