"""A PostgreSQL major is one row of data."""

import pytest

from tests.house.sources import Source, report, sources
from tests.house.version_facts import version_comparisons


def test_no_room_compares_a_version() -> None:
    found = version_comparisons(sources())
    assert not found, report(found)


@pytest.mark.parametrize(
    "expression",
    [
        "version >= 15",
        "server.version.major == 14",
        "15 <= world.version",
        "13 <= version < 17",
        "version in (12, 13)",
        "major == oldest",
        "old.major != new.major",
        "int(major) > known",
        "row['version'] == '16'",
        "server_version_num >= 150000",
        "connection.server_version() < 130000",
    ],
)
def test_a_comparison_of_a_major_is_found(expression: str) -> None:
    assert len(version_comparisons([Source("simulator/wal.py", f"x = {expression}")])) == 1


def test_a_match_on_a_major_is_found() -> None:
    text = "match server.version:\n    case 15 | 16:\n        x = 1\n"
    assert len(version_comparisons([Source("lab/server.py", text)])) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("simulator/versions.py", "x = major >= 15"),
        ("tests/simulator/test_versions.py", "assert version.major == 14"),
        ("simulator/wal.py", "x = segment >= 15"),
        ("simulator/wal.py", "x = version.has_incremental_backup"),
        ("simulator/wal.py", "x = major is None"),
        ("simulator/loader.py", "x = schema.version == 2"),
        ("lab/server.py", "import sys\nx = sys.version_info >= (3, 12)"),
    ],
)
def test_named_facts_and_other_numbers_are_let_through(path: str, text: str) -> None:
    assert version_comparisons([Source(path, text)]) == []
