"""Tables of LSNs, file names and record positions that a DBA can check by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import lsn, records
from simulator.lsn import LEGAL_SEGMENT_SIZES, MB
from simulator.pg_wal import OtherFile, PgWal, archive_order, clean_backup_history, from_listing, span_files
from simulator.ranges import Ranges
from simulator.versions import KNOWN, version

SIZES = st.sampled_from(LEGAL_SEGMENT_SIZES)


def test_initdb_takes_powers_of_two_from_1_mb_to_1_gb() -> None:
    """Eleven sizes; anything else gets initdb's words."""
    assert [size // MB for size in LEGAL_SEGMENT_SIZES] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
    for wrong in (0, 1, 3 * MB, MB // 2, 2048 * MB, -MB):
        with pytest.raises(ValueError, match="must be a power of two between 1 and 1024"):
            lsn.check_segment_size(wrong)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0/0", 0),
        ("0/1", 1),
        ("0/16B3748", 0x16B3748),
        ("1/0", 1 << 32),
        ("16/B374D848", 0x16_B374_D848),
        ("FFFFFFFF/FFFFFFFF", (1 << 64) - 1),
    ],
)
def test_an_lsn_is_two_hexadecimal_halves(text: str, number: int) -> None:
    """Written without leading zeros, read back the same."""
    assert lsn.parse_lsn(text) == number
    assert lsn.format_lsn(number) == text


@pytest.mark.parametrize("text", ["", "0", "/", "0/", "/0", "0/G", "0/123456789", "0 /1", "-1/0", "0/1 ", "0x1/0"])
def test_what_is_no_lsn_gets_the_words_of_pg_lsn(text: str) -> None:
    """The server's own message."""
    with pytest.raises(ValueError, match="invalid input syntax for type pg_lsn") as caught:
        lsn.parse_lsn(text)
    assert str(caught.value) == f'invalid input syntax for type pg_lsn: "{text}"'


# Segment size in MB, LSN, timeline, name, offset in it as the history file's name has it.
NAMES = [
    (1, "0/0", 1, "000000010000000000000000", "00000000"),
    (1, "0/FFFFF", 1, "000000010000000000000000", "000FFFFF"),
    (1, "0/100000", 1, "000000010000000000000001", "00000000"),
    (1, "0/FFFFFFFF", 1, "000000010000000000000FFF", "000FFFFF"),
    (1, "1/0", 1, "000000010000000100000000", "00000000"),
    (16, "0/1000028", 1, "000000010000000000000001", "00000028"),
    (16, "0/FF000000", 1, "0000000100000000000000FF", "00000000"),
    (16, "1/0", 1, "000000010000000100000000", "00000000"),
    (16, "16/B374D848", 2, "0000000200000016000000B3", "0074D848"),
    (64, "0/FFFFFFFF", 1, "00000001000000000000003F", "03FFFFFF"),
    (256, "2/30000000", 10, "0000000A0000000200000003", "00000000"),
    (1024, "0/FFFFFFFF", 1, "000000010000000000000003", "3FFFFFFF"),
    (1024, "7/C0000028", 255, "000000FF0000000700000003", "00000028"),
]


@pytest.mark.parametrize(("megabytes", "at", "timeline", "name", "offset"), NAMES)
def test_the_segment_of_an_lsn(megabytes: int, at: str, timeline: int, name: str, offset: str) -> None:
    """pg_walfile_name(), the backup history file, the .partial and the timeline history file."""
    size, position = megabytes * MB, lsn.parse_lsn(at)
    segment = lsn.segment_of(position, size)
    assert lsn.segment_name(timeline, segment, size) == name
    assert lsn.parse_segment_name(name, size) == (timeline, segment)
    assert lsn.backup_history_name(timeline, position, size) == f"{name}.{offset}.backup"
    assert lsn.partial_name(timeline, segment, size) == f"{name}.partial"
    assert lsn.timeline_history_name(timeline) == f"{name[:8]}.history"


@given(SIZES, st.integers(1, 0xFFFFFFFF), st.integers(0, (1 << 32) - 1))
def test_names_sort_as_segments_do_and_are_read_back(size: int, timeline: int, segment: int) -> None:
    """For every legal size; the last eight digits never reach the number of segments in 4 GB."""
    name = lsn.segment_name(timeline, segment, size)
    assert lsn.parse_segment_name(name, size) == (timeline, segment)
    assert lsn.is_segment_name(name)
    assert name < lsn.segment_name(timeline, segment + 1, size)
    assert int(name[16:], 16) < lsn.segments_per_xlogid(size)


@pytest.mark.parametrize(
    ("megabytes", "name"),
    [
        (16, "000000010000000000000100"),
        (1, "000000010000000000001000"),
        (1024, "000000010000000000000004"),
        (16, "00000001000000000000000"),
        (16, "0000000100000000000000011"),
        (16, "00000001000000000000000g"),
        (16, "0000000100000000000000ab"),
        (16, "000000010000000000000001.partial"),
        (16, "00000001.history"),
    ],
)
def test_what_is_no_segment_of_that_size(megabytes: int, name: str) -> None:
    """The low half is bounded by 4 GB over the segment size; digits are upper case."""
    with pytest.raises(ValueError, match="is not the name of a WAL segment"):
        lsn.parse_segment_name(name, megabytes * MB)


@pytest.mark.parametrize("size", LEGAL_SEGMENT_SIZES)
def test_segment_boundaries_for_every_size(size: int) -> None:
    """A boundary belongs to the next segment; its last byte to the one before."""
    edge = 5 * size
    assert [lsn.segment_of(at, size) for at in (edge - 1, edge, edge + 1)] == [4, 5, 5]
    assert [lsn.previous_segment_of(at, size) for at in (edge - 1, edge, edge + 1)] == [4, 4, 5]
    headers = [lsn.page_header_size(at, size) for at in (edge, edge + 8192, edge + 8191, edge + 40)]
    assert headers == [40, 24, 0, 0]
    assert lsn.insert_position(edge, size) == edge + 0x28
    assert lsn.insert_position(edge + 8192, size) == edge + 8192 + 0x18
    assert lsn.megabytes_to_segments(1024, size) == 1024 * MB // size
    assert lsn.megabytes_to_segments(size // MB - 1, size) == 0


SEG = 16 * MB
# What, inserted at (offset in segment 1), its size, where it begins and ends (offsets).
PLACED = [
    ("in the middle of a page", 0x1000, 56, 0x1000, 0x1038),
    ("at a segment start", 0x0, 24, 0x28, 0x40),
    ("behind the long header", 0x28, 120, 0x28, 0xA0),
    ("at a page start", 0x2000, 24, 0x2018, 0x2030),
    ("up to the end of a page", 0x1FE8, 24, 0x1FE8, 0x2000),
    ("over the end of a page", 0x1FF0, 24, 0x1FF0, 0x2020),
    ("up to the end of the segment", SEG - 40, 40, SEG - 40, SEG),
    ("over the end of the segment", SEG - 32, 40, SEG - 32, SEG + 0x30),
    ("over three pages", 0x1FF8, 8 + 8168 + 8, 0x1FF8, 0x4020),
]


@pytest.mark.parametrize(("what", "at", "size", "start", "end"), PLACED)
def test_where_a_record_lands(what: str, at: int, size: int, start: int, end: int) -> None:
    """Headers of 24 bytes a page, 40 a segment, are skipped and counted."""
    placed = records.insert(SEG + at, size, SEG)
    assert (placed.start - SEG, placed.end - SEG) == (start, end), what


# What, position (offset in segment 1), result, end, whether anything was done.
SWITCHED = [
    ("in the middle", 0x1000, 0x1018, SEG, True),
    ("at the start: nothing", 0x0, 0x0, 0x0, False),
    ("at the start as the insert position shows it: nothing", 0x28, 0x0, 0x0, False),
    ("after one record", 0x40, 0x58, SEG, True),
    ("up to a page end: the next header is counted", 0x1FE8, 0x2018, SEG, True),
    ("up to the segment end", SEG - 24, SEG + 0x28, SEG, True),
    ("over the segment end: the next segment goes too", SEG - 16, SEG + 0x30, 2 * SEG, True),
]


@pytest.mark.parametrize(("what", "at", "result", "end", "switched"), SWITCHED)
def test_where_a_switch_ends(what: str, at: int, result: int, end: int, switched: bool) -> None:
    """pg_switch_wal() returns the end of its record; the segment is full afterwards."""
    done = records.switch(SEG + at, SEG)
    assert (done.result - SEG, done.end - SEG, done.switched) == (result, end, switched), what


@pytest.mark.parametrize("major", KNOWN)
def test_an_idle_checkpoint_takes_176_bytes_or_208(major: int) -> None:
    """17 and 18 begin with a record of their own at the redo point."""
    place = records.online_checkpoint(version(major), SEG + 0x1000, SEG)
    own = version(major).checkpoint_redo_record
    assert (place.redo, place.end) == (SEG + 0x1000, SEG + 0x1000 + (208 if own else 176))
    assert place.record - place.redo == (88 if own else 56)
    last = records.shutdown_checkpoint(SEG + 0x1000, SEG)
    assert (last.redo, last.record, last.end) == (SEG + 0x1000, SEG + 0x1000, SEG + 0x1078)


@given(SIZES, st.integers(0, 1 << 40), st.integers(1, 4000).map(lambda count: 8 * count))
def test_byte_positions_and_lsns_are_each_others_inverse(size: int, position: int, length: int) -> None:
    """Every usable byte has one LSN, and a record takes exactly its bytes."""
    position -= position % 8
    assert records.byte_position(records.start_lsn(position, size), size) == position
    assert records.byte_position(records.end_lsn(position, size), size) == position
    placed = records.insert(records.start_lsn(position, size), length, size)
    assert records.byte_position(placed.end, size) - records.byte_position(placed.start, size) == length


def test_listings_are_read_and_written_alike() -> None:
    """Segments, history, .partial and .backup files with their .ready and .done."""
    names = [
        "000000010000000000000003",
        "000000010000000000000003.00000028.backup",
        "000000010000000000000004",
        "000000010000000000000005.partial",
        "00000002.history",
        "000000020000000000000005",
    ]
    status = ["000000010000000000000003.done", "000000010000000000000004.ready", "00000002.history.ready"]
    pg_wal = from_listing(names, status, SEG)
    assert pg_wal.listing(SEG) == names
    assert pg_wal.status_listing(SEG) == status
    assert archive_order(pg_wal, SEG) == ["00000002.history", "000000010000000000000004"]


def test_history_files_of_backups_are_cleaned_up() -> None:
    """Done ones go, others get .ready; without archiving all go; other files stay."""
    kinds = ("done", "ready", "")
    others = (*(OtherFile(f"{name}.00000028.backup", "", name) for name in kinds), OtherFile("00000002.history"))
    archived = clean_backup_history(PgWal(others=others), archiving=True)
    assert [(other.name.split(".")[0], other.status) for other in archived.others] == [
        ("ready", "ready"),
        ("", "ready"),
        ("00000002", ""),
    ]
    assert [other.name for other in clean_backup_history(PgWal(others=others), archiving=False).others] == [
        "00000002.history"
    ]


SETS = st.frozensets(st.integers(0, 60), max_size=30)


@given(SETS, SETS, st.integers(0, 60), st.integers(0, 60))
def test_ranges_are_sets(one: frozenset[int], two: frozenset[int], low: int, high: int) -> None:
    """Union, intersection, difference, clip, gaps, take and one more span are those of sets of integers."""
    a, b = Ranges.of(one), Ranges.of(two)
    assert set(a | b) == one | two
    assert set(a & b) == one & two
    assert set(a - b) == one - two
    assert a.clip(low, high) == Ranges.of(number for number in one if low <= number < high)
    assert a.with_span(low, high) == Ranges.of(one | set(range(low, high)))
    assert (a & b, a - b) == (Ranges.of(one & two), Ranges.of(one - two))
    assert set(a.gaps(low, high)) == set(range(low, high)) - one
    assert list(a.take(low)) == sorted(one)[:low]
    assert len(a) == len(one)
    assert [number in a for number in range(61)] == [number in one for number in range(61)]
    assert (a | b) == Ranges.of(one | two), "one set has one form"
    assert all(left[1] < right[0] for left, right in zip(a.runs, a.runs[1:], strict=False))


def test_files_of_two_timelines_do_not_mix() -> None:
    """The last segment of timeline 1 and the first of timeline 2 do not touch."""
    both = span_files(1, 5, 8) | span_files(2, 7, 9)
    assert PgWal(both).listing(SEG) == [
        "000000010000000000000005",
        "000000010000000000000006",
        "000000010000000000000007",
        "000000020000000000000007",
        "000000020000000000000008",
    ]
