"""The model of recovery against random recoveries (tests/recorders/record_recovery.py): combinations nobody chose."""

# ruff: noqa: ARG005  a wrong rule takes what the right one takes, and looks at less of it

from __future__ import annotations

import importlib
import json
import tarfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from simulator.replay_recovery import NOT_DETERMINED, replay
from simulator.replay_trace import Compared
from simulator.versions import KNOWN

Json = dict[str, Any]
BUNDLE = Path(__file__).resolve().parents[1] / "data" / "recovery_drawn.tar.xz"


@cache
def recordings() -> tuple[Json, ...]:
    with tarfile.open(BUNDLE) as bundle:
        files = [bundle.extractfile(member) for member in bundle]
        return tuple(json.loads(file.read()) for file in files if file is not None)


def compared(major: int) -> list[Compared]:
    return [one for each in recordings() if each["major"] == major for one in replay(each)]


@pytest.mark.parametrize("major", KNOWN)
def test_every_observation_of_a_drawn_recovery_is_predicted(major: int) -> None:
    """Outcome, messages, rows, history texts, pg_wal, archive_status, archive, pg_control, copies: nothing differs."""
    seen = compared(major)
    assert [one for one in seen if not one.equal] == []
    fields = {field for each in recordings() for event in each["events"] for field in event["observed"]}
    assert {one.field for one in seen} <= fields - NOT_DETERMINED
    assert len(seen) > 500


def logged() -> str:
    return json.dumps([event["observed"].get("log", []) for each in recordings() for event in each["events"]])


@pytest.mark.parametrize(
    "message",
    [
        "PANIC: online backup was canceled, recovery cannot continue",
        "LOG: crash recovery starts in timeline 1 and has target timeline",
        "LOG: restarting backup recovery with redo LSN",
        "LOG: waiting for WAL to become available at",
        "FATAL: requested recovery stop point is before consistent recovery point",
        "FATAL: recovery ended before configured recovery target was reached",
        "is not a child of this server's history",
        "has wrong size",
    ],
)
def test_the_recordings_hold_what_is_rare(message: str) -> None:
    """Otherwise a prediction of it would mean nothing."""
    assert message in logged()


MUTANTS: dict[str, tuple[str, str, Callable[..., Any]]] = {
    "a backup that was cancelled is recovered": ("recovery.replay", "_in_backup", lambda recovery: False),
    "files of a timeline that was left stay": ("recovery.replay", "_left_timeline", lambda recovery, record: recovery),
    "a .partial file stays for ever": (
        "pg_wal",
        "_without_partial",
        lambda pg_wal, before, size, *, archiving: (pg_wal, 0),
    ),
    "a checkpoint begins where a recorded run does": (
        "replay_recovery.records",
        "_told_apart",
        lambda record, redo: [record],
    ),
    "everything has been summarized": ("wal", "oldest_unsummarized", lambda data: 1 << 40),
    "a restartpoint always writes pages": (
        "recovery.restartpoint",
        "_written",
        lambda recovery: importlib.import_module("simulator.recovery.consistency").flushed(recovery),
    ),
    "a waiting standby says so once": ("replay_recovery.writing", "say_waiting", lambda recovery: recovery),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_rule_is_noticed(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these rules is needed by some recording."""
    module, name, wrong = MUTANTS[mutant]
    monkeypatch.setattr(importlib.import_module(f"simulator.{module}"), name, wrong)
    noticed = [not one.equal for major in KNOWN for one in compared(major)]
    assert 0 < sum(noticed) < len(noticed)
