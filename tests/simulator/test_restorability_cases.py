"""Which backup can be restored, and from what: a table, on every major; each answer is tried by starting the copy."""

from __future__ import annotations

import pytest

from simulator import commands as c
from simulator.restorable import restorability
from simulator.versions import KNOWN, version
from simulator.world import ARCHIVE, PRIMARY, World
from tests.simulator.commanded import begun, steps
from tests.simulator.plans import plan
from tests.simulator.test_restorability import _check_restorability

BASE, COPY = "/backup/base", "/backup/copy"
WRITE, CHECKPOINT = c.WriteWal(3 << 20), c.Checkpoint()
END = c.ClientFinishes("me")


def _base(method: str, **options: object) -> c.PgBasebackup:
    return c.PgBasebackup(BASE, wal_method=method, client="me", **options)  # type: ignore[arg-type]


START = c.BackupStart("start", "night", fast=True, session="keeper")
STOP = c.BackupStop("stop", wait_for_archive=False, session="keeper")
NO_WAL = c.Copy(PRIMARY, COPY, ("pg_wal/*", "postmaster.pid"))
WITH_WAL = c.Copy(PRIMARY, COPY, ("postmaster.pid",))

# What is done, with an archive or without, where the backup is, the answer.
CASES: dict[str, tuple[bool, tuple[c.Command, ...], str, str]] = {
    "nothing there": (False, (), "/backup/nothing", "nothing_there"),
    "a dump": (False, (c.PgDump("shop", "custom", "/backup/dump"),), "/backup/dump", "logical"),
    "-Xs, nothing meanwhile": (False, (_base("stream"), END), BASE, "complete"),
    "-Xs, much meanwhile": (False, (_base("stream"), WRITE, CHECKPOINT, END), BASE, "complete"),
    "-Xf, nothing meanwhile": (False, (_base("fetch"), END), BASE, "complete"),
    "-Xf, its WAL removed": (False, (_base("fetch"), WRITE, CHECKPOINT, WRITE, CHECKPOINT, END), BASE, "nothing_there"),
    "-Xn with an archive": (True, (_base("none"), WRITE, END), BASE, "from_archive"),
    "-Xn without": (False, (_base("none"), END), BASE, "no_checkpoint_record"),
    "-Xs as tar": (False, (_base("stream", format="tar"), END), BASE, "complete"),
    "-Xf as tar": (False, (_base("fetch", format="tar"), END), BASE, "complete"),
    "-Xn as tar": (False, (_base("none", format="tar"), END), BASE, "no_checkpoint_record"),
    "a cold copy": (False, (c.PgCtl("stop", PRIMARY), c.Copy(PRIMARY, COPY)), COPY, "complete"),
    "a copy after a crash": (False, (WRITE, c.Crash(), c.Copy(PRIMARY, COPY)), COPY, "complete"),
    "low-level, never stopped": (False, (START, NO_WAL), COPY, "no_checkpoint_record"),
    "low-level, no label": (True, (START, NO_WAL, STOP), COPY, "from_archive"),
    "low-level, label saved": (True, (START, NO_WAL, WRITE, STOP, c.SaveLabel(COPY)), COPY, "from_archive"),
    "low-level, label, WAL copied": (
        True,
        (START, NO_WAL, STOP, c.SaveLabel(COPY), c.Copy(ARCHIVE, f"{COPY}/pg_wal")),
        COPY,
        "complete",
    ),
    "low-level without archive or WAL": (False, (START, NO_WAL, STOP, c.SaveLabel(COPY)), COPY, "no_checkpoint_record"),
    "low-level, WAL of the moment only": (False, (START, WITH_WAL, STOP, c.SaveLabel(COPY)), COPY, "wal_missing"),
    "low-level, pg_wal copied after the stop": (
        False,
        (START, NO_WAL, STOP, c.SaveLabel(COPY), c.Copy(f"{PRIMARY}/pg_wal", f"{COPY}/pg_wal")),
        COPY,
        "complete",
    ),
}


def _ended(major: int, case: str) -> World:
    archive, story, _, _ = CASES[case]
    facts = version(major)
    world = begun(plan(major, archive=archive))
    for command in story:
        told = command
        if isinstance(command, c.BackupStart):
            told = c.BackupStart(facts.backup_start_function, "night", fast=True, session="keeper")
        elif isinstance(command, c.BackupStop):
            told = c.BackupStop(facts.backup_stop_function, wait_for_archive=False, session="keeper")
        for _, _, outcome in steps(world, (told,)):
            world = outcome.world
    return world


@pytest.mark.parametrize("case", CASES)
def test_whether_a_backup_can_be_restored(case: str) -> None:
    """The same on all majors; and starting it agrees."""
    _, _, path, reason = CASES[case]
    answers = {major: restorability(_ended(major, case), path).reason for major in KNOWN}
    assert answers == dict.fromkeys(KNOWN, reason)
    for major in KNOWN:
        assert _check_restorability(_ended(major, case), path) in ("", reason)
