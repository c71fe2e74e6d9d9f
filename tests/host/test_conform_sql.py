"""Recordings of the logical tools (tests/recorders/record_sql.py): command lines that nobody wrote the rules from."""

from __future__ import annotations

import json
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from host.conformance.record import Case, read
from host.replay_cli import Field, replay
from tests.host.floors import reached

BUNDLE = Path(__file__).resolve().parent.parent / "data" / "sql.tar.xz"
FLOORS = {"exit": 0.99, "stdout": 0.98, "stderr": 0.985, "files": 1.0}
"""Share of the observations of each field that must be right: raised as the tools get better, never lowered."""
EVERY = 5
"""The suite replays one case in so many; `waldojo conform` on the unpacked bundle replays all."""


def _cases() -> list[Case]:
    found = []
    with tarfile.open(BUNDLE) as bundle:
        for name in sorted(bundle.getnames()):
            content = bundle.extractfile(name)
            assert content is not None
            found += [read(json.loads(line)) for line in content.read().splitlines()]
    return found


@pytest.fixture(scope="module")
def fields() -> list[tuple[Case, Field]]:
    """The observations of a sample."""
    return [(case, field) for case in _cases()[::EVERY] for field in replay(case)]


@pytest.mark.parametrize("name", FLOORS)
def test_no_field_of_the_logical_tools_falls_below_what_was_reached(
    name: str, fields: list[tuple[Case, Field]]
) -> None:
    share, wrong = reached(name, fields)
    assert share >= FLOORS[name], wrong


def test_the_bundle_holds_every_tool_client_and_several_servers() -> None:
    """A selection that lost a tool or a major would let its floor rise for nothing."""
    cases = _cases()
    tools = Counter(case.tool for case in cases)
    assert {"pg_dump", "pg_dumpall", "pg_restore", "psql", "createdb", "dropdb", "createuser", "dropuser"} <= set(tools)
    assert {case.client for case in cases} == {15, 16, 18}
    assert {12, 14, 17} <= {case.server for case in cases}
    assert len(cases) >= 250
