"""pg_dump, pg_dumpall and the listings and scripts of pg_restore, against every recording of them."""

from __future__ import annotations

from collections import Counter

import pytest

from host.replay_cli import Case, replay
from tests.host.cli_recordings import cases

# Programs of other rooms take part in these command lines: their tests are elsewhere.
OTHERS = ("|", "psql", "createdb", "bash", "> $SMALL", "dropdb")


def texts(tool: str) -> list[Case]:
    """The stable cases of a tool that need no other program, and no server to restore into."""
    found = []
    for case in cases():
        words = f"{case.line} {' '.join(case.before)}"
        connects = tool == "pg_restore" and " -d" in case.line
        if case.tool == tool and case.stable and not connects and not any(other in words for other in OTHERS):
            found.append(case)
    return found


@pytest.mark.parametrize("tool", ["pg_dump", "pg_dumpall"])
def test_every_dump_is_the_recorded_one(tool: str) -> None:
    counted: Counter[bool] = Counter()
    wrong = []
    for case in texts(tool):
        for field in replay(case):
            counted[field.equal] += 1
            if not field.equal:
                wrong.append((case.client, case.case, field.name, field.fault))
    assert wrong == []
    assert counted[True] > 300


def test_every_listing_and_script_is_the_recorded_one() -> None:
    """createdb stands before these, which is not what they are about."""
    wrong, counted = [], 0
    for case in cases():
        if case.tool == "pg_restore" and case.stable and " -d" not in case.line and "|" not in case.line:
            for field in replay(case):
                counted += 1
                if not field.equal:
                    wrong.append((case.client, case.case, field.name, field.fault))
    assert wrong == []
    assert counted > 100
