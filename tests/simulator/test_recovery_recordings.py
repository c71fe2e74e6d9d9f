"""The model of recovery against recorded recoveries of seven real servers; and what if a rule were wrong."""

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

from console.conform import count
from simulator.frozen import replace
from simulator.replay_recovery import NOT_DETERMINED, replay
from simulator.replay_trace import Compared
from simulator.versions import KNOWN

Json = dict[str, Any]
BUNDLE = Path(__file__).resolve().parents[1] / "data" / "recovery.tar.xz"
OTHERS = Path(__file__).resolve().parents[3] / "shared" / "recovery"
"""Recordings beside this tree: only on machines that have them."""

OBSERVATIONS = {12: 4302, 13: 4301, 14: 3905, 15: 4603, 16: 4633, 17: 4438, 18: 4944}
"""Observations in this tree's recordings; a recording that is lost would make the figure easier to reach."""
OUTCOME = frozenset({"result", "exit_code", "log", "rows", "history", "files", "error", "in_recovery"})


@cache
def recordings() -> dict[str, Json]:
    with tarfile.open(BUNDLE) as bundle:
        # In the order of the archive: going back in a compressed one means unpacking it again.
        files = {member.name: bundle.extractfile(member) for member in bundle}
        texts = {name: file.read() for name, file in files.items() if file is not None}
    return {Path(name).stem: json.loads(text) for name, text in sorted(texts.items())}


def compared(major: int, *profiles: str) -> list[Compared]:
    told = [each for each in recordings().values() if each["major"] == major]
    return [one for each in told if not profiles or each["profile"] in profiles for one in replay(each)]


@pytest.mark.parametrize("major", KNOWN)
def test_what_came_of_every_recovery_is_predicted(major: int) -> None:
    """Started or refused, messages, rows, timeline, history texts, label and signal files: nothing differs."""
    outcomes = [one for one in compared(major) if one.field in OUTCOME]
    assert [one for one in outcomes if not one.equal] == []
    assert {one.field for one in outcomes} >= OUTCOME - {"error"}


@pytest.mark.parametrize("major", KNOWN)
def test_every_other_observation_is_predicted(major: int) -> None:
    """pg_wal, archive_status, archive, pg_control, labels and copies."""
    seen = compared(major)
    assert [one for one in seen if not one.equal] == []
    assert len(seen) >= OBSERVATIONS[major]


def test_the_console_counts_the_same_and_names_what_it_does_not_know() -> None:
    """`waldojo conform` on the bundle; what depends on other processes is listed as unknown."""
    tally = count([str(BUNDLE)])
    assert tally.unread == []
    assert dict(tally.compared) == OBSERVATIONS
    assert tally.right == tally.total
    fields = {field for each in recordings().values() for event in each["events"] for field in event["observed"]}
    assert fields > NOT_DETERMINED
    assert all(tally.unknown[major] > 0 for major in KNOWN)


@pytest.mark.skipif(not OTHERS.is_dir(), reason="no recordings beside this tree")
def test_recordings_beside_this_tree_are_predicted_too() -> None:
    """At least 99.5 of 100 observations, whatever is there."""
    tally = count([str(OTHERS)])
    assert tally.unread == []
    assert tally.right >= 0.995 * tally.total > 0


def test_every_recorded_field_is_compared_or_named_as_undetermined() -> None:
    """A field that the replay forgot would be predicted by nobody."""
    recorded = {field for each in recordings().values() for event in each["events"] for field in event["observed"]}
    seen = {one.field for major in KNOWN for one in compared(major)}
    assert seen == recorded - NOT_DETERMINED


# --- the check can fail: one rule at a time is broken, and recordings must notice


def _stop_early(recovery: Any, record: Any) -> Any:
    """Every named restore point will do."""
    if record.kind == "restore_point" and recovery.request.target == "name":
        return replace(recovery, stop=_stop(record)).say("stop_at_name", name=record.name, time="")
    return recovery


def _stop(record: Any) -> Any:
    return importlib.import_module("simulator.recovery.state").Stop(after=True, name=record.name)


MUTANTS: dict[str, tuple[str, str, Callable[..., Any]]] = {
    "the archive is never asked": ("finding", "restore", lambda recovery, sources, name: (recovery, None)),
    "restored files leave no mark": ("finding", "keep_segment", lambda recovery, file: recovery),
    "the newest timeline is the present one": (
        "ending",
        "newest_timeline",
        lambda recovery, sources, start: (recovery, start),
    ),
    "a target timeline is not looked for": (
        "beginning",
        "newest_timeline",
        lambda recovery, sources, start: (recovery, start),
    ),
    "consistent from the first record on": (
        "replay",
        "check_consistency",
        lambda recovery: replace(recovery, consistent=True, read_only=True),
    ),
    "the end of the backup is overlooked": ("replay", "backup_ended", lambda recovery, record: recovery),
    "no target stops before a record": ("replay", "stops_before", lambda recovery, record: recovery),
    "no target stops after a record": ("replay", "stops_after", lambda recovery, record: recovery),
    "any restore point is the target": ("replay", "stops_after", _stop_early),
    "the history says nothing of the target": ("ending", "reason", lambda recovery: "no recovery target specified"),
    "the last record is not read again": ("ending", "_read_again", lambda recovery, sources: recovery),
    "a shutdown makes no restartpoint": ("server", "restartpoint", lambda recovery, *, shutdown=False: recovery),
    "the timeline of the checkpoint is not checked": (
        "beginning",
        "_check_timeline",
        lambda recovery, record: recovery,
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_rule_is_noticed(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recordings of an old, a middle and a new server contradict each of these wrong rules."""
    module, name, wrong = MUTANTS[mutant]
    monkeypatch.setattr(importlib.import_module(f"simulator.recovery.{module}"), name, wrong)
    noticed = [
        not one.equal
        for major in (12, 15, 18)
        for one in compared(major, "base", "timelines", "targets", "pitr", "labels", "standby")
    ]
    assert sum(noticed) > 0
    assert len(noticed) > sum(noticed)
