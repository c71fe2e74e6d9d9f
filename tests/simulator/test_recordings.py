"""The model against every recorded event of seven real servers; and what would happen if one rule were wrong."""

# ruff: noqa: ARG005  a wrong rule takes what the right one takes, and looks at less of it

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from console.conform import count
from simulator import pg_wal, retention, wal
from simulator.replay_trace import Compared, replay
from simulator.versions import KNOWN
from tests.simulator.recordings import BUNDLE, OTHERS, traces, traces_of

OBSERVATIONS = {12: 8495, 13: 8520, 14: 8532, 15: 8510, 16: 8474, 17: 8509, 18: 8525}
"""Observations in this tree's recordings; a recording that is lost would make the figure easier to reach."""
RECORDINGS = 21
"""Servers recorded of each major."""


def _compared(major: int) -> list[Compared]:
    return [one for trace in traces_of(major) for one in replay(trace)]


@pytest.mark.parametrize("major", KNOWN)
def test_every_observation_of_the_real_servers_is_predicted(major: int) -> None:
    """Listings, statuses, archive, slots, log counters, texts and errors: nothing differs, and nothing is left out."""
    compared = _compared(major)
    misses = [one for one in compared if not one.equal]
    assert misses == []
    assert len(traces_of(major)) >= RECORDINGS
    assert len(compared) >= OBSERVATIONS[major] > 0


def test_the_console_counts_the_same() -> None:
    """`waldojo conform` on the bundle finds what the replay finds, for all majors."""
    tally = count([str(BUNDLE)])
    assert dict(tally.compared) == dict(tally.predicted)
    assert set(tally.compared) == set(KNOWN)
    assert all(tally.compared[major] >= OBSERVATIONS[major] for major in KNOWN)
    assert tally.unread == []


@pytest.mark.skipif(not OTHERS.is_dir(), reason="no recordings beside this tree")
def test_recordings_that_are_not_in_this_tree_are_predicted_too() -> None:
    """The rules know nothing of the cases they were found on."""
    tally = count([str(OTHERS)])
    assert tally.misses == []
    assert tally.total >= sum(OBSERVATIONS.values())


FIELDS = """
    archive archive_status backup_label checkpoint_logs control error flush_lsn history_file insert_lsn pg_wal
    shutdown_archive_status shutdown_pg_wal slots tablespace_map write_lsn advanced_to
""".split()


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_an_observation_is_compared_on_every_major(field: str) -> None:
    """A field that the replay forgot would be predicted by nobody."""
    recorded = {
        trace["major"] for trace in traces().values() for event in trace["events"] if field in event["observed"]
    }
    assert _majors_that_compare()[field] == recorded == set(KNOWN)


@cache
def _majors_that_compare() -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for major in KNOWN:
        for one in _compared(major):
            found.setdefault(one.field, set()).add(major)
    return found


def test_no_recorded_field_is_outside_that_list() -> None:
    """All fields of all events are in the list above."""
    fields = {field for trace in traces().values() for event in trace["events"] for field in event["observed"]}
    assert fields == set(FIELDS)


# --- the check can fail: one rule at a time is broken, and recordings must notice


def _off_by(change: int, name: str) -> Callable[..., Any]:
    rule: Callable[..., int] = getattr(retention, name)
    return lambda *args, **options: rule(*args, **options) + change


def _status_always(word: str) -> Callable[..., str]:
    return lambda *args, **options: word


MUTANTS: dict[str, tuple[str, Callable[..., Any]]] = {
    "recycles one file more": ("recycle_limit", _off_by(1, "recycle_limit")),
    "recycles one file less": ("recycle_limit", _off_by(-1, "recycle_limit")),
    "keeps one segment less": ("keep_log_seg", _off_by(1, "keep_log_seg")),
    "keeps one segment more": ("keep_log_seg", _off_by(-1, "keep_log_seg")),
    "removes up to the redo segment itself": ("horizon", _off_by(1, "horizon")),
    "never preallocates": ("preallocates", lambda end, size: False),
    "preallocates at three quarters exactly": ("preallocates", lambda end, size: end % size >= int(0.75 * size)),
    "estimate forgets at once": ("update_estimate", lambda estimate, distance: float(distance)),
    "estimate decays by a fifth": (
        "update_estimate",
        lambda old, new: float(new) if old < new else 0.8 * old + 0.2 * new,
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_rule_is_noticed_on_every_major(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recordings contradict each of these opposite rules on each of the seven servers."""
    name, wrong = MUTANTS[mutant]
    monkeypatch.setattr(retention, name, wrong)
    unnoticed = [major for major in KNOWN if all(one.equal for one in _compared(major))]
    assert unnoticed == []


SLOT_MUTANTS: dict[str, tuple[str, Callable[..., Any]]] = {
    "every slot is reserved": ("wal_availability", _status_always("reserved")),
    "every slot is extended": ("wal_availability", _status_always("extended")),
    "safe_wal_size counts from the end of the segment": ("safe_wal_size", _off_by(1, "safe_wal_size")),
}


@pytest.mark.parametrize("mutant", SLOT_MUTANTS)
def test_a_wrong_rule_about_slots_is_noticed_from_13_on(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """12 shows neither column."""
    name, wrong = SLOT_MUTANTS[mutant]

    def wrong_or_null(*args: Any, **options: Any) -> Any:
        return None if name == "safe_wal_size" and args[-1] == retention.NO_LIMIT else wrong(*args, **options)

    monkeypatch.setattr(retention, name, wrong_or_null if name == "safe_wal_size" else wrong)
    noticed = {major for major in KNOWN if not all(one.equal for one in _compared(major))}
    assert noticed == set(KNOWN) - {12}


FORGOTTEN: dict[str, tuple[object, str, Callable[..., Any]]] = {
    "a removable segment without status goes unarchived": (
        wal,
        "remove_old_files",
        lambda *args, **options: pg_wal.remove_old_files(*args, **{**options, "archiving": False}),
    ),
    "wal_recycle is ignored": (
        wal,
        "remove_old_files",
        lambda *args, **options: pg_wal.remove_old_files(*args, **{**options, "recycle": True}),
    ),
    "recycled names leave a gap": (
        wal,
        "remove_old_files",
        lambda *args, **options: pg_wal.remove_old_files(*args, **{**options, "first_free": options["first_free"] + 2}),
    ),
    "slots are never invalidated": (wal, "invalidate_slots", lambda data, before: (data, ())),
    "finished segments get no .ready": (wal, "finish_segments", lambda files, finished, archiving: files),
}


@pytest.mark.parametrize("mutant", FORGOTTEN)
def test_a_rule_left_out_is_noticed(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a whole rule is dropped, every major that has it notices."""
    module, name, wrong = FORGOTTEN[mutant]
    monkeypatch.setattr(module, name, wrong)
    noticed = {major for major in KNOWN if not all(one.equal for one in _compared(major))}
    assert noticed >= set(KNOWN) - {12}


def test_the_shown_percentage_never_reaches_100_with_a_miss(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """59,564 of 59,565 is 99.99 %, and the command fails."""
    from console import conform, recordings

    genuine = replay
    spoilt = iter([True])

    def one_wrong(trace: dict[str, Any]) -> Any:
        for one in genuine(trace):
            yield Compared(one.event, one.kind, one.field, "wrong", one.observed) if next(spoilt, False) else one

    monkeypatch.setattr(recordings, "replay", one_wrong)
    assert conform.conform([str(BUNDLE)], as_json=False, write=None, language="en") == 1
    last = capsys.readouterr().out.splitlines()[-1]
    found = re.fullmatch(r"conform: (\d+) of (\d+) observations predicted \(99\.99 %\)", last)
    assert found
    assert int(found[1]) == int(found[2]) - 1
