"""How long WAL stays: a table for each function of the server, both sides of each boundary."""

from __future__ import annotations

import pytest

from simulator import retention
from simulator.lsn import MB
from simulator.retention import NO_LIMIT
from simulator.versions import KNOWN, UnknownVersion, spans, version

OLD, NEW = version(12), version(13)

# max_wal_size in segments, checkpoint_completion_target, CheckPointSegments.
ASKS = [
    (64, 0.5, 42),
    (64, 0.9, 33),
    (64, 0.0, 64),
    (64, 1.0, 32),
    (3, 0.5, 2),
    (2, 0.5, 1),
    (2, 1.0, 1),
    (1, 0.9, 1),
    (0, 0.9, 1),
]


@pytest.mark.parametrize(("maximum", "target", "segments"), ASKS)
def test_after_how_many_segments_a_checkpoint_is_asked_for(maximum: int, target: float, segments: int) -> None:
    """CalculateCheckpointSegments: truncated, at least one."""
    assert retention.checkpoint_segments(maximum, target) == segments


@pytest.mark.parametrize(("finished", "needed"), [(9, False), (41, False), (50, False), (51, True), (52, True)])
def test_a_finished_segment_asks_for_a_checkpoint(finished: int, needed: bool) -> None:
    """XLogCheckpointNeeded with the redo point in segment 10 and CheckPointSegments 42."""
    assert retention.checkpoint_needed(finished, 10, 42) is needed


@pytest.mark.parametrize(
    ("before", "distance", "after"),
    [(0.0, 0, 0.0), (0.0, 100, 100.0), (100.0, 100, 100.0), (100.0, 101, 101.0), (100.0, 0, 90.0), (100.0, 50, 95.0)],
)
def test_the_estimate_goes_up_at_once_and_down_by_a_tenth(before: float, distance: int, after: float) -> None:
    """UpdateCheckPointDistanceEstimate."""
    assert retention.update_estimate(before, distance) == pytest.approx(after)


# Redo in segment 100, minimum and maximum in segments, estimate in segments, target, last name that may be used.
LIMITS = [
    ("nothing is expected: the minimum", 5, 64, 0.0, 0.5, 104),
    ("the estimate is below the minimum", 5, 64, 1.0, 0.5, 104),
    ("the estimate decides: 1.5 x 10 x 1.1", 5, 64, 10.0, 0.5, 117),
    ("with 0.9 more: 1.9 x 10 x 1.1", 5, 64, 10.0, 0.9, 121),
    ("the maximum cuts", 5, 64, 1000.0, 0.5, 163),
    ("the maximum wins over the minimum", 80, 64, 0.0, 0.5, 163),
    ("a minimum of one", 1, 64, 0.0, 0.5, 101),
]


@pytest.mark.parametrize(("what", "minimum", "maximum", "estimate", "target", "last"), LIMITS)
def test_up_to_where_files_are_recycled(
    what: str, minimum: int, maximum: int, estimate: float, target: float, last: int
) -> None:
    """XLOGfileslop, with the redo point 0x28 into its segment."""
    size = 16 * MB
    found = retention.recycle_limit(100 * size + 0x28, estimate * size, target, size, minimum, maximum)
    assert found == last, what


# What; end of the checkpoint in segment, oldest slot, wal_keep, slot limit; first kept segment on 12 and on 13+.
KEEPS = [
    ("nobody needs anything", 100, None, 0, NO_LIMIT, 100, 100),
    ("wal_keep", 100, None, 10, NO_LIMIT, 90, 90),
    ("wal_keep reaches the beginning", 100, None, 99, NO_LIMIT, 1, 1),
    ("wal_keep of everything", 100, None, 100, NO_LIMIT, 1, 1),
    ("wal_keep of more than everything", 100, None, 1000, NO_LIMIT, 1, 1),
    ("a slot", 100, 80, 0, NO_LIMIT, 80, 80),
    ("a slot in the last segment", 100, 100, 0, NO_LIMIT, 100, 100),
    ("a slot and a longer wal_keep", 100, 80, 30, NO_LIMIT, 70, 70),
    ("a slot and a shorter wal_keep", 100, 80, 10, NO_LIMIT, 80, 80),
    ("a slot exactly at its limit", 100, 80, 0, 20, 80, 80),
    ("a slot one beyond its limit", 100, 79, 0, 20, 79, 80),
    ("a limit of nothing", 100, 80, 0, 0, 80, 100),
    ("wal_keep protects a slot beyond its limit", 100, 80, 20, 5, 80, 80),
    ("wal_keep one too short for it", 100, 79, 20, 5, 79, 80),
]


@pytest.mark.parametrize(("what", "end", "slot", "keep", "limit", "on_12", "later"), KEEPS)
def test_the_first_segment_that_is_kept(
    what: str, end: int, slot: int | None, keep: int, limit: int, on_12: int, later: int
) -> None:
    """KeepLogSeg: 12 knows no limit for slots; from 13 on the limit comes first and wal_keep_size extends it."""
    assert retention.keep_log_seg(OLD, end, slot, keep, limit) == on_12, what
    for major in KNOWN:
        if version(major).slot_loss:
            assert retention.keep_log_seg(version(major), end, slot, keep, limit) == later, what


def test_nothing_after_the_redo_point_goes() -> None:
    """A checkpoint that ends in a later segment than its redo point keeps both."""
    assert retention.horizon(NEW, 99, 100, None, 0, NO_LIMIT) == 99
    assert retention.horizon(NEW, 100, 100, None, 0, NO_LIMIT) == 100
    assert retention.horizon(NEW, 99, 100, 80, 0, NO_LIMIT) == 80


@pytest.mark.parametrize("size", [1 * MB, 16 * MB, 1024 * MB])
def test_the_next_file_is_made_when_more_than_three_quarters_are_used(size: int) -> None:
    """PreallocXlogFiles: exactly three quarters are not enough."""
    start, edge = 7 * size, 7 * size + size * 3 // 4
    used = [retention.preallocates(end, size) for end in (start + 1, edge - 1, edge, edge + 1, start + size)]
    assert used == [False, False, False, True, True]


# What; slot in segment, position in segment, last removed, wal_keep, slot limit, max_wal in segments; status.
STATUSES = [
    ("new", 100, 100, 0, 0, NO_LIMIT, 4, "reserved"),
    ("as old as max_wal_size and one", 95, 100, 90, 0, NO_LIMIT, 4, "reserved"),
    ("older than that", 94, 100, 90, 0, NO_LIMIT, 4, "extended"),
    ("at its limit", 90, 100, 80, 0, 10, 4, "extended"),
    ("beyond its limit, files still there", 89, 100, 88, 0, 10, 4, "unreserved"),
    ("beyond its limit, file gone", 89, 100, 89, 0, 10, 4, "lost"),
    ("beyond its limit, kept by wal_keep_size", 89, 100, 80, 11, 10, 4, "extended"),
    ("a limit of nothing", 99, 100, 90, 0, 0, 4, "unreserved"),
    ("at the beginning of all WAL", 1, 3, 0, 0, NO_LIMIT, 4, "reserved"),
]


@pytest.mark.parametrize(("what", "slot", "now", "removed", "keep", "limit", "maximum", "status"), STATUSES)
def test_wal_status_of_a_slot(
    what: str, slot: int, now: int, removed: int, keep: int, limit: int, maximum: int, status: str
) -> None:
    """GetWALAvailability, 13 and later."""
    found = retention.wal_availability(
        NEW, slot, now * MB + 5, MB, removed, keep_segments=keep, slot_limit=limit, max_wal_segments=maximum
    )
    assert found == status, what


@pytest.mark.parametrize(
    ("slot", "written", "keep", "limit", "safe"),
    [
        (10, 10 * MB, 0, NO_LIMIT, None),
        (10, 10 * MB, 0, 0, MB),
        (10, 10 * MB + 5, 0, 1, 2 * MB - 5),
        (10, 12 * MB, 0, 1, 0),
        (10, 16 * MB, 0, 1, -4 * MB),
        (10, 16 * MB, 20, 1, 15 * MB),
        (0, 16 * MB, 0, 1, -14 * MB),
    ],
)
def test_safe_wal_size(slot: int, written: int, keep: int, limit: int, safe: int | None) -> None:
    """Bytes that may still be written; below zero when it is too late; null without a limit."""
    assert retention.safe_wal_size(slot, written, MB, keep, limit) == safe


# --- versions


@pytest.mark.parametrize("wrong", [11, 20, 0, -14, "11", "latest", "", "14.5"])
def test_an_unknown_version_is_refused_with_the_known_ones(wrong: int | str) -> None:
    """Nothing is guessed for a major that is not in the table."""
    with pytest.raises(UnknownVersion) as caught:
        version(wrong)
    assert str(caught.value).endswith("known: 12, 13, 14, 15, 16, 17, 18")


@pytest.mark.parametrize(
    ("rule", "majors"),
    [("12-14", {12, 13, 14}), ("15+", {15, 16, 17, 18}), ("13", {13}), (" 17 - 18 ", {17, 18}), ("18+", {18})],
)
def test_spans_of_versions(rule: str, majors: set[int]) -> None:
    """From-to, from, or one."""
    assert spans(rule) == majors


@pytest.mark.parametrize("rule", ["", "11+", "12-19", "all", "+", "-", "12-", "12,13"])
def test_what_is_no_span(rule: str) -> None:
    """Both ends must be known."""
    with pytest.raises(UnknownVersion):
        spans(rule)


# Fact, and the majors for which it holds.
FACTS = [
    ("keep_is_a_size", {13, 14, 15, 16, 17, 18}),
    ("slot_loss", {13, 14, 15, 16, 17, 18}),
    ("exclusive_backup", {12, 13, 14}),
    ("checkpointer_in_recovery", {15, 16, 17, 18}),
    ("stop_segment_is_previous", {12, 13, 14, 15}),
    ("checkpoint_redo_record", {17, 18}),
    ("invalidation_reason", {17, 18}),
    ("incremental_backup", {17, 18}),
    ("data_checksums_default", {18}),
    ("lost_slot_own_message", {18}),
]


@pytest.mark.parametrize(("fact", "majors"), FACTS)
def test_what_holds_for_which_major(fact: str, majors: set[int]) -> None:
    """As the release notes and the recordings have it."""
    assert {major for major in KNOWN if getattr(version(major), fact)} == majors
